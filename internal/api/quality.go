package api

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// QualityIn is a set and, where given, a config.
type QualityIn struct {
	IDIn
	ConfigID int64 `query:"config_id" minimum:"0" doc:"Left out: all"`
}

func (a *api) quality() {
	const tag = "Quality"
	register(a, person, op(http.MethodGet, "/sets/{id}/quality", "getQuality", tag, "The quality of the newest results of a set"),
		func(ctx context.Context, who *service.Actor, in *QualityIn) (*body[client.Quality], error) {
			t, err := a.Service.Quality(ctx, who, in.ID, in.ConfigID)
			if err != nil {
				return nil, err
			}
			out := client.Quality{Items: []client.QualityRow{}}
			for i := range t.Rows {
				out.Items = append(out.Items, qualityOut(&t.Rows[i], t.Configs))
			}
			return &body[client.Quality]{out}, nil
		})
	register(a, person, bytesOf(op(http.MethodGet, "/sets/{id}/quality.tsv", "exportQuality", tag, "The same as tab-separated text")),
		func(ctx context.Context, who *service.Actor, in *QualityIn) (*huma.StreamResponse, error) {
			t, err := a.Service.Quality(ctx, who, in.ID, in.ConfigID)
			if err != nil {
				return nil, err
			}
			return a.content(service.Content{
				Name: "quality-set-" + strconv.FormatInt(in.ID, 10) + ".tsv", MediaType: "text/tab-separated-values; charset=utf-8",
				Write: func(_ context.Context, w io.Writer) error { return service.WriteQuality(w, &t) },
			}, nil), nil
		})
	register(a, person, op(http.MethodGet, "/sets/{id}/contaminations", "listContaminations", tag,
		"Candidates of contamination between the samples of a set, as of a run: clonotypes of two samples of which one has relatively more"), a.contaminations)
}

func (a *api) contaminations(ctx context.Context, who *service.Actor, in *struct {
	IDIn
	ConfigID int64  `query:"config_id" required:"true" minimum:"1"`
	Rule     string `query:"rule" enum:"common,tenfold" default:"common" doc:"common: more than 0.01 % of the analysed reads in both; tenfold: more than 0.01 % in one, and at least ten times the reads that it has in the other, which may be a control without template"`
},
) (*body[client.Contaminations], error) {
	found, err := a.Service.Contaminations(ctx, who, in.ID, in.ConfigID, service.ContaminationRule(in.Rule))
	if err != nil {
		return nil, err
	}
	out := client.Contaminations{Rule: string(found.Rule), State: string(found.State), Total: found.Total, Items: []client.Contamination{}}
	title := func(id int64) string {
		s := found.Names[id]
		return s.Title()
	}
	for _, x := range found.Items {
		out.Items = append(out.Items, client.Contamination{
			Clonotype: x.Clone, Name: x.Name, System: x.System, Ratio: x.Ratio, SamePatient: x.SamePatient, SameSet: x.SameSet,
			From: client.ContaminationOf{SampleID: x.From, Title: title(x.From), Reads: x.FromReads, Share: x.FromShare},
			To:   client.ContaminationOf{SampleID: x.To, Title: title(x.To), Reads: x.ToReads, Share: x.ToShare},
		})
	}
	return &body[client.Contaminations]{out}, nil
}

func qualityOut(row *service.QualityRow, configs map[int64]lab.Config) client.QualityRow {
	c := configs[row.Result.ConfigID]
	out := client.QualityRow{
		SampleID: row.Sample.ID, Title: row.Sample.Title(), NameKnown: row.NameKnown, Sets: setNames(row.Sets),
		Config: client.FusedConfig{ID: c.ID, Name: c.Name, Info: c.Info}, Limits: client.QualityLimits(row.Limits),
		Result:     resultSummaryOut(&service.ResultView{Result: row.Result, Numbers: row.Summary, Revision: row.Revision, Shown: true, Stale: row.Result.Generation < row.Sample.Generation}),
		LengthBars: append([]float64{}, row.LengthBars()...), Major: []client.LargeClonotype{}, Marks: append([]string{}, row.Marks...),
	}
	if row.Share >= 0 {
		out.Share = &row.Share
	}
	if row.Common >= 0 {
		out.Common = &row.Common
	}
	for _, x := range row.Major {
		out.Major = append(out.Major, client.LargeClonotype(x))
	}
	return out
}

// setNames are sets as far as their names go.
func setNames(list []lab.Set) []client.SampleSet {
	out := []client.SampleSet{}
	for i := range list {
		out = append(out, client.SampleSet{ID: list[i].ID, Kind: string(list[i].Kind), Title: list[i].Title()})
	}
	return out
}
