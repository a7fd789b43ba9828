package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// memberIn is a sample in a set.
type memberIn struct {
	IDIn
	SampleID int64 `path:"sample_id" minimum:"1"`
}

func (a *api) samples() {
	const tag = "Samples"
	register(a, person, created("/samples", "createSamples", tag, "Make one to a hundred samples: all or none"), a.createSamples)
	register(a, person, op(http.MethodGet, "/samples/{id}", "getSample", tag, "A sample"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Sample], error) {
			return oneSample(a.Service.SampleByID(ctx, who, in.ID))
		})
	register(a, person, op(http.MethodPatch, "/samples/{id}", "updateSample", tag, "Change a sample, or the sets that it is in"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.SampleChange]
		},
		) (*body[client.Sample], error) {
			return oneSample(a.Service.UpdateSample(ctx, who, in.ID, service.SampleChange(in.Body)))
		})
	register(a, person, op(http.MethodPost, "/samples/{id}/reads", "replaceReads", tag, "Announce files that take the place of those before; results of those stay, and are stale"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.NewReads]
		},
		) (*body[client.Sample], error) {
			return oneSample(a.Service.ReplaceReads(ctx, who, in.ID, filesIn(in.Body.Files)))
		})
	register(a, person, noContent(http.MethodDelete, "/samples/{id}/reads", "removeReads", tag, "Remove the reads of a sample; its results stay"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.RemoveReads(ctx, who, in.ID)
		})
	register(a, person, op(http.MethodGet, "/sets/{id}/samples", "listSamples", tag, "The samples of a set, in order of created, changed, date or name"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			PageIn
		},
		) (*body[client.SamplePage], error) {
			return samplePage(a.Service.Samples(ctx, who, in.ID, in.page()))
		})
	register(a, person, noContent(http.MethodPut, "/sets/{id}/samples/{sample_id}", "attachSample", tag, "Put a sample into a set"),
		func(ctx context.Context, who *service.Actor, in *memberIn) (*empty, error) {
			return nil, a.Service.AttachSample(ctx, who, in.ID, in.SampleID)
		})
	register(a, person, noContent(http.MethodDelete, "/sets/{id}/samples/{sample_id}", "detachSample", tag, "Take a sample out of a set; it stays in one at least"),
		func(ctx context.Context, who *service.Actor, in *memberIn) (*empty, error) {
			return nil, a.Service.DetachSample(ctx, who, in.ID, in.SampleID)
		})
}

func (a *api) createSamples(ctx context.Context, who *service.Actor, in *body[client.NewSamples]) (*body[client.SampleList], error) {
	rows := make([]service.SampleInput, len(in.Body.Rows))
	for i, r := range in.Body.Rows {
		rows[i] = service.SampleInput{
			Sets: r.Sets, Name: r.Name, SamplingDate: r.SamplingDate, Info: r.Info, PreProcessID: r.PreProcessID, Files: filesIn(r.Files),
		}
	}
	views, err := a.Service.CreateSamples(ctx, who, rows)
	return &body[client.SampleList]{client.SampleList{Items: samplesOut(views)}}, err
}

func filesIn(list []client.NewFile) []service.FileInput {
	files := make([]service.FileInput, len(list))
	for i, f := range list {
		files[i] = service.FileInput{Role: lab.FileRole(f.Role), Lane: f.Lane, Name: f.Name, Size: f.Size}
	}
	return files
}

func oneSample(v service.SampleView, err error) (*body[client.Sample], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Sample]{sampleOut(&v)}, nil
}

func samplePage(p service.SamplePage, err error) (*body[client.SamplePage], error) {
	return &body[client.SamplePage]{client.SamplePage{Items: samplesOut(p.Items), Next: p.Next}}, err
}

func samplesOut(views []service.SampleView) []client.Sample {
	out := make([]client.Sample, len(views))
	for i := range views {
		out[i] = sampleOut(&views[i])
	}
	return out
}

func sampleOut(v *service.SampleView) client.Sample {
	out := client.Sample{
		ID: v.ID, Title: v.Title(), NameKnown: v.NameKnown, Name: v.Name.String(), SamplingDate: string(v.SamplingDate), Info: v.Info,
		Tags: append([]string{}, v.Tags...), PreProcessID: v.PreProcessID, Generation: v.Generation,
		Files: []client.File{}, Sets: []client.SampleSet{}, May: texts(v.May),
		Created: v.CreatedAt, Changed: v.ChangedAt, Trashed: v.TrashedAt,
	}
	for i := range v.Files {
		f := &v.Files[i]
		out.Files = append(out.Files, client.File{
			ID: f.ID, Generation: f.Generation, Role: string(f.Role), Lane: f.Lane, Name: f.Name.String(),
			State: string(f.State), Size: f.Size, Digest: f.Digest, Source: f.Source, Reason: f.Reason,
		})
	}
	for i := range v.Sets {
		s := &v.Sets[i]
		out.Sets = append(out.Sets, client.SampleSet{ID: s.ID, Kind: string(s.Kind), Title: s.Title()})
	}
	return out
}
