package client

import (
	"context"
	"fmt"
	"time"
)

// Classification is a heading under which configs are listed.
type Classification struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// ConfigOptions is how samples are analysed, fused and judged. Everything has a
// default: the empty object is the recommended analysis.
type ConfigOptions struct {
	Germline string   `json:"germline,omitempty" doc:"Reference set; human when empty" example:"human"`
	Systems  []string `json:"systems,omitempty" doc:"Systems to look for; none is all" example:"[\"IGH\",\"IGH+\"]"`

	Unexpected      bool    `json:"unexpected,omitempty" doc:"Also report recombinations between systems or strands"`
	Window          int     `json:"window,omitempty" minimum:"0" doc:"Letters of the window that identifies a clonotype; 0 is 50"`
	WholeReads      bool    `json:"whole_reads,omitempty" doc:"Take the whole read for the window"`
	EValue          float64 `json:"e_value,omitempty" minimum:"0" doc:"Reads that may pass for recombined by chance; 0 is 1"`
	MinReads        int     `json:"min_reads,omitempty" minimum:"0" doc:"Fewest reads of a clonotype; 0 is 5"`
	MinPercent      float64 `json:"min_percent,omitempty" minimum:"0" maximum:"100" doc:"Smallest share of the recombined reads"`
	MaxClones       int     `json:"max_clones,omitempty" minimum:"0" doc:"Largest clonotypes to report; 0 is all"`
	MaxConsensus    int     `json:"max_consensus,omitempty" minimum:"0" doc:"Largest clonotypes that get a representative; 0 is all"`
	MaxDesignations int     `json:"max_designations,omitempty" minimum:"0" doc:"Largest clonotypes that are designated; 0 is all"`
	NoClusters      bool    `json:"no_clusters,omitempty" doc:"Do not propose clusters"`
	FirstReads      int     `json:"first_reads,omitempty" minimum:"0" doc:"Stop after so many reads; 0 is all"`
	SampledReads    int     `json:"sampled_reads,omitempty" minimum:"0" doc:"Take about so many reads, evenly spread; 0 is all"`

	Labels      []ConfigLabel `json:"labels,omitempty" doc:"Sequences of interest, always reported"`
	LabelFilter bool          `json:"label_filter,omitempty" doc:"Report nothing but labelled clonotypes"`
	Airr        bool          `json:"airr,omitempty" doc:"Keep the AIRR table with the result"`
	Reads       bool          `json:"reads,omitempty" doc:"Keep the reads that have a recombination with the result"`

	Fuse    FuseOptions   `json:"fuse,omitzero" required:"false" doc:"What of several results is shown together"`
	Quality QualityLimits `json:"quality,omitzero" required:"false" doc:"When the quality table marks a result"`
}

// ConfigLabel is a sequence of interest; a spike-in states its copies.
type ConfigLabel struct {
	Name     string  `json:"name"`
	Sequence string  `json:"sequence" doc:"At least 12 letters A, C, G, T"`
	Copies   float64 `json:"copies,omitempty" minimum:"0" doc:"Known number of copies of a spike-in"`
	Family   string  `json:"family,omitempty" doc:"Group of spike-ins that are normalised together"`
}

// FuseOptions says what of several results is shown together.
type FuseOptions struct {
	Top           int        `json:"top,omitempty" minimum:"0" doc:"Clonotypes of each sample that are shown; 0 is 100"`
	MinPerSystem  int        `json:"min_per_system,omitempty" minimum:"0" doc:"At least so many of each system"`
	Distributions [][]string `json:"distributions,omitempty" doc:"Distributions over all clonotypes: lists of one or two axes"`
	Overlaps      bool       `json:"overlaps,omitempty" doc:"Compare all samples with each other"`
}

// QualityLimits say when the quality table of a set marks a result.
type QualityLimits struct {
	MinReads             int64   `json:"min_reads,omitempty" minimum:"0" doc:"Fewest reads of a good sample"`
	MinRecombinedPercent float64 `json:"min_recombined_percent,omitempty" minimum:"0" maximum:"100" doc:"Smallest share of recombined reads of a good sample"`
	MajorPercent         float64 `json:"major_percent,omitempty" minimum:"0" maximum:"100" doc:"Share of its locus that makes a clonotype a major one; 0 is 5"`
}

// Config is a named way to analyse samples.
type Config struct {
	ID               int64         `json:"id"`
	Name             string        `json:"name"`
	Info             string        `json:"info"`
	ClassificationID int64         `json:"classification_id,omitempty"`
	GroupID          int64         `json:"group_id" doc:"The owner"`
	Program          string        `json:"program" enum:"vidjil,import"`
	Revision         int           `json:"revision" doc:"The newest"`
	Archived         bool          `json:"archived" doc:"Not offered for new analyses"`
	CreatedAt        time.Time     `json:"created_at"`
	Options          ConfigOptions `json:"options" doc:"Of the newest revision"`
	SharedWith       []int64       `json:"shared_with" nullable:"false" doc:"Groups that may use it, besides the owner"`
	MayEdit          bool          `json:"may_edit"`
	MayShare         bool          `json:"may_share"`
}

// ConfigRevision is what a config said at a time.
type ConfigRevision struct {
	ID        int64         `json:"id"`
	Number    int           `json:"number"`
	Program   string        `json:"program"`
	Options   ConfigOptions `json:"options"`
	Note      string        `json:"note"`
	Digest    string        `json:"digest" doc:"Equal when two revisions do the same"`
	AuthorID  int64         `json:"author_id,omitempty"`
	CreatedAt time.Time     `json:"created_at"`
}

// ConfigList is all configs that a person may use.
type ConfigList struct {
	Items           []Config         `json:"items" nullable:"false"`
	Classifications []Classification `json:"classifications" nullable:"false"`
}

// ConfigDetail is a config with its revisions, the newest first.
type ConfigDetail struct {
	Config
	Revisions []ConfigRevision `json:"revisions" nullable:"false"`
}

// ConfigUse is where a config is used.
type ConfigUse struct {
	Results    int64      `json:"results" doc:"That are shown"`
	Samples    int64      `json:"samples" doc:"That the results are of"`
	LastAt     *time.Time `json:"last_at,omitempty" doc:"When it was used last"`
	AutoGroups []int64    `json:"auto_groups" nullable:"false" doc:"Groups on whose samples it runs by itself"`
	AutoSets   int64      `json:"auto_sets" doc:"Sets on whose samples it runs by itself"`
}

// NewConfig is what a config is made from.
type NewConfig struct {
	Name             string        `json:"name" minLength:"1" maxLength:"200"`
	Info             string        `json:"info,omitempty"`
	ClassificationID int64         `json:"classification_id,omitempty"`
	GroupID          int64         `json:"group_id" doc:"The owner"`
	Program          string        `json:"program,omitempty" enum:"vidjil,import" default:"vidjil"`
	Options          ConfigOptions `json:"options,omitzero" required:"false"`
	Note             string        `json:"note,omitempty" doc:"Of the first revision"`
}

// ConfigChange is what to change of a config; what is not given stays.
type ConfigChange struct {
	Name             *string        `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Info             *string        `json:"info,omitempty"`
	ClassificationID *int64         `json:"classification_id,omitempty" doc:"0 for none"`
	Archived         *bool          `json:"archived,omitempty"`
	Options          *ConfigOptions `json:"options,omitempty" doc:"Other ones make a new revision"`
	Note             string         `json:"note,omitempty" doc:"Of the new revision"`
}

// ConfigFile is a config as a file, of another server or of the original.
type ConfigFile struct {
	Format         string         `json:"vidjil_config,omitempty" doc:"Version of the format" example:"1"`
	Name           string         `json:"name"`
	Info           string         `json:"info,omitempty"`
	Classification string         `json:"classification,omitempty"`
	Program        string         `json:"program,omitempty"`
	Options        *ConfigOptions `json:"options,omitempty"`
	Command        string         `json:"command,omitempty" doc:"Command line of vidjil-algo, instead of options"`
	FuseCommand    string         `json:"fuse_command,omitempty" doc:"Command line of fuse.py"`
}

// ConfigImport is a config made from a file.
type ConfigImport struct {
	Config Config   `json:"config"`
	Notes  []string `json:"notes" nullable:"false" doc:"What of the command line has no meaning here"`
}

// AutoConfigs are the configs that run by themselves on what arrives.
type AutoConfigs struct {
	ConfigIDs []int64 `json:"config_ids" nullable:"false"`
}

// PreProcess is a step before analysis.
type PreProcess struct {
	ID         int64       `json:"id"`
	Name       string      `json:"name"`
	Info       string      `json:"info"`
	GroupID    int64       `json:"group_id" doc:"The owner"`
	Program    string      `json:"program" enum:"pairs" doc:"pairs merges R1 and R2"`
	Pairs      PairOptions `json:"pairs"`
	Revision   int         `json:"revision"`
	Archived   bool        `json:"archived"`
	SharedWith []int64     `json:"shared_with" nullable:"false"`
	MayEdit    bool        `json:"may_edit"`
	MayShare   bool        `json:"may_share"`
}

// PairOptions says how read pairs are merged.
type PairOptions struct {
	Keep               string  `json:"keep,omitempty" enum:"r1,r2,none" doc:"What remains of a pair that does not merge; r1 when not given"`
	MinOverlap         int     `json:"min_overlap,omitempty" minimum:"0" doc:"Shortest overlap in letters; 0 is the default"`
	MaxMismatchPercent float64 `json:"max_mismatch_percent,omitempty" minimum:"0" maximum:"50" doc:"Largest share of differing letters; 0 is the default"`
}

// NewPreProcess is what a pre-process is made from.
type NewPreProcess struct {
	Name    string      `json:"name" minLength:"1" maxLength:"200"`
	Info    string      `json:"info,omitempty"`
	GroupID int64       `json:"group_id"`
	Pairs   PairOptions `json:"pairs,omitzero" required:"false"`
}

// PreProcessChange is what to change of a pre-process; what is not given stays.
type PreProcessChange struct {
	Name     *string      `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Info     *string      `json:"info,omitempty"`
	Archived *bool        `json:"archived,omitempty"`
	Pairs    *PairOptions `json:"pairs,omitempty" doc:"Other ones make a new revision"`
}

// PreProcessList is all pre-processes that a person may use.
type PreProcessList struct {
	Items []PreProcess `json:"items" nullable:"false"`
}

// Configs lists the configs that one may use.
func (c *Client) Configs(ctx context.Context) (out ConfigList, err error) {
	_, err = c.do(ctx, get("/configs", nil), &out)
	return out, err
}

// Config returns a config with its revisions.
func (c *Client) Config(ctx context.Context, id int64) (out ConfigDetail, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/configs/%d", id), nil), &out)
	return out, err
}

// ConfigUse tells where a config is used.
func (c *Client) ConfigUse(ctx context.Context, id int64) (out ConfigUse, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/configs/%d/use", id), nil), &out)
	return out, err
}

// CreateConfig makes a config.
func (c *Client) CreateConfig(ctx context.Context, in NewConfig) (out Config, err error) {
	_, err = c.do(ctx, post("/configs", in), &out)
	return out, err
}

// UpdateConfig changes a config.
func (c *Client) UpdateConfig(ctx context.Context, id int64, in ConfigChange) (out Config, err error) {
	_, err = c.do(ctx, patch(fmt.Sprintf("/configs/%d", id), in), &out)
	return out, err
}

// DeleteConfig removes a config by which nothing was analysed.
func (c *Client) DeleteConfig(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/configs/%d", id)), nil)
	return err
}

// ShareConfig opens a config to a group; UnshareConfig closes it.
func (c *Client) ShareConfig(ctx context.Context, id, groupID int64) error {
	_, err := c.do(ctx, put(fmt.Sprintf("/configs/%d/groups/%d", id, groupID), nil), nil)
	return err
}

// UnshareConfig closes a config to a group.
func (c *Client) UnshareConfig(ctx context.Context, id, groupID int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/configs/%d/groups/%d", id, groupID)), nil)
	return err
}

// ExportConfig gives a config as a file.
func (c *Client) ExportConfig(ctx context.Context, id int64) (out ConfigFile, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/configs/%d/file", id), nil), &out)
	return out, err
}

// ImportConfig makes a config, which the group owns, from a file.
func (c *Client) ImportConfig(ctx context.Context, groupID int64, in ConfigFile) (out ConfigImport, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/groups/%d/configs/import", groupID), in), &out)
	return out, err
}

// SetAutoConfigsOfGroup chooses what runs by itself on what enters the sets of
// a group; SetAutoConfigsOfSet, on what enters a set.
func (c *Client) SetAutoConfigsOfGroup(ctx context.Context, groupID int64, configs ...int64) error {
	_, err := c.do(ctx, put(fmt.Sprintf("/groups/%d/auto-configs", groupID), AutoConfigs{ConfigIDs: append([]int64{}, configs...)}), nil)
	return err
}

// SetAutoConfigsOfSet chooses what runs by itself on what enters a set.
func (c *Client) SetAutoConfigsOfSet(ctx context.Context, setID int64, configs ...int64) error {
	_, err := c.do(ctx, put(fmt.Sprintf("/sets/%d/auto-configs", setID), AutoConfigs{ConfigIDs: append([]int64{}, configs...)}), nil)
	return err
}

// PreProcesses lists the pre-processes that one may use.
func (c *Client) PreProcesses(ctx context.Context) (out PreProcessList, err error) {
	_, err = c.do(ctx, get("/pre-processes", nil), &out)
	return out, err
}

// CreatePreProcess makes a pre-process.
func (c *Client) CreatePreProcess(ctx context.Context, in NewPreProcess) (out PreProcess, err error) {
	_, err = c.do(ctx, post("/pre-processes", in), &out)
	return out, err
}

// UpdatePreProcess changes a pre-process.
func (c *Client) UpdatePreProcess(ctx context.Context, id int64, in PreProcessChange) (out PreProcess, err error) {
	_, err = c.do(ctx, patch(fmt.Sprintf("/pre-processes/%d", id), in), &out)
	return out, err
}

// SharePreProcess opens a pre-process to a group.
func (c *Client) SharePreProcess(ctx context.Context, id, groupID int64) error {
	_, err := c.do(ctx, put(fmt.Sprintf("/pre-processes/%d/groups/%d", id, groupID), nil), nil)
	return err
}
