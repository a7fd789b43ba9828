package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"vidjil.org/vidjil/internal/lab"
)

// Object is something on a [Shelf].
type Object struct {
	Name  string
	Size  int64 // bytes
	PutAt time.Time
}

// Shelf keeps bytes under names that are given, and may be given anew: what
// stands beside a store of blobs, as the lists of a backup. An object appears
// whole or not at all. Names are of letters, digits and "-_.", in folders
// separated by "/". What is not there is a [lab.NotFound] error. Its methods are
// safe for concurrent use.
type Shelf interface {
	// Put keeps what r gives, in the place of what had the name, and returns its size.
	Put(ctx context.Context, name string, r io.Reader) (int64, error)
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// List gives the objects of a folder and those below it, in the order of their
	// names, and ends after an error.
	List(ctx context.Context, folder string) iter.Seq2[Object, error]
	// Delete removes an object; what is not there needs no removal.
	Delete(ctx context.Context, name string) error
	// Sweep removes what interrupted writing has left and nobody has written to
	// since the time given.
	Sweep(ctx context.Context, idleSince time.Time) (int, error)
}

// ParseS3 reads "s3://BUCKET/PREFIX?endpoint=URL&region=NAME". The prefix is a
// folder, with "/" at its end or without. Keys are not part of it: it stands in
// process lists and in logs.
func ParseS3(text string) (S3Config, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil {
		return S3Config{}, lab.Errorf(lab.Usage, "%q: want s3://BUCKET or s3://BUCKET/PREFIX?endpoint=URL, and the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", text)
	}
	c := S3Config{Bucket: u.Host, Prefix: strings.TrimPrefix(u.Path, "/")}
	if c.Prefix != "" && !strings.HasSuffix(c.Prefix, "/") {
		c.Prefix += "/" // or the folders a and ab would see each other's objects
	}
	for name, values := range u.Query() {
		switch name {
		case "endpoint":
			c.Endpoint = values[0]
		case "region":
			c.Region = values[0]
		default:
			return c, lab.Errorf(lab.Usage, "%q: there is no parameter %q", text, name)
		}
	}
	return c, nil
}

// OpenShelf opens a directory, which is made if create is set, or "s3://…". temp
// is where bytes are gathered before they go to S3, the system's folder when
// empty. Close it if it is an [io.Closer].
func OpenShelf(ctx context.Context, place, temp string, create bool) (Shelf, error) {
	if strings.HasPrefix(place, "s3://") {
		c, err := ParseS3(place)
		if err != nil {
			return nil, err
		}
		c.TempDir = temp
		s, err := OpenS3(ctx, c)
		if err != nil {
			return nil, err
		}
		return bucketShelf{s}, nil
	}
	return openDirShelf(place, create)
}

// dirShelf is a shelf in a directory: files of mode 0600, written to the folder
// tmp, synced and renamed.
type dirShelf struct{ dir *Dir }

func openDirShelf(dir string, create bool) (Shelf, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && !create {
		return nil, lab.Errorf(lab.NotFound, "there is no directory %s", dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	if create {
		if err := os.MkdirAll(abs, 0o700); err != nil {
			return nil, lab.Errorf(lab.Unwritable, "open %s: %w", dir, err)
		}
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, lab.Errorf(lab.Unwritable, "open %s: %w", dir, err)
	}
	return dirShelf{&Dir{path: abs, root: root}}, nil
}

// Close closes the directory.
func (s dirShelf) Close() error { return s.dir.Close() }

// Free is the space that is left.
func (s dirShelf) Free(ctx context.Context) (int64, error) { return s.dir.Free(ctx) }

func (s dirShelf) Put(ctx context.Context, name string, r io.Reader) (int64, error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	if err := s.folders(tmpFolder); err != nil {
		return 0, unwritten(name, err)
	}
	tmp := putPrefix + rand.Text()
	_, size, err := s.dir.write(ctx, tmp, r)
	if err == nil {
		err = s.folders(path.Dir(name))
	}
	if err == nil {
		err = s.dir.root.Rename(tmp, name)
	}
	if err == nil {
		err = s.dir.sync(path.Dir(name))
	}
	if err != nil {
		return 0, unwritten(name, errors.Join(err, s.dir.remove(tmp)))
	}
	return size, nil
}

// folders makes a folder and those above it.
func (s dirShelf) folders(name string) error {
	if name == "." {
		return nil
	}
	if _, err := s.dir.root.Stat(name); err == nil {
		return nil
	}
	if err := s.folders(path.Dir(name)); err != nil {
		return err
	}
	return s.dir.mkdir(name)
}

// unwritten is an error of writing an object. What the disk refuses is told
// apart.
func unwritten(name string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return lab.Errorf(lab.Unwritable, "write %s: %w", name, err)
	}
	return fmt.Errorf("write %s: %w", name, err)
}

func (s dirShelf) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	f, err := s.dir.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, lab.Errorf(lab.NotFound, "there is no %s", name)
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &fileReader{file: f, ctx: ctx}, nil
}

func (s dirShelf) List(ctx context.Context, folder string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if err := checkName(folder); err != nil {
			yield(Object{}, err)
			return
		}
		s.list(ctx, folder, yield)
	}
}

// list is List; it tells whether to go on.
func (s dirShelf) list(ctx context.Context, folder string, yield func(Object, error) bool) bool {
	for entry, err := range s.dir.entries(folder) {
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			yield(Object{}, fmt.Errorf("list %s: %w", folder, err))
			return false
		}
		name := folder + "/" + entry.Name()
		if entry.IsDir() {
			if !s.list(ctx, name, yield) {
				return false
			}
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed in between
		}
		if err != nil {
			yield(Object{}, fmt.Errorf("list %s: %w", folder, err))
			return false
		}
		if !yield(Object{Name: name, Size: info.Size(), PutAt: info.ModTime()}, nil) {
			return false
		}
	}
	return true
}

func (s dirShelf) Delete(_ context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := s.dir.remove(name); err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

func (s dirShelf) Sweep(ctx context.Context, idleSince time.Time) (int, error) {
	return s.dir.Sweep(ctx, idleSince)
}

// GatherPattern is of the names of files in which a shelf gathers bytes for S3: a
// process that was killed leaves them in the folder that it was given.
const GatherPattern = "vidjil-object-*"

// bucketShelf is a shelf in a bucket.
type bucketShelf struct{ store *S3 }

func (b bucketShelf) key(name string) string { return b.store.cfg.Prefix + name }

func (b bucketShelf) Put(ctx context.Context, name string, r io.Reader) (int64, error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	f, err := os.CreateTemp(b.store.cfg.TempDir, GatherPattern)
	if err != nil {
		return 0, unwritten(name, err)
	}
	defer func() {
		_ = f.Close()           // nothing of it is needed any more
		_ = os.Remove(f.Name()) // and the system clears its temporary folder
	}()
	size, err := io.CopyBuffer(struct{ io.Writer }{f}, contextReader{ctx, r}, make([]byte, copyBytes))
	if err == nil {
		err = b.store.send(ctx, b.key(name), f, size)
	}
	if err != nil {
		return 0, unwritten(name, err)
	}
	return size, nil
}

func (b bucketShelf) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	key := b.key(name)
	out, err := b.store.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.store.cfg.Bucket, Key: &key})
	if err != nil {
		return nil, objectError("read", name, err)
	}
	return &objectReader{ctx: ctx, store: b.store, key: key, size: aws.ToInt64(out.ContentLength)}, nil
}

func (b bucketShelf) List(ctx context.Context, folder string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if err := checkName(folder); err != nil {
			yield(Object{}, err)
			return
		}
		in := &s3.ListObjectsV2Input{Bucket: &b.store.cfg.Bucket, Prefix: aws.String(b.key(folder) + "/")}
		for pages := s3.NewListObjectsV2Paginator(b.store.client, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Object{}, fmt.Errorf("list %s: %w", folder, err))
				return
			}
			for _, o := range page.Contents {
				name := strings.TrimPrefix(aws.ToString(o.Key), b.store.cfg.Prefix)
				if !yield(Object{Name: name, Size: aws.ToInt64(o.Size), PutAt: aws.ToTime(o.LastModified)}, nil) {
					return
				}
			}
		}
	}
}

func (b bucketShelf) Delete(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	_, err := b.store.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.store.cfg.Bucket, Key: aws.String(b.key(name))})
	if err := objectError("remove", name, err); err != nil && lab.CodeOf(err) != lab.NotFound {
		return err
	}
	return nil
}

func (b bucketShelf) Sweep(ctx context.Context, idleSince time.Time) (int, error) {
	return b.store.sweep(ctx, b.store.cfg.Prefix, idleSince)
}

// checkName refuses names that a directory or a bucket would take for something
// else.
func checkName(name string) error {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] == '.' || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
			return lab.Errorf(lab.Invalid, "%q is no name of an object", name)
		}
	}
	return nil
}
