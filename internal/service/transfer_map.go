package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/transfer"
)

// decodes tells whether JSON is what a type says, of which it may have less.
func decodes[T any](raw json.RawMessage) bool {
	var v T
	return json.Unmarshal(raw, &v) == nil
}

// planConfigs finds, for each config of the archive, the one that takes its
// results here: the one that somebody chose, one that says the same, or a new one.
func (r *arriving) planConfigs(ctx context.Context) error {
	r.fits = map[int64]*lab.TransferConfig{}
	here, err := usableConfigs(ctx, r.tx, r.who)
	if err != nil {
		return err
	}
	var ids []int64
	names := map[string]bool{}
	all, err := r.tx.Configs(ctx) // also those that the actor may not use have their names
	if err != nil {
		return err
	}
	for _, c := range all {
		names[c.Name] = true
		if _, ok := here[c.ID]; ok {
			ids = append(ids, c.ID)
		}
	}
	digests := map[int64]map[string]bool{}
	for _, id := range ids {
		list, err := r.tx.ConfigRevisions(ctx, id)
		if err != nil {
			return err
		}
		digests[id] = map[string]bool{}
		for _, x := range list {
			digests[id][lab.DigestOptions(x.Program, x.Options)] = true
		}
	}
	for i := range r.a.Configs {
		c := &r.a.Configs[i]
		used, count := r.used(c)
		fit := lab.TransferConfig{Archive: c.ID, Name: c.Name, Results: count, How: lab.MatchNone}
		before := len(r.report.Faults)
		if !r.chosen(&fit, here) && !r.link(c, &fit, here) && !r.same(c, used, &fit, ids, here, digests) {
			r.makeConfig(c, &fit, names)
		}
		r.report.Map.Configs = append(r.report.Map.Configs, fit)
		r.fits[c.ID] = &r.report.Map.Configs[len(r.report.Map.Configs)-1]
		if fit.How == lab.MatchNone && count > 0 && len(r.report.Faults) == before {
			r.fault("config %d of the archive, %q, has no place here: choose one in the map", c.ID, c.Name)
		}
	}
	for i := range r.report.Map.Configs { // the list has stopped growing
		r.fits[r.report.Map.Configs[i].Archive] = &r.report.Map.Configs[i]
	}
	return nil
}

// used are the digests of the revisions of a config that results are by, and the
// number of these results.
func (r *arriving) used(c *transfer.Config) (digests []string, results int) {
	for i := range r.a.Results {
		x := &r.a.Results[i]
		if x.Config != c.ID || r.leaves(x.Sample) {
			continue
		}
		results++
		for k := range c.Revisions {
			if c.Revisions[k].ID == x.Revision && !slices.Contains(digests, c.Revisions[k].Digest) {
				digests = append(digests, c.Revisions[k].Digest)
			}
		}
	}
	return digests, results
}

// chosen takes what the map says.
func (r *arriving) chosen(fit *lab.TransferConfig, here map[int64]lab.Config) bool {
	if r.q.Map == nil {
		return false
	}
	at := slices.IndexFunc(r.q.Map.Configs, func(c lab.TransferConfig) bool { return c.Archive == fit.Archive })
	if at < 0 {
		return false
	}
	c := r.q.Map.Configs[at]
	if c.Here == 0 {
		if c.New == "" {
			return false
		}
		fit.New = c.New
		return false // makeConfig takes the name
	}
	if _, ok := here[c.Here]; !ok {
		r.fault("the map names the config %d, which is not here", c.Here)
		return true
	}
	fit.Here, fit.How = c.Here, lab.MatchMap
	return true
}

// link takes what somebody wrote into the map of an archive of the original, or
// the config that has the name: theirs say nothing that could be compared.
func (r *arriving) link(c *transfer.Config, fit *lab.TransferConfig, here map[int64]lab.Config) bool {
	if !r.a.Original || fit.New != "" {
		return false
	}
	if c.Link != 0 {
		if _, ok := here[c.Link]; ok {
			fit.Here, fit.How = c.Link, lab.MatchMap
			return true
		}
		r.note("config.json links config %d to %d, which is not here", c.ID, c.Link)
	}
	best := int64(0)
	for id, x := range here {
		if x.Name == c.Name && (best == 0 || id < best) {
			best = id
		}
	}
	if best == 0 {
		return false
	}
	fit.Here, fit.How = best, lab.MatchName
	return true
}

// same finds a config that has all revisions that results are by; one of the same
// name before others.
func (r *arriving) same(c *transfer.Config, used []string, fit *lab.TransferConfig, ids []int64, here map[int64]lab.Config, digests map[int64]map[string]bool) bool {
	if r.a.Original || fit.New != "" || len(used) == 0 {
		return false
	}
	for _, id := range ids {
		if slices.ContainsFunc(used, func(d string) bool { return !digests[id][d] }) {
			continue
		}
		if fit.Here == 0 || here[id].Name == c.Name && here[fit.Here].Name != c.Name {
			fit.Here, fit.How = id, lab.MatchContent
		}
	}
	return fit.Here != 0
}

// makeConfig plans a new config, under a name that nobody has.
func (r *arriving) makeConfig(c *transfer.Config, fit *lab.TransferConfig, names map[string]bool) {
	if !r.mayMakeConfigs() {
		r.note("config %d of the archive is not here, and you may not make configs for the group", c.ID)
		return
	}
	for i := range c.Revisions {
		if err := r.revisionOf(&c.Revisions[i]); err != nil {
			r.note("config %d of the archive cannot be made here: %s", c.ID, err.Error())
			return
		}
	}
	name := fit.New
	if name == "" {
		name = c.Name
	}
	if len(name) > maxName-20 {
		name = fmt.Sprintf("Config %d", c.ID)
	}
	for k := 1; names[name]; k++ {
		name = c.Name + " (imported)"
		if k > 1 {
			name = fmt.Sprintf("%s (imported %d)", c.Name, k)
		}
	}
	names[name] = true
	fit.New, fit.How = name, lab.MatchNew
}

// revisionOf checks a revision as if somebody had made it here.
func (r *arriving) revisionOf(x *transfer.Revision) error {
	if x.Program != lab.ProgramVidjil && x.Program != lab.ProgramImport {
		return lab.Errorf(lab.Invalid, "it runs the program %q", x.Program)
	}
	o, err := lab.ParseOptions(string(x.Options))
	if err != nil {
		return lab.Errorf(lab.Invalid, "its options are none of ours")
	}
	return checkOptions(&o)
}

// planPreProcesses finds the pre-processes of samples: chosen, of the same
// content, or none.
func (r *arriving) planPreProcesses(ctx context.Context) error {
	r.processes = map[int64]int64{}
	list, err := r.tx.PreProcesses(ctx)
	if err != nil {
		return err
	}
	for i := range r.a.PreProcesses {
		p := &r.a.PreProcesses[i]
		fit := lab.TransferPreProcess{Archive: p.ID, Name: p.Name, How: lab.MatchNone}
		chosen := int64(0)
		if r.q.Map != nil {
			for _, x := range r.q.Map.PreProcesses {
				if x.Archive == p.ID {
					chosen = x.Here
				}
			}
		}
		for _, x := range list {
			usable, err := r.usable(ctx, x.ID)
			if err != nil {
				return err
			}
			switch same := lab.DigestOptions(x.Program, x.Options) == lab.DigestOptions(p.Program, string(p.Options)); {
			case !usable:
			case x.ID == chosen:
				fit.Here, fit.How = x.ID, lab.MatchMap
			case chosen == 0 && same && (fit.Here == 0 || x.Name == p.Name):
				fit.Here, fit.How = x.ID, lab.MatchContent
			}
		}
		if chosen != 0 && fit.Here == 0 {
			r.fault("the map names the pre-process %d, which is not here", chosen)
		}
		if fit.Here == 0 {
			r.note("the pre-process %q is not here: its samples have none", p.Name)
		}
		r.processes[p.ID] = fit.Here
		r.report.Map.PreProcesses = append(r.report.Map.PreProcesses, fit)
	}
	return nil
}

func (r *arriving) usable(ctx context.Context, preProcess int64) (bool, error) {
	if r.who.unbound() {
		return true, nil
	}
	p, _, err := preProcessFor(ctx, r.tx, r.who, preProcess)
	if lab.CodeOf(err) == lab.NotFound {
		return false, nil
	}
	return err == nil && !p.Archived, err
}

// putConfigs makes the configs that are to be made, and finds the revision here
// for each revision there.
func (r *arriving) putConfigs(ctx context.Context) error {
	r.revisions = map[int64]lab.ConfigRevision{}
	for i := range r.a.Configs {
		c := &r.a.Configs[i]
		fit := r.fits[c.ID]
		if fit.Results == 0 {
			continue
		}
		if fit.How == lab.MatchNew {
			if err := r.putConfig(ctx, c, fit); err != nil {
				return fmt.Errorf("make config %q: %w", fit.New, err)
			}
			continue
		}
		here, err := r.tx.ConfigRevisions(ctx, fit.Here)
		if err != nil {
			return err
		}
		for k := range c.Revisions {
			x := here[0] // the newest, where somebody has chosen another config
			for _, y := range here {
				if lab.DigestOptions(y.Program, y.Options) == c.Revisions[k].Digest {
					x = y
				}
			}
			r.revisions[c.Revisions[k].ID] = x
		}
	}
	return nil
}

func (r *arriving) putConfig(ctx context.Context, c *transfer.Config, fit *lab.TransferConfig) error {
	made := lab.Config{Name: fit.New, Info: c.Info, GroupID: r.q.GroupID, Revision: len(c.Revisions)}
	if err := r.tx.InsertConfig(ctx, &made); err != nil {
		return err
	}
	for k := range c.Revisions {
		x := &c.Revisions[k]
		row := lab.ConfigRevision{
			ConfigID: made.ID, Number: k + 1, Program: x.Program, Options: string(x.Options), Note: x.Note, Digest: x.Digest, AuthorID: r.author(x.Author),
		}
		if err := r.tx.InsertConfigRevision(ctx, &row); err != nil {
			return err
		}
		if err := r.tx.Backdate(ctx, "revision", row.ID, x.CreatedAt); err != nil {
			return err
		}
		r.revisions[x.ID] = row
	}
	fit.Here = made.ID
	audit(r.tx, r.who.entry("config.import", "config", made.ID), nil, map[string]any{"name": made.Name, "revisions": made.Revision, "server": r.a.Manifest.Server, "from": c.ID})
	return nil
}

// origin notes from where a row came.
func (r *arriving) origin(ctx context.Context, noun string, foreign, local int64, digest string) error {
	return r.tx.InsertOrigin(ctx, &lab.Origin{Server: r.a.Manifest.Server, Noun: noun, ForeignID: foreign, LocalID: local, Digest: digest})
}
