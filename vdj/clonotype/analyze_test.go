package clonotype_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
	"vidjil.org/vidjil/vdj/simulate"
)

// simulated makes FASTQ reads in memory.
func simulated(t testing.TB, opt simulate.Options) string {
	t.Helper()
	set, err := germline.Human()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if _, err := simulate.Generate(set, opt, simulate.Output{Reads: &b}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func text(name, content string) seqio.Source {
	return seqio.Source{
		Name: name, Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

func analyzeText(t testing.TB, opt clonotype.Options, blockBytes int, sources ...seqio.Source) *clonotype.Result {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	r, err := seqio.NewReader(sources, seqio.Options{BlockBytes: blockBytes})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := clonotype.Analyze(t.Context(), r, e, opt, clonotype.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// The outcome depends neither on the number of threads, nor on the size of the
// blocks, nor on the lanes that the reads come in.
func TestSameForAnyThreadsBlocksAndLanes(t *testing.T) {
	t.Parallel()
	reads := simulated(t, simulate.Options{Seed: 3, Clones: 30, Reads: 6000, ErrorRate: 0.02, Junk: 0.1})
	half := strings.Index(reads[len(reads)/2:], "\n@") + len(reads)/2 + 1
	for strings.Count(reads[:half], "\n")%4 != 0 { // '@' can start a quality line
		half += strings.Index(reads[half:], "\n") + 1
	}
	want := analyzeText(t, clonotype.Options{MinReads: 2, Threads: 1}, 0, text("a", reads))
	for name, got := range map[string]*clonotype.Result{
		"two threads":  analyzeText(t, clonotype.Options{MinReads: 2, Threads: 2}, 0, text("a", reads)),
		"five threads": analyzeText(t, clonotype.Options{MinReads: 2, Threads: 5}, 4096, text("a", reads)),
		"two lanes":    analyzeText(t, clonotype.Options{MinReads: 2, Threads: 2}, 1<<14, text("a", reads[:half]), text("b", reads[half:])),
	} {
		checkSums(t, got)
		if diff := cmp.Diff(want, got, cmp.Comparer(sameFloat)); diff != "" {
			t.Errorf("%s: result differs (-one thread +this):\n%s", name, diff)
		}
	}
	if len(want.Clonotypes) < 20 || len(want.Clusters) == 0 {
		t.Errorf("%d clonotypes, %d clusters: too few to tell", len(want.Clonotypes), len(want.Clusters))
	}
}

// sameFloat compares floating-point numbers, not-a-number being itself.
func sameFloat(a, b float64) bool { return a == b || a != a && b != b }

func TestThresholds(t *testing.T) {
	t.Parallel()
	reads := simulated(t, simulate.Options{Seed: 4, Clones: 40, Reads: 1500, ErrorRate: -1})
	all := analyzeText(t, clonotype.Options{MinReads: 1, NoClusters: true}, 0, text("a", reads))
	for name, c := range map[string]struct {
		opt  clonotype.Options
		keep func(i int, c *clonotype.Clonotype) bool
	}{
		"min reads":  {clonotype.Options{MinReads: 20, NoClusters: true}, func(_ int, c *clonotype.Clonotype) bool { return c.Reads >= 20 }},
		"min ratio":  {clonotype.Options{MinReads: 1, MinRatio: 0.05, NoClusters: true}, func(_ int, c *clonotype.Clonotype) bool { return 20*c.Reads >= all.Recombined() }},
		"max clones": {clonotype.Options{MinReads: 1, MaxClones: 7, NoClusters: true}, func(i int, _ *clonotype.Clonotype) bool { return i < 7 }},
	} {
		got := analyzeText(t, c.opt, 0, text("a", reads))
		var want []string
		for i := range all.Clonotypes {
			if c.keep(i, &all.Clonotypes[i]) {
				want = append(want, string(all.Clonotypes[i].Window))
			}
		}
		if diff := cmp.Diff(want, windows(got)); diff != "" || len(want) == 0 {
			t.Errorf("%s: windows differ (-want +got):\n%s", name, diff)
		}
		if got.Diversity[clonotype.AllSystems] != all.Diversity[clonotype.AllSystems] {
			t.Errorf("%s: thresholds change diversity", name)
		}
	}
	few := analyzeText(t, clonotype.Options{MinReads: 1, MaxConsensus: 3, MaxDesignations: 2}, 0, text("a", reads))
	for i := range few.Clonotypes {
		c := &few.Clonotypes[i]
		if (c.Designation != nil) != (i < 2) || (string(c.Sequence) == string(c.Window)) != (i >= 3) {
			t.Errorf("clonotype %d: designated %t, sequence of %d letters", i, c.Designation != nil, len(c.Sequence))
		}
	}
}

func windows(res *clonotype.Result) (out []string) {
	for i := range res.Clonotypes {
		out = append(out, string(res.Clonotypes[i].Window))
	}
	return out
}

func TestLabels(t *testing.T) {
	t.Parallel()
	reads := simulated(t, simulate.Options{Seed: 5, Clones: 40, Reads: 1500, ErrorRate: -1})
	all := analyzeText(t, clonotype.Options{MinReads: 1}, 0, text("a", reads))
	smallest := &all.Clonotypes[len(all.Clonotypes)-1]
	labels := []clonotype.Label{
		{Name: "spike", Sequence: string(smallest.Sequence)},
		{Name: "middle", Sequence: string(all.Clonotypes[3].Window[10:40])},
	}
	got := analyzeText(t, clonotype.Options{MinReads: 1_000_000, Labels: labels}, 0, text("a", reads))
	if len(got.Clonotypes) != 2 || got.Clonotypes[0].Label != "middle" || got.Clonotypes[1].Label != "spike" {
		t.Fatalf("labelled clonotypes are not kept: %d", len(got.Clonotypes))
	}
	only := analyzeText(t, clonotype.Options{MinReads: 1, Labels: labels[:1], LabelFilter: true}, 0, text("a", reads))
	if len(only.Clonotypes) != 1 || only.Clonotypes[0].Label != "spike" {
		t.Errorf("the filter keeps %d clonotypes", len(only.Clonotypes))
	}
}

// An erroneous window is proposed as a member of its clone's cluster, with the
// evidence, and stays a clonotype of its own.
func TestClusterOfOneSubstitution(t *testing.T) {
	t.Parallel()
	reads := simulated(t, simulate.Options{Seed: 6, Clones: 1, Reads: 600, ErrorRate: -1, Strands: simulate.ForwardStrand})
	clean := analyzeText(t, clonotype.Options{}, 0, text("a", reads))
	if len(clean.Clonotypes) != 1 {
		t.Fatalf("%d clonotypes of one clone", len(clean.Clonotypes))
	}
	window := string(clean.Clonotypes[0].Window)
	wrong := []byte(window)
	wrong[25] = map[byte]byte{'A': 'C', 'C': 'A', 'G': 'T', 'T': 'G'}[wrong[25]]
	lines := strings.Split(reads, "\n")
	for i, changed := 1, 0; i < len(lines) && changed < 9; i += 4 {
		if strings.Contains(lines[i], window) {
			lines[i] = strings.Replace(lines[i], window, string(wrong), 1)
			changed++
		}
	}
	res := analyzeText(t, clonotype.Options{}, 0, text("a", strings.Join(lines, "\n")))
	if len(res.Clonotypes) != 2 || res.Clonotypes[1].Reads != 9 || string(res.Clonotypes[1].Window) != string(wrong) {
		t.Fatalf("%d clonotypes, want the clone and its error", len(res.Clonotypes))
	}
	if len(res.Clusters) != 1 || res.Clusters[0].Parent != 0 || len(res.Clusters[0].Members) != 1 ||
		!strings.Contains(res.Clusters[0].Evidence[0], "substitution") {
		t.Errorf("clusters %+v", res.Clusters)
	}
	if w := res.Clonotypes[1].Warnings; len(w) == 0 || w[0].Code != "W53" {
		t.Errorf("warnings %+v", w)
	}
	off := analyzeText(t, clonotype.Options{NoClusters: true}, 0, text("a", strings.Join(lines, "\n")))
	if len(off.Clusters) != 0 {
		t.Error("clusters although they are switched off")
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	run := func(ctx context.Context, opt clonotype.Options, hooks clonotype.Hooks, content string) error {
		r, err := seqio.NewReader([]seqio.Source{text("reads.fq", content)}, seqio.Options{BlockBytes: 4096})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		_, err = clonotype.Analyze(ctx, r, e, opt, hooks)
		return err
	}
	reads := simulated(t, simulate.Options{Seed: 7, Clones: 5, Reads: 200})
	var parse *seqio.ParseError
	if err := run(t.Context(), clonotype.Options{}, clonotype.Hooks{}, reads[:len(reads)-40]); !errors.As(err, &parse) || parse.Record != 200 {
		t.Errorf("cut file: %v", err)
	}
	stop := errors.New("enough")
	if err := run(t.Context(), clonotype.Options{}, clonotype.Hooks{Read: func(*clonotype.ReadOutcome) error { return stop }}, reads); !errors.Is(err, stop) {
		t.Errorf("hook: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if err := run(ctx, clonotype.Options{}, clonotype.Hooks{}, reads); !errors.Is(err, stop) {
		t.Errorf("cancelled: %v", err)
	}
	err = run(t.Context(), clonotype.Options{Window: 10, MinRatio: 2, Threads: -1}, clonotype.Hooks{}, reads)
	for _, field := range []string{"Window", "MinRatio", "Threads"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("options: %v does not name %s", err, field)
		}
	}
}

// The hook sees each read once, in order, with its window or its cause.
func TestReadHook(t *testing.T) {
	t.Parallel()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	reads := simulated(t, simulate.Options{Seed: 8, Clones: 20, Reads: 400, Junk: 0.2})
	r, err := seqio.NewReader([]seqio.Source{text("reads.fq", reads)}, seqio.Options{BlockBytes: 8192})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	seen, recombined := 0, 0
	s, err := clonotype.Analyze(t.Context(), r, e, clonotype.Options{}, clonotype.Hooks{Read: func(o *clonotype.ReadOutcome) error {
		if want := "r" + strconv.Itoa(seen); string(o.Record.Name) != want {
			t.Errorf("read %s, want %s", o.Record.Name, want)
		}
		seen++
		if (o.Cause == "") != (len(o.Window) == clonotype.DefaultWindow) || (o.Cause == "") != (o.System != "") {
			t.Errorf("read %s: cause %q, system %q, window %s", o.Record.Name, o.Cause, o.System, o.Window)
		}
		if o.Cause == "" {
			recombined++
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if seen != 400 || recombined != s.Result.Recombined() {
		t.Errorf("%d reads seen, %d with a window; the result has %d", seen, recombined, s.Result.Recombined())
	}
}
