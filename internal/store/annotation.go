package store

import (
	"context"
	"fmt"

	"vidjil.org/vidjil/internal/lab"
)

// annotationColumns are those of a version; the body, which may have megabytes,
// comes when it is asked for.
const annotationColumns = `a.id, a.set_id, a.version, a.author_id, coalesce(u.name, '') AS author, a.note, a.created_at`

// NewestAnnotation returns the newest version of a set's annotation; ok is false
// when nothing was noted yet.
func (tx *Tx) NewestAnnotation(ctx context.Context, setID int64) (a lab.Annotation, ok bool, err error) {
	return first(all[lab.Annotation](ctx, tx, "SELECT "+annotationColumns+`, a.body FROM annotations a LEFT JOIN users u ON u.id = a.author_id
		WHERE a.set_id = ? ORDER BY a.version DESC LIMIT 1`, setID))
}

// AnnotationVersion returns a version of a set's annotation.
func (tx *Tx) AnnotationVersion(ctx context.Context, setID int64, version int) (lab.Annotation, error) {
	return one[lab.Annotation](ctx, tx, fmt.Sprintf("version %d of the annotation", version), "SELECT "+annotationColumns+`, a.body
		FROM annotations a LEFT JOIN users u ON u.id = a.author_id WHERE a.set_id = ? AND a.version = ?`, setID, version)
}

// AnnotationVersions lists the versions below one, the newest first and without
// their bodies; 0 is all.
func (tx *Tx) AnnotationVersions(ctx context.Context, setID int64, below, limit int) ([]lab.Annotation, error) {
	return all[lab.Annotation](ctx, tx, "SELECT "+annotationColumns+` FROM annotations a LEFT JOIN users u ON u.id = a.author_id
		WHERE a.set_id = ?0 AND (?1 = 0 OR a.version < ?1) ORDER BY a.version DESC LIMIT ?2`, setID, below, limit)
}

// InsertAnnotation adds a version and sets its id. Two people who add the same
// version are a Conflict.
func (tx *Tx) InsertAnnotation(ctx context.Context, a *lab.Annotation) (err error) {
	a.CreatedAt = tx.Now
	a.ID, err = value[int64](ctx, tx, `INSERT INTO annotations (set_id, version, author_id, note, body, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		a.SetID, a.Version, none(a.AuthorID), a.Note, a.Body, a.CreatedAt)
	return err
}
