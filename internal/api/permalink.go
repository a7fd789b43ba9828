package api

import (
	"context"
	"net/http"
	"net/url"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) permalinks() {
	register(a, person, op(http.MethodGet, "/permalink", "resolvePermalink", "Clonotypes", "What an address of the web client, of the original's too, means"),
		func(ctx context.Context, who *service.Actor, in *struct {
			Path      string   `query:"path" maxLength:"2000" doc:"As /3241-25"`
			SetID     string   `query:"sample_set_id" maxLength:"20"`
			Set       string   `query:"set" maxLength:"20"`
			Patient   string   `query:"patient" maxLength:"20"`
			PatientID string   `query:"patient_id" maxLength:"20"`
			Run       string   `query:"run" maxLength:"20"`
			RunID     string   `query:"run_id" maxLength:"20"`
			Generic   string   `query:"generic" maxLength:"20"`
			Config    string   `query:"config" maxLength:"20"`
			ConfigID  string   `query:"config_id" maxLength:"20"`
			Custom    []string `query:"custom,explode" maxItems:"500" doc:"Results"`
			Plot      string   `query:"plot" maxLength:"500"`
			Clone     string   `query:"clone" maxLength:"5000" doc:"Ranks, as 3,12"`
		},
		) (*body[client.Permalink], error) {
			q := url.Values{"custom": in.Custom}
			for name, text := range map[string]string{
				"sample_set_id": in.SetID, "set": in.Set, "patient": in.Patient, "patient_id": in.PatientID, "run": in.Run, "run_id": in.RunID,
				"generic": in.Generic, "config": in.Config, "config_id": in.ConfigID, "plot": in.Plot, "clone": in.Clone,
			} {
				if text != "" {
					q.Set(name, text)
				}
			}
			p, err := a.Service.ResolvePermalink(ctx, who, in.Path, q)
			if err != nil {
				return nil, err
			}
			return &body[client.Permalink]{client.Permalink{SetID: p.SetID, Kind: string(p.Kind), ConfigID: p.ConfigID, ResultIDs: p.Results, Plot: p.Plot, Clones: p.Clones}}, nil
		})
}
