package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) alignments() {
	const tag = "Sequences"
	register(a, person, op(http.MethodPost, "/align", "align", tag, "Align up to 200 sequences and clonotypes"),
		func(ctx context.Context, who *service.Actor, in *body[client.Align]) (*body[client.Alignment], error) {
			got, err := a.Service.Align(ctx, who, alignIn(&in.Body))
			if err != nil {
				return nil, err
			}
			out := client.Alignment{Items: []client.AlignedSequence{}, Conservation: append([]float64{}, got.Conservation...)}
			for i, row := range got.Rows {
				out.Items = append(out.Items, client.AlignedSequence{ID: got.IDs[i], Aligned: row})
			}
			return &body[client.Alignment]{out}, nil
		})
	register(a, person, op(http.MethodPost, "/similarity", "similarity", tag, "Compare up to 500 sequences and clonotypes with each other"),
		func(ctx context.Context, who *service.Actor, in *body[client.Align]) (*body[client.Similarity], error) {
			got, err := a.Service.Similarity(ctx, who, alignIn(&in.Body))
			if err != nil {
				return nil, err
			}
			return &body[client.Similarity]{client.Similarity{IDs: got.IDs, Percent: got.Percent, Points: got.Map.Points, Share: got.Map.Share}}, nil
		})
	register(a, anyone, op(http.MethodPost, "/public/analyze", "analyzePublic", tag, "Designate up to 10 pasted sequences; nothing is stored"),
		limited(a, a.public, func(ctx context.Context, who *service.Actor, in *body[client.PublicSequences]) (*body[client.PublicAnalysis], error) {
			got, err := a.Service.AnalyzePublic(ctx, who, in.Body.Sequences, in.Body.Species)
			if err != nil {
				return nil, err
			}
			return &body[client.PublicAnalysis]{client.PublicAnalysis{Items: got.Rows, Vidjil: got.Vidjil}}, nil
		}))
}

func alignIn(in *client.Align) service.AlignRequest {
	q := service.AlignRequest{
		Ref:    service.FusedRef{SetID: in.SetID, ConfigID: in.ConfigID, ComparisonID: in.Comparison, ResultID: in.ResultID},
		Clones: in.Clonotypes, Aminos: in.AminoAcids,
	}
	for _, s := range in.Sequences {
		q.Sequences = append(q.Sequences, service.NamedSequence(s))
	}
	return q
}
