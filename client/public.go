package client

import (
	"context"
	"encoding/json"
)

// PublicSequences are pasted sequences.
type PublicSequences struct {
	Sequences string `json:"sequences" maxLength:"102400" doc:"Up to 10, FASTA, FASTQ or plain"`
	Species   string `json:"species,omitempty" enum:"human,mouse" doc:"Left out: human"`
}

// PublicAnalysis is what was made of pasted sequences.
type PublicAnalysis struct {
	Items  []map[string]any `json:"items" nullable:"false" doc:"AIRR rearrangements, in the order given"`
	Vidjil json.RawMessage  `json:"vidjil" doc:"The same as a .vidjil file"`
}

// AnalyzePublic designates a few pasted sequences. It needs no account.
func (c *Client) AnalyzePublic(ctx context.Context, q PublicSequences) (out PublicAnalysis, err error) {
	_, err = c.do(ctx, post("/public/analyze", q), &out)
	return out, err
}
