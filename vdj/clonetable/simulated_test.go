package clonetable

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// recombiner makes clonotypes of real genes and random junctions, about as
// they come from 250 letters of an amplicon: less true than package simulate
// makes them, and a hundred times faster.
type recombiner struct {
	rnd   *rand.Rand
	set   *germline.Set
	codes []string
	v, j  map[string][]*germline.Gene
}

func newRecombiner(t testing.TB, seed uint64) *recombiner {
	t.Helper()
	set, err := germline.Human()
	if err != nil {
		t.Fatal(err)
	}
	r := &recombiner{rnd: rand.New(rand.NewPCG(seed, 0)), set: set, v: map[string][]*germline.Gene{}, j: map[string][]*germline.Gene{}}
	r.codes = []string{"IGH", "IGK", "IGL", "TRA", "TRB", "TRG", "TRD"}
	for i := range set.Genes {
		switch g := &set.Genes[i]; {
		case g.Anchor < 0 || strings.ContainsRune(string(g.Sequence), 'N'):
		case g.Segment == germline.V && g.Anchor >= 150 && g.Anchor+3 <= len(g.Sequence):
			r.v[g.Locus] = append(r.v[g.Locus], g)
		case g.Segment == germline.J && len(g.Sequence)-g.Anchor >= 25:
			r.j[g.Locus] = append(r.j[g.Locus], g)
		}
	}
	return r
}

func (r *recombiner) letters(to []byte, n int) []byte {
	x := r.rnd.Uint64()
	for i := range n {
		if i%32 == 31 {
			x = r.rnd.Uint64()
		}
		to = append(to, "ACGT"[x>>(2*(i%32))&3])
	}
	return to
}

// clone makes the clonotype of a rank in a sample whose largest has that many
// reads; sizes follow a power law.
func (r *recombiner) clone(rank, most int) *vidjilfile.Clone {
	system := r.codes[r.rnd.IntN(len(r.codes))]
	v := r.v[system][r.rnd.IntN(len(r.v[system]))]
	j := r.j[system][r.rnd.IntN(len(r.j[system]))]
	vEnd := min(v.Anchor+3+r.rnd.IntN(9), len(v.Sequence))
	jStart := max(0, j.Anchor-r.rnd.IntN(12))
	n := 3 + r.rnd.IntN(30)
	b := append([]byte(nil), v.Sequence[max(0, v.Anchor-170):vEnd]...)
	start := len(b) - (vEnd - v.Anchor)
	fiveEnd := len(b)
	b = r.letters(b, n)
	threeStart := len(b)
	b = append(b, j.Sequence[jStart:]...)
	end := threeStart + j.Anchor - jStart + 3
	middle := (start + end) / 2
	c := &vidjilfile.Clone{
		Germline: system, Sequence: string(b), Top: rank, Reads: []int{1 + int(float64(most)*math.Pow(float64(rank), -0.9))},
		AverageReadLength: []float64{250}, Coverage: []float64{1}, CoverageInfo: []string{"20 of 20 reads"},
		Name: fmt.Sprintf("%s %d/%s/%d %s", v.Name, len(v.Sequence)-vEnd, b[fiveEnd:threeStart], jStart, j.Name),
	}
	c.ID = string(b[max(0, middle-25):min(len(b), middle+25)])
	var aa []byte
	for i := start + 3; i+3 <= end-3; i += 3 {
		aa = append(aa, germline.TranslateCodon(b[i:i+3]))
	}
	junction := &vidjilfile.Junction{Span: vidjilfile.SpanOf(start, end), AA: "C" + string(aa) + "F", Productive: airr.Some((end-start)%3 == 0)}
	c.Seg = vidjilfile.Seg{
		Five:  &vidjilfile.Segment{Name: v.Name, Span: vidjilfile.SpanOf(0, fiveEnd), DelRight: airr.Some(len(v.Sequence) - vEnd)},
		Three: &vidjilfile.Segment{Name: j.Name, Span: vidjilfile.SpanOf(threeStart, len(b)), DelLeft: airr.Some(jStart)},
		N:     airr.Some(n), Junction: junction,
		CDR3:   &vidjilfile.Feature{Span: vidjilfile.SpanOf(start+3, end-3), AA: string(aa)},
		EValue: airr.Some(1e-12),
	}
	return c
}

func headOf(reads int) *vidjilfile.File {
	return &vidjilfile.File{
		Version: vidjilfile.Version, Samples: vidjilfile.Samples{Number: 1, OriginalNames: []string{"simulated"}},
		Reads: vidjilfile.Reads{Total: []int{reads}, Segmented: []int{reads}},
	}
}

// simulated is a file of so many clonotypes.
func simulated(t testing.TB, seed uint64, rows int) *vidjilfile.File {
	t.Helper()
	r := newRecombiner(t, seed)
	f := headOf(50 * rows)
	for i := range rows {
		f.Clones = append(f.Clones, *r.clone(i+1, 10*rows))
	}
	return f
}

// simulateTable writes a table of so many clonotypes to a file, unless it is
// there, and returns its path.
func simulateTable(t testing.TB, dir string, seed uint64, rows int) string {
	t.Helper()
	name := filepath.Join(dir, fmt.Sprintf("clonotypes-%d-%d.vdjt", rows, seed))
	if _, err := os.Stat(name); err == nil {
		return name
	}
	out, err := os.Create(name + ".part")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	b := bufio.NewWriterSize(out, 1<<20)
	r := newRecombiner(t, seed)
	w := NewWriter(b, headOf(50*rows))
	for i := range rows {
		if err := w.Append(r.clone(i+1, 10*rows)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		t.Fatal(err)
	}
	return name
}

// fileReader is an open file and its size.
func fileReader(t testing.TB, name string) (io.ReaderAt, int64) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return f, info.Size()
}
