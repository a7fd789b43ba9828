package repertoire

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Values of all axes, of a clonotype in the words of a file: 1-based, closed.
func TestAxes(t *testing.T) {
	t.Parallel()
	full := vidjilfile.Clone{
		ID: "A", Germline: "IGH", Name: "V D J", Reads: []int{7}, Top: 3, AverageReadLength: []float64{99.6},
		Seg: vidjilfile.Seg{
			Five:     &vidjilfile.Segment{Name: "V", Span: vidjilfile.SpanOf(0, 50), DelRight: some(2)},
			FourA:    &vidjilfile.Segment{Name: "DA"},
			Four:     &vidjilfile.Segment{Name: "D", Span: vidjilfile.SpanOf(54, 60), DelLeft: some(1), DelRight: some(0)},
			FourB:    &vidjilfile.Segment{Name: "DB"},
			Three:    &vidjilfile.Segment{Name: "J", Span: vidjilfile.SpanOf(59, 90), DelLeft: some(4)},
			Junction: &vidjilfile.Junction{Span: vidjilfile.SpanOf(40, 70), Productive: some(false)},
			CDR3:     &vidjilfile.Feature{Span: vidjilfile.SpanOf(43, 67)},
			EValue:   some(1e-20), EValueLeft: some(0.0), EValueRight: some(2.5e-5),
		},
	}
	want := map[string]string{
		"top": "3", "germline": "IGH", "name": "V D J", "seg5": "V", "seg4": "D", "seg4a": "DA", "seg4b": "DB", "seg3": "J",
		"evalue": "1.000000e-20", "evalue_left": "0.000000e+00", "evalue_right": "2.500000e-05", "lenSeqAverage": "100",
		"lenCDR3": "24", "lenJunction": "30", "seg5_delRight": "2", "seg3_delLeft": "4", "seg4_delRight": "0", "seg4_delLeft": "1",
		"seg5_stop": "50", "seg3_start": "60", "seg4_stop": "60", "seg4_start": "55", "cdr3_stop": "67", "cdr3_start": "44",
		"junction_stop": "70", "junction_start": "41", "productive": "false", "insert_53": "9", "insert_54": "4", "insert_43": "-1",
	}
	if len(want) != len(Axes()) {
		t.Errorf("%d axes, %d values", len(Axes()), len(want))
	}
	for _, name := range Axes() {
		f := sampleFile("a", full, vidjilfile.Clone{ID: "B", Reads: []int{5}, Top: 4, AverageReadLength: []float64{0}})
		fused := fuse(t, Options{Distributions: [][]string{{name, "top"}}}, f)
		other := "?"
		if name == "top" {
			other = "4"
		}
		bins := []vidjilfile.Bin{{At: []string{want[name], "3"}, Counts: []int{1, 7}}, {At: []string{other, "4"}, Counts: []int{1, 5}}}
		if other < want[name] {
			bins[0], bins[1] = bins[1], bins[0]
		}
		if diff := cmp.Diff(vidjilfile.Distribution{Axes: []string{name, "top"}, Values: bins}, fused.Samples[0].Distributions[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDistributionThatTheResultHas(t *testing.T) {
	t.Parallel()
	f := sampleFile("a", clone("A", "IGH", 5, 1))
	own := vidjilfile.Distribution{Axes: []string{"germline"}, Values: []vidjilfile.Bin{{At: []string{"IGH"}, Counts: []int{900, 1000}}}}
	f.Distributions = &vidjilfile.Distributions{Keys: []string{"clones", "reads"}, Repertoires: map[string][]vidjilfile.Distribution{"a": {own}}}
	got := fuse(t, Options{Distributions: [][]string{{"seg5"}, {"germline"}}}, f).Samples[0].Distributions
	if diff := cmp.Diff(own, got[1]); diff != "" || len(got) != 2 {
		t.Errorf("%d distributions (-own +got):\n%s", len(got), diff)
	}
}
