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

// curatedFloors are how many of the curated sequences the engine has got right,
// by level: they may only rise.
var curatedFloors = map[curated.Level]int{
	curated.Detected: 185, // of 185, none of the 27 UNSEG designated
	curated.Locus:    155, // of 157
	curated.Ends:     147, // of 151
	curated.Genes:    135,
	curated.Alleles:  129,
	curated.Full:     121,
}

// TestCurated designates the hand-curated sequences and prints the table.
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
		d := e.Designate([]byte(en.Sequence), &sc)
		checkDesignation(t, e.Set(), en.ID, d)
		obs = append(obs, observe(e.Set(), en.ID, d))
	}
	report := curated.Score(entries, obs, curated.NewGermline(e.Set()))
	var b strings.Builder
	if err := report.WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
	totals := report.Totals()
	for level, floor := range curatedFloors {
		if got := totals.At(level).Right; got < floor {
			t.Errorf("%s: %d right, and it has been %d", level, got, floor)
		}
	}
	if t.Failed() {
		b.Reset()
		if err := report.WriteFailures(&b); err != nil {
			t.Fatal(err)
		}
		t.Log("\n" + b.String())
	}
}

// mark is the least percentage of reads that must be right.
type mark struct{ system, vGene, vAllele, jGene, d, full float64 }

// simulatedMarks are those of the project where it has set them (250 nt: locus
// 100, V gene 99.9, V allele 99.5, D 85, full 70; 150 nt with 1 % errors: V
// allele 95; 100 nt: locus 97), and what the engine has reached elsewhere.
var simulatedMarks = map[string]mark{
	"small": {100, 99.9, 99.5, 99.9, 87, 81},
	"hard":  {99.9, 98.4, 97.5, 99.9, 96, 71},
	"short": {97.9, 84, 82, 98, 80, 66},
	"long":  {99.9, 99.9, 99.6, 99.9, 96, 83},
}

// TestSimulated designates each simulated read by itself and prints the tables.
func TestSimulated(t *testing.T) {
	t.Parallel()
	for name, want := range simulatedMarks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := designateSimulated(t, name, curated.ReadOptions{})
			var b strings.Builder
			if err := report.WriteTable(&b); err != nil {
				t.Fatal(err)
			}
			t.Log("\n" + b.String())
			for _, m := range []struct {
				what string
				got  curated.Count
				want float64
			}{
				{"locus", report.All.System, want.system},
				{"V gene", report.All.VGene, want.vGene},
				{"V allele", report.All.VAllele, want.vAllele},
				{"J gene", report.All.JGene, want.jGene},
				{"D", report.All.D, want.d},
				{"full", report.All.Full, want.full},
			} {
				if m.got.Percent() < m.want {
					t.Errorf("%s: %.2f %% right, want %.2f", m.what, m.got.Percent(), m.want)
				}
			}
			// Incomplete systems are no worse than complete ones.
			if name != "short" && report.Incomplete.Full.Percent() < report.Complete.Full.Percent() {
				t.Errorf("full: incomplete systems %.2f %%, complete ones %.2f %%",
					report.Incomplete.Full.Percent(), report.Complete.Full.Percent())
			}
			if igh := report.Systems["IGH"].System.Percent(); igh < 97 {
				t.Errorf("locus of IGH: %.2f %%, want 97", igh)
			}
		})
	}
}

// TestShortReadsListTheirGenes counts a V gene of 100-nt reads as right wherever
// it is listed: half of the IGH reads show 15 letters of V or fewer, which dozens
// of genes share, and all of them are named.
func TestShortReadsListTheirGenes(t *testing.T) {
	t.Parallel()
	report := designateSimulated(t, "short", curated.ReadOptions{MaxTies: 1000})
	t.Logf("V gene listed %.2f %%, IGH %.2f %%, %.1f alleles in the mean", report.All.VGene.Percent(),
		report.Systems["IGH"].VGene.Percent(), report.All.MeanVTies())
	if got := report.All.VGene.Percent(); got < 88 {
		t.Errorf("V gene listed in %.2f %%, want 88", got)
	}
}

func designateSimulated(t *testing.T, name string, opt curated.ReadOptions) *curated.ReadReport {
	t.Helper()
	e := humanEngine(t)
	clones, err := curated.ReadClones(shared(t, "data/simulated/"+name+".clones.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	reads, err := curated.ReadTruth(shared(t, "data/simulated/"+name+".truth.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	obs := designateAll(t, e, shared(t, "data/simulated/"+name+".fastq.gz"))
	report, err := curated.ScoreReads(clones, reads, obs, curated.NewGermline(e.Set()), opt)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// checkDesignation asserts what must hold for any sequence: spans lie inside
// it, follow each other, and agree with the alignments and with the text.
func checkDesignation(t testing.TB, set *germline.Set, id string, d *designation.Designation) {
	t.Helper()
	if !d.Found() {
		if d.Cause == designation.None {
			t.Errorf("%s: neither a system nor a cause", id)
		}
		return
	}
	matches := append([]*designation.Match(nil), d.Ds...)
	if d.Five != nil {
		matches = append([]*designation.Match{d.Five}, matches...)
	}
	matches = append(matches, d.Three)
	at := 0
	for i, m := range matches {
		if m.Start < at || m.End < m.Start || m.End > len(d.Sequence) {
			t.Errorf("%s: gene %d at [%d, %d) after %d of %d letters", id, i, m.Start, m.End, at, len(d.Sequence))
		}
		onRead, onGene := 0, 0
		for _, r := range m.Runs {
			switch r.Op {
			case designation.OpInsert:
				onRead += r.Len
			case designation.OpDelete:
				onGene += r.Len
			default:
				onRead += r.Len
				onGene += r.Len
			}
		}
		if onRead != m.End-m.Start || onGene != m.GeneEnd-m.GeneStart {
			t.Errorf("%s: alignment of %s spans %d and %d letters, positions say %d and %d", id,
				set.Genes[m.Genes[0]].Name, onRead, onGene, m.End-m.Start, m.GeneEnd-m.GeneStart)
		}
		at = m.End
	}
	if len(d.Insertions) != len(matches)-1 {
		t.Fatalf("%s: %d junctions between %d genes", id, len(d.Insertions), len(matches))
	}
	for i, in := range d.Insertions {
		if in.Start != matches[i].End || in.End != matches[i+1].Start || in.DelLeft < 0 || in.DelRight < 0 {
			t.Errorf("%s: junction %d is %+v", id, i, in)
		}
	}
	if n := d.Junction.Len(); n > 0 {
		if d.InFrame != (n%3 == 0) || d.Productive && (!d.InFrame || d.StopCodon) {
			t.Errorf("%s: junction of %d letters, in frame %t, stop %t, productive %t", id, n, d.InFrame, d.StopCodon, d.Productive)
		}
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
					d := e.Designate(records[i].Seq, &sc)
					checkDesignation(t, e.Set(), string(records[i].Name), d)
					part[i] = observe(e.Set(), string(records[i].Name), d)
				}
			})
		}
		wg.Wait()
		all = append(all, part...)
	}
}
