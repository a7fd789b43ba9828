package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) results() {
	const tag = "Results"
	register(a, person, op(http.MethodGet, "/samples/{id}/results", "listResults", tag, "The results of a sample, the newest first"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.ResultList], error) {
			list, err := a.Service.Results(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			out := client.ResultList{Items: []client.ResultSummary{}}
			for i := range list {
				out.Items = append(out.Items, resultSummaryOut(&list[i]))
			}
			return &body[client.ResultList]{out}, nil
		})
	register(a, person, op(http.MethodGet, "/results/{id}", "getResult", tag, "A result with what it was made of"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.ResultDetail], error) {
			v, err := a.Service.ResultByID(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			return &body[client.ResultDetail]{resultDetailOut(&v)}, nil
		})
	register(a, person, noContent(http.MethodDelete, "/results/{id}", "deleteResult", tag, "Take a result out of all sets"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.DeleteResult(ctx, who, in.ID)
		})
	register(a, person, op(http.MethodGet, "/sets/{id}/results", "listSetResults", tag, "The state of all samples of a set, by config"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.SetResults], error) {
			cells, err := a.Service.SetResults(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			out := client.SetResults{Items: []client.ResultCell{}}
			for i := range cells {
				out.Items = append(out.Items, cellOut(&cells[i]))
			}
			return &body[client.SetResults]{out}, nil
		})
	register(a, person, bytesOf(op(http.MethodGet, "/results/{id}/files/{name}", "getResultFile", tag, "Download another output of a result; ranges are answered")), a.resultFile)
}

// bytesOf says that an operation answers with bytes.
func bytesOf(o huma.Operation) huma.Operation {
	o.Responses = map[string]*huma.Response{"200": {
		Description: "The bytes",
		Content:     map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	return o
}

func (a *api) resultFile(ctx context.Context, who *service.Actor, in *struct {
	IDIn
	Name string `path:"name" maxLength:"100"`
},
) (*huma.StreamResponse, error) {
	f, content, err := a.Service.OpenResultFile(ctx, who, in.ID, in.Name)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer content.Close() //nolint:errcheck // it was only read
		r, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fmt.Sprintf("result-%d.%s", in.ID, f.Name)}))
		h.Set("ETag", `"`+f.Digest+`"`)
		http.ServeContent(w, r, "", time.Time{}, content)
	}}, nil
}

func resultOut(v *service.ResultView) client.Result {
	return client.Result{
		ID: v.ID, SampleID: v.SampleID, Generation: v.Generation, ConfigID: v.ConfigID, ConfigRevisionID: v.ConfigRevisionID, Revision: v.Revision,
		JobID: v.JobID, Digest: v.Digest, Size: v.Size, ReadsDigest: v.ReadsDigest, Reads: v.Reads, Recombined: v.Recombined, Clonotypes: v.Clonotypes,
		Shown: v.Shown, Stale: v.Stale, Outdated: v.Outdated, MayDelete: v.MayDelete, CreatedAt: v.CreatedAt.UTC(),
	}
}

func resultSummaryOut(v *service.ResultView) client.ResultSummary {
	n := &v.Numbers
	out := client.ResultSummary{
		Result: resultOut(v), Bases: n.Bases, Filtered: n.Filtered, Reported: n.Reported, Causes: n.Causes, AllWindows: n.AllWindows,
		Clusters: n.Clusters, Systems: []client.SystemSummary{}, Diversity: n.Diversity, MeanLength: n.MeanLength, Lengths: n.Lengths,
		Warnings: []client.ResultWarning{}, Warned: n.Warned,
	}
	for _, s := range n.Systems {
		out.Systems = append(out.Systems, client.SystemSummary(s))
	}
	for _, l := range n.Large {
		out.Large = append(out.Large, client.LargeClonotype(l))
	}
	if n.Main != nil {
		m := client.LargeClonotype(*n.Main)
		out.Main = &m
	}
	if n.PreProcess != nil {
		p := client.ResultPreProcess(*n.PreProcess)
		out.PreProcess = &p
	}
	for _, w := range n.Warnings {
		out.Warnings = append(out.Warnings, client.ResultWarning(w))
	}
	return out
}

func resultDetailOut(v *service.ResultView) client.ResultDetail {
	m := &v.Made
	p := client.ResultProvenance{
		Engine: m.Engine, Program: m.Program, ConfigDigest: m.Config.Digest, Options: optionsOut(&m.Options), Inputs: []client.ResultInput{},
		Imported: m.Imported, StartedAt: m.Timings.Started, Seconds: m.Timings.Seconds, Gather: m.Timings.Gather,
	}
	if m.Germline != nil {
		g := client.ResultGermline(*m.Germline)
		p.Germline = &g
	}
	for _, f := range m.Files {
		p.Inputs = append(p.Inputs, client.ResultInput{FileID: f.ID, Role: string(f.Role), Lane: f.Lane, Size: f.Size, Digest: f.Digest})
	}
	if x := m.PreProcess; x != nil {
		p.PreProcess = &client.ResultPreparation{PreProcessID: x.ID, Revision: x.Revision, Program: x.Program, Options: x.Options, Digest: x.Digest, Reads: x.Reads}
	}
	out := client.ResultDetail{ResultSummary: resultSummaryOut(v), Provenance: p, Files: []client.ResultFile{}}
	for _, f := range v.Files {
		out.Files = append(out.Files, resultFileOut(f))
	}
	return out
}

func resultFileOut(f lab.ResultFile) client.ResultFile {
	return client.ResultFile{Name: f.Name, Size: f.Size, Digest: f.Digest, MediaType: f.MediaType}
}

func cellOut(c *service.Cell) client.ResultCell {
	out := client.ResultCell{SampleID: c.SampleID, ConfigID: c.ConfigID}
	if c.Result != nil {
		r := resultOut(c.Result)
		out.Result = &r
	}
	if c.Job != nil {
		j := jobOut(c.Job)
		out.Job = &j
	}
	return out
}
