package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// PageIn are the parameters of a list.
type PageIn struct {
	Q      string `query:"q" maxLength:"2000" doc:"Search, as marie #relapse -control date:2026-01..2026-03"`
	Sort   string `query:"sort" maxLength:"50" doc:"Order; - before it turns it round"`
	Cursor string `query:"cursor" maxLength:"1000" doc:"Next of the page before"`
	Limit  int    `query:"limit" minimum:"0" maximum:"200" doc:"Length of the page; left out, 50"`
}

func (p PageIn) page() service.Page {
	return service.Page{Sort: p.Sort, Cursor: p.Cursor, Limit: p.Limit, Q: p.Q}
}

func (a *api) sets() {
	const tag = "Sets"
	register(a, person, op(http.MethodGet, "/sets", "listSets", tag, "The sets that one may see, in order of created (the newest first), changed, name, birth, date or samples"), a.listSets)
	register(a, person, op(http.MethodGet, "/sets/totals", "sumSets", tag, "What the sets of a list add up to"),
		func(ctx context.Context, who *service.Actor, in *struct {
			Kind string `query:"kind" enum:"patient,run,set" doc:"Left out: all"`
			Q    string `query:"q" maxLength:"2000" doc:"Search"`
		},
		) (*body[client.SetTotals], error) {
			sum, err := a.Service.SumSets(ctx, who, service.SetFilter{Kind: lab.SetKind(in.Kind)}, in.Q)
			return &body[client.SetTotals]{client.SetTotals(sum)}, err
		})
	register(a, person, created("/sets", "createSets", tag, "Make one to a hundred sets: all or none"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewSets]) (*body[client.SetList], error) {
			rows := make([]service.SetInput, len(in.Body.Rows))
			for i, r := range in.Body.Rows {
				rows[i] = service.SetInput{
					Kind: lab.SetKind(r.Kind), GroupID: r.GroupID, FirstName: r.FirstName, LastName: r.LastName, Birth: r.Birth,
					Name: r.Name, RunDate: r.RunDate, Sequencer: r.Sequencer, Pcr: r.Pcr, Label: r.Label, Info: r.Info,
				}
			}
			views, err := a.Service.CreateSets(ctx, who, rows)
			return &body[client.SetList]{client.SetList{Items: setsOut(views)}}, err
		})
	register(a, person, op(http.MethodGet, "/sets/{id}", "getSet", tag, "A set"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Set], error) {
			return oneSet(a.Service.SetByID(ctx, who, in.ID))
		})
	register(a, person, op(http.MethodPatch, "/sets/{id}", "updateSet", tag, "Change a set"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.SetChange]
		},
		) (*body[client.Set], error) {
			return oneSet(a.Service.UpdateSet(ctx, who, in.ID, service.SetChange(in.Body)))
		})
	register(a, person, op(http.MethodGet, "/sets/{id}/neighbours", "getNeighbours", tag, "The sets of the same kind before and after it"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Neighbours], error) {
			previous, next, err := a.Service.Neighbours(ctx, who, in.ID)
			return &body[client.Neighbours]{client.Neighbours{Previous: previous, Next: next}}, err
		})
	register(a, person, op(http.MethodGet, "/sets/{id}/groups", "listSetGroups", tag, "The groups that a set is open to, and those that one could open it to"), a.setShares)
	a.shareRoutes("/sets", "Set", tag, a.Service.ShareSet)
}

// trash adds what goes into the trash, and comes back.
func (a *api) trash() {
	const tag = "Trash"
	register(a, person, noContent(http.MethodDelete, "/sets/{id}", "trashSet", tag, "Put a set into the trash, with the samples that are in no other"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.TrashSet(ctx, who, in.ID)
		})
	register(a, person, op(http.MethodPost, "/sets/{id}/restore", "restoreSet", tag, "Take a set out of the trash, with its samples"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Set], error) {
			return oneSet(a.Service.RestoreSet(ctx, who, in.ID))
		})
	register(a, person, op(http.MethodGet, "/trash/sets", "listTrashedSets", tag, "The sets in the trash, the last first; in order of changed or created"),
		func(ctx context.Context, who *service.Actor, in *PageIn) (*body[client.SetPage], error) {
			p, err := a.Service.Sets(ctx, who, service.SetFilter{Trash: true}, in.page())
			return &body[client.SetPage]{client.SetPage{Items: setsOut(p.Items), Next: p.Next}}, err
		})
	register(a, person, noContent(http.MethodDelete, "/samples/{id}", "trashSample", tag, "Put a sample into the trash"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.TrashSample(ctx, who, in.ID)
		})
	register(a, person, op(http.MethodPost, "/samples/{id}/restore", "restoreSample", tag, "Take a sample out of the trash"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Sample], error) {
			return oneSample(a.Service.RestoreSample(ctx, who, in.ID))
		})
	register(a, person, op(http.MethodGet, "/trash/samples", "listTrashedSamples", tag, "The samples in the trash whose sets are not, the newest first"),
		func(ctx context.Context, who *service.Actor, in *struct {
			Cursor string `query:"cursor" maxLength:"1000" doc:"Next of the page before"`
			Limit  int    `query:"limit" minimum:"0" maximum:"200" doc:"Length of the page; left out, 50"`
		},
		) (*body[client.SamplePage], error) {
			return samplePage(a.Service.TrashedSamples(ctx, who, service.Page{Cursor: in.Cursor, Limit: in.Limit}))
		})
}

func (a *api) listSets(ctx context.Context, who *service.Actor, in *struct {
	Kind string `query:"kind" enum:"patient,run,set" doc:"Left out: all"`
	PageIn
},
) (*body[client.SetPage], error) {
	p, err := a.Service.Sets(ctx, who, service.SetFilter{Kind: lab.SetKind(in.Kind)}, in.page())
	return &body[client.SetPage]{client.SetPage{Items: setsOut(p.Items), Next: p.Next}}, err
}

func (a *api) setShares(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.ShareList], error) {
	list, err := a.Service.SetShares(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := client.ShareList{Items: []client.Share{}}
	for _, v := range list {
		out.Items = append(out.Items, client.Share{
			GroupID: v.Group.ID, Name: v.Group.Name, Kind: string(v.Group.Kind), ParentID: v.Group.ParentID,
			Shared: v.Shared, Owner: v.Owner, Rights: texts(v.Rights), MayChange: v.MayChange,
		})
	}
	return &body[client.ShareList]{out}, nil
}

func oneSet(v service.SetView, err error) (*body[client.Set], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Set]{setOut(&v)}, nil
}

func setsOut(views []service.SetView) []client.Set {
	out := make([]client.Set, len(views))
	for i := range views {
		out[i] = setOut(&views[i])
	}
	return out
}

func setOut(v *service.SetView) client.Set {
	return client.Set{
		ID: v.ID, Kind: string(v.Kind), Title: v.Title(), Identity: v.Identity, Age: v.Age,
		GroupID: v.GroupID, Owner: v.Owner, Creator: v.Creator, Tags: append([]string{}, v.Tags...), May: texts(v.May),
		Samples: v.Samples, Files: v.Files, Bytes: v.Bytes, Day: string(v.Day),
		Created: v.CreatedAt, Changed: v.ChangedAt, Trashed: v.TrashedAt,
		FirstName: v.FirstName.String(), LastName: v.LastName.String(), Birth: v.Birth.String(), Label: v.Label.String(),
		Name: v.Name, RunDate: string(v.RunDate), Sequencer: v.Sequencer, Pcr: v.Pcr, Info: v.Info,
	}
}

// texts are words as the API writes them; none is an empty list.
func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
