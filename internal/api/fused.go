package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// FusedIn says which results are looked at.
type FusedIn struct {
	IDIn
	ConfigID int64 `query:"config_id" minimum:"0" doc:"Of a set, the config; not needed of comparisons and results"`
}

// ColumnsIn says which columns of which clonotypes are wanted.
type ColumnsIn struct {
	FusedIn
	Top     int      `query:"top" minimum:"0" maximum:"100000" doc:"Rank, in any of the samples, to which clonotypes are given, of those that are kept; left out, all of these"`
	Keep    []string `query:"keep" maxItems:"2000" doc:"Identifiers of further clonotypes, wherever they rank"`
	Plain   bool     `query:"plain" doc:"Leave out those that the set's annotation speaks of, which are given wherever they rank otherwise"`
	Fields  []string `query:"fields" maxItems:"100" doc:"Columns; left out, all but sequence"`
	Samples []int    `query:"samples" maxItems:"10000" doc:"Samples whose reads are given, by column; left out, all"`
	Lengths bool     `query:"lengths" doc:"Also the average lengths of reads"`
	IfNone  []string `header:"If-None-Match"`
}

func (in *ColumnsIn) request() service.ColumnsRequest {
	return service.ColumnsRequest{
		CloneChoice: service.CloneChoice{Top: in.Top, Keep: in.Keep, PlainTop: in.Plain},
		Fields:      in.Fields, Samples: in.Samples, Lengths: in.Lengths,
	}
}

// refOf makes a reference of the path's number.
type refOf func(in FusedIn) (service.FusedRef, error)

// fused adds the same routes below sets, comparisons and results.
func (a *api) fused() {
	a.fusedRoutes("/sets/{id}/fused", "Fused", func(in FusedIn) (service.FusedRef, error) {
		if in.ConfigID == 0 {
			return service.FusedRef{}, &lab.Error{Code: lab.Invalid, Msg: "config_id: of which config?", Fields: []lab.Fault{{Field: "config_id", Msg: "is missing"}}}
		}
		return service.FusedRef{SetID: in.ID, ConfigID: in.ConfigID}, nil
	})
	a.fusedRoutes("/comparisons/{id}", "Comparison", func(in FusedIn) (service.FusedRef, error) { return service.FusedRef{ComparisonID: in.ID}, nil })
	a.fusedRoutes("/results/{id}/fused", "Single", func(in FusedIn) (service.FusedRef, error) { return service.FusedRef{ResultID: in.ID}, nil })
	const tag = "Clonotypes"
	register(a, person, op(http.MethodPost, "/compare", "compare", tag, "Put chosen results of any sets side by side"),
		func(ctx context.Context, who *service.Actor, in *body[client.Compare]) (*body[client.Fused], error) {
			id, err := a.Service.Compare(ctx, who, service.Comparison{Results: in.Body.ResultIDs, Samples: in.Body.SampleIDs, Config: in.Body.ConfigID, Top: in.Body.Top})
			if err != nil {
				return nil, err
			}
			return oneFused(a.Service.FusedInfo(ctx, who, service.FusedRef{ComparisonID: id}))
		})
	register(a, person, op(http.MethodGet, "/columns", "listColumns", tag, "The columns of clonotypes"),
		func(context.Context, *service.Actor, *empty) (*body[client.ColumnNames], error) {
			return &body[client.ColumnNames]{client.ColumnNames{Items: service.ColumnNames()}}, nil
		})
}

func (a *api) fusedRoutes(path, name string, ref refOf) {
	const tag = "Clonotypes"
	register(a, person, op(http.MethodGet, path, "get"+name, tag, "What there is of results side by side, without their clonotypes"),
		func(ctx context.Context, who *service.Actor, in *FusedIn) (*body[client.Fused], error) {
			r, err := ref(*in)
			if err != nil {
				return nil, err
			}
			return oneFused(a.Service.FusedInfo(ctx, who, r))
		})
	stream := func(path, id, summary string, change func(*service.ColumnsRequest)) {
		register(a, person, bytesOf(op(http.MethodGet, path, id, tag, summary)),
			func(ctx context.Context, who *service.Actor, in *ColumnsIn) (*huma.StreamResponse, error) {
				r, err := ref(in.FusedIn)
				if err != nil {
					return nil, err
				}
				q := in.request()
				change(&q)
				c, err := a.Service.FusedColumns(ctx, who, r, q)
				if err != nil {
					return nil, err
				}
				return a.content(c, in.IfNone), nil
			})
	}
	stream(path+"/clones.arrow", "getColumnsOf"+name, "Clonotypes in columns, and reads of samples: an Arrow IPC stream", func(*service.ColumnsRequest) {})
	stream(path+"/counts.arrow", "getCountsOf"+name, "Reads of samples alone, of the same clonotypes: an Arrow IPC stream", func(q *service.ColumnsRequest) { q.Fields = []string{} })
	register(a, person, bytesOf(op(http.MethodGet, path+"/axes/{name}", "getAxisOf"+name, tag, "One column, of the same clonotypes: an Arrow IPC stream")),
		func(ctx context.Context, who *service.Actor, in *struct {
			ColumnsIn
			Name string `path:"name" maxLength:"100" doc:"Column, as junction_aa; .arrow may follow"`
		},
		) (*huma.StreamResponse, error) {
			r, err := ref(in.FusedIn)
			if err != nil {
				return nil, err
			}
			q := in.request()
			q.Fields, q.Samples, q.Lengths = []string{strings.TrimSuffix(in.Name, ".arrow")}, []int{}, false
			if !slices.Contains(service.ColumnNames(), q.Fields[0]) {
				return nil, lab.Errorf(lab.NotFound, "there is no such column")
			}
			c, err := a.Service.FusedColumns(ctx, who, r, q)
			if err != nil {
				return nil, err
			}
			return a.content(c, in.IfNone), nil
		})
	a.cloneRoutes(path, name, tag, ref)
	a.exportRoute(path, name, tag, ref)
}

// cloneRoutes add what is fetched of few clonotypes.
func (a *api) cloneRoutes(path, name, tag string, ref refOf) {
	sequences := func(ctx context.Context, who *service.Actor, in FusedIn, ids []string) (*body[client.CloneSequences], error) {
		r, err := ref(in)
		if err != nil {
			return nil, err
		}
		list, err := a.Service.FusedSequences(ctx, who, r, ids)
		if err != nil {
			return nil, err
		}
		out := client.CloneSequences{Items: []client.CloneSequence{}}
		for _, x := range list {
			out.Items = append(out.Items, client.CloneSequence(x))
		}
		return &body[client.CloneSequences]{out}, nil
	}
	whole := func(ctx context.Context, who *service.Actor, in FusedIn, ids []string) (*body[client.Clones], error) {
		r, err := ref(in)
		if err != nil {
			return nil, err
		}
		list, err := a.Service.FusedClones(ctx, who, r, ids)
		if err != nil {
			return nil, err
		}
		return &body[client.Clones]{client.Clones{Items: slices.Concat(list)}}, nil
	}
	type byQuery struct {
		FusedIn
		IDs []string `query:"ids" maxItems:"2000" doc:"Identifiers; POST takes longer lists"`
	}
	type byBody struct {
		FusedIn
		Body client.CloneIDs
	}
	register(a, person, op(http.MethodGet, path+"/sequences", "getSequencesOf"+name, tag, "Representatives of clonotypes, whether or not they are kept in the columns"),
		func(ctx context.Context, who *service.Actor, in *byQuery) (*body[client.CloneSequences], error) {
			return sequences(ctx, who, in.FusedIn, in.IDs)
		})
	register(a, person, op(http.MethodPost, path+"/sequences", "findSequencesOf"+name, tag, "Representatives of many clonotypes"),
		func(ctx context.Context, who *service.Actor, in *byBody) (*body[client.CloneSequences], error) {
			return sequences(ctx, who, in.FusedIn, in.Body.IDs)
		})
	register(a, person, op(http.MethodGet, path+"/clones", "getClonesOf"+name, tag, "Whole clonotypes, as a .vidjil file has them"),
		func(ctx context.Context, who *service.Actor, in *byQuery) (*body[client.Clones], error) {
			return whole(ctx, who, in.FusedIn, in.IDs)
		})
	register(a, person, op(http.MethodPost, path+"/clones", "findClonesOf"+name, tag, "Many whole clonotypes"),
		func(ctx context.Context, who *service.Actor, in *byBody) (*body[client.Clones], error) {
			return whole(ctx, who, in.FusedIn, in.Body.IDs)
		})
}

func oneFused(v service.FusedInfo, err error) (*body[client.Fused], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Fused]{fusedOut(&v)}, nil
}

func fusedOut(v *service.FusedInfo) client.Fused {
	out := client.Fused{
		SetID: v.Ref.SetID, ConfigID: v.Ref.ConfigID, ComparisonID: v.Ref.ComparisonID, ResultID: v.Ref.ResultID,
		State: string(v.State), Digest: v.Digest, Size: v.Size, Annotation: v.Annotation, CreatedAt: v.CreatedAt,
		Samples: []client.FusedSample{}, Configs: configNames(v.Configs),
	}
	if v.Job != nil {
		j := jobOut(&service.JobView{Job: *v.Job})
		out.Job = &j
	}
	column := 0
	for i := range v.Samples {
		x := &v.Samples[i]
		s := client.FusedSample{
			SampleID: x.Sample.ID, Column: -1, Title: x.Sample.Title(), NameKnown: x.NameKnown, File: x.File,
			SamplingDate: string(x.Sample.SamplingDate), Info: x.Sample.Info,
		}
		if x.InFused {
			s.Column = column
			column++
		}
		if x.Result.ID != 0 {
			r := resultDetailOut(&service.ResultView{Result: x.Result, Numbers: x.Summary, Made: x.Provenance, Revision: x.Revision, Stale: x.Stale})
			s.Result = &r
		}
		out.Samples = append(out.Samples, s)
	}
	return out
}

// configNames names configs, by number.
func configNames(m map[int64]lab.Config) []client.FusedConfig {
	out := []client.FusedConfig{}
	for _, c := range m {
		out = append(out, client.FusedConfig{ID: c.ID, Name: c.Name, Info: c.Info})
	}
	slices.SortFunc(out, func(a, b client.FusedConfig) int { return int(a.ID - b.ID) })
	return out
}
