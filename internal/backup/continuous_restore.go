package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// RestoreAt brings a server back from a continuous copy, as it was at a time: as
// [Restore] does, with [Restoration.ID] that of a database when several are
// asked for the same time. A change that was committed less than a round before
// may not be in it. Manifest.CreatedAt is when the last change was taken that is in
// it, and Manifest.Missing names the bytes that the copy should have and has not.
// Reads that were left out are not among them: their files are known to have no
// bytes afterwards, and Restored.Reads tells how many.
func RestoreAt(ctx context.Context, t *Target, when time.Time, o Restoration) (_ *Restored, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Data == "" && !o.Verify {
		return nil, lab.Errorf(lab.Usage, "where to is missing: a data directory")
	}
	if o.Database != "" {
		return nil, lab.Errorf(lab.Usage, "a continuous copy is of an SQLite database, which is made in the data directory: leave the URL of a database out")
	}
	if when.After(o.Now().Add(time.Minute)) {
		return nil, lab.Errorf(lab.Usage, "%s is yet to come", when.Format(time.RFC3339))
	}
	target, err := t.continuous(ctx)
	if err != nil {
		return nil, err
	}
	points, err := Points(ctx, t)
	if err != nil {
		return nil, err
	}
	p, err := pick(points, o.ID, when)
	if err != nil {
		return nil, err
	}
	state, since := p.at(when)
	r := restorer{Restoration: o, target: t, m: &Manifest{
		ID: p.ID, CreatedAt: since, Program: target.Program, Dialect: store.SQLite, Reads: true,
	}}
	leave, err := r.enter()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, leave(err == nil)) }()
	return r.restoreState(ctx, state, p.NoReads)
}

// restoreState makes one state of the database, and brings its bytes. noReads
// tells that the copy was made without reads.
func (r *restorer) restoreState(ctx context.Context, state uint64, noReads bool) (*Restored, error) {
	done := &Restored{Manifest: r.m}
	r.progress(Progress{Stage: "database"})
	file := filepath.Join(r.dir, "vidjil.db")
	for _, name := range []string{file, file + "-wal", file + "-shm", file + ".tmp"} { // of an interrupted one
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("restore: %w", err)
		}
	}
	if err := rebuild(ctx, databaseDir(r.target.Place, r.m.ID), state, file); err != nil {
		if stopped := context.Cause(ctx); stopped != nil {
			return nil, stopped
		}
		return nil, lab.Errorf(lab.Invalid, "the changes of database %s are damaged: %w; try another time, or a backup", r.m.ID, err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		return nil, lab.Errorf(lab.Unwritable, "restore: %w", err)
	}
	url := store.SQLite + ":" + file
	if _, err := r.check(ctx, url); err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Config{URL: url, Now: r.Now}) // an older schema is migrated
	if err != nil {
		return nil, err
	}
	err = r.restoreBlobs(ctx, s, noReads, done)
	if err == nil {
		r.progress(Progress{Stage: "checking"})
		err = s.Write(ctx, func(tx *store.Tx) error { return r.settle(ctx, tx, done) })
	}
	done.Loaded = err == nil
	return done, errors.Join(err, s.Close())
}

// restoreBlobs brings the bytes that the database refers to, and notes those that
// the copy has not: as left out, or as missing.
func (r *restorer) restoreBlobs(ctx context.Context, s *store.Store, noReads bool, done *Restored) error {
	var used []store.UsedBlob
	err := s.Read(ctx, func(tx *store.Tx) (err error) {
		_, broken, err := tx.VerifyAudit(ctx, store.AuditHead{})
		if err != nil {
			return err
		}
		if broken != nil {
			return lab.Errorf(lab.Invalid, "the audit of database %s is broken at entry %d: %s", r.m.ID, broken.ID, broken.Why)
		}
		used, err = usedBlobs(ctx, tx, true)
		return err
	})
	if err != nil {
		return err
	}
	have, err := r.target.objects(ctx)
	if err != nil {
		return err
	}
	var list []store.UsedBlob
	for _, b := range used {
		_, there := have[objectPath(b.Digest)]
		switch {
		case there:
			list = append(list, b)
		case noReads && b.Reads:
			r.left = append(r.left, b.Digest)
		default:
			r.m.Missing = append(r.m.Missing, b.Digest)
		}
	}
	r.m.Reads = len(r.left) == 0
	r.m.Blobs = int64(len(list))
	return r.blobs(ctx, list, done)
}
