package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/transfer"
)

// transferLife is how long an archive stays to which nothing happens.
const transferLife = 7 * 24 * time.Hour

// TransferView is an archive on its way in, with the pieces that have come and
// the state of its last job.
type TransferView struct {
	lab.Transfer
	Pieces   []lab.TransferPiece
	Until    time.Time    // when it is removed, should nothing happen to it
	State    lab.JobState // "" before the first job
	Progress float64
	Stage    string
	Error    string
	Report   *lab.TransferReport // of the last job
}

// transferArgs are those of a job.
type transferArgs struct {
	Transfer int64            `json:"transfer"`
	DryRun   bool             `json:"dry_run"`
	Known    lab.Known        `json:"known"`
	Map      *lab.TransferMap `json:"map,omitempty"`
	// What bounds the actor besides the rights of the account: the job does no more
	// than whoever asked for it could.
	Scopes []access.Scope `json:"scopes"` // of a token; null: it was none
	Actor  int64          `json:"actor,omitempty"`
}

// BeginTransfer announces an archive, which comes in pieces afterwards, in any
// order and as often as lines break.
func (s *Service) BeginTransfer(ctx context.Context, who *Actor, groupID int64, name string, size int64) (v TransferView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	name = strings.TrimSpace(name)
	var f lab.Faults
	f.Require(name != "", "name", "is missing")
	checkText(&f, "name", name, maxField, false)
	f.Require(size > 0, "size", "want the bytes of the archive")
	if err := f.Err(); err != nil {
		return v, err
	}
	if space, ok := s.Blobs.(blob.Spacer); ok {
		free, err := space.Free(ctx)
		if err != nil {
			return v, err
		}
		if free < 2*size { // pieces, and what is in them
			return v, lab.Errorf(lab.NoSpace, "the server has no room for this archive: %s are needed, %s are left", bytesText(2*size), bytesText(free))
		}
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		if err := mayBring(ctx, tx, who, groupID); err != nil {
			return err
		}
		v.Transfer = lab.Transfer{UserID: who.User.ID, GroupID: groupID, Name: name, Size: size}
		if err := tx.InsertTransfer(ctx, &v.Transfer); err != nil {
			return err
		}
		audit(tx, who.entry("transfer.begin", "group", groupID), nil, map[string]any{"archive": v.ID, "size": size})
		return nil
	})
	return v, err
}

// mayBring wants the rights to make sets for a group and to upload into them.
func mayBring(ctx context.Context, tx *store.Tx, who *Actor, groupID int64) error {
	ok, err := mayOwnSets(ctx, tx, who, groupID)
	if err == nil && (!ok || !who.Upload([][]int64{{groupID}})) {
		err = lab.Errorf(lab.Forbidden, "you may not bring sets and samples to the group %d", groupID)
	}
	return err
}

// changing loads an archive of the actor to do something with it: no job reads it,
// and the actor has the rights, by a token too.
func (s *Service) changing(ctx context.Context, tx *store.Tx, who *Actor, id int64) (lab.Transfer, error) {
	t, err := s.ownTransfer(ctx, tx, who, id)
	if err == nil {
		err = mayBring(ctx, tx, who, t.GroupID)
	}
	if err == nil {
		err = s.idle(ctx, tx, &t)
	}
	return t, err
}

// ownTransfer loads an archive of the actor.
func (s *Service) ownTransfer(ctx context.Context, tx *store.Tx, who *Actor, id int64) (lab.Transfer, error) {
	t, err := tx.TransferByID(ctx, id)
	if err == nil && t.UserID != who.User.ID {
		err = errNotFound("archive", id)
	}
	return t, missing(err, "archive", id)
}

// TransferByID tells how far an archive of the actor has come.
func (s *Service) TransferByID(ctx context.Context, who *Actor, id int64) (v TransferView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		t, err := s.ownTransfer(ctx, tx, who, id)
		if err != nil {
			return err
		}
		v, err = viewTransfer(ctx, tx, t)
		return err
	})
	return v, err
}

// Transfers lists the archives of the actor, the newest first.
func (s *Service) Transfers(ctx context.Context, who *Actor) (list []TransferView, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		rows, err := tx.TransfersOf(ctx, who.User.ID)
		if err != nil {
			return err
		}
		for _, t := range rows {
			v, err := viewTransfer(ctx, tx, t)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}

func viewTransfer(ctx context.Context, tx *store.Tx, t lab.Transfer) (TransferView, error) {
	v := TransferView{Transfer: t, Until: t.ChangedAt.Add(transferLife)}
	var err error
	if v.Pieces, err = tx.PiecesOf(ctx, t.ID); err != nil {
		return v, err
	}
	if t.JobID != 0 {
		j, err := tx.JobByID(ctx, t.JobID)
		if err != nil && lab.CodeOf(err) != lab.NotFound {
			return v, err
		}
		v.State, v.Progress, v.Stage, v.Error = j.State, j.Progress, j.Stage, j.Error
	}
	if t.Report != "" {
		v.Report = &lab.TransferReport{}
		if err := json.Unmarshal([]byte(t.Report), v.Report); err != nil {
			return v, fmt.Errorf("read report of archive %d: %w", t.ID, err)
		}
	}
	return v, nil
}

// pieceSize is the size of a piece of an archive; ok is false where there is none
// of the number.
func pieceSize(t *lab.Transfer, number int64) (size int64, ok bool) {
	from := number * lab.TransferPieceSize
	if number < 0 || number > t.Size/lab.TransferPieceSize || from >= t.Size {
		return 0, false
	}
	return min(lab.TransferPieceSize, t.Size-from), true
}

// PutTransferPiece keeps a piece of an archive. digest is what its sender has
// computed, "" for nothing.
func (s *Service) PutTransferPiece(ctx context.Context, who *Actor, id, number int64, digest string, data []byte) error {
	if err := who.require(); err != nil {
		return err
	}
	want := blob.Digest("")
	if digest != "" {
		var err error
		if want, err = blob.ParseDigest(digest); err != nil {
			return err
		}
	}
	check := func(tx *store.Tx) error {
		t, err := s.changing(ctx, tx, who, id)
		if err != nil {
			return err
		}
		switch size, ok := pieceSize(&t, number); {
		case !ok:
			return lab.Errorf(lab.Invalid, "the archive %d has no piece %d", id, number)
		case int64(len(data)) != size:
			return lab.Errorf(lab.Invalid, "piece %d has %d bytes, and %d were sent", number, size, len(data))
		case !t.DoneAt.IsZero():
			return lab.Errorf(lab.Conflict, "the archive %d was imported already", id)
		}
		return nil
	}
	if err := s.read(ctx, check); err != nil {
		return err
	}
	sum := blob.SumOf(sumOf(data))
	if want != "" && sum != want {
		return lab.Errorf(lab.Invalid, "the bytes of piece %d have changed on their way", number)
	}
	info, err := s.Blobs.Put(ctx, bytes.NewReader(data), sum)
	if err != nil {
		return fmt.Errorf("put piece %d of archive %d: %w", number, id, err)
	}
	return s.write(ctx, func(tx *store.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		if err := tx.KeepBlob(ctx, string(info.Digest), info.Size); err != nil {
			return err
		}
		return tx.PutPiece(ctx, lab.TransferPiece{TransferID: id, Number: number, Digest: string(info.Digest), Size: info.Size})
	})
}

// idle refuses a change of an archive that a job is reading.
func (s *Service) idle(ctx context.Context, tx *store.Tx, t *lab.Transfer) error {
	if t.JobID == 0 {
		return nil
	}
	j, err := tx.JobByID(ctx, t.JobID)
	if err == nil && j.State.Living() {
		return lab.Errorf(lab.Conflict, "the archive %d is being read by a job", t.ID)
	}
	if lab.CodeOf(err) == lab.NotFound {
		return nil
	}
	return err
}

// RunTransfer has a job look through an archive that has come, or import it.
func (s *Service) RunTransfer(ctx context.Context, who *Actor, id int64, q ImportRequest) (v TransferView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		t, err := s.changing(ctx, tx, who, id)
		if err != nil {
			return err
		}
		pieces, err := tx.PiecesOf(ctx, id)
		if err != nil {
			return err
		}
		if err := whole(&t, pieces); err != nil {
			return err
		}
		jobs, added, err := job.Enqueue(ctx, tx, lab.Job{
			Kind: lab.JobTransfer, UserID: who.User.ID, GroupID: t.GroupID, Key: fmt.Sprintf("transfer:%d", id), Lane: lab.LaneLong,
			Args: encode(transferArgs{id, q.DryRun, q.Known, q.Map, who.Scopes, who.Actor}), TimeoutSec: int64(24 * time.Hour / time.Second),
		})
		if err != nil {
			return err
		}
		if added == 0 {
			return lab.Errorf(lab.Conflict, "the archive %d is being read by a job", id)
		}
		t.JobID, t.Report = jobs[0].ID, ""
		if err := tx.UpdateTransfer(ctx, &t); err != nil {
			return err
		}
		v, err = viewTransfer(ctx, tx, t)
		return err
	})
	return v, err
}

// whole refuses an archive of which pieces are missing, or are not kept any more.
func whole(t *lab.Transfer, pieces []lab.TransferPiece) error {
	want := (t.Size + lab.TransferPieceSize - 1) / lab.TransferPieceSize
	switch {
	case !t.DoneAt.IsZero():
		return lab.Errorf(lab.Conflict, "the archive %d was imported already", t.ID)
	case int64(len(pieces)) != want:
		return lab.Errorf(lab.Conflict, "%d of %d pieces of the archive %d have come", len(pieces), want, t.ID)
	}
	return nil
}

// OpenTransfer opens an archive of the actor that has come and was not imported
// yet, to give it back. The caller closes it.
func (s *Service) OpenTransfer(ctx context.Context, who *Actor, id int64) (*FileContent, error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	var t lab.Transfer
	var pieces []lab.TransferPiece
	err := s.write(ctx, func(tx *store.Tx) (err error) {
		if t, err = s.ownTransfer(ctx, tx, who, id); err != nil {
			return err
		}
		if pieces, err = tx.PiecesOf(ctx, id); err != nil {
			return err
		}
		if err := whole(&t, pieces); err != nil {
			return err
		}
		audit(tx, who.entry("transfer.read", "group", t.GroupID), nil, map[string]any{"archive": id})
		return nil
	})
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	for _, p := range pieces {
		sum.Write([]byte(p.Digest))
	}
	file := &assembled{ctx: ctx, blobs: s.Blobs, pieces: pieces, size: t.Size}
	return &FileContent{
		ReadSeekCloser: struct {
			io.ReadSeeker
			io.Closer
		}{io.NewSectionReader(file, 0, t.Size), file},
		Name: t.Name, Digest: hex.EncodeToString(sum.Sum(nil)), ChangedAt: t.CreatedAt,
	}, nil
}

// DeleteTransfer forgets an archive of the actor and its bytes; what was imported
// from it stays.
func (s *Service) DeleteTransfer(ctx context.Context, who *Actor, id int64) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		if _, err := s.changing(ctx, tx, who, id); err != nil {
			return err
		}
		return tx.DeleteTransfer(ctx, id)
	})
}

// PurgeTransfers removes archives to which nothing has happened for a week.
func (s *Service) PurgeTransfers(ctx context.Context) (n int64, err error) {
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.PurgeTransfers(ctx, tx.Now.Add(-transferLife))
		purged(tx, "transfers", n, 0, nil)
		return err
	})
	return n, err
}

// Transfer runs the job that reads an archive, with the rights that its owner has
// at that moment.
func (s *Service) Transfer(ctx context.Context, r *job.Run) (err error) {
	var args transferArgs
	if err := json.Unmarshal([]byte(r.Job.Args), &args); err != nil {
		return fmt.Errorf("read arguments: %w", err)
	}
	who := &Actor{RequestID: fmt.Sprintf("job-%d", r.Job.ID)}
	var t lab.Transfer
	var pieces []lab.TransferPiece
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		if t, err = tx.TransferByID(ctx, args.Transfer); err != nil {
			return err
		}
		if pieces, err = tx.PiecesOf(ctx, t.ID); err != nil {
			return err
		}
		return s.identify(ctx, tx, who, t.UserID)
	})
	if err != nil {
		return err
	}
	if !who.Known() {
		return lab.Errorf(lab.Forbidden, "the account is not in use any more")
	}
	who.Scopes, who.Actor = args.Scopes, args.Actor
	if !t.DoneAt.IsZero() {
		return nil // an attempt before this one did it, and could not say so
	}
	file := &assembled{ctx: ctx, blobs: s.Blobs, pieces: pieces, size: t.Size}
	defer func() { err = errors.Join(err, file.Close()) }()
	a, err := transfer.Open(file, t.Size)
	if err != nil {
		return err
	}
	q := ImportRequest{GroupID: t.GroupID, DryRun: args.DryRun, Known: args.Known, Map: args.Map, Progress: func(stage string, share float64) { r.Progress(share, 0, stage) }}
	report, err := s.importSets(ctx, who, a, q, func(ctx context.Context, tx *store.Tx, report *lab.TransferReport) error {
		t.Report, t.DoneAt = encode(report), tx.Now
		if err := tx.UpdateTransfer(ctx, &t); err != nil {
			return err
		}
		return tx.DeletePieces(ctx, t.ID)
	})
	for _, x := range append(append([]string{}, report.Faults...), report.Notes...) {
		r.Printf("%s", x)
	}
	if !args.DryRun && err == nil {
		return nil
	}
	if report.Server != "" {
		noteErr := s.write(ctx, func(tx *store.Tx) error {
			t.Report, t.DoneAt = encode(report), time.Time{}
			return tx.UpdateTransfer(ctx, &t)
		})
		err = errors.Join(err, noteErr)
	}
	return err
}

// assembled reads an archive that lies in pieces. It is for one goroutine.
type assembled struct {
	ctx    context.Context //nolint:containedctx // io.ReaderAt has no room for one
	blobs  blob.Store
	pieces []lab.TransferPiece
	size   int64
	at     int64 // number of the open piece
	open   blob.Reader
}

func (f *assembled) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		if off+int64(n) >= f.size {
			return n, io.EOF
		}
		number := (off + int64(n)) / lab.TransferPieceSize
		if f.open == nil || f.at != number {
			if err := f.Close(); err != nil {
				return n, err
			}
			if f.open, err = f.blobs.Open(f.ctx, blob.Digest(f.pieces[number].Digest)); err != nil {
				return n, fmt.Errorf("open piece %d of archive: %w", number, err)
			}
			f.at = number
		}
		k, err := f.open.ReadAt(p[n:], (off+int64(n))%lab.TransferPieceSize)
		n += k
		if err != nil && (!errors.Is(err, io.EOF) || k == 0) {
			return n, err
		}
	}
	return n, nil
}

// Close closes the piece that is open.
func (f *assembled) Close() error {
	if f.open == nil {
		return nil
	}
	err := f.open.Close()
	f.open = nil
	return err
}

// sumOf is a SHA-256 that was fed bytes.
func sumOf(data []byte) hash.Hash {
	sum := sha256.New()
	sum.Write(data)
	return sum
}
