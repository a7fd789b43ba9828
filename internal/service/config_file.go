package service

import (
	"context"
	"fmt"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// ConfigFile is a config as a file, to be taken to another server.
type ConfigFile struct {
	Format         string       `json:"vidjil_config"` // version of the format
	Name           string       `json:"name"`
	Info           string       `json:"info,omitempty"`
	Classification string       `json:"classification,omitempty"`
	Program        string       `json:"program"`
	Options        *lab.Options `json:"options,omitempty"`
	// Command and FuseCommand are those of a config of the original, read
	// instead of Options.
	Command     string `json:"command,omitempty"`
	FuseCommand string `json:"fuse_command,omitempty"`
}

const configFormat = "1"

// ExportConfig gives a config as a file.
func (s *Service) ExportConfig(ctx context.Context, who *Actor, id int64) (f ConfigFile, err error) {
	v, _, err := s.ConfigByID(ctx, who, id)
	if err != nil {
		return f, err
	}
	f = ConfigFile{Format: configFormat, Name: v.Name, Info: v.Info, Program: v.Program, Options: &v.Options}
	err = s.read(ctx, func(tx *store.Tx) error {
		headings, err := tx.Classifications(ctx)
		for _, h := range headings {
			if h.ID == v.ClassificationID {
				f.Classification = h.Name
			}
		}
		return err
	})
	return f, err
}

// ImportConfig makes a config from a file: of another server, or with the
// command lines of the original. Notes say what of those has no meaning here.
func (s *Service) ImportConfig(ctx context.Context, who *Actor, groupID int64, f ConfigFile) (v ConfigView, notes []string, err error) {
	if err := who.require(); err != nil {
		return v, nil, err
	}
	if !who.CanCreate(access.Config, groupID) {
		return v, nil, errForbidden("make configs for this group")
	}
	n := NewConfig{Name: f.Name, Info: f.Info, GroupID: groupID, Program: f.Program, Note: "imported"}
	switch {
	case f.Options != nil && f.Command != "":
		return v, nil, fault("command", "give options or a command line, not both")
	case f.Options != nil:
		if f.Format != configFormat {
			return v, nil, fault("vidjil_config", "this is format %q; this server reads %q", f.Format, configFormat)
		}
		n.Options = *f.Options
	default:
		if n.Options, notes, err = lab.ParseAlgo(f.Command, f.FuseCommand); err != nil {
			return v, nil, err
		}
		n.Program = originalProgram(f.Program)
	}
	if err := n.check(); err != nil {
		return v, nil, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		if n.ClassificationID, err = classificationNamed(ctx, tx, f.Classification); err != nil {
			return err
		}
		c, err := createConfig(ctx, tx, who, n)
		if err != nil {
			return err
		}
		v, err = viewConfig(ctx, tx, who, c, nil)
		return err
	})
	return v, notes, err
}

// originalProgram names a program of the original's configs.
func originalProgram(name string) string {
	switch name {
	case "", "vidjil":
		return lab.ProgramVidjil
	case "none":
		return lab.ProgramImport
	default:
		return name
	}
}

func classificationNamed(ctx context.Context, tx *store.Tx, name string) (int64, error) {
	if name == "" {
		return 0, nil
	}
	list, err := tx.Classifications(ctx)
	if err != nil {
		return 0, err
	}
	last := 0
	for _, c := range list {
		if c.Name == name {
			return c.ID, nil
		}
		last = max(last, c.Position)
	}
	c := lab.Classification{Name: name, Position: last + 1}
	err = tx.InsertClassification(ctx, &c)
	return c.ID, err
}

// defaultClassifications are the headings of the original, in its order.
func defaultClassifications() []string {
	return []string{
		"Human V(D)J recombinations", "Other recombinations", "Analysis with/for other software",
		"Other species", "Experimental configs", "Old configs, do not use",
	}
}

// defaultConfig is a config that the first start makes, as the original has it.
type defaultConfig struct {
	name, info, heading, program, command, fuse string
	change                                      func(*lab.Options)
}

// defaultConfigs are the original's (its names are kept, so that people find
// what they know), the recommended one first; then one for the results of
// others.
func defaultConfigs() []defaultConfig {
	const human = "-c clones -z 100 -r 1 -g germline/homo-sapiens.g -e 1 "
	return []defaultConfig{
		{"multi+inc+xxx", "Recommended: all human loci, incomplete and unusual recombinations", "Human V(D)J recombinations", lab.ProgramVidjil, human + "-2 -d -w 50", "-t 100", nil},
		{"multi+inc", "All human loci and incomplete recombinations", "Human V(D)J recombinations", lab.ProgramVidjil, human + "-w 50", "-t 100", nil},
		{"default + extract reads", "Keeps the reads that have a recombination", "Human V(D)J recombinations", lab.ProgramVidjil, human + "-2 -d -w 50 -U", "-t 100", nil},
		{"Clonality", "Distributions of lengths, and overlaps between samples", "Human V(D)J recombinations", lab.ProgramVidjil, human + "-2 -w 90 -y all --no-airr", "-t 100 -d lenSeqAverage --overlaps", nil},
		{"multi", "Complete recombinations of the human loci", "Other recombinations", lab.ProgramVidjil, "-c clones -z 100 -r 1 -g germline/homo-sapiens.g:IGH,IGK,IGL,TRA,TRB,TRG,TRD -e 1 -d -w 50", "-t 100", nil},
		{"TRG", "", "Other recombinations", lab.ProgramVidjil, "-c clones -z 100 -r 1 -g germline/homo-sapiens.g:TRG", "-t 100", nil},
		{"IGH", "Longer windows", "Other recombinations", lab.ProgramVidjil, "-c clones -w 60 -d -z 100 -r 1 -g germline/homo-sapiens.g:IGH", "-t 100", nil},
		{"Export all clones (AIRR)", "The AIRR table of all clonotypes is kept with the result", "Analysis with/for other software", lab.ProgramVidjil, "-c clones -y all -z all -g germline/homo-sapiens.g -e 1 -2 -d -w 50 -r 5", "-t 100", func(o *lab.Options) { o.Airr = true }},
		{"Import", "Takes over results of other programs: .vidjil, AIRR, .clntab", "Analysis with/for other software", lab.ProgramImport, "", "-t 100", nil},
		{"Mus musculus", "All mouse loci", "Other species", lab.ProgramVidjil, "-c clones -r 1 -g germline/mus-musculus.g -e 1 -2 -d -w 50", "-t 100", nil},
	}
}

// addDefaultConfigs makes headings, configs and pre-processes on the first
// start, owned by the group and open to everybody.
func addDefaultConfigs(ctx context.Context, tx *store.Tx, who *Actor, owner, public int64) error {
	headings := map[string]int64{}
	for i, name := range defaultClassifications() {
		c := lab.Classification{Name: name, Position: i + 1}
		if err := tx.InsertClassification(ctx, &c); err != nil {
			return err
		}
		headings[name] = c.ID
	}
	for _, d := range defaultConfigs() {
		options, _, err := lab.ParseAlgo(d.command, d.fuse)
		if err != nil {
			return fmt.Errorf("default config %s: %w", d.name, err)
		}
		if d.change != nil {
			d.change(&options)
		}
		c, err := createConfig(ctx, tx, who, NewConfig{
			Name: d.name, Info: d.info, ClassificationID: headings[d.heading], GroupID: owner, Program: d.program, Options: options,
		})
		if err != nil {
			return err
		}
		if _, err := tx.ShareConfig(ctx, c.ID, public); err != nil {
			return err
		}
	}
	for _, p := range defaultPreProcesses(owner) {
		if err := tx.InsertPreProcess(ctx, &p, who.User.ID); err != nil {
			return err
		}
		if _, err := tx.SharePreProcess(ctx, p.ID, public); err != nil {
			return err
		}
	}
	return nil
}

// defaultPreProcesses merge read pairs; of a pair that does not merge one read
// is kept, never both, which would count the fragment twice.
func defaultPreProcesses(owner int64) []lab.PreProcess {
	list := []lab.PreProcess{
		{Name: "Merge R1+R2, keep R1", Info: "Merges read pairs that overlap; of the others R1 is kept"},
		{Name: "Merge R1+R2, keep R2", Info: "Merges read pairs that overlap; of the others R2 is kept"},
		{Name: "Merge R1+R2, merged only", Info: "Merges read pairs that overlap; the others are dropped"},
	}
	for i, keep := range []string{"r1", "r2", "none"} {
		list[i].GroupID, list[i].Program = owner, lab.ProgramPairs
		list[i].Options = (&lab.PairOptions{Keep: keep}).Encode()
	}
	return list
}
