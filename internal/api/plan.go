package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) plans() {
	o := op(http.MethodPost, "/uploads/plan", "planUploads", "Uploads", "Which samples files would become, by their names and a sheet; nothing is written")
	o.MaxBodyBytes = 16 << 20
	register(a, person, o, func(ctx context.Context, who *service.Actor, in *body[client.PlanFiles]) (*body[client.UploadPlan], error) {
		files := make([]service.PlanFile, len(in.Body.Files))
		for i, f := range in.Body.Files {
			files[i] = service.PlanFile(f)
		}
		sheet := in.Body.SheetFile
		if len(sheet) == 0 {
			sheet = []byte(in.Body.Sheet)
		}
		p, err := a.Service.PlanUploads(ctx, who, service.PlanInput{Files: files, Sheet: sheet, Sets: in.Body.Sets, Form: in.Body.Form})
		if err != nil {
			return nil, err
		}
		return &body[client.UploadPlan]{planOut(&p)}, nil
	})
}

func planOut(p *service.Plan) client.UploadPlan {
	out := client.UploadPlan{
		Samples:    []client.PlannedSample{},
		Unassigned: append([]string{}, p.Unassigned...), Ignored: append([]string{}, p.Ignored...), Notes: append([]string{}, p.Notes...),
	}
	for i := range p.Samples {
		x := &p.Samples[i]
		s := client.PlannedSample{
			Name: x.Name, SamplingDate: x.SamplingDate, Info: x.Info, SampleID: x.SampleID,
			Files: []client.PlannedFile{}, Doubts: []client.Doubt{}, Faults: append([]string{}, x.Faults...), Patients: []client.PatientMatch{},
		}
		for _, f := range x.Files {
			s.Files = append(s.Files, client.PlannedFile{Path: f.Path, Name: f.Name, Size: f.Size, Role: string(f.Role), Lane: f.Lane, FileID: f.FileID, State: string(f.State)})
		}
		for _, d := range x.Doubts {
			s.Doubts = append(s.Doubts, client.Doubt{Kind: string(d.Kind), Text: d.Text})
		}
		if x.Subject != (service.PlannedPatient{}) {
			s.Subject = &client.PlannedPatient{Label: x.Subject.Label, LastName: x.Subject.LastName, FirstName: x.Subject.FirstName, Birth: x.Subject.Birth}
		}
		for _, m := range x.Patients {
			s.Patients = append(s.Patients, client.PatientMatch{SetID: m.Set.ID, Title: m.Set.Title(), Label: m.Set.Label.String(), Why: m.Why})
		}
		out.Samples = append(out.Samples, s)
	}
	return out
}
