package clonotype

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/internal/base"
)

// The table of windows counts like a map from letters to reads.
func TestGathererMatchesMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := newGatherer()
		want := map[string]int{}
		var order []string
		// Few distinct windows, many reads; some hold an N, some are long.
		pool := rapid.SliceOfNDistinct(rapid.StringMatching(`[ACGT]{30,40}|[ACGTN]{30,34}|[ACGT]{61,90}`), 1, 40,
			func(s string) string { return s }).Draw(t, "windows")
		for range rapid.IntRange(1, 300).Draw(t, "reads") {
			w := rapid.SampledFrom(pool).Draw(t, "window")
			x := g.at(makeKey([]byte(w)))
			if x.reads == 0 {
				x.length = uint16(len(w))
				order = append(order, w)
			}
			x.reads++
			want[w]++
			if x.kept < keepReads {
				g.keep(x, []byte("AC"+w+"T"), nil, false, 2)
			}
		}
		if g.n != len(want) {
			t.Fatalf("%d windows, want %d", g.n, len(want))
		}
		for i, w := range order {
			x := g.group(i)
			if got := string(g.window(nil, x)); got != w || int(x.reads) != want[w] {
				t.Fatalf("window %d: %s with %d reads, want %s with %d", i, got, x.reads, w, want[w])
			}
			if g.find(makeKey([]byte(w))) != i {
				t.Fatalf("window %s is not found", w)
			}
		}
		if g.find(makeKey([]byte("GATTACAGATTACAGATTACAGATTACAGATTACAGATTACA"))) >= 0 {
			t.Fatal("found a window that is not there")
		}
	})
}

// A kept read gives back its letters and qualities, on the coding strand.
func TestKeepRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seq := rapid.SliceOfN(rapid.SampledFrom([]byte("ACGTNR")), 30, 300).Draw(t, "seq")
		qual := rapid.SliceOfN(rapid.ByteRange('!', '!'+maxQuality), len(seq), len(seq)).Draw(t, "qual")
		reverse := rapid.Bool().Draw(t, "reverse")
		start := rapid.IntRange(0, len(seq)-30).Draw(t, "window")
		g := newGatherer()
		x := g.at(key{1, 1})
		x.length = 30
		g.keep(x, seq, qual, reverse, start)
		got := g.keptReads(nil, x)
		if len(got) != 1 || got[0].windowStart != start || len(got[0].letters) != len(seq) {
			t.Fatalf("kept %d reads", len(got))
		}
		oriented, quality := seq, qual
		if reverse {
			oriented = base.ReverseComplement(nil, seq)
			quality = slices.Clone(qual)
			slices.Reverse(quality)
		}
		for i, l := range got[0].letters {
			want := oriented[i]
			if bytes.IndexByte(acgt, want) < 0 {
				want = 'N'
			}
			if keptLetter(l) != want {
				t.Fatalf("letter %d: %c, want %c", i, keptLetter(l), want)
			}
			if want != 'N' && l>>2 != quality[i]-'!' {
				t.Fatalf("quality %d: %d, want %d", i, l>>2, quality[i]-'!')
			}
		}
	})
}

// The representative outvotes errors by quality, and ends where enough reads do.
func TestConsensus(t *testing.T) {
	t.Parallel()
	truth := "TTGACCATGCATTGCAGGATCCTTAGCAATCGGATTACAGCCTTAGGAACCTTGCATGCA"
	window := truth[10:45]
	g := newGatherer()
	x := g.at(makeKey([]byte(window)))
	x.length = uint16(len(window))
	add := func(from, to int, change func(seq, qual []byte)) {
		seq, qual := []byte(truth[from:to]), bytes.Repeat([]byte("I"), to-from)
		if change != nil {
			change(seq, qual)
		}
		x.reads++
		g.keep(x, seq, qual, false, 10-from)
	}
	add(0, 60, nil)
	add(2, 58, func(seq, qual []byte) { seq[0], qual[0] = 'C', '#' }) // a bad letter
	add(4, 55, nil)
	add(4, 50, func(seq, _ []byte) { seq[45] = 'A' }) // a good letter against three
	add(8, 47, nil)
	var c consensus
	c.build(g, x)
	if got, want := string(c.letters), truth[4:55]; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if c.windowStart != 6 || string(c.letters[6:6+len(window)]) != window {
		t.Errorf("window at %d", c.windowStart)
	}
	if len(c.quality) != len(c.letters) || c.quality[0] != 40 {
		t.Errorf("quality %v", c.quality)
	}
}

func TestDiversity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		sizes map[int]int
		want  Diversity
	}{
		// The original's own file of fourteen single reads: H = ln 14.
		{"fourteen singles", map[int]int{1: 14}, Diversity{math.Log(14), 1, 1}},
		{"one clone", map[int]int{100: 1}, Diversity{0, 1, 0}},
		{"one read", map[int]int{1: 1}, Diversity{0, 1, 0}},
		{"half and half", map[int]int{50: 2}, Diversity{math.Ln2, 1, 1 - 2*50.0*49/(100*99)}},
		{"ninety and ten", map[int]int{90: 1, 10: 1}, Diversity{
			-(0.9*math.Log(0.9) + 0.1*math.Log(0.1)),
			-(0.9*math.Log(0.9) + 0.1*math.Log(0.1)) / math.Ln2, 1 - (90.0*89+10*9)/(100*99),
		}},
	} {
		got := diversity(c.sizes)
		for i, pair := range [][2]float64{{got.Shannon, c.want.Shannon}, {got.Pielou, c.want.Pielou}, {got.Simpson, c.want.Simpson}} {
			if math.Abs(pair[0]-pair[1]) > 1e-12 {
				t.Errorf("%s: index %d is %v, want %v", c.name, i, pair[0], pair[1])
			}
		}
	}
}

func TestLabelIndex(t *testing.T) {
	t.Parallel()
	long := "ACGTTGCAAGCTTAGGCATCGATTACGGCATTAGCCATAGGCATCCGATTTGACCATGACCAGT"
	x := newLabelIndex([]Label{{Name: "long", Sequence: long}, {Name: "short", Sequence: "GGGGCCCCATATATA"}}, 50)
	for window, want := range map[string]int{
		long[:50]: 0, long[7:57]: 0, long[5:50]: 0,
		string(base.ReverseComplement(nil, []byte(long[3:53]))): 0,
		"AAAAAAAAAAAAAAAAAAAAGGGGCCCCATATATAAAAAAAAAAAAAAAA":    1,
		"AAAAAAAAAAAAAAAAAAAATATATATGGGGCCCCAAAAAAAAAAAAAAAA":   1,
		long[:40]: 0, long[:49]: -1,
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": -1,
	} {
		if got := x.find([]byte(window)); got != want {
			t.Errorf("%s: label %d, want %d", window, got, want)
		}
	}
}

// Links lead from fewer reads to more, so that they never form a circle.
func TestErrorsHaveRoots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := newGatherer()
		window := bytes.Repeat([]byte("ACGTA"), 8)
		for range rapid.IntRange(1, 200).Draw(t, "reads") {
			w := bytes.Clone(window)
			qual := bytes.Repeat([]byte("I"), len(w))
			for range rapid.IntRange(0, 2).Draw(t, "errors") {
				p := rapid.IntRange(0, len(w)-1).Draw(t, "at")
				w[p] = rapid.SampledFrom(acgt).Draw(t, "letter")
				qual[p] = rapid.SampledFrom([]byte("#5I")).Draw(t, "quality")
			}
			x := g.at(makeKey(w))
			x.length = uint16(len(w))
			x.reads++
			g.keep(x, w, qual, false, 0)
		}
		c := findErrors(g, 5, 3)
		for i := range g.n {
			steps := 0
			for j := int32(i); c.parents[j] >= 0; j = c.parents[j] {
				if steps++; steps > g.n {
					t.Fatal("a circle of errors")
				}
				if g.group(int(c.parents[j])).reads < g.group(int(j)).reads {
					t.Fatal("an error of a smaller window")
				}
			}
		}
	})
}
