package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// analysed is the result of the demo reads, with what is exported of it.
func (b *bench) analysed() (r lab.Result, vidjil, airr []byte) {
	b.t.Helper()
	sample := b.sample("S1", b.set("for export"))
	b.arrive(sample, lab.RoleReads, 0, demo(b.t))
	j, _ := b.run(sample, b.config)
	r, _, _ = b.result(j.ID)
	var v, a bytes.Buffer
	if err := b.table(r).WriteVidjil(b.t.Context(), &v); err != nil {
		b.t.Fatal(err)
	}
	if err := b.table(r).WriteAIRR(b.t.Context(), &a); err != nil {
		b.t.Fatal(err)
	}
	return r, v.Bytes(), a.Bytes()
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestImport: results of other programs come in by themselves, and lose the
// names that they bring.
func TestImport(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		imports := b.newConfig("Import", lab.ProgramImport, lab.Options{})
		b.workers(nil)
		own, vidjil, airr := b.analysed()
		named, err := vidjilfile.Read(bytes.NewReader(vidjil))
		if err != nil {
			t.Fatal(err)
		}
		named.Samples.OriginalNames, named.Samples.CommandLine, named.Samples.Log = []string{"/data/DUPONT.fastq.gz"}, []string{"vidjil-algo DUPONT.fastq"}, []string{"DUPONT"}
		named.Extra = append(named.Extra, vidjilfile.Member{Key: "links", Value: []byte(`"DUPONT"`)})
		var text bytes.Buffer
		if err := named.Write(&text); err != nil {
			t.Fatal(err)
		}
		run := b.set("run 1")
		for _, tt := range []struct {
			name    string
			content []byte
			reads   int64 // in all; those of an AIRR table are those of its rows
		}{
			{"vidjil", text.Bytes(), 2700}, {"vidjil, gzipped", gzipped(t, text.Bytes()), 2700}, {"AIRR", airr, 1986}, {"AIRR, gzipped", gzipped(t, airr), 1986},
		} {
			sample := b.sample("DUPONT", run)
			b.arrive(sample, lab.RoleResult, 0, tt.content)
			b.idle()
			rows := b.results(sample)
			if len(rows) != 1 {
				t.Fatalf("%s: got %d results\n%s", tt.name, len(rows), b.dump())
			}
			r := rows[0]
			if r.ConfigID != imports.ConfigID || r.Clonotypes != own.Clonotypes || r.Reads != tt.reads {
				t.Errorf("%s: got %d clonotypes, %d reads by config %d, want %d, %d, %d", tt.name, r.Clonotypes, r.Reads, r.ConfigID, own.Clonotypes, tt.reads, imports.ConfigID)
			}
			s, err := lab.SummaryOf(&r)
			if err != nil {
				t.Fatal(err)
			}
			if s.Reported != 1986 || s.Main == nil || s.Main.Reads != 463 || len(s.Systems) < 10 {
				t.Errorf("%s: summary: got %d reported, main %+v, %d systems", tt.name, s.Reported, s.Main, len(s.Systems))
			}
			b.wantNoName(r, lab.Fused{})
		}
		f, in := b.fused(run, imports)
		if len(in) != 4 {
			t.Errorf("fused: got %v", in)
		}
		// They are one and the same clonotypes.
		if got := b.open(f); slices.ContainsFunc(got.Clones[0].Reads, func(n int) bool { return n != 463 }) {
			t.Errorf("fused: got reads %v of the largest clonotype", got.Clones[0].Reads)
		}
	})
}

// TestImportSeveral: of a file of several samples, a sample takes the one that is
// called as it is.
func TestImportSeveral(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		imports := b.newConfig("Import", lab.ProgramImport, lab.Options{})
		b.workers(nil)
		file := &vidjilfile.File{
			Samples: vidjilfile.Samples{Number: 2, OriginalNames: []string{"/x/LEROY-d0.vidjil", "/x/LEROY-d30.vidjil"}},
			Reads:   vidjilfile.Reads{Total: []int{100, 50}, Segmented: []int{90, 40}, Germline: map[string][]int{"IGH": {90, 40}}},
			Clones: []vidjilfile.Clone{
				{ID: strings.Repeat("ACGTT", 10), Germline: "IGH", Reads: []int{80, 0}, Top: 1},
				{ID: strings.Repeat("ACGTA", 10), Germline: "IGH", Reads: []int{10, 40}, Top: 1},
			},
		}
		var text bytes.Buffer
		if err := file.Write(&text); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name       string
			clonotypes int64
			reads      int64
			warning    string
		}{
			{"LEROY-d30", 1, 50, "number 2, which is called as this one"},
			{"leroy-D0.vidjil", 2, 100, "number 1, which is called as this one"},
			{"another", 2, 100, "2 samples: the first was taken"},
		} {
			sample := b.sample(tt.name, b.set("run of "+tt.name))
			b.arrive(sample, lab.RoleResult, 0, text.Bytes())
			j, _ := b.run(sample, imports)
			r, s, _ := b.result(j.ID)
			if r.Clonotypes != tt.clonotypes || r.Reads != tt.reads {
				t.Errorf("%s: got %d clonotypes, %d reads, want %d, %d", tt.name, r.Clonotypes, r.Reads, tt.clonotypes, tt.reads)
			}
			if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0].Message, tt.warning) || strings.Contains(strings.ToLower(s.Warnings[0].Message), "leroy") {
				t.Errorf("%s: got warnings %+v", tt.name, s.Warnings)
			}
		}
	})
}

// TestImportBroken: files that are none.
func TestImportBroken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		imports := b.newConfig("Import", lab.ProgramImport, lab.Options{})
		b.workers(nil)
		_, vidjil, airr := b.analysed()
		for _, tt := range []struct {
			name    string
			content []byte
		}{
			{"cut .vidjil", vidjil[:len(vidjil)-100]},
			{"cut gzip", gzipped(t, vidjil)[:2000]},
			{"cut AIRR", append(bytes.Clone(airr[:len(airr)/2]), []byte("\n\"unended\ta\tb\n")...)},
			{"reads", demo(t)},
		} {
			sample := b.sample("S", b.set("run of "+tt.name))
			b.arrive(sample, lab.RoleResult, 0, tt.content)
			j, _ := b.run(sample, imports)
			if got := b.ended(j.ID); got.State != lab.JobFailed || got.ErrorCode != lab.Invalid || got.Attempt != 1 || got.Error == "" {
				t.Errorf("%s: got %s %s %q", tt.name, got.State, got.ErrorCode, got.Error)
			}
		}
	})
}

// TestOutputs: what a config keeps besides the table.
func TestOutputs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.workers(nil)
		keeps := b.newConfig("keeps", lab.ProgramVidjil, lab.Options{Airr: true, Reads: true, EValue: 1000})
		sample := b.sample("S1", b.set("run 1"))
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		j, _ := b.run(sample, keeps)
		r, s, _ := b.result(j.ID)
		var files []lab.ResultFile
		b.files(r.ID, &files)
		if len(files) != 2 || files[0].Name != "airr.tsv.gz" || files[1].Name != "reads.fastq.gz" {
			t.Fatalf("got files %+v", files)
		}
		lines := func(f lab.ResultFile) int64 {
			z, err := gzip.NewReader(bytes.NewReader(b.content(f.Digest)))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			return int64(bytes.Count(text, []byte("\n")))
		}
		if got, want := lines(files[0]), s.Clonotypes+1; got != want {
			t.Errorf("AIRR: got %d lines, want %d", got, want)
		}
		if got, want := lines(files[1]), 4*s.Recombined; got != want {
			t.Errorf("reads: got %d lines, want %d", got, want)
		}
		if !slices.ContainsFunc(s.Warnings, func(w lab.Warning) bool { return w.Code == "W21" }) {
			t.Errorf("a doubtful e-value: got warnings %+v", s.Warnings)
		}
	})
}

// TestSpikes: labels with copies turn reads into copies.
func TestSpikes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.workers(nil)
		r, _, _ := b.analysed()
		clones, err := b.table(r).Clones(t.Context(), []int{0, 1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		var o lab.Options
		for i, c := range clones[1:] {
			o.Labels = append(o.Labels, lab.Label{Name: "spike-" + string(rune('a'+i)), Sequence: c.ID, Copies: float64(c.Reads[0]) * 10, Family: "UNI"})
		}
		sample := b.sample("S1", b.set("run 1"))
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		j, _ := b.run(sample, b.newConfig("spikes", lab.ProgramVidjil, o))
		got, _, _ := b.result(j.ID)
		if b.table(got).Head().Extra.Get("mrd") == nil {
			t.Errorf("there is no normalisation\n%s", b.log(j.ID))
		}
		list, err := b.table(got).Clones(t.Context(), []int{0})
		if err != nil {
			t.Fatal(err)
		}
		if list[0].Extra.Get("normalized_reads") == nil && list[0].Extra.Get("mrd") == nil {
			t.Errorf("the largest clonotype has no copies: %+v", list[0].Extra)
		}
		if !strings.Contains(b.log(j.ID), "copies for a read") {
			t.Errorf("the log does not tell of it:\n%s", b.log(j.ID))
		}
	})
}
