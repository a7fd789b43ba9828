package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

// titles adds what lists show beside their rows.
func (a *api) titles() {
	register(a, person, op(http.MethodGet, "/titles", "listTitles", "Sets", "How sets and samples are called, as far as one may know"),
		func(ctx context.Context, who *service.Actor, in *struct {
			Sets    []int64 `query:"sets" maxItems:"200" doc:"Their numbers"`
			Samples []int64 `query:"samples" maxItems:"200" doc:"Their numbers"`
		},
		) (*body[client.Titles], error) {
			t, err := a.Service.Titles(ctx, who, in.Sets, in.Samples)
			return &body[client.Titles]{client.Titles{Sets: titlesOut(t.Sets), Samples: titlesOut(t.Samples)}}, err
		})
	register(a, person, op(http.MethodGet, "/sets/states", "listSetStates", "Sets", "How far the samples of sets are with each config"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDs []int64 `query:"ids" maxItems:"200" doc:"Numbers of sets; those that one may not see are left out"`
		},
		) (*body[client.SetStateList], error) {
			list, err := a.Service.SetStates(ctx, who, in.IDs)
			out := client.SetStateList{Items: []client.SetState{}}
			for _, s := range list {
				out.Items = append(out.Items, client.SetState{
					SetID: s.SetID, ConfigID: s.ConfigID, Results: s.Results, Failed: s.Failed,
					Queued: s.Queued, Running: s.Running, Progress: min(1, s.Progress/float64(max(1, s.Running))),
				})
			}
			return &body[client.SetStateList]{out}, err
		})
}

func titlesOut(of map[int64]string) []client.Title {
	out := []client.Title{}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		out = append(out, client.Title{ID: id, Title: of[id]})
	}
	return out
}
