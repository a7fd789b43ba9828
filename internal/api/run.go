package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) runs() {
	register(a, person, op(http.MethodPost, "/runs", "run", "Jobs", "Analyse samples by a config; what is under way is not begun again"),
		func(ctx context.Context, who *service.Actor, in *body[client.RunRequest]) (*body[client.RunOutcome], error) {
			q := service.RunRequest{ConfigID: in.Body.ConfigID, SampleIDs: in.Body.SampleIDs, SetIDs: in.Body.SetIDs}
			for _, w := range in.Body.Which {
				q.Which = append(q.Which, service.Which(w))
			}
			o, err := a.Service.Run(ctx, who, q)
			if err != nil {
				return nil, err
			}
			out := client.RunOutcome{Jobs: []client.Job{}, Added: o.Added, Spared: o.Spared, Skipped: []client.Skipped{}}
			for i := range o.Jobs {
				out.Jobs = append(out.Jobs, jobOut(&o.Jobs[i]))
			}
			for _, s := range o.Skipped {
				out.Skipped = append(out.Skipped, client.Skipped(s))
			}
			return &body[client.RunOutcome]{out}, nil
		})
}
