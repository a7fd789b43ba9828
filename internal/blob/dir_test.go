package blob_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/blob/blobtest"
)

func TestDir(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blob.Store {
		t.Helper()
		return openDir(t, t.TempDir())
	})
}

func openDir(t *testing.T, dir string) *blob.Dir {
	t.Helper()
	s, err := blob.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mustPut(t *testing.T, s blob.Store, data []byte) blob.Digest {
	t.Helper()
	info, err := s.Put(t.Context(), bytes.NewReader(data), "")
	if err != nil {
		t.Fatal(err)
	}
	return info.Digest
}

func fileOf(dir string, d blob.Digest) string {
	return filepath.Join(dir, "sha256", string(d[:2]), string(d[2:4]), string(d))
}

// TestDirPrivate: nobody but the server's account reads patients' sequences.
func TestDirPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	s := openDir(t, dir)
	mustPut(t, s, []byte("put"))
	loose := filepath.Join(t.TempDir(), "loose")
	if err := os.WriteFile(loose, []byte("adopted"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Adopt(t.Context(), loose, blobtest.DigestOf([]byte("adopted"))); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !d.IsDir() {
			files++
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %o", path, mode)
		}
		return nil
	})
	if err != nil || files != 2 {
		t.Errorf("found %d files, error %v", files, err)
	}
}

func TestDirVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	data := blobtest.Data(1, 100_000)
	d := mustPut(t, s, data)
	data[50_000] ^= 4
	if err := os.WriteFile(fileOf(dir, d), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := blob.Verify(t.Context(), s, d); !errors.Is(err, blob.ErrDigest) {
		t.Errorf("got error %v, want ErrDigest", err)
	}
}

// TestDirMends: bytes that come again replace a blob that was cut.
func TestDirMends(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	data := blobtest.Data(1, 100_000)
	d := mustPut(t, s, data)
	if err := os.Truncate(fileOf(dir, d), 99_999); err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, data)
	if err := blob.Verify(t.Context(), s, d); err != nil {
		t.Errorf("after the bytes were put again: %v", err)
	}
}

// TestDirSweep: leftovers of a crash go, what is being written stays, and a
// blob whose removal was interrupted comes back.
func TestDirSweep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	old := time.Now().Add(-48 * time.Hour)
	leave := func(name string, at time.Time) {
		file := filepath.Join(dir, "tmp", name)
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	leave("put-old", old)
	leave("put-new", time.Now())
	dropped := mustPut(t, s, []byte("was being dropped"))
	if err := os.Chtimes(fileOf(dir, dropped), old, old); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fileOf(dir, dropped), filepath.Join(dir, "tmp", "drop-"+string(dropped))); err != nil {
		t.Fatal(err)
	}

	if n, err := s.Sweep(t.Context(), time.Now().Add(-24*time.Hour)); n != 1 || err != nil {
		t.Errorf("got %d removed, error %v, want 1", n, err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "tmp"))
	if err != nil || len(left) != 1 || left[0].Name() != "put-new" {
		t.Errorf("tmp holds %v, error %v, want put-new alone", left, err)
	}
	if err := blob.Verify(t.Context(), s, dropped); err != nil {
		t.Errorf("the blob whose removal was interrupted: %v", err)
	}
}

// TestDirForeignFiles: what people leave in the folders is no blob.
func TestDirForeignFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	d := mustPut(t, s, []byte("x"))
	place := fileOf(dir, d)
	for _, name := range []string{filepath.Join(dir, "sha256", "README"), filepath.Join(filepath.Dir(place), ".hidden"), place + "~"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for info, err := range s.List(t.Context(), "") {
		if n++; err != nil || info.Digest != d {
			t.Errorf("got %+v, %v", info, err)
		}
	}
	if n != 1 {
		t.Errorf("got %d blobs, want 1", n)
	}
}

func TestFreeSpace(t *testing.T) {
	t.Parallel()
	free, err := openDir(t, t.TempDir()).Free(t.Context())
	if err != nil || free <= 0 {
		t.Errorf("got %d, %v", free, err)
	}
	if _, err := blob.FreeSpace(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: got error %v", err)
	}
}

func BenchmarkDirPut(b *testing.B) {
	s, err := blob.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	data := blobtest.Data(1, 64<<20)
	b.SetBytes(int64(len(data)))
	for i := 0; b.Loop(); i++ {
		data[0], data[1] = byte(i), byte(i>>8)
		if _, err := s.Put(b.Context(), bytes.NewReader(data), ""); err != nil {
			b.Fatal(err)
		}
	}
}
