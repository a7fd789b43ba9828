package store

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
)

const preProcessQuery = `SELECT p.id, p.name, p.info, p.group_id, p.archived, p.created_at, r.number AS revision, r.program, r.options
	FROM pre_processes p JOIN pre_process_revisions r ON r.pre_process_id = p.id
	AND r.number = (SELECT max(number) FROM pre_process_revisions n WHERE n.pre_process_id = p.id)`

// PreProcesses lists all pre-processes by name.
func (tx *Tx) PreProcesses(ctx context.Context) ([]lab.PreProcess, error) {
	return all[lab.PreProcess](ctx, tx, preProcessQuery+" ORDER BY p.name, p.id")
}

// PreProcessByID returns a pre-process as its newest revision says.
func (tx *Tx) PreProcessByID(ctx context.Context, id int64) (lab.PreProcess, error) {
	return one[lab.PreProcess](ctx, tx, "pre-process", preProcessQuery+" WHERE p.id = ?", id)
}

// InsertPreProcess adds a pre-process with its first revision and sets its id.
func (tx *Tx) InsertPreProcess(ctx context.Context, p *lab.PreProcess, authorID int64) (err error) {
	p.CreatedAt, p.Revision = tx.Now, 1
	p.ID, err = value[int64](ctx, tx, "INSERT INTO pre_processes (name, info, group_id, archived, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
		p.Name, p.Info, p.GroupID, p.Archived, p.CreatedAt)
	if err != nil {
		return err
	}
	return tx.insertPreProcessRevision(ctx, p, authorID)
}

func (tx *Tx) insertPreProcessRevision(ctx context.Context, p *lab.PreProcess, authorID int64) error {
	_, err := tx.exec(ctx, `INSERT INTO pre_process_revisions (pre_process_id, number, program, options, digest, author_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Revision, p.Program, p.Options, lab.DigestOptions(p.Program, p.Options), none(authorID), tx.Now)
	return err
}

// UpdatePreProcess writes a pre-process; when what it does has changed, that is
// a new revision.
func (tx *Tx) UpdatePreProcess(ctx context.Context, p *lab.PreProcess, authorID int64) error {
	before, err := tx.PreProcessByID(ctx, p.ID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "UPDATE pre_processes SET name = ?, info = ?, archived = ? WHERE id = ?", p.Name, p.Info, p.Archived, p.ID); err != nil {
		return err
	}
	if before.Program == p.Program && before.Options == p.Options {
		return nil
	}
	p.Revision = before.Revision + 1
	return tx.insertPreProcessRevision(ctx, p, authorID)
}

// PreProcessAccess returns the groups that each pre-process is shared with.
func (tx *Tx) PreProcessAccess(ctx context.Context) (map[int64][]int64, error) {
	rows, err := all[sharing](ctx, tx, "SELECT pre_process_id AS object_id, group_id FROM pre_process_access ORDER BY pre_process_id, group_id")
	return byObject(rows), err
}

// SharePreProcess opens a pre-process to a group; it tells whether that changed anything.
func (tx *Tx) SharePreProcess(ctx context.Context, id, groupID int64) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO pre_process_access (pre_process_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING", id, groupID)
	return n > 0, err
}

// UnsharePreProcess closes a pre-process to a group; it tells whether that changed anything.
func (tx *Tx) UnsharePreProcess(ctx context.Context, id, groupID int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM pre_process_access WHERE pre_process_id = ? AND group_id = ?", id, groupID)
	return n > 0, err
}
