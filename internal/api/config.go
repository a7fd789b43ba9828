package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// IDIn is the id of the path. Inputs that others embed have exported names: the
// library passes over embedded types without (see checkInput).
type IDIn struct {
	ID int64 `path:"id" minimum:"1"`
}

// noContent is op for what answers without a body.
func noContent(method, path, id, tag, summary string) huma.Operation {
	o := op(method, path, id, tag, summary)
	o.DefaultStatus = http.StatusNoContent
	return o
}

func (a *api) configs() {
	const tag = "Configs"
	register(a, person, op(http.MethodGet, "/configs", "listConfigs", tag, "The configs that one may use"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.ConfigList], error) {
			list, headings, err := a.Service.Configs(ctx, who)
			if err != nil {
				return nil, err
			}
			out := client.ConfigList{Items: []client.Config{}, Classifications: []client.Classification{}}
			for i := range list {
				out.Items = append(out.Items, configOut(&list[i]))
			}
			for _, h := range headings {
				out.Classifications = append(out.Classifications, client.Classification{ID: h.ID, Name: h.Name})
			}
			return &body[client.ConfigList]{out}, nil
		})
	register(a, person, created("/configs", "createConfig", tag, "Make a config"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewConfig]) (*body[client.Config], error) {
			n := in.Body
			return oneConfig(a.Service.CreateConfig(ctx, who, service.NewConfig{
				Name: n.Name, Info: n.Info, ClassificationID: n.ClassificationID, GroupID: n.GroupID,
				Program: n.Program, Options: optionsIn(&n.Options), Note: n.Note,
			}))
		})
	register(a, person, op(http.MethodGet, "/configs/{id}", "getConfig", tag, "A config with its revisions"), a.getConfig)
	register(a, person, op(http.MethodPatch, "/configs/{id}", "updateConfig", tag, "Change a config; what it does, in a new revision"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.ConfigChange]
		},
		) (*body[client.Config], error) {
			ch := service.ConfigChange{
				Name: in.Body.Name, Info: in.Body.Info, ClassificationID: in.Body.ClassificationID, Archived: in.Body.Archived, Note: in.Body.Note,
			}
			if in.Body.Options != nil {
				o := optionsIn(in.Body.Options)
				ch.Options = &o
			}
			return oneConfig(a.Service.UpdateConfig(ctx, who, in.ID, ch))
		})
	register(a, person, noContent(http.MethodDelete, "/configs/{id}", "deleteConfig", tag, "Remove a config by which nothing was analysed"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.DeleteConfig(ctx, who, in.ID)
		})
	register(a, person, op(http.MethodGet, "/configs/{id}/use", "getConfigUse", tag, "Where a config is used, for those who may change it"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.ConfigUse], error) {
			u, err := a.Service.ConfigUse(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			return &body[client.ConfigUse]{client.ConfigUse{
				Results: u.Results, Samples: u.Samples, LastAt: when(u.Last), AutoGroups: append([]int64{}, u.Groups...), AutoSets: u.Sets,
			}}, nil
		})
	a.shareRoutes("/configs", "Config", tag, a.Service.ShareConfig)
	register(a, person, op(http.MethodGet, "/configs/{id}/file", "exportConfig", tag, "A config as a file"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.ConfigFile], error) {
			f, err := a.Service.ExportConfig(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			o := optionsOut(f.Options)
			return &body[client.ConfigFile]{client.ConfigFile{
				Format: f.Format, Name: f.Name, Info: f.Info, Classification: f.Classification, Program: f.Program, Options: &o,
			}}, nil
		})
	register(a, person, created("/groups/{id}/configs/import", "importConfig", tag, "Make a config from a file, or from the original's command lines"), a.importConfig)
	a.autoConfigs()
}

func (a *api) getConfig(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.ConfigDetail], error) {
	v, revisions, err := a.Service.ConfigByID(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := client.ConfigDetail{Config: configOut(&v), Revisions: []client.ConfigRevision{}}
	for _, r := range revisions {
		o, err := lab.ParseOptions(r.Options)
		if err != nil {
			return nil, err
		}
		out.Revisions = append(out.Revisions, client.ConfigRevision{
			ID: r.ID, Number: r.Number, Program: r.Program, Options: optionsOut(&o), Note: r.Note, Digest: r.Digest,
			AuthorID: r.AuthorID, CreatedAt: r.CreatedAt.UTC(),
		})
	}
	return &body[client.ConfigDetail]{out}, nil
}

func (a *api) importConfig(ctx context.Context, who *service.Actor, in *struct {
	IDIn
	body[client.ConfigFile]
},
) (*body[client.ConfigImport], error) {
	f := service.ConfigFile{
		Format: in.Body.Format, Name: in.Body.Name, Info: in.Body.Info, Classification: in.Body.Classification,
		Program: in.Body.Program, Command: in.Body.Command, FuseCommand: in.Body.FuseCommand,
	}
	if in.Body.Options != nil {
		o := optionsIn(in.Body.Options)
		f.Options = &o
	}
	v, notes, err := a.Service.ImportConfig(ctx, who, in.ID, f)
	if err != nil {
		return nil, err
	}
	return &body[client.ConfigImport]{client.ConfigImport{Config: configOut(&v), Notes: append([]string{}, notes...)}}, nil
}

// shareRoutes adds the routes that open an object to a group and close it.
func (a *api) shareRoutes(path, name, tag string, share func(ctx context.Context, who *service.Actor, id, groupID int64, open bool) error) {
	type in struct {
		IDIn
		GroupID int64 `path:"group_id" minimum:"1"`
	}
	register(a, person, noContent(http.MethodPut, path+"/{id}/groups/{group_id}", "share"+name, tag, "Open it to a group"),
		func(ctx context.Context, who *service.Actor, in *in) (*empty, error) {
			return nil, share(ctx, who, in.ID, in.GroupID, true)
		})
	register(a, person, noContent(http.MethodDelete, path+"/{id}/groups/{group_id}", "unshare"+name, tag, "Close it to a group"),
		func(ctx context.Context, who *service.Actor, in *in) (*empty, error) {
			return nil, share(ctx, who, in.ID, in.GroupID, false)
		})
}

// autoConfigs adds what runs by itself on what enters a group or a set.
func (a *api) autoConfigs() {
	for _, place := range []struct{ path, name string }{{"/groups/{id}/auto-configs", "Group"}, {"/sets/{id}/auto-configs", "Set"}} {
		ids := func(id int64) (group, set int64) {
			if place.name == "Set" {
				return 0, id
			}
			return id, 0
		}
		register(a, person, op(http.MethodGet, place.path, "getAutoConfigsOf"+place.name, "Configs", "What runs by itself on what arrives"),
			func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.AutoConfigs], error) {
				group, set := ids(in.ID)
				list, err := a.Service.AutoConfigs(ctx, who, group, set)
				return &body[client.AutoConfigs]{client.AutoConfigs{ConfigIDs: append([]int64{}, list...)}}, err
			})
		register(a, person, noContent(http.MethodPut, place.path, "setAutoConfigsOf"+place.name, "Configs", "Choose what runs by itself on what arrives"),
			func(ctx context.Context, who *service.Actor, in *struct {
				IDIn
				body[client.AutoConfigs]
			},
			) (*empty, error) {
				group, set := ids(in.ID)
				return nil, a.Service.SetAutoConfigs(ctx, who, group, set, in.Body.ConfigIDs)
			})
	}
}

func oneConfig(v service.ConfigView, err error) (*body[client.Config], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Config]{configOut(&v)}, nil
}

func configOut(v *service.ConfigView) client.Config {
	return client.Config{
		ID: v.ID, Name: v.Name, Info: v.Info, ClassificationID: v.ClassificationID, GroupID: v.GroupID, Program: v.Program,
		Revision: v.Revision, Archived: v.Archived, CreatedAt: v.CreatedAt.UTC(), Options: optionsOut(&v.Options),
		SharedWith: append([]int64{}, v.SharedWith...), MayEdit: v.MayEdit, MayShare: v.MayShare,
	}
}

func optionsOut(o *lab.Options) client.ConfigOptions {
	out := client.ConfigOptions{
		Germline: o.Germline, Systems: o.Systems, Unexpected: o.Unexpected, Window: o.Window, WholeReads: o.WholeReads,
		EValue: o.EValue, MinReads: o.MinReads, MinPercent: o.MinPercent, MaxClones: o.MaxClones, MaxConsensus: o.MaxConsensus,
		MaxDesignations: o.MaxDesignations, NoClusters: o.NoClusters, FirstReads: o.FirstReads, SampledReads: o.SampledReads,
		LabelFilter: o.LabelFilter, Airr: o.Airr, Reads: o.Reads,
		Fuse: client.FuseOptions(o.Fuse), Quality: client.QualityLimits(o.Quality),
	}
	for _, l := range o.Labels {
		out.Labels = append(out.Labels, client.ConfigLabel(l))
	}
	return out
}

func optionsIn(o *client.ConfigOptions) lab.Options {
	in := lab.Options{
		Germline: o.Germline, Systems: o.Systems, Unexpected: o.Unexpected, Window: o.Window, WholeReads: o.WholeReads,
		EValue: o.EValue, MinReads: o.MinReads, MinPercent: o.MinPercent, MaxClones: o.MaxClones, MaxConsensus: o.MaxConsensus,
		MaxDesignations: o.MaxDesignations, NoClusters: o.NoClusters, FirstReads: o.FirstReads, SampledReads: o.SampledReads,
		LabelFilter: o.LabelFilter, Airr: o.Airr, Reads: o.Reads,
		Fuse: lab.FuseOptions(o.Fuse), Quality: lab.Quality(o.Quality),
	}
	for _, l := range o.Labels {
		in.Labels = append(in.Labels, lab.Label(l))
	}
	return in
}
