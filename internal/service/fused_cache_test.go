package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

func fusedOf(clones int) *repertoire.Fused {
	f := &repertoire.Fused{Samples: make([]repertoire.Sample, 1)}
	for i := range clones {
		f.Clones = append(f.Clones, vidjilfile.Clone{ID: fmt.Sprint(i), Reads: []int{1}})
	}
	return f
}

func TestFusedCache(t *testing.T) {
	t.Parallel()
	c := newFusedCache(3000)
	made := map[string]int{}
	get := func(key string, clones int) *loadedFused {
		f, err := c.get(t.Context(), key, func(context.Context) (*repertoire.Fused, error) {
			made[key]++
			return fusedOf(clones), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := get("a", 3); f.at["2"] != 2 {
		t.Errorf("index of a clonotype: got %d, want 2", f.at["2"])
	}
	get("a", 3)
	get("b", 3)
	if made["a"] != 1 || made["b"] != 1 {
		t.Errorf("made %v, want each once", made)
	}
	get("a", 3)
	get("c", 3) // 3 × 1033 are too many: b, used longest ago, goes
	get("a", 3)
	get("b", 3)
	if made["a"] != 1 || made["b"] != 2 {
		t.Errorf("made %v, want a once, b twice", made)
	}
	get("huge", 1000) // heavier than all room: it is kept alone, while it is the newest
	get("huge", 1000)
	if made["huge"] != 1 || len(c.all) != 1 || c.sum != 12_000 {
		t.Errorf("made %v, %d kept with weight %d; want huge once, alone, 12000", made, len(c.all), c.sum)
	}
	wrong := errors.New("wrong")
	for range 2 {
		if _, err := c.get(t.Context(), "bad", func(context.Context) (*repertoire.Fused, error) { made["bad"]++; return nil, wrong }); !errors.Is(err, wrong) {
			t.Errorf("got %v, want the error", err)
		}
	}
	if made["bad"] != 2 {
		t.Errorf("an error was kept: made %d times", made["bad"])
	}
}

// TestFusedCacheSharesWork: who waits for what another makes gets it, also when
// the other gives up.
func TestFusedCacheSharesWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newFusedCache(1 << 20)
		var made atomic.Int32
		load := func(ctx context.Context) (*repertoire.Fused, error) {
			if made.Add(1) == 1 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return fusedOf(1), nil
		}
		first, giveUp := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.get(first, "k", load); !errors.Is(err, context.Canceled) {
				t.Errorf("who gave up: got %v", err)
			}
		})
		synctest.Wait()
		for range 5 {
			wg.Go(func() {
				if _, err := c.get(t.Context(), "k", load); err != nil {
					t.Errorf("who waited: got %v", err)
				}
			})
		}
		synctest.Wait()
		giveUp()
		wg.Wait()
		if n := made.Load(); n != 2 {
			t.Errorf("made %d times, want 2", n)
		}
	})
}

func TestBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBusy(1, 1)
		done, err := b.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		waited := make(chan error)
		go func() {
			_, err := b.enter(ctx)
			waited <- err
		}()
		synctest.Wait()
		if _, err := b.enter(t.Context()); lab.CodeOf(err) != lab.Unavailable {
			t.Errorf("one more than may wait: got %v, want unavailable", err)
		}
		cancel()
		if err := <-waited; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up waiting: got %v", err)
		}
		done()
		if done, err = b.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		done()
	})
}

// TestTables: tables stay open, no more than room is for, and are never closed
// while somebody uses them.
func TestTables(t *testing.T) {
	t.Parallel()
	blobs, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	var digests []string
	for i := range 6 {
		f := &vidjilfile.File{Samples: vidjilfile.Samples{Number: 1}, Clones: []vidjilfile.Clone{{ID: fmt.Sprint(i), Reads: []int{1}}}}
		var b bytes.Buffer
		if err := clonetable.WriteFile(&b, f); err != nil {
			t.Fatal(err)
		}
		info, err := blobs.Put(t.Context(), &b, "")
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, string(info.Digest))
	}
	tabs := newTables(func() blob.Store { return blobs }, 2)
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Go(func() {
			for i := range 60 {
				n := (i*k + i) % len(digests)
				o, err := tabs.take(t.Context(), digests[n])
				if err != nil {
					t.Error(err)
					return
				}
				table, err := o.read()
				if err != nil {
					t.Error(err)
					return
				}
				clones, err := table.Clones(t.Context(), []int{0})
				if err != nil || clones[0].ID != fmt.Sprint(n) {
					t.Errorf("table %d: got %v (%v)", n, clones, err)
				}
				if err := tabs.give(o); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(tabs.open) != 2 || tabs.idle.Len() != 2 {
		t.Errorf("%d tables are open, %d idle; want 2", len(tabs.open), tabs.idle.Len())
	}
	if _, err := tabs.take(t.Context(), fmt.Sprintf("%064d", 0)); lab.CodeOf(err) != lab.NotFound || len(tabs.open) != 2 {
		t.Errorf("a table that is not there: got %v, %d open", err, len(tabs.open))
	}
	if err := tabs.Close(); err != nil || len(tabs.open) != 0 {
		t.Errorf("closed: %d open (%v)", len(tabs.open), err)
	}
}

// TestRedactorAgrees: looking for the beginnings of words first finds what
// looking for all words finds.
func TestRedactorAgrees(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"Marie", "marie", "de", "la Cruz", "de la Cruz", "1931", "12", "-", "_", " ", ".", "é", "Éloïse", "éloïse", "ſ", "x", "LI_", "…", "’"})
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, p := range rapid.SliceOfN(piece, 0, 12).Draw(t, "text") {
			text += p
		}
		var r redactor
		words := rapid.SliceOfN(piece, 0, 6).Draw(t, "words")
		r.add(words...)
		if got, want := r.text(text), access.Redact(text, words, "…"); got != want {
			t.Errorf("%q without %q: got %q, want %q", text, words, got, want)
		}
	})
}
