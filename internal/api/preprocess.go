package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) preProcesses() {
	const tag = "Pre-processes"
	register(a, person, op(http.MethodGet, "/pre-processes", "listPreProcesses", tag, "The pre-processes that one may use"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.PreProcessList], error) {
			list, err := a.Service.PreProcesses(ctx, who)
			if err != nil {
				return nil, err
			}
			out := client.PreProcessList{Items: []client.PreProcess{}}
			for i := range list {
				out.Items = append(out.Items, preProcessOut(&list[i]))
			}
			return &body[client.PreProcessList]{out}, nil
		})
	register(a, person, created("/pre-processes", "createPreProcess", tag, "Make a pre-process"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewPreProcess]) (*body[client.PreProcess], error) {
			n := in.Body
			return onePreProcess(a.Service.CreatePreProcess(ctx, who, service.NewPreProcess{
				Name: n.Name, Info: n.Info, GroupID: n.GroupID, Pairs: lab.PairOptions(n.Pairs),
			}))
		})
	register(a, person, op(http.MethodPatch, "/pre-processes/{id}", "updatePreProcess", tag, "Change a pre-process; what it does, in a new revision"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.PreProcessChange]
		},
		) (*body[client.PreProcess], error) {
			ch := service.PreProcessChange{Name: in.Body.Name, Info: in.Body.Info, Archived: in.Body.Archived}
			if in.Body.Pairs != nil {
				o := lab.PairOptions(*in.Body.Pairs)
				ch.Pairs = &o
			}
			return onePreProcess(a.Service.UpdatePreProcess(ctx, who, in.ID, ch))
		})
	a.shareRoutes("/pre-processes", "PreProcess", tag, a.Service.SharePreProcess)
}

func onePreProcess(v service.PreProcessView, err error) (*body[client.PreProcess], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.PreProcess]{preProcessOut(&v)}, nil
}

func preProcessOut(v *service.PreProcessView) client.PreProcess {
	return client.PreProcess{
		ID: v.ID, Name: v.Name, Info: v.Info, GroupID: v.GroupID, Program: v.Program, Pairs: client.PairOptions(v.Pairs),
		Revision: v.Revision, Archived: v.Archived, SharedWith: append([]int64{}, v.SharedWith...), MayEdit: v.MayEdit, MayShare: v.MayShare,
	}
}
