package service_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

func TestQuality(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx := t.Context()
		strict := v.Config(v.group.ID, "strict", lab.Options{Quality: lab.Quality{MinReads: 1000, MinRecombinedPercent: 95, MajorPercent: 40}})
		file := resulttest.File(resulttest.Clone{ID: resulttest.Window(1), Name: "main", Reads: 60}, resulttest.Clone{ID: resulttest.Window(2), Name: "second", Reads: 30}, resulttest.Clone{ID: resulttest.Window(3), System: "TRG", Name: "gamma", Reads: 9})
		file.Warnings = append(file.Warnings, vidjilfile.Warning{Code: "W20", Level: "warn", Message: "few recombinations"})
		v.Result(v.samples[0], strict.ID, file)

		table, err := w.Quality(ctx, v.ann, v.patient.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(table.Rows) != 3 {
			t.Fatalf("all configs: got %d rows, want 3", len(table.Rows))
		}
		i := slices.IndexFunc(table.Rows, func(r service.QualityRow) bool { return r.Result.ConfigID == strict.ID })
		row := table.Rows[i]
		if want := []string{service.MarkFewReads, service.MarkFewRecombined, service.MarkWarned}; !slices.Equal(row.Marks, want) {
			t.Errorf("marks: got %q, want %q", row.Marks, want)
		}
		if len(row.Major) != 2 || row.Major[0].Name != "gamma" || row.Major[1].Name != "main" || row.Summary.Main.Name != "main" {
			t.Errorf("major clonotypes of 40 %% of their system: got %+v", row.Major)
		}
		if row.Common != -1 {
			t.Errorf("common, of what was never fused: got %d, want -1", row.Common)
		}
		if bars := row.LengthBars(); len(bars) != 50 || bars[2] != 1 { // all reads have 120 letters
			t.Errorf("bars of lengths: got %v", bars)
		}
		// The shared clonotype has more than 0.01 % in both; it is relatively larger
		// in the second sample, where it has 20 of 215 reads.
		table, err = w.Quality(ctx, v.ann, v.patient.ID, v.config.ID)
		if err != nil || len(table.Rows) != 2 || table.Rows[0].Common != 0 || table.Rows[1].Common != 1 {
			t.Errorf("common: got %+v (%v), want 0 and 1", table.Rows, err)
		}
		_, err = w.Quality(ctx, v.ann, v.patient.ID, 99)
		w.want("a config that is not there", err, lab.NotFound)
		_, err = w.Quality(ctx, w.person("eve"), v.patient.ID, 0)
		w.want("of others", err, lab.NotFound)
	})
}

// TestQualityTable: cells that a spreadsheet would run are text.
func TestQualityTable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		s := w.sample(v.ann, `=HYPERLINK("http:x").fastq`, v.run.ID)
		v.Result(s.ID, v.config.ID, resulttest.File(resulttest.Clone{ID: resulttest.Window(1), Name: "+cmd|' /C calc'!A0", Reads: 60}))
		v.Result(s.ID, v.config.ID, resulttest.File(resulttest.Clone{ID: resulttest.Window(1), Name: "\t@SUM(1)", Reads: 60}))
		table, err := w.Quality(t.Context(), v.ann, v.run.ID, v.config.ID)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := service.WriteQuality(&b, &table); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if len(lines) != 4 {
			t.Fatalf("got %d lines, want a header and 3 rows", len(lines))
		}
		head := strings.Split(lines[0], "\t")
		for _, line := range lines {
			cells := strings.Split(line, "\t")
			if len(cells) != len(head) {
				t.Errorf("got %d cells under %d headings: %q", len(cells), len(head), line)
			}
			for _, c := range cells {
				if c != "" && strings.ContainsAny(strings.TrimSpace(c)[:1], "=+-@") {
					t.Errorf("a cell that is a formula: %q", c)
				}
			}
		}
		if !strings.Contains(lines[3], `'=HYPERLINK`) || !strings.Contains(lines[3], `' @SUM(1)`) {
			t.Errorf("the row: %q", lines[3])
		}
		if i := slices.Index(head, "mapped_reads_percent"); strings.Split(lines[3], "\t")[i] != "90.91" {
			t.Errorf("share of reads: %q, want 90.91", lines[3])
		}
	})
}

func TestContaminations(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx := t.Context()
		other := w.patient(v.ann, v.group, "", "Other")
		s := w.sample(v.ann, "other.fastq", other.ID, v.run.ID)
		// It ranks behind the ten that are kept, and has 0.05 % of the reads.
		clones := append(resulttest.Many(200, 20, 10_000), resulttest.Clone{ID: v.shared, Name: "clone 1", Reads: 100})
		v.Result(s.ID, v.config.ID, resulttest.File(clones...))
		v.Fuse(v.run.ID, v.config.ID)
		for _, tt := range []struct {
			rule service.ContaminationRule
			want [][2]int64 // from and to
		}{
			// Shares: 1000 of 39 220 in the first sample, 20 of 221 in the second, 100
			// of 199 910 in the third.
			{service.ContaminationCommon, [][2]int64{{v.samples[1], v.samples[0]}, {v.samples[1], s.ID}, {v.samples[0], s.ID}}},
			{service.ContaminationTenfold, [][2]int64{{v.samples[0], v.samples[1]}, {v.samples[0], s.ID}}}, // by reads
		} {
			got, err := w.Contaminations(ctx, v.ann, v.run.ID, v.config.ID, tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			var pairs [][2]int64
			for _, c := range got.Items {
				pairs = append(pairs, [2]int64{c.From, c.To})
				if c.Clone != v.shared || c.SamePatient != (c.To != s.ID) {
					t.Errorf("%s: got %+v", tt.rule, c)
				}
			}
			if !slices.Equal(pairs, tt.want) || got.Total != len(tt.want) || got.State != service.FusedFresh {
				t.Errorf("%s: got %v of %d, %s; want %v", tt.rule, pairs, got.Total, got.State, tt.want)
			}
		}
		_, err := w.Contaminations(ctx, v.ann, v.run.ID, v.config.ID, "2018")
		w.want("a rule that is not there", err, lab.Invalid)
		// Who sees the run alone does not learn that two samples are of one patient.
		runners := w.group("runners", lab.Group{}, append(setGrants(access.Read), access.Grant{Kind: access.Config, Right: access.Read})...)
		bob := w.person("bob", runners)
		root := w.admin("root")
		w.want("share the run", w.ShareSet(ctx, root, v.run.ID, runners.ID, true), "")
		w.want("share the config", w.ShareConfig(ctx, root, v.config.ID, runners.ID, true), "")
		got, err := w.Contaminations(ctx, bob, v.run.ID, v.config.ID, service.ContaminationCommon)
		if err != nil || len(got.Items) != 3 || slices.ContainsFunc(got.Items, func(c service.Contamination) bool { return c.SamePatient || c.SameSet }) {
			t.Errorf("to who sees the run alone: got %+v (%v)", got.Items, err)
		}
		if n := got.Names[v.samples[0]]; n.Title() == "Ypsilonfile_D0" {
			t.Error("to who sees the run alone: the name of the file")
		}
	})
}
