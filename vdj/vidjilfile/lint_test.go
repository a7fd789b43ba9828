package vidjilfile

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/airr"
)

func codes(findings []Finding) []string {
	var list []string
	for _, f := range findings {
		list = append(list, f.Code)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// One thing changed in a good file: the linter must find that and nothing else.
func TestLintFindsEachFault(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*File)
		want   []string
	}{
		"good":                     {func(*File) {}, nil},
		"no version":               {func(f *File) { f.Version = "" }, []string{"version"}},
		"old version":              {func(f *File) { f.Version = "2014.02" }, []string{"version"}},
		"older positions":          {func(f *File) { f.Version = "2014.10" }, []string{"version"}},
		"no producer":              {func(f *File) { f.Producer, f.Samples.Producer = "", nil }, []string{"producer"}},
		"no timestamp":             {func(f *File) { f.Timestamps, f.Samples.RunTimestamp = nil, nil }, []string{"timestamp"}},
		"number of samples":        {func(f *File) { f.Samples.OriginalNames = nil }, []string{"distribution", "samples"}},
		"no samples":               {func(f *File) { *f = File{Version: Version, Producer: "x", Timestamps: []string{"y"}} }, []string{"samples"}},
		"list of samples":          {func(f *File) { f.Samples.Log = []string{"", ""} }, []string{"samples-length"}},
		"order":                    {func(f *File) { f.Samples.Order = []int{1} }, []string{"order"}},
		"reads, length":            {func(f *File) { f.Reads.Total = nil }, []string{"reads"}},
		"reads, germline length":   {func(f *File) { f.Reads.Clones["IGH"] = nil }, []string{"reads"}},
		"more recombined than all": {func(f *File) { f.Reads.Total[0] = 10 }, []string{"reads"}},
		"sum of systems":           {func(f *File) { f.Reads.Segmented[0] = 79 }, []string{"reads-sum"}},
		"sum of clonotypes":        {func(f *File) { f.Clones[0].Reads[0] = 57 }, []string{"reads-sum"}},
		"unknown system":           {func(f *File) { f.Clones[0].Germline = "ABC" }, []string{"system"}},
		"no system":                {func(f *File) { f.Clones[0].Germline = "" }, []string{"germline"}},
		"same id":                  {func(f *File) { f.Clones[1].ID = f.Clones[0].ID }, []string{"id"}},
		"no id":                    {func(f *File) { f.Clones[1].ID = "" }, []string{"id"}},
		"clone reads":              {func(f *File) { f.Clones[0].Reads = []int{1, 2} }, []string{"clone-reads"}},
		"negative reads":           {func(f *File) { f.Clones[0].Reads = []int{-1} }, []string{"clone-reads"}},
		"no reads":                 {func(f *File) { f.Clones[1].Reads = []int{0} }, []string{"clone-empty"}},
		"clone list":               {func(f *File) { f.Clones[0].Coverage = []float64{1, 2} }, []string{"clone-list"}},
		"letters":                  {func(f *File) { f.Clones[2].Sequence = "AC-T" }, []string{"alphabet"}},
		"warning level":            {func(f *File) { f.Clones[0].Warnings[0].Level = "loud" }, []string{"warning"}},
		"warning without code":     {func(f *File) { f.Warnings[0].Code = "" }, []string{"warning"}},
		"gene outside":             {func(f *File) { f.Clones[0].Seg.Three.End = airr.Some(53) }, []string{"position"}},
		"gene at position 0":       {func(f *File) { f.Clones[0].Seg.Five.Start = airr.Some(-1) }, []string{"position"}},
		"gene order":               {func(f *File) { f.Clones[0].Seg.Four.Start = airr.Some(15) }, []string{"gene-order"}},
		"nothing":                  {func(f *File) { f.Clones[0].Seg.Four.End = airr.Some(19) }, []string{"position-order"}},
		"unknown gene":             {func(f *File) { f.Clones[0].Seg.Five.Name = "IGHV9" }, []string{"unknown-gene"}},
		"quality":                  {func(f *File) { f.Clones[0].Seg.Quality.Seq = "I" }, []string{"quality"}},
		"feature":                  {func(f *File) { f.Clones[0].Seg.Features[0].End = airr.Some(99) }, []string{"position"}},
		"cdr3 is the junction":     {func(f *File) { f.Clones[0].Seg.CDR3.Span = f.Clones[0].Seg.Junction.Span }, []string{"cdr3"}},
		"cdr3 elsewhere":           {func(f *File) { f.Clones[0].Seg.CDR3.Start = airr.Some(12) }, []string{"cdr3"}},
		"cdr3 letters":             {func(f *File) { f.Clones[0].Seg.CDR3.Seq = "A" }, []string{"cdr3"}},
		"productive":               {func(f *File) { f.Clones[0].Seg.Junction.End = airr.Some(42) }, []string{"cdr3", "productive"}},
		"cluster of unknown":       {func(f *File) { f.Clusters[0][1] = "?" }, []string{"cluster-unknown"}},
		"in two clusters":          {func(f *File) { f.Clusters = append(f.Clusters, f.Clusters[0][:1]) }, []string{"clusters"}},
		"diversity":                {func(f *File) { f.Diversity.Simpson[0]["all"] = 1.2 }, []string{"diversity"}},
		"diversity, length":        {func(f *File) { f.Diversity.Simpson = append(f.Diversity.Simpson, nil) }, []string{"diversity"}},
		"distribution":             {func(f *File) { f.Distributions.Keys = []string{"clones"} }, []string{"distribution"}},
		"two samples, one name":    {func(f *File) { f.Samples.OriginalNames = []string{"a", "a"} }, []string{"distribution", "sample-names", "samples"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := FromResult(testResult(), testMeta(), testSet())
			delete(f.Diversity.Pielou[0], "IGH") // not a number
			tc.change(f)
			findings := f.Lint(LintOptions{Germline: testSet()})
			if diff := cmp.Diff(tc.want, codes(findings)); diff != "" {
				t.Errorf("codes (-want +got):\n%s%v", diff, findings)
			}
		})
	}
}

func TestLintReads(t *testing.T) {
	t.Parallel()
	got, err := Lint(strings.NewReader(`{"clones":[{"id":"A`), LintOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].String() != "error clones[0].id: offset 17: text without end [json]" {
		t.Errorf("got %v", got)
	}
	if _, err := Lint(strings.NewReader("\x1f\x8b\x08"), LintOptions{}); err == nil {
		t.Error("a cut gzip: no error")
	}
}

func TestLintDoesNotFlood(t *testing.T) {
	t.Parallel()
	f := FromResult(testResult(), testMeta(), testSet())
	for range 100 {
		f.Clones = append(f.Clones, Clone{ID: "x", Germline: "IGH", Reads: []int{0}})
	}
	findings := f.Lint(LintOptions{PerCode: 2})
	listed := 0
	for _, x := range findings {
		if x.Code == "id" {
			listed++
			if listed == 2 && x.More != 97 {
				t.Errorf("%d more, want 97", x.More)
			}
		}
	}
	if listed != 2 || Errors(findings) != 99 {
		t.Errorf("%d listed, %d errors", listed, Errors(findings))
	}
}

// What the linter says of the original's files.
func TestLintRealFiles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"Demo-X5-no-clone.vidjil": nil,
		// Made by hand for tests of the client.
		"analysis-example.vidjil": {"alphabet", "clone-empty", "clone-reads", "producer", "reads-sum", "samples-length", "system", "version"},
		// The original fuses command lines twice.
		"demo_lil_l3_tutorial.vidjil.gz": {"samples-length"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings, err := Lint(shared(t, "data/vidjil-files/"+name), LintOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, codes(findings)); diff != "" {
				t.Errorf("codes (-want +got):\n%s%v", diff, findings)
			}
		})
	}
}
