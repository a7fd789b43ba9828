package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Restoration says what is brought back, and where to.
type Restoration struct {
	ID     string // of the backup, or how it begins; "" is the newest
	Secret Secret
	// Data is the data directory that is made. It must not be there, or be empty.
	Data string
	// Database is the URL of an empty PostgreSQL database, for a backup of one.
	Database string
	// Blobs is "s3://…" when bytes of reads and results go there and not below Data.
	Blobs string
	// Verify rehearses in a temporary directory, below Data if that is given, and
	// removes it. A backup of PostgreSQL is loaded only if Database is given.
	Verify bool
	// Progress is called now and then; nil is not at all.
	Progress func(Progress)
	Now      func() time.Time // nil is time.Now
}

// Restored is what was brought back.
type Restored struct {
	Manifest *Manifest
	Counts   map[string]int64 // rows, by noun; one of the audit follows, about this
	Blobs    int64
	Bytes    int64
	// Reads is the number of files that have no bytes any more, of a backup
	// without reads.
	Reads int64
	// Loaded tells that the database was loaded and checked.
	Loaded bool
	// Key tells that the key file was in the backup.
	Key bool
}

// partSuffix ends the name of the directory in which a restoration is made, and is
// the whole of it inside a directory that is there, which may be a volume that
// cannot be replaced.
const partSuffix = ".restoring"

// Restore brings a backup back. Every byte is compared with its digest, and the
// database is opened and checked, before the directory gets its name; until then
// it is called DATA.restoring (DATA/.restoring when DATA is there), and a
// restoration that was interrupted is gone on with there.
func Restore(ctx context.Context, t *Target, o Restoration) (_ *Restored, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Data == "" && !o.Verify {
		return nil, lab.Errorf(lab.Usage, "where to is missing: a data directory")
	}
	r := restorer{Restoration: o, target: t}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	leave, err := r.enter()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, leave(err == nil)) }()
	return r.restore(ctx)
}

// restorer is a restoration that is going on.
type restorer struct {
	Restoration
	target *Target
	seal   *seal
	m      *Manifest
	dir    string   // where it is made
	left   []string // digests of reads that an option left out; nil is all when the manifest has none
}

func (r *restorer) progress(p Progress) {
	if r.Progress != nil {
		r.Progress(p)
	}
}

// open finds the backup and unlocks it.
func (r *restorer) open(ctx context.Context) error {
	repo, err := r.target.repository(ctx)
	if lab.CodeOf(err) == lab.NotFound {
		if _, not := r.target.continuous(ctx); not == nil {
			return lab.Errorf(lab.Usage, "%s is a continuous copy, and not a target of backups: say to which time (--at)", r.target.Place)
		}
	}
	if err != nil {
		return err
	}
	if r.seal, err = repo.Sealing.unlock(&r.Secret); err != nil {
		return err
	}
	if err := r.seal.canOpen(); err != nil {
		return err
	}
	if r.m, err = r.target.Find(ctx, r.ID); err != nil {
		return err
	}
	if r.m.Dialect == store.Postgres && r.Database == "" && !r.Verify {
		return lab.Errorf(lab.Usage, "backup %s is of a PostgreSQL database: give the URL of an empty one", r.m.ID)
	}
	if r.m.Dialect == store.SQLite && r.Database != "" {
		return lab.Errorf(lab.Usage, "backup %s is of an SQLite database, which is made in the data directory: leave the URL of a database out", r.m.ID)
	}
	return nil
}

// enter makes the directory in which the restoration is made. leave gives it its
// name when all is well, or removes it after a rehearsal.
func (r *restorer) enter() (leave func(ok bool) error, err error) {
	if r.Verify {
		if r.Data != "" {
			if err := os.MkdirAll(r.Data, 0o700); err != nil {
				return nil, lab.Errorf(lab.Unwritable, "rehearse: %w", err)
			}
		}
		if r.dir, err = os.MkdirTemp(r.Data, "vidjil-rehearsal-"); err != nil {
			return nil, lab.Errorf(lab.Unwritable, "rehearse: %w", err)
		}
		return func(bool) error { return os.RemoveAll(r.dir) }, nil
	}
	if r.Data, err = filepath.Abs(r.Data); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	list, err := os.ReadDir(r.Data)
	inside := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, lab.Errorf(lab.Unwritable, "restore: %w", err)
	}
	for _, e := range list {
		if e.Name() != partSuffix && e.Name() != "lost+found" {
			return nil, lab.Errorf(lab.Conflict, "%s is not empty: restore into a new directory, and put it in the place of the old one yourself", r.Data)
		}
	}
	if r.dir = r.Data + partSuffix; inside {
		r.dir = filepath.Join(r.Data, partSuffix)
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, lab.Errorf(lab.Unwritable, "restore: %w", err)
	}
	unlock, err := lockDir(r.dir)
	if err != nil {
		return nil, err
	}
	return func(ok bool) error {
		defer unlock()
		if !ok {
			return nil // the next one goes on with it
		}
		if err := r.publish(inside); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		return nil
	}, nil
}

// publish gives the directory its name, or brings what is in it to its place.
func (r *restorer) publish(inside bool) error {
	if err := syncDir(r.dir); err != nil {
		return err
	}
	if !inside {
		if err := os.Rename(r.dir, r.Data); err != nil {
			return err // somebody has made a directory of that name
		}
		return syncDir(filepath.Dir(r.Data))
	}
	list, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	// In the order of their names the database is the last: a server that starts in
	// between finds none.
	for _, e := range list {
		if err := os.Rename(filepath.Join(r.dir, e.Name()), filepath.Join(r.Data, e.Name())); err != nil {
			return err
		}
	}
	return errors.Join(os.Remove(r.dir), syncDir(r.Data))
}

func (r *restorer) restore(ctx context.Context) (*Restored, error) {
	done := &Restored{Manifest: r.m}
	r.progress(Progress{Stage: "database"})
	file := filepath.Join(r.dir, "vidjil.db")
	if r.m.Dialect == store.Postgres {
		file = filepath.Join(r.dir, "database.pgdump")
	}
	for _, name := range []string{file, file + "-wal", file + "-shm"} { // of an interrupted one
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("restore: %w", err)
		}
	}
	if err := r.file(ctx, &r.m.Database, file); err != nil {
		return nil, err
	}
	list, err := r.index(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.blobs(ctx, list, done); err != nil {
		return nil, err
	}
	if r.m.Key != nil {
		if err := r.file(ctx, r.m.Key, filepath.Join(r.dir, keyFile)); err != nil {
			return nil, err
		}
		done.Key = true
	}
	r.progress(Progress{Stage: "checking"})
	return done, r.database(ctx, file, list, done)
}

// file brings an object back as a file, and checks its digest.
func (r *restorer) file(ctx context.Context, p *Part, path string) (err error) {
	text, stop, err := r.text(ctx, p)
	if err != nil {
		return err
	}
	defer stop()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return lab.Errorf(lab.Unwritable, "restore %s: %w", filepath.Base(path), err)
	}
	_, err = io.Copy(f, text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return r.damaged(filepath.Base(path), err)
	}
	return nil
}

// text opens a packed object; it ends with an error if it is not what the digest
// names.
func (r *restorer) text(ctx context.Context, p *Part) (io.Reader, func(), error) {
	f, err := r.target.shelf.Open(ctx, partPath(p.Object))
	if err != nil {
		return nil, nil, r.damaged("object "+p.Object, err)
	}
	stop := func() { _ = f.Close() } // it was only read
	opened, err := r.seal.open(p.Object, f)
	if err == nil {
		var z *gzip.Reader
		if z, err = gzip.NewReader(bufio.NewReader(opened)); err == nil {
			return blob.Checked(z, p.Digest), stop, nil
		}
	}
	stop()
	return nil, nil, r.damaged("object "+p.Object, err)
}

// damaged is the error of a part of the backup that is not what it was.
func (r *restorer) damaged(what string, err error) error {
	if code := lab.CodeOf(err); code == lab.NotFound || errors.Is(err, blob.ErrDigest) || errors.Is(err, errSealed) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) {
		return lab.Errorf(lab.Invalid, "backup %s is damaged: %s: %w; try an older one", r.m.ID, what, err)
	}
	return fmt.Errorf("restore %s: %w", what, err)
}

// index reads which blobs the backup has.
func (r *restorer) index(ctx context.Context) (list []store.UsedBlob, err error) {
	text, stop, err := r.text(ctx, &r.m.Index)
	if err != nil {
		return nil, err
	}
	defer stop()
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		var b store.UsedBlob
		if _, err := fmt.Sscanf(lines.Text(), "%s %d", &b.Digest, &b.Size); err != nil || blob.Digest(b.Digest).Check() != nil {
			return nil, r.damaged("list of blobs", blob.ErrDigest)
		}
		list = append(list, b)
	}
	if err := lines.Err(); err != nil {
		return nil, r.damaged("list of blobs", err)
	}
	return list, nil
}

// blobs brings the bytes of reads and results back. Each is compared with its
// digest, also when an interrupted restoration has left it.
func (r *restorer) blobs(ctx context.Context, list []store.UsedBlob, done *Restored) error {
	var to blob.Store
	if r.Blobs != "" && !r.Verify {
		c, err := blob.ParseS3(r.Blobs)
		if err != nil {
			return err
		}
		if to, err = blob.OpenS3(ctx, c); err != nil {
			return err
		}
	} else {
		dir, err := blob.OpenDir(filepath.Join(r.dir, "blobs"))
		if err != nil {
			return err
		}
		defer dir.Close()
		if _, err := dir.Sweep(ctx, r.Now()); err != nil {
			return err
		}
		to = dir
	}
	count := counter{Progress: Progress{Stage: "blobs", Of: int64(len(list))}, report: r.progress}
	for _, b := range list {
		count.OfBytes += b.Size
	}
	var mu sync.Mutex
	return each(ctx, list, func(ctx context.Context, b store.UsedBlob) error {
		if err := r.blob(ctx, to, b); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		done.Blobs, done.Bytes = done.Blobs+1, done.Bytes+b.Size
		count.add(b.Size)
		return nil
	})
}

func (r *restorer) blob(ctx context.Context, to blob.Store, b store.UsedBlob) error {
	d := blob.Digest(b.Digest)
	if _, err := to.Stat(ctx, d); err == nil {
		if blob.Verify(ctx, to, d) == nil {
			return nil
		}
		if err := to.Delete(ctx, d, time.Time{}); err != nil {
			return err
		}
	}
	name := r.seal.name(d)
	f, err := r.target.shelf.Open(ctx, objectPath(name))
	if err != nil {
		return r.damaged("blob "+b.Digest, err)
	}
	defer f.Close()
	text, err := r.seal.open(name, f)
	if err == nil {
		_, err = to.Put(ctx, text, d)
	}
	if err != nil {
		return r.damaged("blob "+b.Digest, err)
	}
	return nil
}

// database loads, checks and settles the database.
func (r *restorer) database(ctx context.Context, file string, list []store.UsedBlob, done *Restored) error {
	url := store.SQLite + ":" + file
	if r.m.Dialect == store.Postgres {
		if r.Database == "" { // a rehearsal
			return checkArchive(ctx, file)
		}
		url = r.Database
		if err := r.load(ctx, file); err != nil {
			return err
		}
	}
	old, err := r.check(ctx, url)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Config{URL: url, Now: r.Now}) // an older schema is migrated
	if err != nil {
		return err
	}
	err = s.Read(ctx, func(tx *store.Tx) error { return r.compare(ctx, tx, list, old) })
	if err == nil {
		err = s.Write(ctx, func(tx *store.Tx) error { return r.settle(ctx, tx, done) })
	}
	done.Loaded = err == nil
	return errors.Join(err, s.Close())
}

// load brings the archive into the database, and removes it.
func (r *restorer) load(ctx context.Context, file string) error {
	s, err := store.OpenAsIs(store.Config{URL: r.Database})
	if err != nil {
		return err
	}
	err = loadPostgres(ctx, s, r.Database, file)
	return errors.Join(err, s.Close(), os.Remove(file))
}

// check looks whether the database holds together, before anything in it is
// changed, and whether its schema is an older one.
func (r *restorer) check(ctx context.Context, url string) (old bool, err error) {
	s, err := store.OpenAsIs(store.Config{URL: url, Now: r.Now})
	if err != nil {
		return false, err
	}
	defer s.Close()
	v, err := s.Schema(ctx)
	if err != nil {
		return false, err
	}
	if v.Newer() {
		return false, lab.Errorf(lab.Conflict, "backup %s has schema %d, of vidjil %s; this program knows %d: restore it with the newer one", r.m.ID, v.Have, r.m.Program, v.Known)
	}
	faults, err := s.Integrity(ctx)
	if err != nil {
		return false, err
	}
	if len(faults) > 0 {
		return false, lab.Errorf(lab.Invalid, "the database of backup %s does not hold together: %s (and %d more)", r.m.ID, faults[0], len(faults)-1)
	}
	return v.Pending(), nil
}

// compare looks whether the database has what the manifest says. What a migration
// has changed cannot be counted.
func (r *restorer) compare(ctx context.Context, tx *store.Tx, list []store.UsedBlob, old bool) error {
	counts, err := tx.Counts(ctx)
	if err != nil {
		return err
	}
	if !old && !maps.Equal(counts, r.m.Counts) {
		return lab.Errorf(lab.Invalid, "the database of backup %s has not the rows that the manifest counted: %v, and not %v", r.m.ID, counts, r.m.Counts)
	}
	_, broken, err := tx.VerifyAudit(ctx, r.m.Audit.head())
	if err != nil {
		return err
	}
	if broken != nil {
		return lab.Errorf(lab.Invalid, "the audit of backup %s is broken at entry %d: %s", r.m.ID, broken.ID, broken.Why)
	}
	used, err := usedBlobs(ctx, tx, r.m.Reads)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, b := range list {
		have[b.Digest] = true
	}
	for _, b := range used {
		if !have[b.Digest] && !slices.Contains(r.m.Missing, b.Digest) {
			return lab.Errorf(lab.Invalid, "backup %s has not the bytes %s, to which its database refers", r.m.ID, b.Digest)
		}
	}
	return nil
}

// withoutReads is the reason that files without bytes get.
const withoutReads = "the server was restored from a backup without reads"

// settle brings the restored database in line with what came with it. Who was
// signed in signs in again: a session may have been ended after the backup.
func (r *restorer) settle(ctx context.Context, tx *store.Tx, done *Restored) (err error) {
	if !r.m.Reads {
		if done.Reads, err = tx.DropReads(ctx, withoutReads, r.left); err != nil {
			return err
		}
	}
	if _, err := tx.ForgetOrphans(ctx); err != nil {
		return err
	}
	if err := tx.EndSessions(ctx); err != nil {
		return err
	}
	about, err := json.Marshal(map[string]any{"backup": r.m.ID, "made": r.m.CreatedAt})
	if err != nil {
		return err
	}
	tx.Audit(lab.Entry{Action: "server.restore", Object: "server", After: string(about)})
	done.Counts, err = tx.Counts(ctx)
	return err
}

// checkArchive reads the table of contents of an archive of pg_dump, whatever the
// version of the server that it came from.
func checkArchive(ctx context.Context, file string) error {
	return runProgram(ctx, "pg_restore", nil, "--list", file)
}
