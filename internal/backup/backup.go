// Package backup makes backups of a server while people work on it, brings them
// back, and proves that they can be brought back.
//
// # A target
//
// A target is a directory or an S3 prefix that holds any number of backups:
//
//	vidjil-backup.json      what it is, and how it is sealed
//	manifests/<id>.json     a backup: it exists when its manifest does, written last
//	objects/ab/<name>       bytes of reads and results, once each for all backups
//	parts/ab/<name>         databases, lists of blobs and key files, packed
//	names/<digest>          which objects of blobs a backup needs, in clear
//	locks/<random>.json     who writes to it now
//
// Objects are content-addressed: a backup adds only what the target has not, one
// that was interrupted is gone on with by the next, and [Prune] removes what no
// manifest needs.
//
// # Why a backup is consistent
//
// The database is copied first, as it is at one moment, and then the bytes that
// the copy refers to. Bytes never change and are removed days after the last row
// that refers to them (the server's collector waits for an hour at the very
// least), so all of them are still there. Those that the server itself has lost
// are named in the manifest, and the backup of everything else is made.
//
// # What it must not do
//
// It knows no rights: whoever may read the data directory may copy it. It does
// not decide when to run, but for [Schedule], whose times are handed in.
package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Source is a server that is backed up.
type Source struct {
	Store *store.Store
	// Database is the URL by which the store was opened: pg_dump wants it.
	Database string
	Blobs    blob.Store
	// Data is the data directory, with the key file. Copies of the database are
	// made below it before they go to the target.
	Data    string
	Version string            // of the program
	Config  map[string]string // of the server, without secrets; may be nil
	Now     func() time.Time  // nil is time.Now
	Log     *slog.Logger      // nil is nothing
}

// Options say what goes into a backup. The zero value is everything, in clear,
// without the key file.
type Options struct {
	// NoReads leaves the reads out, which are most of the bytes: results can be
	// looked at without them, and reads may be kept elsewhere.
	NoReads bool
	// WithKey puts the key file into a backup that is not encrypted. Whoever has
	// such a backup has the second factors too; an encrypted one always has it.
	WithKey bool
	Secret  Secret
	// Progress is called now and then, by several goroutines; nil is not at all.
	Progress func(Progress)
}

// Progress is how far a backup or a restoration has come.
type Progress struct {
	Stage     string // "database", "blobs", …
	Blobs, Of int64
	Bytes     int64 // copied so far
	OfBytes   int64 // of all blobs
}

// copiers is how many blobs are copied at the same time: enough to hide the way
// to S3, few enough to leave a disk to the people who work.
const copiers = 4

// Run makes a backup. It ends with an error and no backup, or with a manifest
// whose Missing tells what the server itself had lost.
func Run(ctx context.Context, src Source, t *Target, o Options) (*Manifest, error) {
	if src.Now == nil {
		src.Now = time.Now
	}
	if src.Log == nil {
		src.Log = slog.New(slog.DiscardHandler)
	}
	seal, err := t.prepare(ctx, &o.Secret, src.Now())
	if err != nil {
		return nil, err
	}
	ctx, unlock, err := t.lock(ctx, "backup", src.Log)
	if err != nil {
		return nil, err
	}
	r := run{Source: src, Options: o, target: t, seal: seal, began: src.Now()}
	m, err := r.make(ctx)
	if stopped := context.Cause(ctx); err != nil && stopped != nil {
		err = stopped
	}
	if err := errors.Join(err, unlock()); err != nil {
		return nil, err
	}
	return m, nil
}

// run is a backup that is being made.
type run struct {
	Source
	Options
	target *Target
	seal   *seal
	began  time.Time
	have   map[string]int64 // what the target has, by its place there
	m      Manifest
}

func (r *run) progress(p Progress) {
	if r.Progress != nil {
		r.Progress(p)
	}
}

func (r *run) make(ctx context.Context) (*Manifest, error) {
	if _, err := r.target.shelf.Sweep(ctx, r.began); err != nil { // nobody else writes
		return nil, err
	}
	var err error
	if r.have, err = r.target.objects(ctx); err != nil {
		return nil, err
	}
	dir, err := workDir(r.Data, r.began)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what stays is removed by a later one
	r.m = Manifest{
		Format: manifestFormat, ID: newID(r.began), CreatedAt: r.began.UTC(), Program: r.Version, Dialect: r.Store.Dialect(),
		Encrypted: r.seal != nil, Reads: !r.NoReads, Config: r.Config,
	}
	r.progress(Progress{Stage: "database"})
	list, err := r.database(ctx, dir)
	if err != nil {
		return nil, err
	}
	done, err := r.blobs(ctx, list)
	if err != nil {
		return nil, err
	}
	if err := r.lists(ctx, dir, done); err != nil {
		return nil, err
	}
	if err := r.key(ctx); err != nil {
		return nil, err
	}
	r.m.Seconds = r.Now().Sub(r.began).Seconds()
	r.progress(Progress{Stage: "manifest"})
	return &r.m, r.target.putManifest(ctx, &r.m)
}

// workPrefix begins the names of the folders in which copies are made.
const workPrefix = ".backup-"

// workDir makes a folder in the data directory, on whose disk there is most
// likely room, and removes what an interrupted backup left there a day ago.
func workDir(data string, now time.Time) (string, error) {
	old, err1 := filepath.Glob(filepath.Join(data, workPrefix+"*"))
	gathered, err2 := filepath.Glob(filepath.Join(data, blob.GatherPattern))
	if err := errors.Join(err1, err2); err != nil {
		return "", fmt.Errorf("look for old copies: %w", err)
	}
	for _, dir := range append(old, gathered...) {
		if info, err := os.Stat(dir); err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
			if err := os.RemoveAll(dir); err != nil {
				return "", fmt.Errorf("remove old copy: %w", err)
			}
		}
	}
	dir, err := os.MkdirTemp(data, workPrefix)
	if err != nil {
		return "", lab.Errorf(lab.Unwritable, "make folder for the copy of the database: %w", err)
	}
	return dir, nil
}

// database copies the database into the target and lists the blobs that the copy
// refers to.
func (r *run) database(ctx context.Context, dir string) ([]store.UsedBlob, error) {
	file := filepath.Join(dir, "database")
	list, err := r.copyDatabase(ctx, file)
	if err != nil {
		return nil, err
	}
	if r.m.Database, err = r.putFile(ctx, file); err != nil {
		return nil, err
	}
	return list, nil
}

// putFile puts a file into the target, packed.
func (r *run) putFile(ctx context.Context, file string) (Part, error) {
	f, err := os.Open(file)
	if err != nil {
		return Part{}, fmt.Errorf("read copy: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return Part{}, fmt.Errorf("read copy: %w", err)
	}
	p := Part{Digest: blob.SumOf(sum), Size: size}
	p.Object = r.seal.name(p.Digest)
	r.m.Bytes += size
	if _, there := r.have[partPath(p.Object)]; there {
		return p, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Part{}, fmt.Errorf("read copy: %w", err)
	}
	packed, stop := pack(blob.Checked(f, p.Digest))
	defer stop()
	n, err := r.put(ctx, p.Object, partPath(p.Object), packed)
	r.m.AddedBytes += n
	return p, err
}

// pack compresses what is read, quickly: copies of databases shrink to a fifth.
// stop ends it when nobody reads any more.
func pack(r io.Reader) (packed io.Reader, stop func()) {
	pr, pw := io.Pipe()
	go func() {
		z, err := gzip.NewWriterLevel(pw, gzip.BestSpeed)
		if err == nil {
			_, err = io.Copy(z, r)
			err = errors.Join(err, z.Close())
		}
		pw.CloseWithError(err)
	}()
	return pr, func() { _ = pr.Close() } // it never fails
}

// put seals and writes an object.
func (r *run) put(ctx context.Context, name, place string, text io.Reader) (int64, error) {
	sealed, err := r.seal.close(name, text)
	if err != nil {
		return 0, err
	}
	return r.target.shelf.Put(ctx, place, sealed)
}

// lists writes which blobs the backup has.
func (r *run) lists(ctx context.Context, dir string, done []store.UsedBlob) error {
	index, names := filepath.Join(dir, "index"), sha256.New()
	f, err := os.OpenFile(index, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write list of blobs: %w", err)
	}
	var text strings.Builder
	w := bufio.NewWriter(f)
	for _, b := range done {
		fmt.Fprintf(w, "%s %d\n", b.Digest, b.Size)
		text.WriteString(r.seal.name(blob.Digest(b.Digest)) + "\n")
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return fmt.Errorf("write list of blobs: %w", err)
	}
	if r.m.Index, err = r.putFile(ctx, index); err != nil {
		return err
	}
	names.Write([]byte(text.String()))
	r.m.Names = string(blob.SumOf(names))
	_, err = r.target.shelf.Put(ctx, namesPath(r.m.Names), strings.NewReader(text.String()))
	return err
}

// keyFile is the key file's name in a data directory.
const keyFile = "secret.key"

// key puts the key file into a backup that others cannot read, or that is to have
// it all the same.
func (r *run) key(ctx context.Context) error {
	if r.seal == nil && !r.WithKey {
		return nil
	}
	file := filepath.Join(r.Data, keyFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil // a server that never sealed anything
	}
	p, err := r.putFile(ctx, file)
	r.m.Key = &p
	return err
}
