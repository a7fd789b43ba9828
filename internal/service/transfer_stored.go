package service

import (
	"context"
	"errors"
	"fmt"
	"io"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/transfer"
)

// StoredFile is bytes that belong to a set: a file of reads, a result, another
// output of an analysis.
type StoredFile struct {
	Set    int64  `json:"set"` // the first of those asked for that have it
	Sample int64  `json:"sample"`
	What   string `json:"what"` // "reads", "R1", …, "result 12"
	Lane   int    `json:"lane,omitempty"`
	// Generation counts the reads that a sample has had; 0 of a result.
	Generation int    `json:"generation,omitempty"`
	Name       string `json:"name"`
	Size       int64  `json:"size"`
	State      string `json:"state"`            // present, expected, missing, removed
	Digest     string `json:"sha256,omitempty"` // "" of a mounted file that nobody has read yet
	Folder     string `json:"folder,omitempty"` // the mounted folder where it lies
	Fault      string `json:"fault,omitempty"`  // for who reads the bytes
}

// StoredFiles tells of the bytes that belong to sets, one file after the other,
// and opens those that are there and that the actor may read; a copy is noted as
// such in the audit. Of samples whose names the actor may not know, files with a
// place for names inside are not opened.
func (s *Service) StoredFiles(ctx context.Context, who *Actor, q TransferRequest, copied bool, each func(f *StoredFile, open func() (io.ReadCloser, error)) error) error {
	if !who.unbound() {
		if err := who.require(); err != nil {
			return err
		}
	}
	action := "set.list_files"
	if copied {
		action = "set.copy_files"
	}
	q.Reads = false // bytes are read one by one
	l, err := s.gatherSets(ctx, who, &q, action)
	if err != nil {
		return err
	}
	first := map[int64]int64{}
	for i := range l.Samples {
		first[l.Samples[i].ID] = l.Samples[i].Sets[0]
	}
	for i := range l.Files {
		row := &l.Files[i]
		f := l.stored[row.ID]
		out := StoredFile{Set: first[row.Sample], Sample: row.Sample, What: row.Role, Lane: row.Lane, Generation: row.Generation, Name: row.Name, Size: row.Size, State: string(f.State), Digest: f.Digest, Folder: f.Source}
		if err := each(&out, func() (io.ReadCloser, error) { return l.open(ctx, &f) }); err != nil {
			return err
		}
	}
	for i := range l.Results {
		r := &l.Results[i]
		files := append([]transfer.ResultFile{{Name: "table", Digest: r.Digest, Size: r.Size}}, r.Files...)
		for _, f := range files {
			out := StoredFile{Set: first[r.Sample], Sample: r.Sample, What: fmt.Sprintf("result %d", r.ID), Name: f.Name, Size: f.Size, State: string(lab.FilePresent), Digest: f.Digest}
			if err := each(&out, func() (io.ReadCloser, error) { return s.Blobs.Open(ctx, blob.Digest(f.Digest)) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// open opens a file of reads, unless names may stand in it that stay here.
func (l *leaving) open(ctx context.Context, f *lab.File) (*FileContent, error) {
	c, err := l.s.openBytes(ctx, f)
	if err == nil && l.closed[f.SampleID] {
		if err = c.checkUnnamed(); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, err
}

// CheckKind refuses sets that are not of a kind; "" is any.
func (s *Service) CheckKind(ctx context.Context, who *Actor, ids []int64, kind lab.SetKind) error {
	if kind == "" {
		return nil
	}
	return s.read(ctx, func(tx *store.Tx) error {
		in, err := membersByID(ctx, tx, distinct(ids))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if m, ok := in[id]; !ok || m.set.Kind != kind || !who.unbound() && !who.ViewSet(m.access) {
				return errNotFound(string(kind), id)
			}
		}
		return nil
	})
}

// ActAs is the actor of an account, for the shell of the server: with the rights
// that its owner has, and under their name in the audit.
func (s *Service) ActAs(ctx context.Context, email string) (*Actor, error) {
	who := &Actor{Address: Shell().Address}
	err := s.read(ctx, func(tx *store.Tx) error {
		u, err := tx.UserByEmail(ctx, email)
		if err != nil {
			return err
		}
		return s.identify(ctx, tx, who, u.ID)
	})
	if err == nil && !who.Known() || lab.CodeOf(err) == lab.NotFound {
		return nil, lab.Errorf(lab.NotFound, "there is no account %s that is in use", email)
	}
	return who, err
}
