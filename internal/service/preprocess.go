package service

import (
	"context"
	"strings"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// PreProcessView is a pre-process as a person sees it.
type PreProcessView struct {
	lab.PreProcess
	Pairs      lab.PairOptions
	SharedWith []int64
	MayEdit    bool
	MayShare   bool
}

// PreProcesses lists the pre-processes that the actor may use.
func (s *Service) PreProcesses(ctx context.Context, who *Actor) (list []PreProcessView, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		all, err := tx.PreProcesses(ctx)
		if err != nil {
			return err
		}
		shared, err := tx.PreProcessAccess(ctx)
		if err != nil {
			return err
		}
		for _, p := range all {
			if !who.UsePreProcess(owned(p.GroupID, shared[p.ID])) {
				continue
			}
			v, err := viewPreProcess(who, p, shared[p.ID])
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}

func viewPreProcess(who *Actor, p lab.PreProcess, shared []int64) (PreProcessView, error) {
	options, err := lab.ParsePairOptions(p.Options)
	return PreProcessView{
		PreProcess: p, Pairs: options, SharedWith: shared,
		MayEdit:  who.EditPreProcess(owned(p.GroupID, shared)),
		MayShare: who.Can(access.PreProcess, access.Share, []int64{p.GroupID}),
	}, err
}

// preProcessFor loads a pre-process that the actor may use; others are not there.
func preProcessFor(ctx context.Context, tx *store.Tx, who *Actor, id int64) (lab.PreProcess, []int64, error) {
	p, err := tx.PreProcessByID(ctx, id)
	if lab.CodeOf(err) == lab.NotFound {
		return p, nil, errNotFound("pre-process", id)
	}
	if err != nil {
		return p, nil, err
	}
	shared, err := tx.PreProcessAccess(ctx)
	if err != nil {
		return p, nil, err
	}
	if !who.UsePreProcess(owned(p.GroupID, shared[id])) {
		return p, nil, errNotFound("pre-process", id)
	}
	return p, shared[id], nil
}

// NewPreProcess is what a pre-process is made from.
type NewPreProcess struct {
	Name    string
	Info    string
	GroupID int64
	Pairs   lab.PairOptions
}

func (n *NewPreProcess) check() error {
	n.Name = strings.TrimSpace(n.Name)
	if n.Name == "" || len(n.Name) > maxName {
		return fault("name", "want 1 to %d letters", maxName)
	}
	return n.Pairs.Check()
}

// CreatePreProcess makes a pre-process.
func (s *Service) CreatePreProcess(ctx context.Context, who *Actor, n NewPreProcess) (v PreProcessView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	if !who.CanCreate(access.PreProcess, n.GroupID) {
		return v, errForbidden("make pre-processes for this group")
	}
	if err := n.check(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		p := lab.PreProcess{Name: n.Name, Info: n.Info, GroupID: n.GroupID, Program: lab.ProgramPairs, Options: n.Pairs.Encode()}
		if err := tx.InsertPreProcess(ctx, &p, who.User.ID); err != nil {
			return err
		}
		audit(tx, who.entry("preprocess.create", "preprocess", p.ID), nil, p)
		v, err = viewPreProcess(who, p, nil)
		return err
	})
	return v, err
}

// PreProcessChange is what to change of a pre-process; nil fields stay.
type PreProcessChange struct {
	Name, Info *string
	Archived   *bool
	Pairs      *lab.PairOptions
}

// UpdatePreProcess changes a pre-process; what it does, in a new revision.
func (s *Service) UpdatePreProcess(ctx context.Context, who *Actor, id int64, ch PreProcessChange) (v PreProcessView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		p, shared, err := preProcessFor(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if !who.EditPreProcess(owned(p.GroupID, shared)) {
			return errForbidden("change this pre-process")
		}
		before, n := p, NewPreProcess{Name: p.Name, Info: p.Info}
		if n.Pairs, err = lab.ParsePairOptions(p.Options); err != nil {
			return err
		}
		if ch.Name != nil {
			n.Name = *ch.Name
		}
		if ch.Info != nil {
			n.Info = *ch.Info
		}
		if ch.Pairs != nil {
			n.Pairs = *ch.Pairs
		}
		if err := n.check(); err != nil {
			return err
		}
		p.Name, p.Info, p.Options = n.Name, n.Info, n.Pairs.Encode()
		if ch.Archived != nil {
			p.Archived = *ch.Archived
		}
		if err := tx.UpdatePreProcess(ctx, &p, who.User.ID); err != nil {
			return err
		}
		audit(tx, who.entry("preprocess.update", "preprocess", id), before, p)
		v, err = viewPreProcess(who, p, shared)
		return err
	})
	return v, err
}

// SharePreProcess opens a pre-process to a group, or closes it.
func (s *Service) SharePreProcess(ctx context.Context, who *Actor, id, groupID int64, open bool) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		p, shared, err := preProcessFor(ctx, tx, who, id)
		if err != nil {
			return err
		}
		o := shareable{
			kind: access.PreProcess, noun: "preprocess", id: id, owned: owned(p.GroupID, shared),
			may: who.SharePreProcess, open: tx.SharePreProcess, shut: tx.UnsharePreProcess,
		}
		return o.share(ctx, tx, who, groupID, open)
	})
}
