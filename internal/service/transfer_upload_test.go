package service_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// works has transfers done by a pool until the test ends.
func (w *world) works(h job.Handler) {
	w.t.Helper()
	pool, err := job.New(job.Config{
		Store: w.Store, Handlers: map[lab.JobKind]job.Handler{lab.JobTransfer: h}, Workers: 1, Flush: 5 * time.Millisecond, Poll: 50 * time.Millisecond,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := pool.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
}

// bring sends bytes as an archive, in their pieces.
func (w *world) bring(who *service.Actor, group int64, text []byte) service.TransferView {
	w.t.Helper()
	ctx := w.t.Context()
	v, err := w.BeginTransfer(ctx, who, group, "sets.zip", int64(len(text)))
	w.want("begin", err, "")
	for n := int64(0); n*lab.TransferPieceSize < v.Size; n++ {
		piece := text[n*lab.TransferPieceSize : min(v.Size, (n+1)*lab.TransferPieceSize)]
		sum := sha256.Sum256(piece)
		w.want("piece", w.PutTransferPiece(ctx, who, v.ID, n, hex.EncodeToString(sum[:]), piece), "")
	}
	return v
}

// ended waits until the job of an archive has ended.
func (w *world) ended(who *service.Actor, id int64) service.TransferView {
	w.t.Helper()
	return w.until(who, id, func(v *service.TransferView) bool { return v.State.Ended() })
}

// until waits for something to become true of an archive.
func (w *world) until(who *service.Actor, id int64, is func(*service.TransferView) bool) service.TransferView {
	w.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond) // progress is not announced
	defer tick.Stop()
	changed := make(chan struct{}, 1)
	stop := w.Store.Subscribe(func(string) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	for {
		v, err := w.TransferByID(w.t.Context(), who, id)
		w.want("archive", err, "")
		if is(&v) {
			return v
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-w.t.Context().Done():
			w.t.Fatal(w.t.Context().Err())
		}
	}
}

// TestTransferRights: an archive on its way in is its owner's alone, and wants the
// rights to make sets and to upload, at every step.
func TestTransferRights(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		from := furnish(t, newWorld(t, storetest.SQLite(t)))
		_, text := from.archive(from.doctor, service.TransferRequest{GroupID: from.group.ID})
		group, eve := w.staff("haematology", "eve")
		mallory := w.person("mallory", group) // of the same group, who may do all that eve may
		readers := w.group("readers", lab.Group{ParentID: group.ID}, every(access.Read)...)
		rita := w.person("rita", readers)

		for _, who := range []*service.Actor{rita, w.person("stranger")} {
			_, err := w.BeginTransfer(ctx, who, group.ID, "a.zip", 5)
			w.want("begin without the right", err, lab.Forbidden)
		}
		_, err := w.BeginTransfer(ctx, &service.Actor{}, group.ID, "a.zip", 5)
		w.want("begin as nobody", err, lab.Unauthenticated)

		v := w.bring(eve, group.ID, text)
		for _, who := range []*service.Actor{mallory, rita, w.admin("root")} {
			_, err := w.TransferByID(ctx, who, v.ID)
			w.want("look at another's", err, lab.NotFound)
			_, err = w.OpenTransfer(ctx, who, v.ID)
			w.want("download another's", err, lab.NotFound)
			w.want("send to another's", w.PutTransferPiece(ctx, who, v.ID, 0, "", text), lab.NotFound)
			_, err = w.RunTransfer(ctx, who, v.ID, service.ImportRequest{})
			w.want("import another's", err, lab.NotFound)
			w.want("delete another's", w.DeleteTransfer(ctx, who, v.ID), lab.NotFound)
			list, err := w.Transfers(ctx, who)
			if err != nil || len(list) != 0 {
				t.Errorf("%s lists %+v, %v", who.User.Name, list, err)
			}
		}
		// By a token that may only read, one looks.
		reading := *eve
		reading.Scopes = []access.Scope{access.ScopeRead}
		_, err = w.TransferByID(ctx, &reading, v.ID)
		w.want("look by a token", err, "")
		_, err = w.RunTransfer(ctx, &reading, v.ID, service.ImportRequest{})
		w.want("import by a token that reads", err, lab.Forbidden)
		w.want("delete by a token that reads", w.DeleteTransfer(ctx, &reading, v.ID), lab.Forbidden)

		// Who loses the right before the job begins imports nothing.
		_, err = w.RunTransfer(ctx, eve, v.ID, service.ImportRequest{})
		w.want("run", err, "")
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.RemoveMember(ctx, group.ID, eve.User.ID)
			return err
		})
		w.works(w.Transfer)
		got := w.ended(eve, v.ID)
		if got.State != lab.JobFailed || !strings.Contains(got.Error, "may not") {
			t.Errorf("without rights any more: %s: %q", got.State, got.Error)
		}
		if n, err := w.SumSets(ctx, w.admin("late"), service.SetFilter{}, ""); err != nil || n.Sets != 0 {
			t.Errorf("imported: %+v, %v", n, err)
		}
	})
}

// TestTransferPieces: pieces come in any order and again; what is none is refused.
func TestTransferPieces(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		group, eve := w.staff("haematology", "eve")
		text := bytes.Repeat([]byte("0123456789abcdef"), lab.TransferPieceSize/16+1) // a piece, and 16 bytes
		v, err := w.BeginTransfer(ctx, eve, group.ID, "sets.zip", int64(len(text)))
		w.want("begin", err, "")
		first, second := text[:lab.TransferPieceSize], text[lab.TransferPieceSize:]
		for name, tt := range map[string]struct {
			number int64
			digest string
			data   []byte
			want   lab.Code
		}{
			"too few bytes":   {0, "", second, lab.Invalid},
			"too many bytes":  {1, "", first, lab.Invalid},
			"no such piece":   {2, "", second, lab.Invalid},
			"before the file": {-1, "", first, lab.Invalid},
			"no digest":       {1, "abc", second, lab.Invalid},
			"other bytes":     {1, strings.Repeat("0", 64), second, lab.Invalid},
		} {
			if err := w.PutTransferPiece(ctx, eve, v.ID, tt.number, tt.digest, tt.data); lab.CodeOf(err) != tt.want {
				t.Errorf("%s: got %v, want %s", name, err, tt.want)
			}
		}
		w.want("the second", w.PutTransferPiece(ctx, eve, v.ID, 1, "", second), "")
		_, err = w.RunTransfer(ctx, eve, v.ID, service.ImportRequest{})
		w.want("import what has not come", err, lab.Conflict)
		_, err = w.OpenTransfer(ctx, eve, v.ID)
		w.want("download what has not come", err, lab.Conflict)
		w.want("the first", w.PutTransferPiece(ctx, eve, v.ID, 0, "", first), "")
		w.want("the first again", w.PutTransferPiece(ctx, eve, v.ID, 0, "", first), "")
		c, err := w.OpenTransfer(ctx, eve, v.ID)
		w.want("open", err, "")
		if _, err := c.Seek(lab.TransferPieceSize-8, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		w.want("read", err, "")
		w.want("close", c.Close(), "")
		if want := text[lab.TransferPieceSize-8:]; !bytes.Equal(got, want) {
			t.Errorf("over the border of pieces: got %q, want %q", got, want)
		}
		list, err := w.Transfers(ctx, eve)
		w.want("list", err, "")
		if len(list) != 1 || len(list[0].Pieces) != 2 || list[0].State != "" || !list[0].Until.Equal(list[0].ChangedAt.Add(7*24*time.Hour)) {
			t.Errorf("list: %+v", list)
		}
		w.want("delete", w.DeleteTransfer(ctx, eve, v.ID), "")
		_, err = w.TransferByID(ctx, eve, v.ID)
		w.want("deleted", err, lab.NotFound)
	})
}

// TestTransferJob: a job tells how far it is, can be cancelled, and keeps the
// archive until it is imported.
func TestTransferJob(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		from := furnish(t, newWorld(t, storetest.SQLite(t)))
		_, text := from.archive(from.doctor, service.TransferRequest{GroupID: from.group.ID, Reads: true})
		group, eve := w.staff("haematology", "eve")
		v := w.bring(eve, group.ID, text)
		began, goOn := make(chan struct{}), make(chan struct{}, 1)
		w.works(func(ctx context.Context, r *job.Run) error {
			r.Progress(0.25, 0, "waiting")
			began <- struct{}{}
			select {
			case <-goOn:
			case <-ctx.Done():
			}
			return w.Transfer(ctx, r)
		})
		start := func(q service.ImportRequest) service.TransferView {
			v, err := w.RunTransfer(ctx, eve, v.ID, q)
			w.want("run", err, "")
			<-began
			return v
		}

		running := start(service.ImportRequest{})
		_, err := w.RunTransfer(ctx, eve, v.ID, service.ImportRequest{})
		w.want("a second job", err, lab.Conflict)
		w.want("delete while it is read", w.DeleteTransfer(ctx, eve, v.ID), lab.Conflict)
		w.want("another piece while it is read", w.PutTransferPiece(ctx, eve, v.ID, 0, "", text), lab.Conflict)
		_, err = w.CancelJob(ctx, w.person("stranger"), running.JobID)
		w.want("cancelled by another", err, lab.NotFound)
		w.until(eve, v.ID, func(v *service.TransferView) bool { return v.Progress == 0.25 && v.Stage == "waiting" })
		_, err = w.CancelJob(ctx, eve, running.JobID)
		w.want("cancel", err, "")
		if got := w.ended(eve, v.ID); got.State != lab.JobCancelled || !got.DoneAt.IsZero() || len(got.Pieces) != 1 {
			t.Errorf("cancelled: %+v", got)
		}
		if n, err := w.SumSets(ctx, eve, service.SetFilter{}, ""); err != nil || n.Sets != 0 {
			t.Errorf("cancelled, and imported: %+v, %v", n, err)
		}

		start(service.ImportRequest{DryRun: true})
		goOn <- struct{}{}
		got := w.ended(eve, v.ID)
		if got.State != lab.JobDone || got.Report == nil || !got.Report.DryRun || got.Report.Sets != 2 || !got.DoneAt.IsZero() || len(got.Pieces) != 1 {
			t.Errorf("dry run: %+v", got)
		}
		start(service.ImportRequest{Map: &got.Report.Map})
		goOn <- struct{}{}
		got = w.ended(eve, v.ID)
		if got.State != lab.JobDone || got.Report == nil || len(got.Report.Made) != 2 || got.DoneAt.IsZero() || len(got.Pieces) != 0 {
			t.Errorf("import: %+v", got)
		}
		_, err = w.RunTransfer(ctx, eve, v.ID, service.ImportRequest{})
		w.want("import what was imported", err, lab.Conflict)
		_, err = w.OpenTransfer(ctx, eve, v.ID)
		w.want("download what was imported", err, lab.Conflict)

		// A worker that died after the commit, before it could say so: the next attempt
		// does nothing.
		w.want("a second attempt", w.again(got.JobID), "")
		if n, err := w.SumSets(ctx, eve, service.SetFilter{}, ""); err != nil || n.Sets != 2 {
			t.Errorf("a second attempt: %+v, %v", n, err)
		}
	})
}

// again does a job of a transfer once more, as who takes over from a dead worker.
func (w *world) again(id int64) error {
	w.t.Helper()
	var j lab.Job
	w.write(func(ctx context.Context, tx *store.Tx) (err error) {
		j, err = tx.JobByID(ctx, id)
		return err
	})
	return w.Transfer(w.t.Context(), &job.Run{Job: j})
}

// TestTransferExpiry: an archive with which nobody goes on is removed, with its
// bytes; one that something happens to stays.
func TestTransferExpiry(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		group, eve := w.staff("haematology", "eve")
		old, fresh := w.bring(eve, group.ID, []byte("of last month")), w.bring(eve, group.ID, []byte("of today"))
		for id, age := range map[int64]time.Duration{old.ID: 7*24*time.Hour + time.Minute, fresh.ID: 7*24*time.Hour - time.Minute} {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.ExecContext(ctx, "UPDATE transfers SET changed_at = ? WHERE id = ?", tx.Now.Add(-age), id)
				return err
			})
		}
		n, err := w.PurgeTransfers(ctx)
		if err != nil || n != 1 {
			t.Errorf("got %d, %v; want one", n, err)
		}
		_, err = w.TransferByID(ctx, eve, old.ID)
		w.want("the old one", err, lab.NotFound)
		_, err = w.TransferByID(ctx, eve, fresh.ID)
		w.want("the fresh one", err, "")
		// Its bytes are of no use any more.
		c, err := w.CollectBlobs(ctx, 0)
		if err != nil || c.Orphaned != 1 {
			t.Errorf("collected %+v, %v; want the piece of the old one", c, err)
		}
	})
}
