package upload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
)

// ErrContent says that a file is not of a kind that is of use.
var ErrContent = errors.New("content of no use")

// finish takes an upload of which all bytes are there through the rest of its
// life, from the step that it has reached. The caller holds its lock.
func (r *Receiver) finish(ctx context.Context, rec *record) error {
	if rec.State == receiving {
		if err := r.verify(ctx, rec); err != nil {
			return err
		}
	}
	if rec.State == verified {
		if err := r.store(ctx, rec); err != nil {
			return err
		}
	}
	if rec.State == stored {
		if err := r.deliver(ctx, rec); err != nil {
			return err
		}
	}
	if rec.State == refused {
		return &lab.Error{Code: rec.Code, Msg: rec.Reason, Err: refusal(rec.Status)}
	}
	return nil
}

// verify computes the digest of the bytes and compares it with the one that was
// announced.
func (r *Receiver) verify(ctx context.Context, rec *record) error {
	offset, err := r.dir.offset(rec)
	if err != nil {
		return err
	}
	if offset != rec.Upload.Size {
		return fmt.Errorf("verify upload %s: %d bytes of %d", rec.Upload.ID, offset, rec.Upload.Size)
	}
	if rec.Content == "" {
		if err := r.sniff(ctx, rec); err != nil {
			return err
		}
	}
	sum, err := r.dir.sum(ctx, rec, offset)
	if err != nil {
		return err
	}
	got := blob.SumOf(sum)
	if want := rec.Upload.Digest; want != "" && got != want {
		return r.refuse(ctx, rec, &lab.Error{
			Code: lab.Invalid, Err: blob.ErrDigest,
			Msg: "the file was changed on its way: its SHA-256 is not the one that was announced; please send it again",
		})
	}
	if err := syncPart(r.dir, rec.Upload.ID); err != nil {
		return err
	}
	rec.Digest, rec.State = got, verified
	r.expect(rec.Upload.ID, 0)
	return r.dir.save(rec)
}

// sniff finds out what the file is, and refuses it when it is of no use.
func (r *Receiver) sniff(ctx context.Context, rec *record) error {
	head, err := r.dir.head(rec.Upload.ID)
	if err != nil {
		return fmt.Errorf("look into upload %s: %w", rec.Upload.ID, err)
	}
	kind, err := content.Sniff(head)
	if err == nil && kind == content.Analysis {
		err = lab.Errorf(lab.Invalid, "this is an .analysis file: import it where the results of its set are shown")
	}
	if lab.CodeOf(err) == lab.Invalid {
		return r.refuse(ctx, rec, &lab.Error{Code: lab.Invalid, Msg: err.Error(), Err: ErrContent})
	} else if err != nil {
		return fmt.Errorf("look into upload %s: %w", rec.Upload.ID, err)
	}
	if l, ok := r.ledger.(Inspector); ok {
		err := l.Inspect(ctx, rec.Upload.ID, kind)
		if refusal, ok := errors.AsType[*lab.Error](err); ok && final(refusal.Code) {
			return r.refuse(ctx, rec, &lab.Error{Code: refusal.Code, Msg: refusal.Msg, Err: ErrContent})
		} else if err != nil {
			return fmt.Errorf("inspect upload %s: %w", rec.Upload.ID, err)
		}
	}
	rec.Content = kind
	return nil
}

// store hands the bytes over. If they are no longer here, an earlier run has
// handed them over and was stopped before it could write that down.
func (r *Receiver) store(ctx context.Context, rec *record) error {
	info, err := r.adopt(ctx, rec)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = r.blobs.Stat(ctx, rec.Digest)
		if lab.CodeOf(err) == lab.NotFound {
			return r.refuse(ctx, rec, lost())
		}
	}
	if err != nil {
		return fmt.Errorf("store upload %s: %w", rec.Upload.ID, err)
	}
	rec.State, rec.Duplicate = stored, info.Known
	return r.dir.save(rec)
}

// lost makes clients begin again.
func lost() *lab.Error {
	return lab.Errorf(lab.NotFound, "the server has lost the file; please send it again")
}

func (r *Receiver) adopt(ctx context.Context, rec *record) (blob.Info, error) {
	if s, ok := r.blobs.(blob.Adopter); ok {
		return s.Adopt(ctx, r.dir.partPath(rec.Upload.ID), rec.Digest)
	}
	f, err := r.dir.root.Open(rec.Upload.ID + partSuffix)
	if err != nil {
		return blob.Info{}, err
	}
	defer f.Close()
	info, err := r.blobs.Put(ctx, f, rec.Digest)
	if err != nil {
		return blob.Info{}, err
	}
	return info, r.dir.removePart(rec.Upload.ID)
}

// deliver makes the Ledger take the file.
func (r *Receiver) deliver(ctx context.Context, rec *record) error {
	info, err := r.young(ctx, rec)
	if lab.CodeOf(err) == lab.NotFound {
		// It lay here for longer than the collector waits.
		return r.refuse(ctx, rec, lost())
	} else if err != nil {
		return fmt.Errorf("deliver upload %s: %w", rec.Upload.ID, err)
	}
	info.Known = rec.Duplicate
	err = r.ledger.Finish(ctx, rec.Upload.ID, Received{Upload: rec.Upload, Blob: info, Content: rec.Content})
	if refusal, ok := errors.AsType[*lab.Error](err); ok && final(refusal.Code) {
		return r.refuse(ctx, rec, refusal)
	}
	if err != nil {
		return fmt.Errorf("deliver upload %s: %w", rec.Upload.ID, err)
	}
	rec.State = finished
	if err := r.dir.save(rec); err != nil {
		return err
	}
	r.cfg.Logger.InfoContext(ctx, "upload finished", "upload", rec.Upload.ID, "bytes", rec.Upload.Size, "content", string(rec.Content),
		"duplicate", rec.Duplicate, "seconds", int64(time.Since(rec.CreatedAt).Seconds()))
	return nil
}

// youngFor is how long after it was stored a blob counts as young: far less than
// the collector waits.
const youngFor = time.Hour

// young makes sure that the bytes are there and will be until the ledger has
// them. The collector takes what has no row and is old, and a server that was
// down for a week delivers just that: such a blob is put again, which makes it
// young without writing it.
func (r *Receiver) young(ctx context.Context, rec *record) (blob.Info, error) {
	if time.Since(rec.ChangedAt) < youngFor {
		return r.blobs.Stat(ctx, rec.Digest)
	}
	info, err := r.blobs.Put(ctx, strings.NewReader(""), rec.Digest)
	if errors.Is(err, blob.ErrDigest) {
		return info, lost() // nothing was put, as there is nothing to make young
	}
	return info, err
}

// final tells whether asking the Ledger again is useless.
func final(code lab.Code) bool {
	switch code {
	case lab.NotFound, lab.Forbidden, lab.Conflict, lab.Invalid, lab.TooLarge:
		return true
	}
	return false
}

// refuse ends an upload for good and returns why. The bytes go at once; the
// outcome is kept for those who ask.
func (r *Receiver) refuse(ctx context.Context, rec *record, why *lab.Error) error {
	rec.State, rec.Reason, rec.Code, rec.Status = refused, why.Msg, why.Code, statusOf(why)
	r.expect(rec.Upload.ID, 0)
	if err := r.dir.save(rec); err != nil {
		return err
	}
	r.cfg.Logger.InfoContext(ctx, "upload refused", "upload", rec.Upload.ID, "code", string(rec.Code), "status", rec.Status)
	if err := r.dir.removePart(rec.Upload.ID); err != nil {
		r.cfg.Logger.ErrorContext(ctx, "upload refused, bytes stay until it is forgotten", "upload", rec.Upload.ID, "error", err)
	}
	if err := r.tell(ctx, rec); err != nil {
		// Sweep tells it again.
		r.cfg.Logger.ErrorContext(ctx, "upload refused, not yet told", "upload", rec.Upload.ID, "error", err)
	}
	return why
}

// tell lets the Ledger know of a refusal.
func (r *Receiver) tell(ctx context.Context, rec *record) error {
	if rec.Told {
		return nil
	}
	if err := r.ledger.Abandon(ctx, rec.Upload.ID, rec.Reason); err != nil && lab.CodeOf(err) != lab.NotFound {
		return fmt.Errorf("abandon upload %s: %w", rec.Upload.ID, err)
	}
	rec.Told = true
	return r.dir.save(rec)
}

// drop forgets an upload; the Ledger first, so that a crash in between leaves
// something to begin again with.
func (r *Receiver) drop(ctx context.Context, rec *record, reason string) error {
	if rec.State != finished && !rec.Told {
		if err := r.ledger.Abandon(ctx, rec.Upload.ID, reason); err != nil && lab.CodeOf(err) != lab.NotFound {
			return fmt.Errorf("abandon upload %s: %w", rec.Upload.ID, err)
		}
	}
	r.expect(rec.Upload.ID, 0)
	return r.dir.remove(rec.Upload.ID)
}

// Recover takes up what the last run left: uploads whose bytes are all there are
// finished, refusals are told. It returns all faults, after having tried all.
func (r *Receiver) Recover(ctx context.Context) error {
	ids, err := r.dir.ids()
	if err != nil {
		return fmt.Errorf("recover uploads: %w", err)
	}
	var errs []error
	for _, id := range ids {
		if err := context.Cause(ctx); err != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = append(errs, r.locked(ctx, id, func(rec *record) error { return r.resume(ctx, rec) }))
	}
	return errors.Join(errs...)
}

// resume does what is left to do for an upload without its client.
func (r *Receiver) resume(ctx context.Context, rec *record) error {
	switch rec.State {
	case receiving:
		offset, err := r.dir.offset(rec)
		if lab.CodeOf(err) == lab.NotFound || err == nil && offset < rec.Upload.Size {
			return nil // until it goes on, or expires
		} else if err != nil {
			return err
		}
	case refused:
		return r.tell(ctx, rec)
	case finished:
		return nil
	}
	err := r.finish(ctx, rec)
	if rec.State == refused {
		return nil // its sender is told, there is nothing to do here
	}
	return err
}

// locked calls do with an upload that nobody else works on; not at all if it is
// gone.
func (r *Receiver) locked(ctx context.Context, id string, do func(*record) error) error {
	lock, err := r.locks.NewLock(id)
	if err == nil {
		err = lock.Lock(ctx, func() {})
	}
	if err != nil {
		return fmt.Errorf("lock upload %s: %w", id, err)
	}
	rec, err := r.dir.load(id)
	if lab.CodeOf(err) == lab.NotFound {
		return lock.Unlock()
	}
	if err == nil {
		err = do(rec)
	}
	return errors.Join(err, lock.Unlock())
}

// Sweep forgets unfinished uploads that lay still for too long and outcomes that
// nobody needs any more, and takes up what could not be finished before. It
// tells how many it forgot.
func (r *Receiver) Sweep(ctx context.Context, now time.Time) (int, error) {
	names, err := r.dir.names()
	if err != nil {
		return 0, fmt.Errorf("sweep uploads: %w", err)
	}
	ids, err := r.dir.ids()
	if err != nil {
		return 0, fmt.Errorf("sweep uploads: %w", err)
	}
	dead, err := r.dead(ctx, ids)
	if err != nil {
		return 0, fmt.Errorf("sweep uploads: %w", err)
	}
	forgotten := 0
	var errs []error
	for _, id := range ids {
		if err := context.Cause(ctx); err != nil {
			return forgotten, errors.Join(append(errs, err)...)
		}
		// Taking the lock interrupts a request, so it must be worth it. A request
		// that brings an upload into a state which is of interest here is seen by
		// the second question, asked after the first.
		if rec, err := r.dir.load(id); err == nil && !dead[id] && !r.due(rec, now) || r.busy(id) {
			continue
		}
		errs = append(errs, r.locked(ctx, id, func(rec *record) error {
			gone, err := r.sweep(ctx, rec, now, dead[id])
			if gone {
				forgotten++
			}
			return err
		}))
	}
	return forgotten, errors.Join(append(errs, r.sweepStray(names, now))...)
}

// dead are the uploads that the ledger has given up.
func (r *Receiver) dead(ctx context.Context, ids []string) (map[string]bool, error) {
	l, ok := r.ledger.(Reviser)
	if !ok {
		return nil, nil //nolint:nilnil // an empty map is a map
	}
	list, err := l.Dead(ctx, ids)
	if err != nil {
		return nil, err
	}
	dead := make(map[string]bool, len(list))
	for _, id := range list {
		dead[id] = true
	}
	return dead, nil
}

// due tells whether Sweep has something to do for an upload.
func (r *Receiver) due(rec *record, now time.Time) bool {
	switch rec.State {
	case receiving:
		st, err := r.dir.root.Stat(rec.Upload.ID + partSuffix)
		if err != nil {
			return now.Sub(rec.ChangedAt) > r.cfg.Expire
		}
		return st.Size() == rec.Upload.Size || now.Sub(rec.ChangedAt) > r.cfg.Expire && now.Sub(st.ModTime()) > r.cfg.Expire
	case finished:
		return now.Sub(rec.ChangedAt) > r.cfg.Remember
	case refused:
		return !rec.Told || now.Sub(rec.ChangedAt) > r.cfg.Remember
	}
	return true
}

func (r *Receiver) sweep(ctx context.Context, rec *record, now time.Time, dead bool) (bool, error) {
	if dead && rec.State == receiving {
		if err := r.drop(ctx, rec, "the file is no longer wanted"); err != nil {
			return false, err
		}
		r.cfg.Logger.InfoContext(ctx, "upload given up", "upload", rec.Upload.ID)
		return true, nil
	}
	if !r.due(rec, now) {
		return false, nil
	}
	switch {
	case rec.State == receiving && r.dir.size(rec.Upload.ID) < rec.Upload.Size:
		if err := r.drop(ctx, rec, "the upload was not finished in time and has expired"); err != nil {
			return false, err
		}
		r.cfg.Logger.InfoContext(ctx, "upload expired", "upload", rec.Upload.ID)
		return true, nil
	case rec.State == finished, rec.State == refused && rec.Told:
		return true, r.dir.remove(rec.Upload.ID)
	}
	return false, r.resume(ctx, rec)
}

// sweepStray removes files without a record: their upload was being begun, or
// forgotten, when the program was stopped.
func (r *Receiver) sweepStray(names []string, now time.Time) error {
	var errs []error
	for _, name := range names {
		st, err := r.dir.root.Stat(name)
		if err != nil || st.IsDir() || now.Sub(st.ModTime()) <= r.cfg.Remember {
			continue
		}
		for _, suffix := range []string{partSuffix, draftSuffix} {
			id := name[:max(0, len(name)-len(suffix))]
			if name != id+suffix || !idForm.MatchString(id) {
				continue
			}
			if _, err := r.dir.load(id); lab.CodeOf(err) == lab.NotFound {
				errs = append(errs, r.dir.root.Remove(name))
			}
		}
	}
	return errors.Join(errs...)
}

// syncPart makes the bytes of an upload survive a loss of power.
func syncPart(d staging, id string) error {
	f, err := d.root.Open(id + partSuffix)
	if err != nil {
		return fmt.Errorf("sync upload %s: %w", id, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync upload %s: %w", id, full(err))
	}
	return nil
}
