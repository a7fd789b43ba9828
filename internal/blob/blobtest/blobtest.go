// Package blobtest holds what every store of blobs must do, as tests that each
// of them runs: package blob for its own, and whoever writes another. It must
// not know how any of them works.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
)

// Run tests the stores that open gives; each must be empty.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(conformance)
	}{
		{"put and read", conformance.putRead},
		{"read at any place", conformance.readAt},
		{"put again", conformance.putAgain},
		{"wanted digest", conformance.wanted},
		{"cut writes", conformance.cutWrite},
		{"adopt", conformance.adopt},
		{"not there", conformance.notThere},
		{"not a digest", conformance.notADigest},
		{"delete", conformance.delete},
		{"list", conformance.list},
		{"cancelled", conformance.cancelled},
		{"concurrency", conformance.concurrency},
		{"put against delete", conformance.putDelete},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(conformance{t, open(t)})
		})
	}
}

// conformance is one store under test.
type conformance struct {
	t     *testing.T
	store blob.Store
}

// Data gives n bytes that look random, other ones for each seed.
func Data(seed uint64, n int) []byte {
	var key [32]byte
	copy(key[:], fmt.Sprintf("blobtest %d", seed))
	data := make([]byte, n)
	_, _ = rand.NewChaCha8(key).Read(data) // never fails
	return data
}

// DigestOf is the digest of data.
func DigestOf(data []byte) blob.Digest {
	return blob.Digest(fmt.Sprintf("%x", sha256.Sum256(data)))
}

func put(t *testing.T, s blob.Store, data []byte) blob.Info {
	t.Helper()
	info, err := s.Put(t.Context(), bytes.NewReader(data), "")
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func read(t *testing.T, s blob.Store, d blob.Digest) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// absent fails if a blob can be found in any way.
func absent(t *testing.T, s blob.Store, d blob.Digest) {
	t.Helper()
	if _, err := s.Stat(t.Context(), d); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("Stat of what is not there: got error %v, want code %s", err, lab.NotFound)
	}
	if r, err := s.Open(t.Context(), d); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("Open of what is not there: got %v and error %v, want code %s", r, err, lab.NotFound)
	}
	if slices.Contains(list(t, s, ""), d) {
		t.Errorf("List gives %s, which is not there", d)
	}
}

func list(t *testing.T, s blob.Store, after blob.Digest) []blob.Digest {
	t.Helper()
	var digests []blob.Digest
	for info, err := range s.List(t.Context(), after) {
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, info.Digest)
	}
	return digests
}

func (c conformance) putRead() {
	t, s := c.t, c.store
	for i, n := range []int{0, 1, 100, 1 << 16, 1<<20 + 1, 7 << 20} {
		data := Data(uint64(i), n)
		before := time.Now().Add(-2 * time.Second)
		info := put(t, s, data)
		if info.Digest != DigestOf(data) || info.Size != int64(n) || info.Known || info.PutAt.Before(before) {
			t.Errorf("put %d bytes: got %+v, want digest %s", n, info, DigestOf(data))
		}
		stat, err := s.Stat(t.Context(), info.Digest)
		if err != nil || stat.Size != int64(n) || stat.Digest != info.Digest || stat.Known {
			t.Errorf("stat %d bytes: got %+v, %v", n, stat, err)
		}
		if got := read(t, s, info.Digest); !bytes.Equal(got, data) {
			t.Errorf("read %d bytes: got %d other ones", n, len(got))
		}
		if err := blob.Verify(t.Context(), s, info.Digest); err != nil {
			t.Errorf("verify %d bytes: %v", n, err)
		}
	}
}

func (c conformance) readAt() {
	t, s := c.t, c.store
	data := Data(1, 300_000)
	r, err := s.Open(t.Context(), put(t, s, data).Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, want := r.Size(), int64(len(data)); got != want {
		t.Errorf("size: got %d, want %d", got, want)
	}
	// The standard library's own test of ReadAt, Seek and Read, on a piece that is
	// small enough for a store where each call is a request.
	small := Data(2, 700)
	r2, err := s.Open(t.Context(), put(t, s, small).Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r2.Close()
	if err := iotest.TestReader(r2, small); err != nil {
		t.Error(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			p := make([]byte, 1000)
			off := int64(i) * 37_003
			if n, err := r.ReadAt(p, off); err != nil || n != len(p) || !bytes.Equal(p, data[off:off+1000]) {
				t.Errorf("ReadAt %d: got %d bytes, error %v", off, n, err)
			}
		})
	}
	wg.Wait()
	if n, err := r.ReadAt(make([]byte, 100), int64(len(data))-10); n != 10 || err != io.EOF {
		t.Errorf("ReadAt over the end: got %d, %v, want 10, EOF", n, err)
	}
}

func (c conformance) putAgain() {
	t, s := c.t, c.store
	data := Data(1, 5000)
	put(t, s, data)
	if info := put(t, s, data); !info.Known || info.Digest != DigestOf(data) || info.Size != 5000 {
		t.Errorf("put again: got %+v, want it known", info)
	}
	// With a digest that is trusted, nothing needs to be read.
	info, err := s.Put(t.Context(), iotest.ErrReader(errors.New("was read")), DigestOf(data))
	if err != nil || !info.Known || info.Size != 5000 {
		t.Errorf("put what is known to be there: got %+v, %v", info, err)
	}
	if got := list(t, s, ""); len(got) != 1 {
		t.Errorf("got %d blobs, want 1", len(got))
	}
}

func (c conformance) wanted() {
	t, s := c.t, c.store
	data, other := Data(1, 5000), DigestOf([]byte("other"))
	if _, err := s.Put(t.Context(), bytes.NewReader(data), other); !errors.Is(err, blob.ErrDigest) {
		t.Errorf("put other bytes: got error %v, want ErrDigest", err)
	}
	absent(t, s, other)
	absent(t, s, DigestOf(data))
	if info, err := s.Put(t.Context(), bytes.NewReader(data), DigestOf(data)); err != nil || info.Known {
		t.Errorf("put the bytes that are wanted: got %+v, %v", info, err)
	}
}

func (c conformance) cutWrite() {
	t, s := c.t, c.store
	data := Data(1, 300_000)
	cut := errors.New("the line was cut")
	for _, n := range []int{0, 1, 299_999, 300_000} {
		r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(cut))
		if _, err := s.Put(t.Context(), r, ""); !errors.Is(err, cut) {
			t.Errorf("cut at %d: got error %v, want the reader's", n, err)
		}
		absent(t, s, DigestOf(data[:n]))
	}
	if s, ok := s.(blob.Sweeper); ok {
		if n, err := s.Sweep(t.Context(), time.Now().Add(time.Minute)); n != 0 || err != nil {
			t.Errorf("cut writes leave %d leftovers, error %v", n, err)
		}
	}
}

func (c conformance) adopt() {
	t, s := c.t, c.store
	a, ok := s.(blob.Adopter)
	if !ok {
		t.Skip("this store does not adopt files")
	}
	for i, known := range []bool{false, true} {
		data := Data(1, 2<<20)
		file := filepath.Join(t.TempDir(), "upload")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-100 * 24 * time.Hour)
		if err := os.Chtimes(file, old, old); err != nil {
			t.Fatal(err)
		}
		info, err := a.Adopt(t.Context(), file, DigestOf(data))
		if err != nil || info.Known != known || info.Size != 2<<20 || time.Since(info.PutAt) > time.Hour {
			t.Errorf("adopt %d: got %+v, %v, want known = %t and a young blob", i, info, err, known)
		}
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("adopt %d: the file is still there", i)
		}
		if got := read(t, s, info.Digest); !bytes.Equal(got, data) {
			t.Errorf("adopt %d: got other bytes", i)
		}
	}
	missing := DigestOf([]byte("missing"))
	if _, err := a.Adopt(t.Context(), filepath.Join(t.TempDir(), "missing"), missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("adopt a missing file: got error %v", err)
	}
	absent(t, s, missing)
}

func (c conformance) notThere() {
	t, s := c.t, c.store
	d := DigestOf([]byte("never put"))
	absent(t, s, d)
	if err := s.Delete(t.Context(), d, time.Time{}); err != nil {
		t.Errorf("delete what is not there: %v", err)
	}
	if err := blob.Verify(t.Context(), s, d); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("verify what is not there: got error %v", err)
	}
}

func (c conformance) notADigest() {
	t, s := c.t, c.store
	put(t, s, []byte("x"))
	valid := string(DigestOf([]byte("x")))
	for _, d := range []blob.Digest{
		"", "x", blob.Digest(valid[:63]), blob.Digest(valid + "0"), blob.Digest(strings.ToUpper(valid[:62]) + "AA"),
		blob.Digest("../../" + valid[:58]), blob.Digest(valid[:62] + "\x00/"),
	} {
		ctx := t.Context()
		_, statErr := s.Stat(ctx, d)
		_, openErr := s.Open(ctx, d)
		errs := []error{statErr, openErr, s.Delete(ctx, d, time.Time{})}
		if d != "" {
			_, putErr := s.Put(ctx, strings.NewReader("x"), d)
			errs = append(errs, putErr)
			for _, err := range s.List(ctx, d) {
				errs = append(errs, err)
			}
		}
		for i, err := range errs {
			if lab.CodeOf(err) != lab.Invalid {
				t.Errorf("%q, call %d: got error %v, want code %s", d, i, err, lab.Invalid)
			}
		}
	}
}

func (c conformance) delete() {
	t, s := c.t, c.store
	info := put(t, s, Data(1, 1000))
	if err := s.Delete(t.Context(), info.Digest, time.Now().Add(-time.Hour)); lab.CodeOf(err) != lab.Conflict {
		t.Errorf("delete a young blob: got error %v, want code %s", err, lab.Conflict)
	}
	if got := read(t, s, info.Digest); len(got) != 1000 {
		t.Errorf("a young blob has %d bytes after it was spared", len(got))
	}
	if err := s.Delete(t.Context(), info.Digest, time.Now().Add(time.Hour)); err != nil {
		t.Errorf("delete an old blob: %v", err)
	}
	absent(t, s, info.Digest)
	if info := put(t, s, Data(1, 1000)); info.Known {
		t.Error("a deleted blob is known when it is put again")
	}
	if err := s.Delete(t.Context(), info.Digest, time.Time{}); err != nil {
		t.Errorf("delete at any age: %v", err)
	}
	absent(t, s, info.Digest)
}

func (c conformance) list() {
	t, s := c.t, c.store
	if got := list(t, s, ""); len(got) != 0 {
		t.Errorf("an empty store lists %v", got)
	}
	var want []blob.Digest
	for i := range 300 {
		want = append(want, put(t, s, Data(uint64(i), i%7)).Digest)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	if got := list(t, s, ""); !slices.Equal(got, want) {
		t.Errorf("got %d digests, want %d in order", len(got), len(want))
	}
	zero, last := blob.Digest(strings.Repeat("0", 64)), blob.Digest(strings.Repeat("f", 64))
	for _, after := range append([]blob.Digest{zero, last, "5" + zero[1:], "c" + last[1:]}, want...) {
		i, found := slices.BinarySearch(want, after)
		if found {
			i++
		}
		if got := list(t, s, after); !slices.Equal(got, want[i:]) {
			t.Errorf("after %s: got %d digests, want %d", after, len(got), len(want)-i)
		}
	}
	for _, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Error(err)
		}
		break // must not panic
	}
}

func (c conformance) cancelled() {
	t, s := c.t, c.store
	info := put(t, s, Data(1, 3<<20))
	why := errors.New("the person went home")
	ctx, cancel := context.WithCancelCause(t.Context())
	r, err := s.Open(ctx, info.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	cancel(why)
	data := Data(2, 1000)
	_, putErr := s.Put(ctx, bytes.NewReader(data), "")
	_, statErr := s.Stat(ctx, info.Digest)
	_, readErr := io.ReadAll(r)
	_, atErr := r.ReadAt(make([]byte, 10), 0)
	var listErr error
	for _, err := range s.List(ctx, "") {
		listErr = err
	}
	for name, err := range map[string]error{
		"Put": putErr, "Stat": statErr, "Read": readErr, "ReadAt": atErr, "List": listErr,
		"Delete": s.Delete(ctx, info.Digest, time.Time{}),
	} {
		if !errors.Is(err, why) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end of its context: got error %v", name, err)
		}
	}
	absent(t, s, DigestOf(data))
	if got := read(t, s, info.Digest); len(got) != 3<<20 {
		t.Error("a cancelled Delete removed the blob")
	}
}

func (c conformance) concurrency() {
	t, s := c.t, c.store
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			data := Data(uint64(i%6), 100_000+i%6)
			info, err := s.Put(t.Context(), bytes.NewReader(data), "")
			if err != nil {
				t.Error(err)
				return
			}
			r, err := s.Open(t.Context(), info.Digest)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
				t.Errorf("got %d bytes, error %v", len(got), err)
			}
		})
	}
	wg.Wait()
	if got := list(t, s, ""); len(got) != 6 {
		t.Errorf("got %d blobs, want 6", len(got))
	}
}

// testPutDelete lets a collector that sees nothing but old blobs run against
// people who put the same bytes again: what was put stays.
func (c conformance) putDelete() {
	t, s := c.t, c.store
	data := Data(1, 2000)
	d := DigestOf(data)
	for range 40 {
		put(t, s, data)
		since := time.Now().Add(-time.Hour) // all are younger
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := s.Delete(t.Context(), d, since); err != nil && lab.CodeOf(err) != lab.Conflict {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if _, err := s.Put(t.Context(), bytes.NewReader(data), d); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := read(t, s, d); !bytes.Equal(got, data) {
			t.Fatal("the blob is gone or changed")
		}
	}
}
