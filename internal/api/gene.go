package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) genes() {
	register(a, person, op(http.MethodGet, "/germlines/{name}/genes", "listGenes", "Sequences", "Genes of a germline set, by their names with alleles"),
		func(_ context.Context, who *service.Actor, in *struct {
			Name  string   `path:"name" maxLength:"100" doc:"Of the set, as human"`
			Names []string `query:"names" required:"true" minItems:"1" maxItems:"500" doc:"As IGHV3-9*01; unknown ones are left out"`
		},
		) (*body[client.Genes], error) {
			got, err := a.Service.Genes(who, in.Name, in.Names)
			if err != nil {
				return nil, err
			}
			out := client.Genes{Set: got.Set, Version: got.Version, Digest: got.Digest, Items: []client.Gene{}}
			for i := range got.Genes {
				g := &got.Genes[i]
				out.Items = append(out.Items, client.Gene{Name: g.Name, Segment: g.Segment.String(), Sequence: string(g.Sequence), Anchor: g.Anchor + 1})
			}
			return &body[client.Genes]{out}, nil
		})
}
