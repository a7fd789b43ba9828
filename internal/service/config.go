package service

import (
	"context"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/germline"
)

// ConfigView is a config as a person sees it.
type ConfigView struct {
	lab.Config
	Options    lab.Options // of the newest revision
	SharedWith []int64     // groups, besides the owner
	MayEdit    bool
	MayShare   bool
}

// owned is a config as internal/access sees it.
func owned(group int64, shared []int64) access.Owned {
	return access.Owned{Owner: group, SharedWith: shared}
}

// Configs lists the configs that the actor may use, in the order of their
// headings, archived ones too.
func (s *Service) Configs(ctx context.Context, who *Actor) (list []ConfigView, headings []lab.Classification, err error) {
	if err := who.require(); err != nil {
		return nil, nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		configs, err := tx.Configs(ctx)
		if err != nil {
			return err
		}
		shared, err := tx.ConfigAccess(ctx)
		if err != nil {
			return err
		}
		for _, c := range configs {
			if !who.UseConfig(owned(c.GroupID, shared[c.ID])) {
				continue
			}
			v, err := viewConfig(ctx, tx, who, c, shared[c.ID])
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		headings, err = tx.Classifications(ctx)
		return err
	})
	return list, headings, err
}

func viewConfig(ctx context.Context, tx *store.Tx, who *Actor, c lab.Config, shared []int64) (ConfigView, error) {
	v := ConfigView{Config: c, SharedWith: shared, MayEdit: who.EditConfig(owned(c.GroupID, shared)), MayShare: who.Can(access.Config, access.Share, []int64{c.GroupID})}
	r, err := tx.NewestRevision(ctx, c.ID)
	if err != nil {
		return v, err
	}
	v.Options, err = lab.ParseOptions(r.Options)
	return v, err
}

// configFor loads a config that the actor may use; others are not there.
func configFor(ctx context.Context, tx *store.Tx, who *Actor, id int64) (lab.Config, []int64, error) {
	c, err := tx.ConfigByID(ctx, id)
	if lab.CodeOf(err) == lab.NotFound {
		return c, nil, errNotFound("config", id)
	}
	if err != nil {
		return c, nil, err
	}
	shared, err := tx.ConfigAccess(ctx)
	if err != nil {
		return c, nil, err
	}
	if !who.UseConfig(owned(c.GroupID, shared[id])) {
		return c, nil, errNotFound("config", id)
	}
	return c, shared[id], nil
}

// ConfigByID returns a config and all its revisions, the newest first.
func (s *Service) ConfigByID(ctx context.Context, who *Actor, id int64) (v ConfigView, revisions []lab.ConfigRevision, err error) {
	if err := who.require(); err != nil {
		return v, nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		c, shared, err := configFor(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if v, err = viewConfig(ctx, tx, who, c, shared); err != nil {
			return err
		}
		revisions, err = tx.ConfigRevisions(ctx, id)
		return err
	})
	return v, revisions, err
}

// ConfigUse tells where a config is used, to those who may change it: how much
// other groups analyse is not the business of all who may use it.
func (s *Service) ConfigUse(ctx context.Context, who *Actor, id int64) (u store.ConfigUse, err error) {
	if err := who.require(); err != nil {
		return u, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		c, shared, err := configFor(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if !who.Administer() && !who.EditConfig(owned(c.GroupID, shared)) {
			return errForbidden("see where this config is used")
		}
		u, err = tx.UseOfConfig(ctx, id)
		return err
	})
	return u, err
}

// NewConfig is what a config is made from.
type NewConfig struct {
	Name             string
	Info             string
	ClassificationID int64
	GroupID          int64
	Program          string
	Options          lab.Options
	Note             string
}

// check reports all that is wrong with a config, by field.
func (n *NewConfig) check() error {
	var f lab.Faults
	n.Name = strings.TrimSpace(n.Name)
	f.Require(n.Name != "" && len(n.Name) <= maxName, "name", "want 1 to %d letters", maxName)
	f.Require(n.Program == lab.ProgramVidjil || n.Program == lab.ProgramImport, "program", "want vidjil or import")
	if err := f.Err(); err != nil {
		return err
	}
	return checkOptions(&n.Options)
}

// maxName is the longest name of anything, in bytes.
const maxName = 200

// checkOptions reports what is wrong with options, those too that only the
// germline set can tell.
func checkOptions(o *lab.Options) error {
	if err := o.Check(); err != nil {
		return err
	}
	name := o.Germline
	if name == "" {
		name = "human"
	}
	set, err := germline.Named(name)
	if err != nil {
		return fault("germline", "there is no germline set %q; there are %s", name, strings.Join(germline.Embedded(), " and "))
	}
	for _, code := range o.Systems {
		if set.System(code) == nil {
			return fault("systems", "the germline set %s has no system %q", name, code)
		}
	}
	return nil
}

// fault is an Invalid error of one field.
func fault(field, format string, args ...any) error {
	var f lab.Faults
	f.Add(field, format, args...)
	return f.Err()
}

// CreateConfig makes a config with its first revision.
func (s *Service) CreateConfig(ctx context.Context, who *Actor, n NewConfig) (v ConfigView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	if !who.CanCreate(access.Config, n.GroupID) {
		return v, errForbidden("make configs for this group")
	}
	if err := n.check(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		c, err := createConfig(ctx, tx, who, n)
		if err != nil {
			return err
		}
		v, err = viewConfig(ctx, tx, who, c, nil)
		return err
	})
	return v, err
}

func createConfig(ctx context.Context, tx *store.Tx, who *Actor, n NewConfig) (lab.Config, error) {
	c := lab.Config{Name: n.Name, Info: n.Info, ClassificationID: n.ClassificationID, GroupID: n.GroupID, Program: n.Program, Revision: 1}
	if err := tx.InsertConfig(ctx, &c); err != nil {
		if lab.CodeOf(err) == lab.Conflict {
			err = lab.Errorf(lab.Conflict, "there is a config named %q already", n.Name)
		}
		return c, err
	}
	err := addRevision(ctx, tx, who, c, n)
	return c, err
}

func addRevision(ctx context.Context, tx *store.Tx, who *Actor, c lab.Config, n NewConfig) error {
	r := lab.ConfigRevision{
		ConfigID: c.ID, Number: c.Revision, Program: n.Program, Options: n.Options.Encode(), Note: n.Note,
		AuthorID: who.User.ID,
	}
	r.Digest = lab.DigestOptions(r.Program, r.Options)
	if err := tx.InsertConfigRevision(ctx, &r); err != nil {
		return err
	}
	audit(tx, who.entry("config.revise", "config", c.ID), nil, map[string]any{"revision": r.Number, "program": r.Program, "options": n.Options})
	return nil
}

// ConfigChange is what to change of a config; nil fields stay.
type ConfigChange struct {
	Name, Info       *string
	ClassificationID *int64
	Archived         *bool
	Options          *lab.Options // makes a new revision if it differs
	Note             string       // of the new revision
}

// UpdateConfig changes a config. What it does is never changed but in a new
// revision; results keep pointing to theirs.
func (s *Service) UpdateConfig(ctx context.Context, who *Actor, id int64, ch ConfigChange) (v ConfigView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		c, shared, err := configFor(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if !who.EditConfig(owned(c.GroupID, shared)) {
			return errForbidden("change this config")
		}
		before, err := viewConfig(ctx, tx, who, c, shared)
		if err != nil {
			return err
		}
		n := ch.apply(before)
		if err := n.check(); err != nil {
			return err
		}
		c.Name, c.Info, c.ClassificationID = n.Name, n.Info, n.ClassificationID
		if ch.Archived != nil {
			c.Archived = *ch.Archived
		}
		if err := tx.UpdateConfig(ctx, &c); err != nil {
			return err
		}
		audit(tx, who.entry("config.update", "config", id), before.Config, c)
		if n.Options.Encode() != before.Options.Encode() {
			c.Revision++
			if err := addRevision(ctx, tx, who, c, n); err != nil {
				return err
			}
		}
		v, err = viewConfig(ctx, tx, who, c, shared)
		return err
	})
	return v, err
}

// apply is the config as it will be.
func (ch *ConfigChange) apply(v ConfigView) NewConfig {
	n := NewConfig{
		Name: v.Name, Info: v.Info, ClassificationID: v.ClassificationID, GroupID: v.GroupID,
		Program: v.Program, Options: v.Options, Note: ch.Note,
	}
	if ch.Name != nil {
		n.Name = *ch.Name
	}
	if ch.Info != nil {
		n.Info = *ch.Info
	}
	if ch.ClassificationID != nil {
		n.ClassificationID = *ch.ClassificationID
	}
	if ch.Options != nil {
		n.Options = *ch.Options
	}
	return n
}

// DeleteConfig removes a config that no result refers to.
func (s *Service) DeleteConfig(ctx context.Context, who *Actor, id int64) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		c, shared, err := configFor(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if !who.EditConfig(owned(c.GroupID, shared)) {
			return errForbidden("delete this config")
		}
		if err := tx.DeleteConfig(ctx, id); err != nil {
			if lab.CodeOf(err) == lab.Conflict {
				err = lab.Errorf(lab.Conflict, "results were made by this config, so it cannot be deleted; archive it")
			}
			return err
		}
		audit(tx, who.entry("config.delete", "config", id), c, nil)
		return nil
	})
}

// ShareConfig opens a config to a group, or closes it.
func (s *Service) ShareConfig(ctx context.Context, who *Actor, id, groupID int64, open bool) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		c, shared, err := configFor(ctx, tx, who, id)
		if err != nil {
			return err
		}
		o := shareable{
			kind: access.Config, noun: "config", id: id, owned: owned(c.GroupID, shared),
			may: who.ShareConfig, open: tx.ShareConfig, shut: tx.UnshareConfig,
		}
		return o.share(ctx, tx, who, groupID, open)
	})
}

// shareable is a config or a pre-process that is to be opened or closed to a
// group.
type shareable struct {
	kind       access.Kind
	noun       string // in the audit
	id         int64
	owned      access.Owned
	may        func(access.Owned, access.Target) bool
	open, shut func(ctx context.Context, id, groupID int64) (changed bool, err error)
}

func (o *shareable) share(ctx context.Context, tx *store.Tx, who *Actor, groupID int64, open bool) error {
	target, err := targetOf(ctx, tx, groupID)
	if err != nil {
		return err
	}
	change, action := o.open, ".share"
	if !open {
		change, action = o.shut, ".unshare"
	}
	switch {
	case open && !o.may(o.owned, target):
		return errForbidden("share this " + o.noun + " with this group")
	case !open && !who.Unshare(o.kind, o.owned.Owner, o.owned.SharedWith, groupID):
		return errForbidden("take this " + o.noun + " from this group")
	}
	changed, err := change(ctx, o.id, groupID)
	if err == nil && changed {
		audit(tx, who.entry(o.noun+action, o.noun, o.id), nil, map[string]any{"group": groupID})
	}
	return err
}

// targetOf is a group as something may be shared with it: with the rights of
// all groups below it.
func targetOf(ctx context.Context, tx *store.Tx, groupID int64) (access.Target, error) {
	g, err := tx.GroupByID(ctx, groupID)
	if err != nil {
		return access.Target{}, err
	}
	groups, err := tx.Groups(ctx)
	if err != nil {
		return access.Target{}, err
	}
	list, err := tx.Grants(ctx, 0)
	if err != nil {
		return access.Target{}, err
	}
	t := access.Target{Group: g.ID, Public: g.Kind == lab.GroupPublic}
	for _, below := range groups {
		if below.ID == g.ID || below.ParentID == g.ID {
			t.Grants = append(t.Grants, grants(list, below.ID)...)
		}
	}
	return t, nil
}

// AutoConfigs returns the configs that run by themselves on what enters a
// group (setID 0) or a set (groupID 0).
func (s *Service) AutoConfigs(ctx context.Context, who *Actor, groupID, setID int64) (list []int64, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		if err := mayAutoConfigs(ctx, tx, who, groupID, setID); err != nil {
			return err
		}
		if setID != 0 {
			list, err = tx.AutoConfigsOfSet(ctx, setID)
		} else {
			list, err = tx.AutoConfigsOfGroup(ctx, groupID)
		}
		return err
	})
	return list, err
}

// SetAutoConfigs chooses them. It takes the rights that running them takes.
func (s *Service) SetAutoConfigs(ctx context.Context, who *Actor, groupID, setID int64, configs []int64) error {
	return s.write(ctx, func(tx *store.Tx) error {
		if err := mayAutoConfigs(ctx, tx, who, groupID, setID); err != nil {
			return err
		}
		configs = slices.Compact(slices.Sorted(slices.Values(configs)))
		for _, id := range configs {
			c, _, err := configFor(ctx, tx, who, id)
			if err != nil {
				return err
			}
			if c.Archived {
				return lab.Errorf(lab.Conflict, "config %d is archived", id)
			}
		}
		entry := who.entry("group.auto", "group", groupID)
		if setID != 0 {
			entry = who.entry("set.auto", "set", setID)
			entry.SetID = setID
		}
		audit(tx, entry, nil, map[string]any{"configs": configs})
		return tx.SetAutoConfigs(ctx, groupID, setID, configs)
	})
}

func mayAutoConfigs(ctx context.Context, tx *store.Tx, who *Actor, groupID, setID int64) error {
	if err := who.require(); err != nil {
		return err
	}
	if (groupID == 0) == (setID == 0) {
		return lab.Errorf(lab.Invalid, "want a group or a set")
	}
	shared := []int64{groupID}
	if setID != 0 {
		groups, err := tx.SetAccess(ctx, []int64{setID})
		if err != nil {
			return err
		}
		shared = groups[setID]
		if !who.ViewSet(shared) {
			return errNotFound("set", setID)
		}
	}
	if !who.Can(access.Set, access.Run, shared) || !who.Can(access.Set, access.Edit, shared) {
		return errForbidden("choose what is analysed on arrival here")
	}
	return nil
}
