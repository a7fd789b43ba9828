package repertoire

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// tutorial reads the demonstration patient of five samples; the test is skipped
// when the data beside the checkout are not there.
func tutorial(t testing.TB) *vidjilfile.File {
	t.Helper()
	in, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "vidjil-files", "demo_lil_l3_tutorial.vidjil.gz"))
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	defer in.Close()
	f, err := vidjilfile.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func some[T any](v T) vidjilfile.Opt[T] { return vidjilfile.Opt[T]{Value: v, Valid: true} }

// clone is a clonotype of one sample with what fuse looks at.
func clone(id, system string, reads, top int) vidjilfile.Clone {
	return vidjilfile.Clone{
		ID: id, Germline: system, Name: "V 0/AC/0 J of " + id, Sequence: "ACGT" + id, Reads: []int{reads}, Top: top,
		AverageReadLength: []float64{100},
		Seg:               vidjilfile.Seg{Junction: &vidjilfile.Junction{Productive: some(true)}},
	}
}

// sampleFile is a file of one sample with these clonotypes; its head says what
// they add up to.
func sampleFile(name string, clones ...vidjilfile.Clone) *vidjilfile.File {
	f := &vidjilfile.File{
		Producer: "test", Version: vidjilfile.Version, Timestamps: []string{"2026-01-02 03:04:05"},
		Samples: vidjilfile.Samples{Number: 1, OriginalNames: []string{name}, Producer: []string{"engine"}},
		Reads:   vidjilfile.Reads{Germline: map[string][]int{}, Clones: map[string][]int{}},
		Clones:  clones,
	}
	all := 0
	for _, c := range clones {
		if n := c.Reads[0]; n > 0 {
			all += n
			for _, m := range []struct {
				to map[string][]int
				n  int
			}{{f.Reads.Germline, n}, {f.Reads.Clones, 1}} {
				if m.to[c.Germline] == nil {
					m.to[c.Germline] = []int{0}
				}
				m.to[c.Germline][0] += m.n
			}
		}
	}
	f.Reads.Segmented, f.Reads.Total = []int{all}, []int{all + all/3}
	return f
}

// drawFile draws a file of one sample whose clonotypes come from a small pool,
// so that samples share them, with names and productivity that may differ.
func drawFile(name string) *rapid.Generator[*vidjilfile.File] {
	return rapid.Custom(func(t *rapid.T) *vidjilfile.File {
		ids := rapid.SliceOfNDistinct(rapid.IntRange(0, 14), 0, 12, rapid.ID[int]).Draw(t, "ids")
		clones := make([]vidjilfile.Clone, len(ids))
		reads := 1000
		for i, id := range ids {
			reads = max(reads-rapid.IntRange(0, 120).Draw(t, "step"), 1)
			c := clone(fmt.Sprintf("ID%d", id), []string{"IGH", "TRG", "IGK+"}[id%3], reads, i+1)
			c.AverageReadLength = []float64{float64(rapid.IntRange(90, 93).Draw(t, "length"))}
			if rapid.IntRange(0, 4).Draw(t, "other name") == 0 {
				c.Name += " otherwise"
			}
			c.Seg.Junction = &vidjilfile.Junction{Productive: some(rapid.IntRange(0, 4).Draw(t, "frame") > 0)}
			if rapid.IntRange(0, 4).Draw(t, "warned") == 0 {
				c.Warnings = []vidjilfile.Warning{{Code: "W50", Level: "warn", Message: "short"}}
			}
			clones[i] = c
		}
		f := sampleFile(name, clones...)
		// Some have more reads than those of the clonotypes that the file has.
		if len(clones) > 0 && rapid.Bool().Draw(t, "cut") {
			f.Reads.Germline[clones[0].Germline][0] += 17
			f.Reads.Clones[clones[0].Germline][0] += 5
			f.Reads.Segmented[0] += 17
		}
		return f
	})
}

func drawFiles(t *rapid.T) []*vidjilfile.File {
	n := rapid.IntRange(1, 5).Draw(t, "samples")
	files := make([]*vidjilfile.File, n)
	for i := range files {
		files[i] = drawFile(fmt.Sprintf("s%d.fastq", i)).Draw(t, "file")
	}
	return files
}

func inputs(files ...*vidjilfile.File) []Input {
	in := make([]Input, len(files))
	for i, f := range files {
		in[i] = Input{SampleID: int64(i + 1), ResultID: int64(100 + i), ConfigID: 2, ConfigRevision: 3, Source: FromFile(f, 0)}
	}
	return in
}

func fuse(t interface {
	Helper()
	Fatal(args ...any)
}, o Options, files ...*vidjilfile.File,
) *Fused {
	t.Helper()
	f, err := Fuse(ctx(t), inputs(files...), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
