package store

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// What the archives of other servers need besides the queries of each noun: rows
// with the times that they had, and from where they came.

// LivingSetsOf lists the sets that a group owns and that are not in the trash.
func (tx *Tx) LivingSetsOf(ctx context.Context, groupID int64) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT id FROM sets WHERE group_id = ? AND trashed_at IS NULL ORDER BY id", groupID)
}

// tableOf is the table of a noun.
func tableOf(noun string) string {
	switch noun {
	case "annotation":
		return "annotations"
	case "revision":
		return "config_revisions"
	default:
		return noun + "s" // set, sample, file, result
	}
}

// Backdate gives a row that was made elsewhere the time at which it was, in
// microseconds as PostgreSQL keeps it. The zero time and times to come leave the
// one that it has.
func (tx *Tx) Backdate(ctx context.Context, noun string, id int64, at time.Time) error {
	if at.IsZero() || at.After(tx.Now) {
		return nil
	}
	_, err := tx.exec(ctx, "UPDATE "+tableOf(noun)+" SET created_at = ? WHERE id = ?", at.UTC().Truncate(time.Microsecond), id)
	return err
}

// InsertPastJob adds a job that was done elsewhere, and returns its id: results
// and logs belong to one.
func (tx *Tx) InsertPastJob(ctx context.Context, j *lab.Job) (id int64, err error) {
	at := j.EndedAt.UTC().Truncate(time.Microsecond)
	if j.EndedAt.IsZero() || at.After(tx.Now) {
		at = tx.Now
	}
	return value[int64](ctx, tx, `INSERT INTO jobs (kind, state, lane, group_id, user_id, set_id, sample_id, config_id, config_revision_id,
			attempt, max_attempts, run_at, progress, reads, created_at, started_at, ended_at, changed_at)
		VALUES (?, 'done', 'short', ?, ?, ?, ?, ?, ?, 1, 1, ?, 1, ?, ?, ?, ?, ?) RETURNING id`,
		j.Kind, j.GroupID, j.UserID, j.SetID, j.SampleID, j.ConfigID, j.ConfigRevisionID, at, j.Reads, at, at, at, at)
}

// SetJobResult notes which result a past job has made.
func (tx *Tx) SetJobResult(ctx context.Context, jobID, resultID int64) error {
	_, err := tx.exec(ctx, "UPDATE jobs SET result_id = ? WHERE id = ?", resultID, jobID)
	return err
}

// AppendPastLog adds to the log of a job that was done elsewhere what was written
// there at a time.
func (tx *Tx) AppendPastLog(ctx context.Context, jobID int64, at time.Time, text string) error {
	if err := tx.AppendJobLog(ctx, jobID, 1, text); err != nil || at.IsZero() || at.After(tx.Now) {
		return err
	}
	_, err := tx.exec(ctx, "UPDATE job_logs SET at = ? WHERE job_id = ? AND piece = (SELECT max(piece) FROM job_logs WHERE job_id = ?)",
		at.UTC().Truncate(time.Microsecond), jobID, jobID)
	return err
}

// InsertOrigin notes from where a set or sample came.
func (tx *Tx) InsertOrigin(ctx context.Context, o *lab.Origin) error {
	o.CreatedAt = tx.Now
	_, err := tx.exec(ctx, "INSERT INTO "+o.Noun+"_origins (server, foreign_id, local_id, digest, created_at) VALUES (?, ?, ?, ?, ?)",
		o.Server, o.ForeignID, o.LocalID, o.Digest, o.CreatedAt)
	return err
}

// Origins lists what came from a server and is not in the trash, the last that
// came first.
func (tx *Tx) Origins(ctx context.Context, noun, server string) ([]lab.Origin, error) {
	return all[lab.Origin](ctx, tx, `SELECT ? AS noun, o.* FROM `+noun+`_origins o JOIN `+tableOf(noun)+` l ON l.id = o.local_id
		WHERE o.server = ? AND l.trashed_at IS NULL ORDER BY o.local_id DESC`, noun, server)
}

const transferColumns = "id, user_id, group_id, name, size, job_id, report, done_at, created_at, changed_at"

// InsertTransfer adds an archive that is to come, and sets its id.
func (tx *Tx) InsertTransfer(ctx context.Context, t *lab.Transfer) (err error) {
	t.CreatedAt, t.ChangedAt = tx.Now, tx.Now
	t.ID, err = value[int64](ctx, tx, "INSERT INTO transfers (user_id, group_id, name, size, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
		t.UserID, t.GroupID, t.Name, t.Size, t.CreatedAt, t.ChangedAt)
	return err
}

// TransferByID returns an archive on its way in.
func (tx *Tx) TransferByID(ctx context.Context, id int64) (lab.Transfer, error) {
	return one[lab.Transfer](ctx, tx, "archive", "SELECT "+transferColumns+" FROM transfers WHERE id = ?", id)
}

// TransfersOf lists those of a person, the newest first.
func (tx *Tx) TransfersOf(ctx context.Context, userID int64) ([]lab.Transfer, error) {
	return all[lab.Transfer](ctx, tx, "SELECT "+transferColumns+" FROM transfers WHERE user_id = ? ORDER BY id DESC", userID)
}

// UpdateTransfer writes what is happening to an archive.
func (tx *Tx) UpdateTransfer(ctx context.Context, t *lab.Transfer) error {
	t.ChangedAt = tx.Now
	_, err := tx.exec(ctx, "UPDATE transfers SET job_id = ?, report = ?, done_at = ?, changed_at = ? WHERE id = ?", t.JobID, t.Report, noTime(t.DoneAt), t.ChangedAt, t.ID)
	return err
}

// PutPiece notes a piece of an archive, in the place of one that came before.
// Its blob must be kept already.
func (tx *Tx) PutPiece(ctx context.Context, p lab.TransferPiece) error {
	_, err := tx.exec(ctx, `INSERT INTO transfer_pieces (transfer_id, number, digest, size) VALUES (?, ?, ?, ?)
		ON CONFLICT (transfer_id, number) DO UPDATE SET digest = excluded.digest, size = excluded.size`, p.TransferID, p.Number, p.Digest, p.Size)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE transfers SET changed_at = ? WHERE id = ?", tx.Now, p.TransferID)
	return err
}

// PiecesOf lists the pieces that have come, in their order.
func (tx *Tx) PiecesOf(ctx context.Context, transferID int64) ([]lab.TransferPiece, error) {
	return all[lab.TransferPiece](ctx, tx, "SELECT transfer_id, number, digest, size FROM transfer_pieces WHERE transfer_id = ? ORDER BY number", transferID)
}

// DeletePieces forgets the bytes of an archive that is not needed any more.
func (tx *Tx) DeletePieces(ctx context.Context, transferID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM transfer_pieces WHERE transfer_id = ?", transferID)
	return err
}

// DeleteTransfer forgets an archive and its bytes.
func (tx *Tx) DeleteTransfer(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM transfers WHERE id = ?", id)
	return err
}

// PurgeTransfers removes archives to which nothing has happened since a time.
func (tx *Tx) PurgeTransfers(ctx context.Context, before time.Time) (int64, error) {
	return tx.exec(ctx, "DELETE FROM transfers WHERE changed_at < ?", before.UTC())
}
