package service_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// withBlobs gives a world blobs in a directory, and a clock.
func (w *world) withBlobs() (*blob.Dir, *time.Time) {
	w.t.Helper()
	blobs, err := blob.OpenDir(w.t.TempDir())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := blobs.Close(); err != nil {
			w.t.Error(err)
		}
	})
	now := time.Now()
	w.Blobs, w.Now = blobs, func() time.Time { return now }
	return blobs, &now
}

func (w *world) put(text string) blob.Info {
	w.t.Helper()
	info, err := w.Blobs.Put(w.t.Context(), strings.NewReader(text), "")
	if err != nil {
		w.t.Fatal(err)
	}
	return info
}

func (w *world) collect() service.Collected {
	w.t.Helper()
	c, err := w.CollectBlobs(w.t.Context(), 24*time.Hour)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) has(d blob.Digest) bool {
	w.t.Helper()
	_, err := w.Blobs.Stat(w.t.Context(), d)
	if err != nil && lab.CodeOf(err) != lab.NotFound {
		w.t.Fatal(err)
	}
	return err == nil
}

// uploaded makes a sample whose file has come.
func (w *world) uploaded(who *service.Actor, group lab.Group, text string) (service.SampleView, blob.Info) {
	w.t.Helper()
	ctx := w.t.Context()
	sets, err := w.CreateSets(ctx, who, []service.SetInput{{Kind: lab.Run, GroupID: group.ID, Name: "run"}})
	if err != nil {
		w.t.Fatal(err)
	}
	samples, err := w.CreateSamples(ctx, who, []service.SampleInput{{Sets: []int64{sets[0].ID}, Files: []service.FileInput{{Name: "a.fastq"}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	info := w.put(text)
	id, err := w.BeginUpload(ctx, who, samples[0].Files[0].ID, info.Size)
	if err != nil {
		w.t.Fatal(err)
	}
	got := service.UploadedFile{Digest: string(info.Digest), Size: info.Size, Kind: content.Reads}
	for range 2 { // the answer may be lost, and it is delivered again
		if err := w.FinishUpload(ctx, id, got); err != nil {
			w.t.Fatal(err)
		}
	}
	return samples[0], info
}

func uploaderGrants() []access.Grant {
	return []access.Grant{{Kind: access.Set, Right: access.Create}, {Kind: access.Set, Right: access.Read}, {Kind: access.Set, Right: access.Edit}, {Kind: access.Set, Right: access.Upload}}
}

func TestCollectBlobs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, now := w.withBlobs()
		g := w.group("laboratory", lab.Group{}, uploaderGrants()...)
		who := w.person("marie", g)
		_, keptBytes := w.uploaded(who, g, "@a\nACGT\n+\nIIII\n")
		dropped, droppedBytes := w.uploaded(who, g, "@b\nACGTT\n+\nIIIII\n")
		stray := w.put("put, and the program was killed before its row")
		if err := w.RemoveReads(ctx, who, dropped.ID); err != nil {
			t.Fatal(err)
		}
		if c := w.collect(); c.Orphaned != 1 || c.Removed != 0 || c.Strays != 0 {
			t.Errorf("at once: got %+v", c)
		}
		*now = now.Add(25 * time.Hour)
		c := w.collect()
		if c.Removed != 1 || c.Strays != 1 || c.Bytes != droppedBytes.Size+stray.Size {
			t.Errorf("after the time of grace: got %+v", c)
		}
		if !w.has(keptBytes.Digest) || w.has(droppedBytes.Digest) || w.has(stray.Digest) {
			t.Error("the wrong bytes were removed")
		}
		if c := w.collect(); c != (service.Collected{}) {
			t.Errorf("once more: got %+v", c)
		}
		if n, err := w.VerifyBlobs(ctx, func(f service.BlobFault) { t.Errorf("fault: %+v", f) }); err != nil || n != 1 {
			t.Errorf("verify: got %d, %v", n, err)
		}
		if _, err := w.CollectBlobs(ctx, time.Minute); lab.CodeOf(err) != lab.Usage {
			t.Errorf("a minute of grace: got %v", err)
		}
	})
}

// TestCollectSparesBytesPutAgain: of each moment at which the same bytes can come
// again, or the program be killed.
func TestCollectSparesBytesPutAgain(t *testing.T) {
	t.Parallel()
	const text = "@a\nACGT\n+\nIIII\n"
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		blobs, now := w.withBlobs()
		g := w.group("laboratory", lab.Group{}, uploaderGrants()...)
		who := w.person("marie", g)
		first, info := w.uploaded(who, g, text)
		if err := w.RemoveReads(ctx, who, first.ID); err != nil {
			t.Fatal(err)
		}
		w.collect() // marks

		t.Run("put after the mark", func(t *testing.T) {
			*now = now.Add(25 * time.Hour)
			path := blobPath(t, blobs, info.Digest)
			young := *now
			if err := os.Chtimes(path, young, young); err != nil {
				t.Fatal(err)
			}
			if c := w.collect(); c.Removed != 0 || !w.has(info.Digest) {
				t.Errorf("got %+v", c)
			}
		})
		t.Run("killed between bytes and row", func(t *testing.T) {
			if err := blobs.Delete(ctx, info.Digest, time.Time{}); err != nil {
				t.Fatal(err)
			}
			// Somebody uploads the same bytes before the row is removed.
			again, _ := w.uploaded(who, g, text)
			*now = now.Add(50 * time.Hour)
			w.collect()
			if !w.has(info.Digest) {
				t.Error("bytes that are in use are gone")
			}
			if err := w.RemoveReads(ctx, who, again.ID); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("row of a blob whose bytes went before", func(t *testing.T) {
			if err := blobs.Delete(ctx, info.Digest, time.Time{}); err != nil {
				t.Fatal(err)
			}
			// Our clock is days ahead of that of the marks: what is marked is old.
			if c := w.collect(); c.Orphaned != 1 || c.Removed != 1 {
				t.Errorf("got %+v, want the row removed", c)
			}
		})
		t.Run("uploaded anew after all is gone", func(t *testing.T) {
			w.uploaded(who, g, text)
			if _, err := w.VerifyBlobs(ctx, func(f service.BlobFault) { t.Errorf("fault: %+v", f) }); err != nil {
				t.Error(err)
			}
		})
	})
}

// blobPath is where a directory keeps a blob, for tests that change it.
func blobPath(t *testing.T, d *blob.Dir, digest blob.Digest) string {
	t.Helper()
	r, err := d.Open(t.Context(), digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return d.Path(digest)
}

func TestVerifyBlobs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		blobs, _ := w.withBlobs()
		g := w.group("laboratory", lab.Group{}, uploaderGrants()...)
		who := w.person("marie", g)
		_, _ = w.uploaded(who, g, "@a\nACGT\n+\nIIII\n")
		_, damaged := w.uploaded(who, g, "@b\nACGTA\n+\nIIIII\n")
		_, lost := w.uploaded(who, g, "@c\nACGTAA\n+\nIIIIII\n")
		path := blobPath(t, blobs, damaged.Digest)
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("@b\nACGTC\n+\nIIIII\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := blobs.Delete(t.Context(), lost.Digest, time.Time{}); err != nil {
			t.Fatal(err)
		}
		faults := map[string]bool{}
		n, err := w.VerifyBlobs(t.Context(), func(f service.BlobFault) { faults[f.Digest] = f.Lost })
		if err != nil || n != 1 {
			t.Errorf("got %d, %v; want 1", n, err)
		}
		if len(faults) != 2 || faults[string(damaged.Digest)] || !faults[string(lost.Digest)] {
			t.Errorf("got %v, want %s damaged and %s lost", faults, damaged.Digest, lost.Digest)
		}
	})
}

// TestFinishUploadAsksAgain: what may have changed in the hours of an upload.
func TestFinishUploadAsksAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.withBlobs()
		for name, tt := range map[string]struct {
			change func(ctx context.Context, tx *store.Tx, who *service.Actor, g lab.Group) error
			want   lab.Code
		}{
			"right": {func(ctx context.Context, tx *store.Tx, _ *service.Actor, g lab.Group) error {
				_, err := tx.RemoveGrant(ctx, lab.Grant{GroupID: g.ID, Kind: "set", Right: "upload"})
				return err
			}, lab.Forbidden},
			"member": {func(ctx context.Context, tx *store.Tx, who *service.Actor, g lab.Group) error {
				_, err := tx.RemoveMember(ctx, g.ID, who.User.ID)
				return err
			}, lab.NotFound},
			"account": {func(ctx context.Context, tx *store.Tx, who *service.Actor, _ lab.Group) error {
				u := who.User
				u.State = lab.UserDisabled
				return tx.UpdateUser(ctx, &u)
			}, lab.Forbidden},
			"nothing": {func(context.Context, *store.Tx, *service.Actor, lab.Group) error { return nil }, ""},
		} {
			g := w.group("laboratory "+name, lab.Group{}, uploaderGrants()...)
			who := w.person("marie "+name, g)
			sets, err := w.CreateSets(ctx, who, []service.SetInput{{Kind: lab.Run, GroupID: g.ID, Name: "run"}})
			if err != nil {
				t.Fatal(err)
			}
			samples, err := w.CreateSamples(ctx, who, []service.SampleInput{{Sets: []int64{sets[0].ID}, Files: []service.FileInput{{Name: "a.fastq"}}}})
			if err != nil {
				t.Fatal(err)
			}
			info := w.put("@a\nACGT\n+\nIIII\n")
			id, err := w.BeginUpload(ctx, who, samples[0].Files[0].ID, info.Size)
			if err != nil {
				t.Fatal(err)
			}
			w.write(func(ctx context.Context, tx *store.Tx) error { return tt.change(ctx, tx, who, g) })
			err = w.FinishUpload(ctx, id, service.UploadedFile{Digest: string(info.Digest), Size: info.Size, Kind: content.Reads})
			if got := lab.CodeOf(err); got != tt.want {
				t.Errorf("%s: got %q (%v), want %q", name, got, err, tt.want)
			}
		}
	})
}
