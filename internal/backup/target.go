package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
)

// Target is where backups go.
type Target struct {
	Place string // as it was named: it holds no keys
	shelf blob.Shelf
}

// Open opens a directory or "s3://BUCKET/PREFIX?endpoint=URL". With create a
// directory that is not there is made. temp is where bytes are gathered before
// they go to S3, the system's folder when empty.
func Open(ctx context.Context, place, temp string, create bool) (*Target, error) {
	shelf, err := blob.OpenShelf(ctx, place, temp, create)
	if err != nil {
		return nil, err
	}
	return &Target{Place: place, shelf: shelf}, nil
}

// Close closes it.
func (t *Target) Close() error {
	if c, ok := t.shelf.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// repository says what a target is.
type repository struct {
	Format    int       `json:"format"`
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	Sealing   *sealing  `json:"sealing,omitempty"`
}

// errNoRepository is that of a place without backups.
func (t *Target) errNoRepository() error {
	return lab.Errorf(lab.NotFound, "%s is no target of backups: it has no %s", t.Place, repositoryName)
}

// repository reads what the target is.
func (t *Target) repository(ctx context.Context) (r repository, err error) {
	data, err := t.read(ctx, repositoryName)
	if lab.CodeOf(err) == lab.NotFound {
		return r, t.errNoRepository()
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(data, &r); err != nil || r.Format < 1 {
		return r, lab.Errorf(lab.Invalid, "%s in %s is damaged", repositoryName, t.Place)
	}
	if r.Format > manifestFormat {
		return r, lab.Errorf(lab.Conflict, "%s was made by a newer vidjil", t.Place)
	}
	return r, nil
}

// prepare unlocks the target for writing, and makes it one when it is new.
func (t *Target) prepare(ctx context.Context, s *Secret, now time.Time) (*seal, error) {
	r, err := t.repository(ctx)
	if lab.CodeOf(err) != lab.NotFound {
		if err != nil {
			return nil, err
		}
		return r.Sealing.unlock(s)
	}
	for o, err := range t.shelf.List(ctx, objectFolder) {
		if err != nil {
			return nil, err
		}
		return nil, lab.Errorf(lab.Invalid, "%s holds %s and no %s: put that file back, or take another place", t.Place, o.Name, repositoryName)
	}
	r = repository{Format: manifestFormat, ID: strings.ToLower(rand.Text()), CreatedAt: now.UTC()}
	if r.Sealing, err = newSealing(s); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", repositoryName, err)
	}
	if _, err := t.shelf.Put(ctx, repositoryName, bytes.NewReader(append(data, '\n'))); err != nil {
		return nil, err
	}
	return r.Sealing.unlock(s)
}

// objects lists the sizes of the blobs and parts that are there, by place.
func (t *Target) objects(ctx context.Context) (map[string]int64, error) {
	have := map[string]int64{}
	for _, folder := range []string{objectFolder, partFolder} {
		for o, err := range t.shelf.List(ctx, folder) {
			if err != nil {
				return nil, err
			}
			have[o.Name] = o.Size
		}
	}
	return have, nil
}

// names reads which objects of blobs a backup needs.
func (t *Target) names(ctx context.Context, m *Manifest) ([]string, error) {
	r, err := t.shelf.Open(ctx, namesPath(m.Names))
	if err != nil {
		return nil, fmt.Errorf("backup %s: %w", m.ID, err)
	}
	data, err := io.ReadAll(blob.Checked(r, blob.Digest(m.Names)))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("backup %s: read %s: %w", m.ID, namesPath(m.Names), err)
	}
	return strings.Fields(string(data)), nil
}
