package repertoire

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

func TestQuality(t *testing.T) {
	t.Parallel()
	long := clone("B", "TRG", 30, 2)
	long.AverageReadLength = []float64{2000}
	f := sampleFile("a", clone("A", "IGH", 60, 1), long, clone("C", "IGH", 4, 3), clone("D", "IGH", 3, 4), clone("E", "IGH", 0, 5))
	f.Reads.Germline["IGH"][0] += 3 // in clonotypes that the file has not
	f.Reads.Segmented[0] += 3
	f.Reads.Total[0] = 200
	f.Reads.Extra = vidjilfile.Bag{{Key: "merged", Value: []byte("[ 180 ]")}}
	q, err := QualityOf(t.Context(), FromFile(f, 0))
	if err != nil {
		t.Fatal(err)
	}
	h := 0.0
	for _, n := range []float64{60, 30, 4, 3} {
		h -= n / 97 * math.Log(n/97)
	}
	large := func(row int, id, system string, reads int64, of float64) Large {
		return Large{Row: row, ID: id, Name: "V 0/AC/0 J of " + id, System: system, Reads: reads, Share: float64(reads) / 100, Of: of}
	}
	a := large(0, "A", "IGH", 60, 60.0/70)
	want := &Quality{
		Total: 200, Segmented: 100, Analysed: some(0.5), Merged: some(int64(180)), MeanLength: some((67*100 + 30*2000) / 97.0),
		Systems: []string{"IGH", "TRG"}, Counts: map[string]Count{"IGH": {3, 70}, "TRG": {1, 30}}, Share: map[string]float64{"IGH": 0.7, "TRG": 0.3},
		Large: []Large{large(1, "B", "TRG", 30, 1), a, large(2, "C", "IGH", 4, 4.0/70)}, Main: &a,
		Shannon: some(h), Pielou: some(h / math.Log(4)), Simpson: some(1 - (60*59+30*29+4*3+3*2)/(97.0*96)),
	}
	want.Lengths[0], want.Lengths[LengthBins-1] = 67, 30
	if diff := cmp.Diff(want, q, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("quality (-want +got):\n%s", diff)
	}
}

func TestQualityOfNothing(t *testing.T) {
	t.Parallel()
	q, err := QualityOf(t.Context(), FromFile(&vidjilfile.File{}, 0))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&Quality{}, q, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("quality of an empty file (-want +got):\n%s", diff)
	}
}

func TestLargeAgreesWithAllShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFile("a").Draw(t, "file")
		q, err := QualityOf(ctx(t), FromFile(f, 0))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, c := range f.Clones {
			if float64(c.Reads[0])/float64(f.Reads.Germline[c.Germline][0]) >= 0.05 {
				want[c.ID] = true
			}
		}
		got := map[string]bool{}
		for _, l := range q.Large {
			got[l.ID] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("large clonotypes (-want +got):\n%s", diff)
		}
	})
}

// The tutorial states the indexes of all windows; its file has the first
// hundreds, so that only the head's are right.
func TestQualityTutorial(t *testing.T) {
	t.Parallel()
	q, err := QualityOf(t.Context(), FromFile(tutorial(t), 4))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := q.Shannon.Value, 3.3627402178717603; got != want {
		t.Errorf("Shannon is %g, want %g", got, want)
	}
	if diff := cmp.Diff([]string{"IGH", "IGH+", "TRG", "unexpected"}, q.Systems); diff != "" {
		t.Errorf("systems (-want +got):\n%s", diff)
	}
	if q.Main == nil || q.Main.Share < 0.3 || q.Main.Row != 0 {
		t.Errorf("main clonotype %+v", q.Main)
	}
}

func TestLengthBar(t *testing.T) {
	t.Parallel()
	for share, want := range map[float64]float64{0: 0, 1e-9: 0.01, 0.01: 0.25, 0.1: 0.75, 1: 1} {
		if got := LengthBar(share); math.Abs(got-want) > 1e-12 {
			t.Errorf("share %g: got %g, want %g", share, got, want)
		}
	}
}

func TestCommon(t *testing.T) {
	t.Parallel()
	// Shares: A 0.5, 0.0002, 0.02; B 0.00009, 0.00005; C 0.1 in one.
	a := sampleFile("a", clone("A", "IGH", 500_000, 1), clone("C", "IGH", 100_000, 2), clone("B", "IGH", 90, 3))
	b := sampleFile("b", clone("A", "IGH", 200, 1), clone("B", "IGH", 50, 2))
	c := sampleFile("c", clone("A", "IGH", 20_000, 1))
	for _, f := range []*vidjilfile.File{a, b, c} {
		f.Reads.Segmented[0] = 1_000_000
	}
	f := fuse(t, Options{}, a, b, c)
	for name, tt := range map[string]struct {
		o    CommonOptions
		want []Common
	}{
		"default": {CommonOptions{}, []Common{{0, 0, 1, 0.5, 0.0002, 0.5 / 0.0002}, {0, 2, 1, 0.02, 0.0002, 0.02 / 0.0002}, {0, 0, 2, 0.5, 0.02, 0.5 / 0.02}}},
		"ratio":   {CommonOptions{MinRatio: 200}, []Common{{0, 0, 1, 0.5, 0.0002, 0.5 / 0.0002}}},
		"share":   {CommonOptions{MinShare: 0.02}, []Common{{0, 0, 1, 0.5, 0.0002, 0.5 / 0.0002}, {0, 0, 2, 0.5, 0.02, 0.5 / 0.02}}},
		"lower":   {CommonOptions{MinShare: 0.00008, MinRatio: 1.5}, []Common{{0, 0, 1, 0.5, 0.0002, 0.5 / 0.0002}, {0, 2, 1, 0.02, 0.0002, 0.02 / 0.0002}, {2, 0, 1, 0.00009, 0.00005, 0.00009 / 0.00005}, {0, 0, 2, 0.5, 0.02, 0.5 / 0.02}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, f.Common(tt.o)); diff != "" {
				t.Errorf("common (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCommonByReads is a control without template that has caught a few reads of
// a leukaemia: by shares the clonotype is larger in the control.
func TestCommonByReads(t *testing.T) {
	t.Parallel()
	leukaemia, control := sampleFile("a", clone("A", "IGH", 11_000, 1)), sampleFile("h2o", clone("A", "IGH", 12, 1))
	leukaemia.Reads.Segmented[0], control.Reads.Segmented[0] = 18_000, 14
	f := fuse(t, Options{}, leukaemia, control)
	got := f.Common(CommonOptions{MinRatio: 10, ByReads: true})
	want := []Common{{Clone: 0, From: 0, To: 1, FromShare: 11_000. / 18_000, ToShare: 12. / 14, Ratio: 11_000. / 12}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("common (-want +got):\n%s", diff)
	}
}
