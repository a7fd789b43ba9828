// Package sourcetest holds what every [repertoire.Source] must do, as tests that
// each of them runs: the files in memory of package repertoire, and whoever
// keeps results elsewhere. It must not know how any of them works.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Run tests the sources that open makes of files of one sample.
func Run(t *testing.T, open func(t *testing.T, f *vidjilfile.File) repertoire.Source) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, *vidjilfile.File, repertoire.Source)
	}{
		{"head", testHead},
		{"scan", testScan},
		{"fields", testFields},
		{"clones", testClones},
		{"clones that are not there", testNoClones},
		{"visit fails", testVisit},
		{"cancelled", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := File(300)
			c.test(t, f, open(t, f))
		})
	}
	t.Run("no clonotypes", func(t *testing.T) {
		t.Parallel()
		source := open(t, File(0))
		if rows := scan(t, source, repertoire.FieldsAll); len(rows) != 0 {
			t.Errorf("got %d rows of a file without clonotypes", len(rows))
		}
	})
}

// File makes a result of one sample with so many clonotypes by rank, some with
// all that a clonotype may have and some with next to nothing.
func File(clonotypes int) *vidjilfile.File {
	f := &vidjilfile.File{
		Producer: "sourcetest", Version: vidjilfile.Version, Timestamps: []string{"2026-01-02 03:04:05"},
		Samples: vidjilfile.Samples{Number: 1, OriginalNames: []string{"reads.fastq.gz"}, Names: []string{"sample"}},
		Reads: vidjilfile.Reads{
			Total: []int{9_000_000}, Segmented: []int{8_000_000},
			Germline: map[string][]int{"IGH": {5_000_000}, "TRG": {3_000_000}, "TRB": {0}},
		},
		Diversity: vidjilfile.Diversity{Shannon: []map[string]float64{{"all": 1.25}}},
		Warnings:  []vidjilfile.Warning{{Code: "W20", Level: "warn", Message: "very few V(D)J recombinations found"}},
		Extra:     vidjilfile.Bag{{Key: "config", Value: []byte(`{"min-clones-per-locus":2}`)}},
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range clonotypes {
		f.Clones = append(f.Clones, clonotype(r, i))
	}
	if clonotypes > 2 {
		f.Clusters = [][]string{{f.Clones[0].ID, f.Clones[2].ID}}
	}
	return f
}

func clonotype(r *rand.Rand, i int) vidjilfile.Clone {
	letters := func(n int) string {
		s := make([]byte, n)
		for k := range s {
			s[k] = "ACGT"[r.IntN(4)]
		}
		return string(s)
	}
	c := vidjilfile.Clone{
		ID: letters(50), Germline: []string{"IGH", "TRG"}[i%2], Top: i + 1, Reads: []int{max(1_000_000/(i+1)-3, 0)},
		AverageReadLength: []float64{200 + float64(i)/8}, Coverage: []float64{0.875}, CoverageInfo: []string{"175 bp (88% of 200.0 bp)"},
	}
	if i%5 == 4 {
		return c
	}
	c.Name, c.Sequence = fmt.Sprintf("IGHV%d*01 1/%s/0 IGHJ4*02", i%7, letters(i%4)), letters(180)
	c.Seg = vidjilfile.Seg{
		Five:  &vidjilfile.Segment{Name: fmt.Sprintf("IGHV%d*01", i%7), Span: vidjilfile.SpanOf(0, 100+i%9), DelRight: opt(1)},
		Three: &vidjilfile.Segment{Name: "IGHJ4*02", Span: vidjilfile.SpanOf(130, 180), DelLeft: opt(0)}, N: opt(i % 4),
		Junction: &vidjilfile.Junction{Span: vidjilfile.SpanOf(90, 150), AA: "CARDYW", Productive: opt(i%3 > 0)},
		CDR3:     &vidjilfile.Feature{Span: vidjilfile.SpanOf(93, 147), AA: "ARDY"},
		EValue:   opt(1e-40), EValueLeft: opt(0.0), EValueRight: opt(2.5e-12),
	}
	if i%5 == 1 {
		c.Seg.Four = &vidjilfile.Segment{Name: "IGHD3-3*01", Span: vidjilfile.SpanOf(112, 120), DelLeft: opt(3), DelRight: opt(4)}
		c.Seg.FourA, c.Seg.FourB = &vidjilfile.Segment{Name: "IGHD1-1*01"}, &vidjilfile.Segment{Name: "IGHD2-2*01"}
		c.Label, c.Tag, c.Expected = "spike", "3", opt(0.25)
		c.Warnings = []vidjilfile.Warning{
			{Code: "W53", Level: "error", Message: "similar to clonotype 1"},
			{Code: "W69", Level: "info", Message: "two genes"},
			{Code: "W53", Level: "error", Message: "similar to clonotype 2"},
		}
		c.Extra = vidjilfile.Bag{{Key: "mrd", Value: []byte(`{"R2":[0.5]}`)}}
	}
	return c
}

func opt[T any](v T) vidjilfile.Opt[T] { return vidjilfile.Opt[T]{Value: v, Valid: true} }

// text is what a file would say, without clonotypes unless they are given.
func text(t *testing.T, head *vidjilfile.File, clones []vidjilfile.Clone) string {
	t.Helper()
	f := *head
	f.Clones = clones
	var b strings.Builder
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func scan(t *testing.T, source repertoire.Source, want repertoire.Fields) []string {
	t.Helper()
	var rows []string
	if err := source.Scan(t.Context(), want, func(r *repertoire.Row) error {
		rows = append(rows, describe(r))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// describe is a row in words. Empty text is the same whether or not it is nil.
func describe(r *repertoire.Row) string {
	return fmt.Sprintf("%d id=%s reads=%d top=%d system=%s genes=%s,%s,%s,%s,%s name=%s label=%s sequence=%s length=%g cdr3=%s %d-%d "+
		"junction=%s %d-%d productive=%d places=%d %d-%d %d del=%d %d,%d %d evalues=%g %g %g warnings=%s",
		r.Number, r.ID, r.Reads, r.Top, r.System, r.Five, r.FourA, r.Four, r.FourB, r.Three, r.Name, r.Label, r.Sequence, r.AverageLength,
		r.CDR3AA, r.CDR3Start, r.CDR3End, r.JunctionAA, r.JunctionStart, r.JunctionEnd, r.Productive,
		r.FiveEnd, r.FourStart, r.FourEnd, r.ThreeStart, r.FiveDelRight, r.FourDelLeft, r.FourDelRight, r.ThreeDelLeft,
		r.EValue, r.EValueLeft, r.EValueRight, r.Warnings)
}

// expected are the rows that a file must give.
func expected(f *vidjilfile.File, want repertoire.Fields) []string {
	var rows []string
	var row repertoire.Row
	for n, c := range f.Clones {
		row.Reset()
		row.Number = n
		if want&repertoire.FieldTop != 0 {
			row.Top = c.Top
		}
		row.SetClone(&c, 0, want)
		rows = append(rows, describe(&row))
	}
	return rows
}

func testHead(t *testing.T, f *vidjilfile.File, source repertoire.Source) {
	t.Helper()
	head := source.Head()
	if len(head.Clones) != 0 {
		t.Errorf("the head has %d clonotypes", len(head.Clones))
	}
	if got, want := text(t, head, nil), text(t, f, nil); got != want {
		t.Errorf("head:\n%s\nwant:\n%s", got, want)
	}
}

func testScan(t *testing.T, f *vidjilfile.File, source repertoire.Source) {
	t.Helper()
	compare(t, scan(t, source, repertoire.FieldsAll), expected(f, repertoire.FieldsAll))
	compare(t, scan(t, source, repertoire.FieldsAll), expected(f, repertoire.FieldsAll)) // and again
}

// testFields asks for each field alone: others stay as Reset leaves them.
func testFields(t *testing.T, f *vidjilfile.File, source repertoire.Source) {
	t.Helper()
	for field := repertoire.FieldID; field < repertoire.FieldsAll; field <<= 1 {
		compare(t, scan(t, source, field), expected(f, field))
	}
	compare(t, scan(t, source, 0), expected(f, 0))
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %d rows, want %d", len(got), len(want))
		return
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("row %d:\n got %s\nwant %s", i, got[i], want[i])
			return
		}
	}
}

func testClones(t *testing.T, f *vidjilfile.File, source repertoire.Source) {
	t.Helper()
	all := f.Clones
	for _, rows := range [][]int{{}, {0}, {3, 4, 5, 199, len(all) - 1}} {
		got, err := source.Clones(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		var want []vidjilfile.Clone
		for _, row := range rows {
			want = append(want, all[row])
		}
		if got, want := text(t, f, got), text(t, f, want); got != want {
			t.Errorf("clonotypes %v:\n%s\nwant:\n%s", rows, got, want)
		}
	}
	first, err := source.Clones(t.Context(), []int{0})
	if err != nil {
		t.Fatal(err)
	}
	first[0].Reads[0], first[0].ID = -1, "changed by its owner"
	again, err := source.Clones(t.Context(), []int{0})
	if err != nil {
		t.Fatal(err)
	}
	if again[0].ID != all[0].ID || again[0].Reads[0] != all[0].Reads[0] {
		t.Error("a change of a returned clonotype changes the source")
	}
}

func testNoClones(t *testing.T, f *vidjilfile.File, source repertoire.Source) {
	t.Helper()
	for _, rows := range [][]int{{-1}, {len(f.Clones)}, {0, len(f.Clones) + 1000}} {
		if _, err := source.Clones(t.Context(), rows); err == nil {
			t.Errorf("rows %v of %d: no error", rows, len(f.Clones))
		}
	}
}

func testVisit(t *testing.T, _ *vidjilfile.File, source repertoire.Source) {
	t.Helper()
	why, n := errors.New("enough"), 0
	err := source.Scan(t.Context(), repertoire.FieldID, func(*repertoire.Row) error {
		if n++; n == 7 {
			return why
		}
		return nil
	})
	if !errors.Is(err, why) || n != 7 {
		t.Errorf("after %d rows: got error %v, want that of visit after 7", n, err)
	}
}

func testCancelled(t *testing.T, _ *vidjilfile.File, source repertoire.Source) {
	t.Helper()
	why := errors.New("the job was cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := source.Scan(ctx, repertoire.FieldsAll, func(*repertoire.Row) error { return nil }); !errors.Is(err, why) {
		t.Errorf("scan: got error %v, want the cause", err)
	}
}
