package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) usage() {
	const tag = "Usage"
	for _, of := range []service.UsageOf{service.UsagePeople, service.UsageGroups} {
		name, what := "Groups", "What each group owns"
		if of == service.UsagePeople {
			name, what = "People", "What each person has made"
		}
		register(a, admin, op(http.MethodGet, "/usage/"+string(of), "usageOf"+name, tag, what+", and their jobs of the last thirty days"),
			func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.UsageList], error) {
				list, err := a.Service.Usage(ctx, who, of)
				return &body[client.UsageList]{client.UsageList{Items: usagesOut(list)}}, err
			})
		register(a, admin, bytesOf(op(http.MethodGet, "/usage/"+string(of)+".tsv", "usageTableOf"+name, tag, what+", as a table")),
			func(ctx context.Context, who *service.Actor, _ *empty) (*huma.StreamResponse, error) {
				list, err := a.Service.Usage(ctx, who, of)
				if err != nil {
					return nil, err
				}
				return a.content(a.Service.UsageTable(string(of), list), nil), nil
			})
	}
	register(a, person, op(http.MethodGet, "/me/usage", "ownUsage", tag, "What one has made, what one's groups own, and the newest results that one sees"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.OwnUsage], error) {
			own, err := a.Service.OwnUsage(ctx, who)
			out := client.OwnUsage{Person: usageOut(&own.Person), Groups: usagesOut(own.Groups), Results: []client.LastResult{}}
			for _, r := range own.Last {
				out.Results = append(out.Results, client.LastResult(r))
			}
			return &body[client.OwnUsage]{out}, err
		})
	register(a, person, bytesOf(op(http.MethodGet, "/me/usage.tsv", "ownUsageTable", tag, "What one's groups own, as a table")),
		func(ctx context.Context, who *service.Actor, _ *empty) (*huma.StreamResponse, error) {
			own, err := a.Service.OwnUsage(ctx, who)
			if err != nil {
				return nil, err
			}
			return a.content(a.Service.UsageTable("groups", own.Groups), nil), nil
		})
}

func usagesOut(list []service.UsageSum) []client.Usage {
	out := []client.Usage{}
	for i := range list {
		out = append(out, usageOut(&list[i]))
	}
	return out
}

func usageOut(u *service.UsageSum) client.Usage {
	out := client.Usage{
		ID: u.ID, Name: u.Name, Kind: u.Kind, Members: u.Members, Patients: u.Patients, Runs: u.Runs, Sets: u.Sets, Samples: u.Samples,
		Files: u.Files, Bytes: u.Bytes, QuotaBytes: u.Quota, Results: u.Results, LastResultAt: instant(u.LastResultAt), LastLoginAt: instant(u.LastLoginAt),
		Jobs: map[string]int64{},
	}
	for state, n := range u.Jobs {
		out.Jobs[string(state)] = n
	}
	return out
}
