package backup

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// manifestFormat grows when older programs cannot read what is written.
const manifestFormat = 1

// Manifest is a backup: what it holds, and where that lies in the target. It is
// written last; without it there is no backup.
type Manifest struct {
	Format    int       `json:"format"`
	ID        string    `json:"id"` // begins with the time
	CreatedAt time.Time `json:"created_at"`
	Seconds   float64   `json:"seconds"`
	Program   string    `json:"program"`
	Schema    int64     `json:"schema"`
	Dialect   string    `json:"dialect"` // "sqlite" or "postgres": what Database is for
	Encrypted bool      `json:"encrypted"`
	Reads     bool      `json:"reads"` // files of reads are there, not only results

	Database Part `json:"database"` // gzip of an SQLite file, or of an archive of pg_dump
	// Index lists the blobs, as lines "DIGEST SIZE", gzip.
	Index Part `json:"index"`
	// Names lists the objects of the blobs, as lines, and is never sealed: it tells
	// what may be removed.
	Names string `json:"names"`
	// Key is the file that opens the second factors in the database, when it is
	// there.
	Key *Part `json:"key,omitempty"`

	Blobs      int64    `json:"blobs"`
	Bytes      int64    `json:"bytes"`       // of the blobs and the database
	Added      int64    `json:"added"`       // blobs that the target had not
	AddedBytes int64    `json:"added_bytes"` // in the target, with the database
	Missing    []string `json:"missing,omitempty"`

	Counts map[string]int64  `json:"counts"`
	Audit  AuditEnd          `json:"audit"`
	Config map[string]string `json:"config,omitempty"` // of the server, without secrets
}

// Part is what a target has besides blobs, packed: it lies apart from them, as the
// same bytes may be both.
type Part struct {
	Object string      `json:"object"` // its name
	Digest blob.Digest `json:"digest"` // of its text, neither packed nor sealed
	Size   int64       `json:"size"`   // of its text
}

// AuditEnd is the end of the audit when the backup was made.
type AuditEnd struct {
	ID   int64  `json:"id"`
	Hash string `json:"hash"`
}

func (a AuditEnd) head() store.AuditHead { return store.AuditHead{ID: a.ID, Hash: a.Hash} }

// newID is the name of a backup of a time; names sort by time.
func newID(now time.Time) string {
	return now.UTC().Format("20060102-150405") + "-" + strings.ToLower(rand.Text()[:6])
}

// The places in a target.
const (
	repositoryName = "vidjil-backup.json"
	manifestFolder = "manifests"
	objectFolder   = "objects"
	partFolder     = "parts"
	namesFolder    = "names"
	lockFolder     = "locks"
)

func objectPath(name string) string  { return objectFolder + "/" + name[:2] + "/" + name }
func partPath(name string) string    { return partFolder + "/" + name[:2] + "/" + name }
func manifestPath(id string) string  { return manifestFolder + "/" + id + ".json" }
func namesPath(digest string) string { return namesFolder + "/" + digest }

// check refuses what is no manifest of this program.
func (m *Manifest) check() error {
	if m.Format > manifestFormat {
		return lab.Errorf(lab.Conflict, "backup %s was made by a newer vidjil (%s): restore it with that one", m.ID, m.Program)
	}
	parts := []Part{m.Database, m.Index}
	if m.Key != nil {
		parts = append(parts, *m.Key)
	}
	names := []string{m.Names}
	for _, p := range parts {
		names = append(names, p.Object, string(p.Digest))
	}
	for _, name := range names {
		if blob.Digest(name).Check() != nil {
			return lab.Errorf(lab.Invalid, "the manifest of backup %s is damaged", m.ID)
		}
	}
	return nil
}

// Manifests lists the backups of a target, the newest first.
func (t *Target) Manifests(ctx context.Context) (list []*Manifest, err error) {
	for o, err := range t.shelf.List(ctx, manifestFolder) {
		if err != nil {
			return nil, err
		}
		m, err := t.manifest(ctx, o.Name)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b *Manifest) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID)) })
	return list, nil
}

func (t *Target) manifest(ctx context.Context, name string) (*Manifest, error) {
	data, err := t.read(ctx, name)
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, lab.Errorf(lab.Invalid, "read %s: it is no manifest: %w", name, err)
	}
	if manifestPath(m.ID) != name {
		return nil, lab.Errorf(lab.Invalid, "read %s: it is the manifest of backup %s", name, m.ID)
	}
	return &m, m.check()
}

// Find returns the backup whose id is or begins with id, the newest for "".
func (t *Target) Find(ctx context.Context, id string) (*Manifest, error) {
	list, err := t.Manifests(ctx)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, lab.Errorf(lab.NotFound, "there is no backup in %s", t.Place)
	}
	if id == "" {
		return list[0], nil
	}
	list = slices.DeleteFunc(list, func(m *Manifest) bool { return !strings.HasPrefix(m.ID, id) })
	switch len(list) {
	case 0:
		return nil, lab.Errorf(lab.NotFound, "there is no backup %s in %s; \"vidjil backup list\" tells which there are", id, t.Place)
	case 1:
		return list[0], nil
	default:
		return nil, lab.Errorf(lab.Usage, "%d backups begin with %s", len(list), id)
	}
}

// putManifest writes a manifest: the moment at which the backup is there.
func (t *Target) putManifest(ctx context.Context, m *Manifest) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	_, err = t.shelf.Put(ctx, manifestPath(m.ID), bytes.NewReader(append(data, '\n')))
	return err
}

// read reads a small object.
func (t *Target) read(ctx context.Context, name string) ([]byte, error) {
	r, err := t.shelf.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
