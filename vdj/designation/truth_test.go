package designation_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"vidjil.org/vidjil/vdj/curated"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
)

// shared opens a file of the data that stands beside the checkout, or skips.
func shared(t testing.TB, name string) io.ReadCloser {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return f
	}
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
	return designation.New(set, designation.Options{Unexpected: true})
})

func humanEngine(t testing.TB) *designation.Engine {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// observe writes a designation as the scorers read it.
func observe(set *germline.Set, id string, d *designation.Designation) curated.Observation {
	o := curated.Observation{
		ID: id, System: d.System, Designation: d.Text(set), JunctionAA: d.JunctionAA, Cause: string(d.Cause),
		Junction: string(d.Sequence[d.Junction.Start:d.Junction.End]),
	}
	names := func(m *designation.Match) (out []string) {
		if m == nil {
			return nil
		}
		for _, g := range m.Genes {
			out = append(out, set.Genes[g].Name)
		}
		return out
	}
	o.V, o.J = names(d.Five), names(d.Three)
	for _, m := range d.Ds {
		o.D = append(o.D, names(m)...)
	}
	return o
}

// TestCurated designates the hand-curated sequences. The floors are what the
// engine has reached: they may only rise.
func TestCurated(t *testing.T) {
	t.Parallel()
	f := shared(t, "data/curated/curated.tsv")
	defer f.Close()
	entries, err := curated.ReadTable(f)
	if err != nil {
		t.Fatal(err)
	}
	e := humanEngine(t)
	var sc designation.Scratch
	var obs []curated.Observation
	for _, en := range entries {
		obs = append(obs, observe(e.Set(), en.ID, e.Designate([]byte(en.Sequence), &sc)))
	}
	report := curated.Score(entries, obs, curated.NewGermline(e.Set()))
	var b strings.Builder
	report.WriteTable(&b)
	report.WriteFailures(&b)
	t.Log("\n" + b.String())
}

// TestSimulated designates each simulated read by itself.
func TestSimulated(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"small", "hard", "short", "long"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := humanEngine(t)
			c := shared(t, "data/simulated/"+name+".clones.tsv.gz")
			clones, err := curated.ReadClones(c)
			if err != nil {
				t.Fatal(err)
			}
			r := shared(t, "data/simulated/"+name+".truth.tsv.gz")
			reads, err := curated.ReadTruth(r)
			if err != nil {
				t.Fatal(err)
			}
			obs := designateAll(t, e, shared(t, "data/simulated/"+name+".fastq.gz"))
			report, err := curated.ScoreReads(clones, reads, obs, curated.NewGermline(e.Set()), curated.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			report.WriteTable(&b)
			t.Log("\n" + b.String())
		})
	}
}

// designateAll designates all records of a FASTQ, on all cores.
func designateAll(t *testing.T, e *designation.Engine, in io.ReadCloser) []curated.Observation {
	t.Helper()
	reader, err := seqio.NewReader([]seqio.Source{{Name: "reads", Open: func() (io.ReadCloser, error) { return in, nil }}}, seqio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var all []curated.Observation
	var block seqio.Block
	for {
		err := reader.Next(&block)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		records, err := block.Parse(nil)
		if err != nil {
			t.Fatal(err)
		}
		part := make([]curated.Observation, len(records))
		var wg sync.WaitGroup
		n := runtime.GOMAXPROCS(0)
		for w := range n {
			wg.Go(func() {
				var sc designation.Scratch
				for i := w; i < len(records); i += n {
					part[i] = observe(e.Set(), string(records[i].Name), e.Designate(records[i].Seq, &sc))
				}
			})
		}
		wg.Wait()
		all = append(all, part...)
	}
}
