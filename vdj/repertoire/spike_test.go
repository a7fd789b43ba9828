package repertoire

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// spiked is a sample with spikes of two families, and clonotypes of both, of
// another family, and of another locus. 1000 reads are of the prevalent locus.
func spiked() (*vidjilfile.File, []Spike) {
	labelled := func(id, label, name, system string, reads, top int) vidjilfile.Clone {
		c := clone(id, system, reads, top)
		c.Label, c.Name = label, name
		return c
	}
	f := sampleFile(
		"a",
		labelled("D", "", "IGHV1-2*01 0/A/0 IGHJ4*02", "IGH", 500, 1),
		labelled("S1", "one", "IGHV1-8*01 0//0 IGHJ1*01", "IGH", 200, 2),
		labelled("E", "", "IGHV4-4*01 0//0 IGHJ1*01", "IGH", 130, 3),
		labelled("S2", "two", "IGHV1-8*02 0//0 IGHJ1*01", "IGH", 100, 4),
		labelled("G", "", "TRGV2*01 0//0 TRGJ1*01", "TRG", 70, 5),
		labelled("S3", "three", "IGHV3-1*01 0//0 IGHJ1*01", "IGH", 50, 6),
		labelled("F", "", "IGHD1-1*01 0//0 IGHJ1*01", "IGH+", 20, 7),
	)
	return f, []Spike{
		{Name: "one", Copies: 100, Family: "IGHV9"}, {Name: "two", Copies: 50}, {Name: "three", Copies: 100}, {Name: "four", Copies: 10, Family: "IGHV5"},
	}
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	f, spikes := spiked()
	n, err := Normalise(t.Context(), FromFile(f, 0), spikes, SpikeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// By copies: 10 → 0 reads, 50 → 100, 100 → mean of 200 and 50.
	uni := (50*100.0 + 100*125) / (100*100 + 125*125)
	// IGHV1 has 50 → 100, 100 → 200: half a copy for a read, R² 1; IGHV3 and
	// IGHV5 have one point each.
	if got := n.Families["IGHV1"]; math.Abs(got.CopiesPerRead-0.5) > 1e-12 || !got.R2.Valid || math.Abs(got.R2.Value-1) > 1e-12 || got.Universal {
		t.Errorf("IGHV1: %+v", got)
	}
	for _, family := range []string{"IGHV3", "IGHV5"} {
		if got := n.Families[family]; math.Abs(got.CopiesPerRead-uni) > 1e-12 || !got.Universal {
			t.Errorf("%s: %+v, want the universal %g", family, got, uni)
		}
	}
	if n.Prevalent != "IGH" || n.PrevalentReads != 1000 || n.SpikeReads != 350 || math.Abs(n.Amplification-1000.0/350) > 1e-12 {
		t.Errorf("prevalent %s %d, spikes %d, amplification %g", n.Prevalent, n.PrevalentReads, n.SpikeReads, n.Amplification)
	}
	for _, tt := range []struct {
		name, system string
		reads        int64
		want         Copies
		ok           bool
	}{
		{"IGHV1-2*01 0/A/0 IGHJ4*02", "IGH", 500, Copies{"IGHV1", 250, 2.5, some(1.0), 0.5}, true},
		{"IGHD1-1*01", "IGH+", 20, Copies{"UNI", 20 * uni, 20 * uni * 1000 / 100_000, n.Universal.R2, uni}, true},
		{"", "IGH", 0, Copies{"UNI", 0, 0, n.Universal.R2, uni}, true},
		{"TRGV2*01", "TRG", 70, Copies{}, false},
	} {
		got, ok := n.Of(tt.name, tt.system, tt.reads)
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" || ok != tt.ok {
			t.Errorf("%s: %t (-want +got):\n%s", tt.name, ok, diff)
		}
	}
}

// A family whose reads do not follow its copies has no coefficient of its own.
func TestNormaliseScattered(t *testing.T) {
	t.Parallel()
	var clones []vidjilfile.Clone
	var spikes []Spike
	for i, reads := range []int{400, 100, 390} {
		c := clone(string(rune('A'+i)), "IGH", reads, i+1)
		c.Label, c.Name = "s"+c.ID, "IGHV1-2*01 0//0 IGHJ4*02"
		clones, spikes = append(clones, c), append(spikes, Spike{Name: c.Label, Copies: float64(10 * (i + 1))})
	}
	n, err := Normalise(t.Context(), FromFile(sampleFile("a", clones...), 0), spikes, SpikeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if c := n.Families["IGHV1"]; !c.Universal || c != n.Universal {
		t.Errorf("IGHV1: %+v", c)
	}
	n, err = Normalise(t.Context(), FromFile(sampleFile("a", clones...), 0), spikes, SpikeOptions{MinR2: 0.0001})
	if err != nil {
		t.Fatal(err)
	}
	if c := n.Families["IGHV1"]; c.Universal || c.R2.Value > 0.01 {
		t.Errorf("IGHV1 with a low limit: %+v", c)
	}
}

func TestNormaliseApplyThenFuse(t *testing.T) {
	t.Parallel()
	f, spikes := spiked()
	n, err := Normalise(t.Context(), FromFile(f, 0), spikes, SpikeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n.Apply(f)
	fused := fuse(t, Options{}, f, sampleFile("b", clone("B", "IGH", 5, 1))).File()
	d, g := clonesByID(fused)["D"], clonesByID(fused)["G"]
	if got, want := string(d.Extra.Get("normalized_reads")), "[2.5,null]"; got != want {
		t.Errorf("normalized_reads: got %s, want %s", got, want)
	}
	if got, want := string(d.Extra.Get("mrd")), `{"R2":[1,0],"copy_number":[250,0],"family":["IGHV1","None"],"norm_coeff":[0.5,0]}`; got != want {
		t.Errorf("mrd: got %s, want %s", got, want)
	}
	if g.Extra.Get("normalized_reads") != nil || !strings.Contains(string(g.Extra.Get("mrd")), `"UNI"`) {
		t.Errorf("a clonotype of another locus has %v", g.Extra)
	}
	if got := string(fused.Extra.Get("mrd")); !strings.Contains(got, `"prevalent":["IGH",null]`) || !strings.Contains(got, `"IGHV1":[0.5,null]`) {
		t.Errorf("mrd of the file: %s", got)
	}
}

func TestNormaliseWithout(t *testing.T) {
	t.Parallel()
	f, spikes := spiked()
	for name, tt := range map[string]struct {
		spikes []Spike
		o      SpikeOptions
	}{
		"no spikes":     {nil, SpikeOptions{}},
		"too few reads": {spikes, SpikeOptions{MinReads: 125}},
		"not found":     {[]Spike{{Name: "x", Copies: 3}}, SpikeOptions{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, err := Normalise(t.Context(), FromFile(f, 0), tt.spikes, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := n.Of("IGHV1-2*01", "IGH", 10); ok || n.Reason == "" {
				t.Errorf("reads became copies; reason %q", n.Reason)
			}
		})
	}
	for name, spikes := range map[string][]Spike{"no copies": {{Name: "x"}}, "given twice": {{Name: "x", Copies: 1}, {Name: "x", Copies: 2}}} {
		if _, err := Normalise(t.Context(), FromFile(f, 0), spikes, SpikeOptions{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSpikesOf(t *testing.T) {
	t.Parallel()
	f := &vidjilfile.File{Extra: vidjilfile.Bag{{Key: "config", Value: json.RawMessage(
		`{"labels":[{"name":"s","copies":40,"sequence":"ACGT","family":"TRGV2"},{"name":"interest","sequence":"GG"}]}`,
	)}}}
	got, err := SpikesOf(f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Spike{{"s", 40, "TRGV2", "ACGT"}}, got); diff != "" {
		t.Errorf("spikes (-want +got):\n%s", diff)
	}
	f.Extra[0].Value = json.RawMessage(`{"labels":[{"copies":"many"}]}`)
	if _, err := SpikesOf(f); err == nil {
		t.Error("copies that are no number: no error")
	}
}

func TestFactor(t *testing.T) {
	t.Parallel()
	n := &Normalisation{}
	for i, reads := range []int64{100, 110, 90, 105, 5, 0} {
		n.Spikes = append(n.Spikes, FoundSpike{Spike: Spike{Name: string(rune('a' + i)), Copies: 50}, Reads: reads})
	}
	got, ok := n.FactorOf(5)
	want := Factor{CopiesPerRead: 0.5, Recovered: 5, Missing: []string{"f"}, Outliers: []string{"e"}}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" || !ok {
		t.Errorf("factor %t (-want +got):\n%s", ok, diff)
	}
	if _, ok := n.FactorOf(6); ok {
		t.Error("a factor from fewer spikes than the minimum")
	}
}

func TestFamilyOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"IGHV3-48*01 0/AA/6 X": "IGHV3", "TRGV2*01": "TRGV2", "TRDD2": "TRDD2", "": "", "*": ""} {
		if got := FamilyOf(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
