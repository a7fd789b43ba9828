package client

import (
	"context"
	"time"
)

// CloneSearch says which clonotypes are looked for: those that have everything
// that is asked for.
type CloneSearch struct {
	Sequence       string  `json:"sequence,omitempty" maxLength:"4000" doc:"Nucleotides, IUPAC codes among them, at least 12 of them A, C, G or T; either strand. Found are clonotypes whose sequence holds it, or whose window it holds"`
	CDR3           string  `json:"cdr3,omitempty" maxLength:"200" doc:"Amino acids without the anchors; X is any"`
	CDR3Within     bool    `json:"cdr3_within,omitempty" doc:"Also inside of longer ones"`
	CDR3Mismatches int     `json:"cdr3_mismatches,omitempty" minimum:"0" maximum:"10" doc:"Residues that may differ"`
	Five           string  `json:"five,omitempty" maxLength:"100" doc:"V gene: an allele, a gene, a family or a segment, as IGHV3-48*01, IGHV3-48, IGHV3, IGHV"`
	Four           string  `json:"four,omitempty" maxLength:"100" doc:"D gene"`
	Three          string  `json:"three,omitempty" maxLength:"100" doc:"J gene"`
	Gene           string  `json:"gene,omitempty" maxLength:"100" doc:"A gene at any place"`
	System         string  `json:"system,omitempty" maxLength:"20" doc:"As IGH, TRD+"`
	MinReads       int64   `json:"min_reads,omitempty" minimum:"0"`
	SetIDs         []int64 `json:"set_ids,omitempty" maxItems:"1000" doc:"Only in these sets; none is all"`
	ConfigIDs      []int64 `json:"config_ids,omitempty" maxItems:"1000" doc:"Only in results by these configs; none is all"`
	Limit          int     `json:"limit,omitempty" minimum:"0" maximum:"1000" doc:"Hits that are listed; left out, 100"`
}

// CloneHits is what a search found.
type CloneHits struct {
	Items    []CloneHit    `json:"items" nullable:"false" doc:"By reads, most first"`
	Total    int           `json:"total" doc:"Hits in all"`
	Results  int           `json:"results" doc:"Results with at least one"`
	Searched int           `json:"searched" doc:"Clonotypes that were looked at"`
	Tables   int           `json:"tables" doc:"Results that were looked at"`
	Failed   []int64       `json:"failed,omitempty" doc:"Results that could not be read"`
	Configs  []FusedConfig `json:"configs" nullable:"false" doc:"Those of the hits"`
}

// CloneHit is a clonotype that was found in a result.
type CloneHit struct {
	ID         string      `json:"id" doc:"Its window"`
	System     string      `json:"system"`
	Name       string      `json:"name"`
	Five       string      `json:"five,omitempty"`
	Four       string      `json:"four,omitempty"`
	Three      string      `json:"three,omitempty"`
	CDR3AA     string      `json:"cdr3_aa,omitempty"`
	Productive *bool       `json:"productive,omitempty" doc:"Missing when not known"`
	Reads      int64       `json:"reads"`
	Share      float64     `json:"share" doc:"Of the recombined reads of the sample"`
	Start      int         `json:"start,omitempty" doc:"Where the sequence asked for stands on the clonotype's, or the window on it: 1-based, closed; missing when not known"`
	Stop       int         `json:"stop,omitempty"`
	Reverse    bool        `json:"reverse,omitempty" doc:"It is of the other strand"`
	ResultID   int64       `json:"result_id"`
	ConfigID   int64       `json:"config_id"`
	SampleID   int64       `json:"sample_id"`
	Title      string      `json:"title" doc:"How the sample is called: where one may not know its name, its number"`
	Date       string      `json:"sampling_date,omitempty" doc:"YYYY-MM-DD"`
	Sets       []SampleSet `json:"sets" nullable:"false"`
	Stale      bool        `json:"stale" doc:"The reads of the sample were replaced since"`
	CreatedAt  time.Time   `json:"created_at" doc:"Of the result"`
}

// SearchClones looks for clonotypes in all samples that one may see.
func (c *Client) SearchClones(ctx context.Context, q CloneSearch) (out CloneHits, err error) {
	_, err = c.do(ctx, post("/clonotypes/search", q), &out)
	return out, err
}
