package client

import (
	"context"
	"net/url"
	"strings"
)

// Genes are genes of a germline set.
type Genes struct {
	Set     string `json:"set"`
	Version string `json:"version"`
	Digest  string `json:"digest" doc:"SHA-256 of the set, as results name it"`
	Items   []Gene `json:"items" nullable:"false"`
}

// Gene is an allele of a gene.
type Gene struct {
	Name     string `json:"name"`
	Segment  string `json:"segment"`
	Sequence string `json:"sequence" doc:"Without gaps"`
	Anchor   int    `json:"anchor" doc:"1-based position of the first letter of the anchor's codon, Cys 104 of V and Phe or Trp 118 of J; 0 without"`
}

// Genes returns genes of a germline set by their names with alleles; unknown
// ones are left out.
func (c *Client) Genes(ctx context.Context, set string, names []string) (out Genes, err error) {
	_, err = c.do(ctx, get("/germlines/"+url.PathEscape(set)+"/genes", url.Values{"names": {strings.Join(names, ",")}}), &out)
	return out, err
}
