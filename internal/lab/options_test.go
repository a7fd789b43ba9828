package lab_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
)

func TestParseAlgo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		command, fuse string
		want          lab.Options
	}{
		"multi+inc+xxx": {
			"-c clones -z 100 -r 1 -g germline/homo-sapiens.g -e 1 -2 -d -w 50", "-t 100",
			lab.Options{Germline: "human", Unexpected: true, Window: 50, EValue: 1, MinReads: 1, Fuse: lab.FuseOptions{Top: 100}},
		},
		"multi": {
			"-c clones -z 100 -r 1 -g germline/homo-sapiens.g:IGH,IGK,TRD -e 1 -d -w 50", "-t 100",
			lab.Options{Germline: "human", Systems: []string{"IGH", "IGK", "TRD"}, Window: 50, EValue: 1, MinReads: 1, Fuse: lab.FuseOptions{Top: 100}},
		},
		"clonality": {
			"-c clones -z 100 -r 1 -g germline/homo-sapiens.g -e 1 -2 -w 90 -y all --no-airr", "-t 100 -d lenSeqAverage seg5,seg3 --overlaps",
			lab.Options{
				Germline: "human", Unexpected: true, Window: 90, EValue: 1, MinReads: 1,
				Fuse: lab.FuseOptions{Top: 100, Distributions: [][]string{{"lenSeqAverage"}, {"seg5", "seg3"}}, Overlaps: true},
			},
		},
		"extract reads": {"-U -g germline/mus-musculus.g --min-ratio=0.5", "", lab.Options{Germline: "mouse", Reads: true, MinPercent: 0.5}},
		"whole reads":   {"-w all", "", lab.Options{WholeReads: true}},
		"nothing":       {"", "", lab.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := lab.ParseAlgo(tt.command, tt.fuse)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestParseAlgoRefuses(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"-E 1e-5": "-E", "-w": "value is missing", "-w few": "number of letters", "-c windows": "-c clones",
		"-g a.g -g b.g": "one germline set", "-w 5": "window", "; rm -rf /": "no counterpart",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			_, _, err := lab.ParseAlgo(command, "")
			if lab.CodeOf(err) != lab.Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v (%s), want an invalid one that says %q", err, lab.CodeOf(err), want)
			}
		})
	}
	if _, _, err := lab.ParseAlgo("", "--pre spike-normalization.py"); lab.CodeOf(err) != lab.Invalid {
		t.Errorf("a script of fuse: got %v, want it refused", err)
	}
}

func TestOptionsRoundTrip(t *testing.T) {
	t.Parallel()
	o := lab.Options{
		Systems: []string{"TRG", "IGH"}, MinReads: 1, Labels: []lab.Label{{Name: "spike", Sequence: strings.Repeat("ACGT", 5), Copies: 40}},
		Quality: lab.Quality{MinReads: 1000},
	}
	got, err := lab.ParseOptions(o.Encode())
	if err != nil {
		t.Fatal(err)
	}
	o.Systems = []string{"IGH", "TRG"} // the order has no meaning
	if diff := cmp.Diff(o, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if _, err := lab.ParseOptions(`{"min_raeds": 5}`); err == nil {
		t.Error("an unknown field was taken")
	}
}

func TestOptionsCheckNamesFields(t *testing.T) {
	t.Parallel()
	o := lab.Options{Window: 3, EValue: -1, MinPercent: 101, LabelFilter: true, Labels: []lab.Label{{Name: "x", Sequence: "ACGU"}}, FirstReads: 1, SampledReads: 1}
	err := o.Check()
	for _, field := range []string{"window", "e_value", "min_percent", "labels[0].sequence", "sampled_reads"} {
		found := false
		if e, ok := err.(*lab.Error); ok {
			for _, f := range e.Fields {
				found = found || f.Field == field
			}
		}
		if !found {
			t.Errorf("%s: no fault named in %v", field, err)
		}
	}
	if err := (&lab.Options{}).Check(); err != nil {
		t.Errorf("the default: %v", err)
	}
}
