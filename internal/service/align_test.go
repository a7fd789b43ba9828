package service_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

func TestAlign(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx := t.Context()
		q := service.AlignRequest{Sequences: []service.NamedSequence{{ID: "x", Sequence: "ggattctgtgcg"}}, Ref: v.ref, Clones: []string{v.shared, v.small}}
		a, err := w.Align(ctx, v.ann, q)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"x", v.shared, v.small}, a.IDs); d != "" {
			t.Errorf("ids: want -, got +:\n%s", d)
		}
		for i, row := range a.Rows {
			if len(row) != len(a.Conservation) || i > 0 && strings.ReplaceAll(row, "-", "") != "GGATTC"+a.IDs[i]+"CCTAAG" {
				t.Errorf("row %d: got %s", i, row)
			}
		}
		s, err := w.Similarity(ctx, v.ann, q)
		if err != nil || len(s.Percent) != 3 || s.Percent[1][1] != 100 || s.Percent[1][2] < 90 || len(s.Map.Points) != 3 {
			t.Errorf("similarity: got %+v (%v)", s, err)
		}
		long := strings.Repeat("ACGT", 501)
		for name, tt := range map[string]struct {
			q    service.AlignRequest
			code lab.Code
		}{
			"nothing":                {service.AlignRequest{}, lab.Invalid},
			"a clonotype nobody has": {service.AlignRequest{Ref: v.ref, Clones: []string{"ACGT"}}, lab.NotFound},
			"no nucleotides":         {service.AlignRequest{Sequences: []service.NamedSequence{{Sequence: "ACGTX"}}}, lab.Invalid},
			"too long":               {service.AlignRequest{Sequences: []service.NamedSequence{{Sequence: long}}}, lab.Invalid},
			"too many letters":       {service.AlignRequest{Sequences: slicesOf(101, long[:1999])}, lab.TooLarge},
			"too many":               {service.AlignRequest{Sequences: slicesOf(201, "ACGT")}, lab.Invalid},
		} {
			_, err := w.Align(ctx, v.ann, tt.q)
			w.want(name, err, tt.code)
		}
		_, err = w.Align(ctx, &service.Actor{}, q)
		w.want("nobody", err, lab.Unauthenticated)
		_, err = w.Align(ctx, w.person("eve"), q)
		w.want("clonotypes of others", err, lab.NotFound)
	})
}

func slicesOf(n int, sequence string) []service.NamedSequence {
	list := make([]service.NamedSequence, n)
	for i := range list {
		list[i] = service.NamedSequence{ID: fmt.Sprint(i), Sequence: sequence}
	}
	return list
}

func TestAnalyzePublic(t *testing.T) {
	t.Parallel()
	const trg = "GGAAGGCCCCACAGCGTCTTCTGTACTATGACTCCTACAACTCCAAGGTTGTGTTGGAATCAGGAGTCAGTCCAGGGAAGTATTATACTTACGCAAGCACAAGGAACAACTTGAGATTGATACTGCGAAATCTAATTGAAAATGACTCTGGGGTCTATTACTGTGCCACCTGGGACGGGCCCGAATTATTATAAGAAACTCTTTGGCAGTGGAACAACAC"
	each(t, func(t *testing.T, w *world) {
		fasta := ">one two\n" + trg + "\n>none\nACGTACGTACGTACGTACGTACGTACGTACGT\n"
		got, err := w.AnalyzePublic(t.Context(), &service.Actor{}, fasta, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Rows) != 2 || got.Rows[0]["locus"] != "TRG" || got.Rows[0]["v_call"] == nil || got.Rows[1]["cause"] == nil {
			t.Errorf("rows: got %v", got.Rows)
		}
		if _, ok := got.Rows[0]["junction_length"].(int64); !ok {
			t.Errorf("junction_length is no number: %v", got.Rows[0]["junction_length"])
		}
		file, err := vidjilfile.Read(strings.NewReader(string(got.Vidjil)))
		if err != nil || len(file.Clones) != 1 || file.Clones[0].Germline != "TRG" {
			t.Errorf(".vidjil: got %+v (%v)", file, err)
		}
		wrapped := ""
		for s := trg; s != ""; s = s[min(60, len(s)):] {
			wrapped += s[:min(60, len(s))] + "\r\n"
		}
		for name, text := range map[string]string{"plain": trg, "wrapped": wrapped, "GenBank": "1 " + trg[:60] + "\n 61 " + trg[60:120] + "\n121 " + trg[120:180] + "\n181 " + trg[180:], "FASTQ": "@a\n" + trg + "\n+\n" + strings.Repeat("I", len(trg)) + "\n"} {
			one, err := w.AnalyzePublic(t.Context(), &service.Actor{}, text, "human")
			if err != nil || len(one.Rows) != 1 || one.Rows[0]["designation"] != got.Rows[0]["designation"] {
				t.Errorf("%s: got %v (%v)", name, one.Rows, err)
			}
		}
		for name, tt := range map[string]struct {
			text, species string
			code          lab.Code
		}{
			"nothing":     {" \n", "", lab.Invalid},
			"no sequence": {"hello world: how are you?", "", lab.Invalid},
			"bad FASTQ":   {"@a\nACGT\n+\nIII\n", "", lab.Invalid},
			"eleven":      {strings.Repeat(">a\nACGT\n", 11), "", lab.TooLarge},
			"too large":   {">a\n" + strings.Repeat("ACGT", 30_000), "", lab.TooLarge},
			"species":     {trg, "dragon", lab.Invalid},
		} {
			_, err := w.AnalyzePublic(t.Context(), &service.Actor{}, tt.text, tt.species)
			w.want(name, err, tt.code)
		}
		w.NoPublicAnalysis = true
		_, err = w.AnalyzePublic(t.Context(), &service.Actor{}, fasta, "")
		w.want("for people only, asked by nobody", err, lab.Unavailable)
		if _, err = w.AnalyzePublic(t.Context(), w.person("Ann"), fasta, ""); err != nil {
			t.Errorf("for people only, asked by one: %v", err)
		}
	})
}

func TestPermalinks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		id := func(n int64) string { return fmt.Sprint(n) }
		set, run, config := id(v.patient.ID), id(v.run.ID), id(v.config.ID)
		for _, tt := range []struct {
			path, query string
			want        service.Permalink
			code        lab.Code
		}{
			{"/" + set + "-" + config, "plot=v,j,grid&clone=3,12", service.Permalink{SetID: v.patient.ID, ConfigID: v.config.ID, Kind: lab.Patient, Plot: "v,j,grid", Clones: []int{3, 12}}, ""},
			{"/a/" + set + "-" + config, "", service.Permalink{SetID: v.patient.ID, ConfigID: v.config.ID, Kind: lab.Patient}, ""},
			{"/", "sample_set_id=" + set + "&config=" + config, service.Permalink{SetID: v.patient.ID, ConfigID: v.config.ID, Kind: lab.Patient}, ""},
			{"", "patient=" + set + "&config=" + config, service.Permalink{SetID: v.patient.ID, ConfigID: v.config.ID, Kind: lab.Patient}, ""},
			{"", "run=" + run + "&config=" + config, service.Permalink{SetID: v.run.ID, ConfigID: v.config.ID, Kind: lab.Run}, ""},
			{"", "custom=" + id(v.results[0].ID) + "&custom=" + id(v.results[1].ID), service.Permalink{Results: []int64{v.results[0].ID, v.results[1].ID}}, ""},
			{"", "run=" + set, service.Permalink{}, lab.NotFound}, // it is a patient
			{"", "custom=99", service.Permalink{}, lab.NotFound},
			{"/99-" + config, "", service.Permalink{}, lab.NotFound},
			{"/x", "", service.Permalink{}, lab.Invalid},
			{"", "patient=x", service.Permalink{}, lab.Invalid},
		} {
			q, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.ResolvePermalink(t.Context(), v.ann, tt.path, q)
			w.want(tt.path+"?"+tt.query, err, tt.code)
			if d := cmp.Diff(tt.want, got); err == nil && d != "" {
				t.Errorf("%s?%s: want -, got +:\n%s", tt.path, tt.query, d)
			}
		}
		_, err := w.ResolvePermalink(t.Context(), w.person("eve"), "/"+set+"-"+config, nil)
		w.want("of others", err, lab.NotFound)
	})
}
