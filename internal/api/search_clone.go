package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) cloneSearch() {
	register(a, person, op(http.MethodPost, "/clonotypes/search", "searchClonotypes", "Clonotypes", "Look for clonotypes in the newest results of all samples that one may see"),
		func(ctx context.Context, who *service.Actor, in *body[client.CloneSearch]) (*body[client.CloneHits], error) {
			q := &in.Body
			found, err := a.Service.SearchClones(ctx, who, service.CloneSearch{
				CloneQuery: service.CloneQuery{
					Sequence: q.Sequence, CDR3: q.CDR3, CDR3Within: q.CDR3Within, CDR3Mismatches: q.CDR3Mismatches,
					Five: q.Five, Four: q.Four, Three: q.Three, Gene: q.Gene, System: q.System, MinReads: q.MinReads,
				},
				Sets: q.SetIDs, Configs: q.ConfigIDs, Limit: q.Limit,
			})
			if err != nil {
				return nil, err
			}
			return &body[client.CloneHits]{hitsOut(&found)}, nil
		})
}

func hitsOut(found *service.CloneAnswer) client.CloneHits {
	out := client.CloneHits{Items: []client.CloneHit{}, Total: found.Total, Results: found.Results, Searched: found.Rows, Tables: found.Tables, Failed: found.Failed}
	configs := map[int64]lab.Config{}
	for i := range found.Hits {
		h := &found.Hits[i]
		x := client.CloneHit{
			ID: h.ID, System: h.System, Name: h.Name, Five: h.Five, Four: h.Four, Three: h.Three, CDR3AA: h.CDR3AA, Reads: h.Reads, Share: h.Share, Reverse: h.Reverse,
			ResultID: h.Result.ID, ConfigID: h.Result.ConfigID, SampleID: h.Sample.ID, Title: h.Sample.Title(), Date: string(h.Sample.SamplingDate),
			Sets: setNames(h.Sets), Stale: h.Stale, CreatedAt: h.Result.CreatedAt,
		}
		if h.End > h.Start {
			x.Start, x.Stop = h.Start+1, h.End
		}
		if h.Productive >= 0 {
			productive := h.Productive == 1
			x.Productive = &productive
		}
		configs[x.ConfigID] = found.Configs[x.ConfigID]
		out.Items = append(out.Items, x)
	}
	out.Configs = configNames(configs)
	return out
}
