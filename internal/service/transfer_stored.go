package service

import (
	"context"
	"fmt"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// StoredFile is bytes that belong to a set: a file of reads, a result, another
// output of an analysis.
type StoredFile struct {
	Set    int64  `json:"set"` // the first of those asked for that have it
	Sample int64  `json:"sample"`
	What   string `json:"what"` // "reads", "R1", …, "result 12", "result 12: airr.tsv"
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	State  string `json:"state"` // of a file: present, removed, …
	Digest string `json:"sha256,omitempty"`
	Fault  string `json:"fault,omitempty"` // for who checks the bytes
}

// StoredFiles lists the bytes that belong to sets.
func (s *Service) StoredFiles(ctx context.Context, who *Actor, q TransferRequest) (list []StoredFile, err error) {
	if !who.unbound() {
		if err := who.require(); err != nil {
			return nil, err
		}
	}
	l, err := s.gatherSets(ctx, who, &q)
	if err != nil {
		return nil, err
	}
	first := map[int64]int64{}
	for i := range l.Samples {
		first[l.Samples[i].ID] = l.Samples[i].Sets[0]
	}
	for i := range l.Files {
		f := &l.Files[i]
		state := string(lab.FilePresent)
		if f.Removed || f.Digest == "" {
			state = string(lab.FileRemoved)
		}
		list = append(list, StoredFile{Set: first[f.Sample], Sample: f.Sample, What: f.Role, Name: f.Name, Size: f.Size, State: state, Digest: f.Digest})
	}
	for i := range l.Results {
		r := &l.Results[i]
		what := fmt.Sprintf("result %d", r.ID)
		list = append(list, StoredFile{Set: first[r.Sample], Sample: r.Sample, What: what, Name: "table", Size: r.Size, State: string(lab.FilePresent), Digest: r.Digest})
		for _, f := range r.Files {
			list = append(list, StoredFile{Set: first[r.Sample], Sample: r.Sample, What: what, Name: f.Name, Size: f.Size, State: string(lab.FilePresent), Digest: f.Digest})
		}
	}
	return list, nil
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
