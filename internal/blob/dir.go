package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Dir keeps blobs as files below a directory:
//
//	sha256/ab/cd/abcd…  a blob, complete, mode 0600
//	tmp/put-…           being written
//	tmp/drop-<digest>   being removed
//
// A blob is written to tmp, synced, renamed to its place, and the folder synced:
// after Put has answered it survives a loss of power. Several processes may use
// the same directory.
type Dir struct {
	path string // absolute
	root *os.Root
}

const (
	tmpFolder  = "tmp"
	putPrefix  = tmpFolder + "/put-"
	dropPrefix = tmpFolder + "/drop-"
	// copyBytes is what is copied at once: from 64 KiB on, SHA-256 and not the
	// system calls sets the speed.
	copyBytes = 256 << 10
)

// OpenDir opens a store in a directory, which is made if it is missing. Close
// the store after use.
func OpenDir(dir string) (*Dir, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open blob directory: %w", err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return nil, fmt.Errorf("open blob directory: %w", err)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fmt.Errorf("open blob directory: %w", err)
	}
	s := &Dir{path: abs, root: root}
	for _, name := range []string{tmpFolder, "sha256"} {
		if err := s.mkdir(name); err != nil {
			return nil, errors.Join(fmt.Errorf("open blob directory: %w", err), root.Close())
		}
	}
	return s, nil
}

// Close closes the directory. Open readers go on.
func (s *Dir) Close() error { return s.root.Close() }

// Free is the space that is left for unprivileged programs on the disk of the
// directory.
func (s *Dir) Free(context.Context) (int64, error) { return FreeSpace(s.path) }

// Put implements [Store].
func (s *Dir) Put(ctx context.Context, r io.Reader, want Digest) (Info, error) {
	if want != "" {
		if info, err := s.renew(ctx, want); lab.CodeOf(err) != lab.NotFound {
			return info, err
		}
	}
	tmp := putPrefix + rand.Text()
	got, size, err := s.write(ctx, tmp, r)
	if err == nil && want != "" && got != want {
		err = refused(got, want)
	}
	if err != nil {
		return Info{}, errors.Join(err, s.remove(tmp))
	}
	info, err := s.place(ctx, got, size, func(key string) error { return s.root.Rename(tmp, key) })
	if err != nil || info.Known {
		err = errors.Join(err, s.remove(tmp))
	}
	return info, err
}

// Adopt implements [Adopter]: on the same disk the file is renamed. It should
// have been synced.
func (s *Dir) Adopt(ctx context.Context, file string, d Digest) (Info, error) {
	size, err := syncFile(file)
	if err != nil {
		return Info{}, fmt.Errorf("adopt blob %s: %w", d, err)
	}
	info, err := s.place(ctx, d, size, func(key string) error {
		// The new name is ours and made of digits alone; os.Root cannot rename
		// what comes from outside.
		return os.Rename(file, filepath.Join(s.path, filepath.FromSlash(key)))
	})
	if errors.Is(err, syscall.EXDEV) {
		info, err = s.adoptCopy(ctx, file, d)
	}
	if err != nil {
		return Info{}, err
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Info{}, fmt.Errorf("adopt blob %s: %w", d, err)
	}
	return info, nil
}

// adoptCopy takes a file from another disk.
func (s *Dir) adoptCopy(ctx context.Context, file string, d Digest) (Info, error) {
	f, err := os.Open(file)
	if err != nil {
		return Info{}, fmt.Errorf("adopt blob %s: %w", d, err)
	}
	defer f.Close()
	return s.Put(ctx, f, d)
}

// syncFile makes what was written to a file survive a loss of power, makes the
// file private, and young: the collector looks at its age from the moment that it
// has its new name.
func syncFile(name string) (size int64, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	st, err := f.Stat()
	if err != nil {
		return 0, errors.Join(err, f.Close())
	}
	now := time.Now()
	return st.Size(), errors.Join(f.Chmod(0o600), os.Chtimes(name, now, now), f.Sync(), f.Close())
}

// write writes r to a new file below the root and syncs it.
func (s *Dir) write(ctx context.Context, name string, r io.Reader) (Digest, int64, error) {
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", 0, fmt.Errorf("put blob: %w", err)
	}
	sum := sha256.New()
	size, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(f, sum)}, contextReader{ctx, r}, make([]byte, copyBytes))
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "", 0, &lab.Error{Code: lab.NoSpace, Msg: "the disk that keeps the data is full", Err: err}
	case err != nil:
		return "", 0, fmt.Errorf("put blob: %w", err)
	}
	return SumOf(sum), size, nil
}

// place brings a complete file to its place with move, or renews the blob that
// is there. The caller removes the file when Known is told. A blob of another
// size was damaged by something else than this program, and is replaced.
func (s *Dir) place(ctx context.Context, d Digest, size int64, move func(key string) error) (Info, error) {
	info, err := s.renew(ctx, d)
	if lab.CodeOf(err) != lab.NotFound && (err != nil || info.Size == size) {
		return info, err
	}
	key := keyOf(d)
	if err := s.mkdir(path.Dir(path.Dir(key))); err != nil {
		return Info{}, fmt.Errorf("put blob %s: %w", d, err)
	}
	if err := s.mkdir(path.Dir(key)); err != nil {
		return Info{}, fmt.Errorf("put blob %s: %w", d, err)
	}
	if err := move(key); err != nil {
		return Info{}, fmt.Errorf("put blob %s: %w", d, err)
	}
	if err := s.sync(path.Dir(key)); err != nil {
		return Info{}, fmt.Errorf("put blob %s: %w", d, err)
	}
	return s.Stat(ctx, d)
}

// renew makes a blob as young as a new one.
func (s *Dir) renew(ctx context.Context, d Digest) (Info, error) {
	key, err := d.key()
	if err != nil {
		return Info{}, err
	}
	now := time.Now()
	if err := s.root.Chtimes(key, now, now); errors.Is(err, fs.ErrNotExist) {
		return Info{}, notFound(d)
	} else if err != nil {
		return Info{}, fmt.Errorf("renew blob %s: %w", d, err)
	}
	info, err := s.Stat(ctx, d)
	info.Known = err == nil
	return info, err
}

// Open implements [Store].
func (s *Dir) Open(ctx context.Context, d Digest) (Reader, error) {
	key, err := d.key()
	if err != nil {
		return nil, err
	}
	f, err := s.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(d)
	} else if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open blob %s: %w", d, err), f.Close())
	}
	return &fileReader{file: f, ctx: ctx, size: st.Size()}, nil
}

// fileReader reads an open file as long as its context holds. It does not embed
// the file, whose WriteTo would go round that.
type fileReader struct {
	file *os.File
	ctx  context.Context //nolint:containedctx // io.Reader has no room for one
	size int64
}

func (f *fileReader) Size() int64  { return f.size }
func (f *fileReader) Close() error { return f.file.Close() }

func (f *fileReader) Seek(offset int64, whence int) (int64, error) {
	return f.file.Seek(offset, whence)
}

func (f *fileReader) Read(p []byte) (int, error) {
	if err := context.Cause(f.ctx); err != nil {
		return 0, err
	}
	return f.file.Read(p)
}

func (f *fileReader) ReadAt(p []byte, off int64) (int, error) {
	if err := context.Cause(f.ctx); err != nil {
		return 0, err
	}
	return f.file.ReadAt(p, off)
}

// Stat implements [Store].
func (s *Dir) Stat(ctx context.Context, d Digest) (Info, error) {
	if err := context.Cause(ctx); err != nil {
		return Info{}, err
	}
	key, err := d.key()
	if err != nil {
		return Info{}, err
	}
	st, err := s.root.Stat(key)
	if errors.Is(err, fs.ErrNotExist) {
		return Info{}, notFound(d)
	} else if err != nil {
		return Info{}, fmt.Errorf("stat blob %s: %w", d, err)
	}
	return Info{Digest: d, Size: st.Size(), PutAt: st.ModTime()}, nil
}

// Delete implements [Store]. The blob is first taken away and only then judged:
// a Put that comes before sees its new age, and one that comes after finds
// nothing and writes the blob anew. So no lock is needed, in one process or in
// several.
func (s *Dir) Delete(ctx context.Context, d Digest, unusedSince time.Time) error {
	info, err := s.Stat(ctx, d)
	if lab.CodeOf(err) == lab.NotFound {
		return nil
	} else if err != nil {
		return err
	}
	if young(info.PutAt, unusedSince) {
		return putAgain(d)
	}
	key, drop := keyOf(d), dropPrefix+string(d)
	if err := s.root.Rename(key, drop); errors.Is(err, fs.ErrNotExist) {
		return nil // another process was faster
	} else if err != nil {
		return fmt.Errorf("delete blob %s: %w", d, err)
	}
	st, err := s.root.Stat(drop)
	if err == nil && young(st.ModTime(), unusedSince) {
		if err := s.restore(d); err != nil {
			return err
		}
		return putAgain(d)
	}
	if err := s.remove(drop); err != nil {
		return fmt.Errorf("delete blob %s: %w", d, err)
	}
	return nil
}

func young(putAt, unusedSince time.Time) bool {
	return !unusedSince.IsZero() && putAt.After(unusedSince)
}

// restore brings back a blob that was being removed. If it is there again, the
// bytes are the same.
func (s *Dir) restore(d Digest) error {
	err := s.root.Rename(dropPrefix+string(d), keyOf(d))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore blob %s: %w", d, err)
	}
	return nil
}

// Sweep implements [Sweeper]. A removal that a crash interrupted is undone, since
// it is not known any more whether it was right; the collector comes again.
func (s *Dir) Sweep(ctx context.Context, idleSince time.Time) (int, error) {
	removed := 0
	for entry, err := range s.entries(tmpFolder) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return removed, fmt.Errorf("sweep blobs: %w", err)
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().After(idleSince) {
			continue
		} else if err != nil {
			return removed, fmt.Errorf("sweep blobs: %w", err)
		}
		name := tmpFolder + "/" + entry.Name()
		if d := Digest(strings.TrimPrefix(name, dropPrefix)); d.Check() == nil {
			if err := s.restore(d); err != nil {
				return removed, err
			}
			continue
		}
		if err := s.remove(name); err != nil {
			return removed, fmt.Errorf("sweep blobs: %w", err)
		}
		removed++
	}
	return removed, nil
}

// List implements [Store].
func (s *Dir) List(ctx context.Context, after Digest) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		key := ""
		if after != "" {
			if err := after.Check(); err != nil {
				yield(Info{}, err)
				return
			}
			key = keyOf(after)
		}
		for name, err := range s.files("sha256", key) {
			if err == nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				yield(Info{}, fmt.Errorf("list blobs: %w", err))
				return
			}
			info, err := s.Stat(ctx, Digest(name))
			if code := lab.CodeOf(err); code == lab.NotFound || code == lab.Invalid {
				continue // removed in between, or no blob
			}
			if !yield(info, err) || err != nil {
				return
			}
		}
	}
}

// files gives the names of files below a folder of blobs that come after a key,
// without looking into folders that lie before it.
func (s *Dir) files(folder, after string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for entry, err := range s.entries(folder) {
			if err != nil {
				yield("", err)
				return
			}
			name := folder + "/" + entry.Name()
			switch {
			case !entry.IsDir():
				if name > after && !yield(entry.Name(), nil) {
					return
				}
			case name >= after[:min(len(name), len(after))]:
				for file, err := range s.files(name, after) {
					if !yield(file, err) || err != nil {
						return
					}
				}
			}
		}
	}
}

// entries are those of a folder, in the order of their names; none if there is
// no such folder.
func (s *Dir) entries(folder string) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		f, err := s.root.Open(folder)
		if errors.Is(err, fs.ErrNotExist) {
			return
		} else if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		list, err := f.ReadDir(-1)
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, entry := range list {
			if !yield(entry, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// mkdir makes a folder, and makes that survive a loss of power.
func (s *Dir) mkdir(name string) error {
	err := s.root.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	return s.sync(path.Dir(name))
}

func (s *Dir) sync(folder string) error {
	f, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *Dir) remove(name string) error {
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

var (
	_ Store   = (*Dir)(nil)
	_ Adopter = (*Dir)(nil)
	_ Sweeper = (*Dir)(nil)
	_ Spacer  = (*Dir)(nil)
)

// Path is where a blob is or would be, for those who look after the directory. A
// digest of another form has none.
func (s *Dir) Path(d Digest) string {
	key, err := d.key()
	if err != nil {
		return ""
	}
	return filepath.Join(s.path, filepath.FromSlash(key))
}
