package clonotype_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/curated"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
)

// sharedPath is a file of the data that stands beside the checkout; the test is
// skipped where there is none.
func sharedPath(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no shared data: %v", err)
	}
	return path
}

func openGzip(t testing.TB, path string) io.Reader {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

var engine = sync.OnceValues(func() (*designation.Engine, error) {
	set, err := germline.Human()
	if err != nil {
		return nil, err
	}
	return designation.New(set, designation.Options{})
})

func analyze(t testing.TB, opt clonotype.Options, paths ...string) *clonotype.Result {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	var sources []seqio.Source
	for _, p := range paths {
		sources = append(sources, seqio.File(p))
	}
	r, err := seqio.NewReader(sources, seqio.Options{})
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

func TestClonotypesOfSimulatedReads(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"small", "hard", "short", "long", "rnaseq"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := analyze(t, clonotype.Options{}, sharedPath(t, "data/simulated/"+name+".fastq.gz"))
			clones, err := curated.ReadClones(openGzip(t, sharedPath(t, "data/simulated/"+name+".clones.tsv.gz")))
			if err != nil {
				t.Fatal(err)
			}
			reads, err := curated.ReadTruth(openGzip(t, sharedPath(t, "data/simulated/"+name+".truth.tsv.gz")))
			if err != nil {
				t.Fatal(err)
			}
			report := curated.ScoreClonotypes(clones, reads, observed(res), clonotype.DefaultMinReads)
			t.Logf("\n%s: %d reads, %d recombined, causes %v, %d clonotypes, %d clusters\n%v", name, res.TotalReads, res.Recombined(), res.Causes, len(res.Clonotypes), len(res.Clusters), report)
		})
	}
}

// observed writes a result as the scorer reads it.
func observed(res *clonotype.Result) []curated.ObservedClonotype {
	var out []curated.ObservedClonotype
	for i := range res.Clonotypes {
		c := &res.Clonotypes[i]
		o := curated.ObservedClonotype{Window: string(c.Window), System: c.System, Sequence: string(c.Sequence), Reads: c.Reads}
		if d := c.Designation; d != nil {
			o.Junction = string(d.Sequence[d.Junction.Start:d.Junction.End])
		}
		out = append(out, o)
	}
	for _, cl := range res.Clusters {
		out[cl.Parent].Cluster = string(res.Clonotypes[cl.Parent].Window)
		for _, m := range cl.Members {
			out[m].Cluster = string(res.Clonotypes[cl.Parent].Window)
		}
	}
	return out
}

var _ = strings.ToUpper
