package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// copying is a session of a [Continuous].
type copying struct {
	run
	c     *Continuous
	state ContinuousState
	db    *replica
	seen  time.Time // begin of the last round whose blobs were all copied
	swept time.Time
	told  time.Time
}

// open attaches to the database, and goes on with the copy that the target has of
// it.
func (w *copying) open(ctx context.Context, target string) error {
	s, err := ContinuousStatus(w.Data)
	if lab.CodeOf(err) != lab.NotFound && err != nil {
		return err
	}
	if s.TargetID != target || s.Database == "" {
		s = ContinuousState{TargetID: target, Database: newID(w.Now())}
	}
	s.Target, s.Error, s.Ended, s.NoReads = w.c.Place, "", false, w.NoReads
	w.state = s
	if err := w.c.putState(&w.state); err != nil {
		return err
	}
	meta := filepath.Join(w.Data, continuousFolder)
	if err := forgetOld(meta, s.Database); err != nil {
		return err
	}
	if w.have, err = w.target.objects(ctx); err != nil {
		return err
	}
	w.db, err = openReplica(sqliteFile(w.Database), filepath.Join(meta, s.Database), databaseDir(w.c.Place, s.Database), w.c.Keep, w.Log)
	return err
}

// forget drops the copy, so that the next session begins one anew.
func (w *copying) forget() error {
	w.state.Database = ""
	return errors.Join(w.c.putState(&w.state), forgetOld(filepath.Join(w.Data, continuousFolder), ""))
}

// rounds makes rounds until stop ends, with a last one then.
func (w *copying) rounds(stop, ctx context.Context) error {
	for {
		last := stop.Err() != nil
		round, cancel := ctx, context.CancelFunc(func() {})
		if last {
			round, cancel = context.WithTimeout(ctx, lastRound)
		}
		err := w.round(round)
		if err == nil && !last {
			cancel()
			w.c.tell(w.state)
			wait(stop, w.c.Every)
			if lost := context.Cause(ctx); lost != nil {
				return errors.Join(lost, w.db.close(context.WithoutCancel(ctx)))
			}
			continue
		}
		if last && err == nil {
			w.state.Ended = true
			err = w.putStates(round)
			w.c.tell(w.state)
		}
		// The library releases the database whether or not it can send the rest.
		err = errors.Join(err, w.db.close(context.WithoutCancel(ctx)))
		cancel()
		return err
	}
}

// round brings the target up to date.
func (w *copying) round(ctx context.Context) error {
	began := w.Now()
	n, err := w.db.capture(ctx)
	if err != nil {
		return err
	}
	changed := n != w.state.State || w.seen.IsZero()
	if changed {
		if err := w.copyBlobs(ctx, began); err != nil {
			return err
		}
	}
	if err := w.db.send(ctx); err != nil {
		return err
	}
	w.state.State, w.state.At = n, began.UTC()
	if changed || began.Sub(w.told) >= tellEvery {
		if err := w.putStates(ctx); err != nil {
			return err
		}
		w.told = began
	}
	if err := w.db.tidy(ctx, began); err != nil {
		return err
	}
	if began.Sub(w.swept) < sweepEvery {
		return nil
	}
	w.swept = began
	return w.sweep(ctx, began)
}

// putStates writes the state here and there.
func (w *copying) putStates(ctx context.Context) error {
	text, err := json.Marshal(&w.state)
	if err != nil {
		return fmt.Errorf("write state of continuous copy: %w", err)
	}
	if _, err := w.target.shelf.Put(ctx, path.Join(databaseFolder, w.state.Database, stateName), bytes.NewReader(text)); err != nil {
		return err
	}
	return w.c.putState(&w.state)
}

// copyBlobs copies the bytes that the captured state refers to: all that the
// database knows by now is at least that.
func (w *copying) copyBlobs(ctx context.Context, began time.Time) error {
	since := time.Time{}
	if !w.seen.IsZero() {
		since = w.seen.Add(-recentBlobs)
	}
	var list []store.UsedBlob
	err := w.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.BlobsSince(ctx, since)
		return err
	})
	if err != nil {
		return err
	}
	missing := 0
	for _, b := range list {
		if b.Reads && w.NoReads {
			continue
		}
		lost, _, err := w.blob(ctx, b)
		if err != nil {
			return fmt.Errorf("copy blob %s: %w", b.Digest, err)
		}
		if lost {
			missing++
			continue
		}
		w.have[objectPath(b.Digest)] = b.Size
	}
	if w.state.Missing = max(w.state.Missing, missing); since.IsZero() {
		w.state.Missing = missing
	}
	w.seen = began
	return nil
}

// sweep removes databases that nobody goes on with and whose last state is older
// than is kept, and bytes that no state needs any more. The next round looks at
// all blobs again.
func (w *copying) sweep(ctx context.Context, now time.Time) error {
	if _, err := w.target.shelf.Sweep(ctx, now.Add(-24*time.Hour)); err != nil {
		return err
	}
	points, err := Points(ctx, w.target)
	if err != nil {
		return err
	}
	oldest := now
	for _, p := range points {
		if p.ID != w.state.Database && now.Sub(p.Until) > w.c.Keep {
			if err := os.RemoveAll(databaseDir(w.c.Place, p.ID)); err != nil {
				return fmt.Errorf("remove old changes of the database: %w", err)
			}
			continue
		}
		if p.From.Before(oldest) {
			oldest = p.From
		}
	}
	w.seen = time.Time{}
	return w.sweepBlobs(ctx, oldest)
}

// sweepBlobs marks the bytes that the database does not know, and removes those
// that it has not known since before the oldest state that is kept.
func (w *copying) sweepBlobs(ctx context.Context, oldest time.Time) error {
	known := map[string]bool{}
	err := w.Store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.BlobsSince(ctx, time.Time{})
		for _, b := range list {
			known[b.Digest] = true
		}
		return err
	})
	if err != nil {
		return err
	}
	gone := map[string]time.Time{}
	for o, err := range w.target.shelf.List(ctx, goneFolder) {
		if err != nil {
			return err
		}
		if digest := path.Base(o.Name); !known[digest] {
			gone[digest] = o.PutAt
		} else if err := w.target.shelf.Delete(ctx, o.Name); err != nil {
			return err
		}
	}
	for place := range w.have {
		digest := path.Base(place)
		if known[digest] {
			continue
		}
		mark := goneFolder + "/" + digest
		since, marked := gone[digest]
		switch {
		case !marked:
			_, err = w.target.shelf.Put(ctx, mark, bytes.NewReader(nil))
		case since.Before(oldest):
			err = errors.Join(w.target.shelf.Delete(ctx, place), w.target.shelf.Delete(ctx, mark))
			delete(w.have, place)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
