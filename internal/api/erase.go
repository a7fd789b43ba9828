package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) erasures() {
	register(a, person, op(http.MethodPost, "/sets/{id}/erase", "erasePatient", "Sets", "Take from a patient, for good, what says who it is; reads and results stay"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.Erasure]
		},
		) (*body[client.Erased], error) {
			done, err := a.Service.ErasePatient(ctx, who, in.ID, service.Erasure(in.Body))
			return &body[client.Erased]{client.Erased(done)}, err
		})
}

func (a *api) retention() {
	const tag = "Server"
	register(a, admin, op(http.MethodGet, "/retention", "previewRetention", tag, "What would be removed because its time is over"),
		func(ctx context.Context, who *service.Actor, in *struct {
			InDays int `query:"in_days" minimum:"0" maximum:"3660" doc:"In so many days; left out, now"`
		},
		) (*body[client.Retention], error) {
			list, err := a.Service.RetentionPreview(ctx, who, in.InDays)
			out := client.Retention{Classes: []client.RetentionClass{}}
			for i := range list {
				out.Classes = append(out.Classes, retentionOut(&list[i]))
			}
			return &body[client.Retention]{out}, err
		})
	register(a, admin, created("/retention/run", "runRetention", tag, "Remove it now, in a job"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.Job], error) {
			v, err := a.Service.RunRetention(ctx, who)
			return &body[client.Job]{jobOut(&v)}, err
		})
}

func retentionOut(c *service.RetentionClass) client.RetentionClass {
	out := client.RetentionClass{Name: c.Name, Days: c.Days, Count: c.Count, Bytes: c.Bytes, More: c.More, Items: []client.Expiring{}}
	for _, x := range c.Items {
		out.Items = append(out.Items, client.Expiring(x))
	}
	return out
}
