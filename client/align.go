package client

import "context"

// Align says what to align or compare: sequences, and clonotypes of results.
type Align struct {
	Sequences  []NamedSequence `json:"sequences,omitempty" maxItems:"500" doc:"All of one strand"`
	Clonotypes []string        `json:"clonotypes,omitempty" maxItems:"500" doc:"Identifiers, of the results that the next fields say"`
	SetID      int64           `json:"set_id,omitempty"`
	ConfigID   int64           `json:"config_id,omitempty"`
	Comparison int64           `json:"comparison_id,omitempty"`
	ResultID   int64           `json:"result_id,omitempty"`
	AminoAcids bool            `json:"amino_acids,omitempty" doc:"The sequences are amino acids; for similarity alone"`
}

// NamedSequence is a sequence.
type NamedSequence struct {
	ID       string `json:"id" maxLength:"4000"`
	Sequence string `json:"sequence" maxLength:"2000"`
}

// Alignment is sequences under each other.
type Alignment struct {
	Items        []AlignedSequence `json:"items" nullable:"false"`
	Conservation []float64         `json:"conservation" nullable:"false" doc:"Of each column, from 0 to 1: how much its rows agree"`
}

// AlignedSequence is a row of an alignment.
type AlignedSequence struct {
	ID      string `json:"id"`
	Aligned string `json:"aligned" doc:"With - for gaps; all have the same length"`
}

// Similarity is how alike sequences are.
type Similarity struct {
	IDs     []string     `json:"ids" nullable:"false"`
	Percent [][]float64  `json:"percent" nullable:"false" doc:"100 × (1 − edits / letters of the longer one), of each pair"`
	Points  [][2]float64 `json:"points" nullable:"false" doc:"A plane on which similar ones are neighbours; a distance of 20 stands for about 80 % alike"`
	Share   float64      `json:"share" doc:"How much of the differences the plane shows, from 0 to 1"`
}

// Align aligns sequences of nucleotides.
func (c *Client) Align(ctx context.Context, q Align) (out Alignment, err error) {
	_, err = c.do(ctx, post("/align", q), &out)
	return out, err
}

// Similarity compares sequences with each other.
func (c *Client) Similarity(ctx context.Context, q Align) (out Similarity, err error) {
	_, err = c.do(ctx, post("/similarity", q), &out)
	return out, err
}
