package simulate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/curated"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
)

func human(tb testing.TB) *germline.Set {
	tb.Helper()
	set, err := germline.Human()
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// small is a set of few genes that no release of the reference changes, for the
// golden digests.
func small() *germline.Set {
	gene := func(name, locus string, segment germline.Segment, anchor int, sequence string) germline.Gene {
		return germline.Gene{Name: name, Locus: locus, Segment: segment, Functionality: "F", Anchor: anchor, Sequence: []byte(sequence)}
	}
	framework := strings.Repeat("GAGGTGCAGCTGTTGGAGTCTGGGGGA", 10)
	return &germline.Set{
		Name: "small", Species: "none",
		Genes: []germline.Gene{
			gene("IGHV1-1*01", "IGH", germline.V, 270, framework+"TGTGCGAGAGACA"),
			gene("IGHV1-1*02", "IGH", germline.V, 270, framework+"TGTGCGAAAGA"),
			gene("IGHD1-1*01", "IGH", germline.D, -1, "GGTACAACTGGAACGAC"),
			gene("IGHJ1*01", "IGH", germline.J, 15, "GCTGAATACTTCCAGTGGGGCCAGGGCACCCTGGTCACCGTCTCCTCAG"),
		},
		Systems: []germline.System{
			{Code: "IGH", Recombinations: []germline.Recombination{{
				Five: []germline.Pool{{Name: "IGHV", Genes: []int{0, 1}}}, Four: []germline.Pool{{Name: "IGHD", Genes: []int{2}}},
				Three: []germline.Pool{{Name: "IGHJ", Genes: []int{3}}},
			}}},
			{Code: "IGH+", Recombinations: []germline.Recombination{{
				Five: []germline.Pool{{Name: "IGHD+up", Genes: []int{2}}}, Three: []germline.Pool{{Name: "IGHJ", Genes: []int{3}}},
			}}},
		},
	}
}

// sample is all that one run makes.
type sample struct {
	clones       []curated.Clone
	truth        []curated.TrueRead
	reads, mates []record
	bytes        string // SHA-256 of all files
}

type record struct{ id, seq, qual string }

func generate(tb testing.TB, set *germline.Set, opt Options) sample {
	tb.Helper()
	var reads, mates, clones, truth bytes.Buffer
	made, err := Generate(set, opt, Output{&reads, &mates, &clones, &truth})
	if err != nil {
		tb.Fatal(err)
	}
	h := sha256.New()
	for _, b := range []*bytes.Buffer{&reads, &mates, &clones, &truth} {
		fmt.Fprintf(h, "%d\n", b.Len())
		h.Write(b.Bytes())
	}
	s := sample{bytes: hex.EncodeToString(h.Sum(nil)), reads: records(tb, reads.String()), mates: records(tb, mates.String())}
	if s.clones, err = curated.ReadClones(&clones); err != nil {
		tb.Fatal(err)
	}
	for i := range made {
		if len(made[i].D) == 0 {
			made[i].D = nil
		}
	}
	if diff := cmp.Diff(made, s.clones); diff != "" {
		tb.Fatalf("clones returned and written differ:\n%s", diff)
	}
	if s.truth, err = curated.ReadTruth(&truth); err != nil {
		tb.Fatal(err)
	}
	return s
}

func records(tb testing.TB, text string) []record {
	tb.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	var list []record
	for i := 0; i+3 < len(lines); i += 4 {
		if lines[i][0] != '@' || lines[i+2] != "+" || len(lines[i+1]) != len(lines[i+3]) {
			tb.Fatalf("record %d is not FASTQ: %q", i/4, lines[i:i+4])
		}
		list = append(list, record{lines[i][1:], lines[i+1], lines[i+3]})
	}
	return list
}

func TestSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	// The digests stand for bytes that must not change between machines: a
	// laboratory that repeats a validation compares with its own files.
	for _, tc := range []struct {
		name string
		opt  Options
		want string
	}{
		{"single", Options{Seed: 1, Clones: 50, Reads: 500, Junk: 0.1}, "b627a003325adfc803a95d29ce923041acc5f5ab5a7a112b4debf356b1a9c03b"},
		{"paired", Options{Seed: 2, Clones: 50, Reads: 500, Paired: true, Length: 100, LengthMax: 120, Placement: Random, ErrorRate: 0.02}, "bf1bcf3b2feecd580d074d5b097258d9b0852387cbb5759633ffb747457b50c3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := generate(t, small(), tc.opt).bytes
			if again := generate(t, small(), tc.opt).bytes; again != got {
				t.Errorf("second run: %s, first %s", again, got)
			}
			if got != tc.want {
				t.Errorf("digest %s, want %s", got, tc.want)
			}
			tc.opt.Seed += 100
			if other := generate(t, small(), tc.opt).bytes; other == got {
				t.Errorf("another seed gives the same bytes")
			}
		})
	}
}

// TestClonesHoldTheirTruth rebuilds each clone from its designation alone.
func TestClonesHoldTheirTruth(t *testing.T) {
	t.Parallel()
	set := human(t)
	genes := curated.NewGermline(set)
	clones := generate(t, set, Options{Seed: 3, Clones: 3000, Reads: 1, Mutation: -1}).clones
	systems := map[string]int{}
	for i := range clones {
		c := &clones[i]
		systems[c.System]++
		d, err := curated.Parse(c.Designation)
		if err != nil {
			t.Fatal(err)
		}
		first, last := genes(d.Genes[0]), genes(d.Genes[len(d.Genes)-1])
		before, after := d.Junctions[0].DelLeft, d.Junctions[len(d.Junctions)-1].DelRight
		middle := ""
		for k, j := range d.Junctions {
			middle += j.Inserted
			if k+1 < len(d.Junctions) {
				g := genes(d.Genes[k+1])
				middle += string(g[j.DelRight : len(g)-d.Junctions[k+1].DelLeft])
			}
		}
		if got := c.Sequence[c.BreakStart:c.BreakEnd]; got != middle {
			t.Errorf("%s %s: %s between the ends, want %s", c.ID, c.Designation, got, middle)
		}
		if !strings.HasSuffix(c.Sequence[:c.BreakStart], string(first[:len(first)-before])) {
			t.Errorf("%s %s: 5' gene does not end at %d", c.ID, c.Designation, c.BreakStart)
		}
		if !strings.HasPrefix(c.Sequence[c.BreakEnd:], string(last[after:])) {
			t.Errorf("%s %s: 3' gene does not start at %d", c.ID, c.Designation, c.BreakEnd)
		}
		checkJunction(t, c)
	}
	for code := range DefaultSystems() {
		if systems[code] < 20 {
			t.Errorf("%s: %d clones of 3000", code, systems[code])
		}
	}
}

func checkJunction(t *testing.T, c *curated.Clone) {
	t.Helper()
	if complete := !strings.Contains(c.System, "+"); !complete {
		if c.Junction != "" || c.Productive {
			t.Errorf("%s of %s has a junction", c.ID, c.System)
		}
		return
	}
	at := strings.Index(c.Sequence, c.Junction)
	if c.Junction == "" || at < 0 || at > c.BreakStart || at+len(c.Junction) < c.BreakEnd {
		t.Errorf("%s %s: junction %q does not span the break", c.ID, c.Designation, c.Junction)
	}
	if c.Productive && (c.JunctionAA[0] != 'C' || len(c.JunctionAA)*3 != len(c.Junction)) {
		t.Errorf("%s: junction %s for %s", c.ID, c.JunctionAA, c.Junction)
	}
}

// TestTruthIsNormal: with mutations, the designation is the normal form of
// what the sequence holds.
func TestTruthIsNormal(t *testing.T) {
	t.Parallel()
	set := human(t)
	genes := curated.NewGermline(set)
	mutated, complete, productive := 0, 0, 0
	for _, c := range generate(t, set, Options{Seed: 4, Clones: 3000, Reads: 1}).clones {
		d, err := c.Normal(genes)
		if err != nil {
			t.Fatal(err)
		}
		if d.String() != c.Designation {
			t.Errorf("%s: %s, in normal form %s", c.ID, c.Designation, d)
		}
		checkJunction(t, &c)
		if c.SHM > 0 {
			mutated++
		}
		if c.SHM > 0 && (!strings.HasPrefix(c.System, "IG") || strings.Contains(c.System, "+")) {
			t.Errorf("%s of %s is mutated", c.ID, c.System)
		}
		if c.Junction != "" {
			complete++
			if c.Productive {
				productive++
			}
		}
	}
	if mutated < 700 || productive*100 < complete*78 || productive*100 > complete*92 {
		t.Errorf("%d mutated; %d productive of %d", mutated, productive, complete)
	}
}

// distance is the edit distance, the obvious way.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func reverseComplement(s string) string {
	return string(base.ReverseComplement(nil, []byte(s)))
}

func TestReadsComeFromTheirClones(t *testing.T) {
	t.Parallel()
	set := human(t)
	for _, tc := range []struct {
		name string
		opt  Options
	}{
		{"amplicon", Options{Length: 150, ErrorRate: 0.01}},
		{"short", Options{Length: 100, ErrorRate: -1}},
		{"range", Options{Length: 120, LengthMax: 280, Strands: ReverseStrand}},
		{"random", Options{Placement: Random, Strands: ForwardStrand, ErrorRate: 0.01}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.opt.Seed, tc.opt.Clones, tc.opt.Reads = 5, 300, 400
			s := generate(t, set, tc.opt)
			clones := map[string]curated.Clone{}
			counted := map[string]int{}
			for _, c := range s.clones {
				clones[c.ID] = c
			}
			errors, reverse := 0, 0
			for i, r := range s.reads {
				truth := s.truth[i]
				c := clones[truth.Clone]
				counted[c.ID]++
				seq := r.seq
				if truth.Reverse {
					reverse++
					seq = reverseComplement(seq)
				}
				errors += truth.Errors
				best := len(seq)
				for at := 0; at+truth.Length <= len(c.Sequence) && best > truth.Errors; at++ {
					if tc.opt.Placement == Amplicon && at != max(0, c.ReadEnd-truth.Length) {
						continue
					}
					if seq == c.Sequence[at:at+truth.Length] {
						best = 0
					} else if head := c.Sequence[at : at+truth.Length]; truth.Errors > 0 && shared(seq, head) {
						best = min(best, distance(seq, head))
					}
				}
				if best > truth.Errors {
					t.Errorf("%s of %s: %d errors from any place, want %d", r.id, c.ID, best, truth.Errors)
				}
			}
			for _, c := range s.clones {
				if c.Reads != counted[c.ID] {
					t.Errorf("%s: %d reads, table says %d", c.ID, counted[c.ID], c.Reads)
				}
			}
			wantReverse := map[Strands][2]int{BothStrands: {150, 250}, ForwardStrand: {0, 0}, ReverseStrand: {400, 400}}[tc.opt.Strands]
			if reverse < wantReverse[0] || reverse > wantReverse[1] {
				t.Errorf("%d of 400 reads are reverse, want %v", reverse, wantReverse)
			}
			if (errors == 0) != (tc.opt.ErrorRate < 0) {
				t.Errorf("%d errors at rate %g", errors, tc.opt.ErrorRate)
			}
		})
	}
}

// shared tells whether two sequences have eight letters in common at one of
// some places: a sieve before the costly distance.
func shared(a, b string) bool {
	for at := 0; at+9 < min(len(a), len(b)); at += 10 {
		if a[at:at+8] == b[at:at+8] {
			return true
		}
	}
	return false
}

func TestPairsAreEndsOfOneFragment(t *testing.T) {
	t.Parallel()
	s := generate(t, human(t), Options{Seed: 6, Clones: 100, Reads: 300, Paired: true, Length: 150, ErrorRate: -1})
	clones := map[string]curated.Clone{}
	for _, c := range s.clones {
		clones[c.ID] = c
	}
	sum := 0
	for i, truth := range s.truth {
		sum += truth.Length
		head, tail := s.reads[i], s.mates[i]
		if head.id != tail.id || head.id != truth.ID {
			t.Fatalf("pair %d is %s and %s", i, head.id, tail.id)
		}
		if truth.Reverse {
			head, tail = tail, head
		}
		fragment := clones[truth.Clone].Sequence
		from := max(0, clones[truth.Clone].ReadEnd-truth.Length)
		fragment = fragment[from : from+truth.Length]
		if !strings.HasPrefix(fragment, head.seq) || !strings.HasSuffix(fragment, reverseComplement(tail.seq)) {
			t.Errorf("%s: reads are not the ends of the fragment", truth.ID)
		}
	}
	if mean := sum / len(s.truth); mean < 340 || mean > 360 {
		t.Errorf("mean fragment %d, want about 350", mean)
	}
}

func TestErrorsQualitiesAndJunk(t *testing.T) {
	t.Parallel()
	s := generate(t, small(), Options{Seed: 7, Clones: 20, Reads: 20000, ErrorRate: 0.01, Junk: 0.08, Strands: ForwardStrand})
	clones := map[string]curated.Clone{}
	for _, c := range s.clones {
		clones[c.ID] = c
	}
	var letters, errors, junk, low, wrong, good, right int
	var byPlace [5]int
	for i, truth := range s.truth {
		letters += truth.Length
		errors += truth.Errors
		if truth.Clone == curated.NoClone {
			junk++
			continue
		}
		c, r := clones[truth.Clone], s.reads[i]
		if len(r.seq) != truth.Length {
			continue // an insertion or a deletion
		}
		template := c.Sequence[c.ReadEnd-truth.Length : c.ReadEnd]
		if truth.Errors < distanceAtPlaces(r.seq, template) {
			continue // one of each
		}
		for k := range r.seq {
			bad := r.qual[k]-phred <= highLow
			switch {
			case r.seq[k] != template[k]:
				wrong++
				byPlace[k*5/len(r.seq)]++
				if bad {
					low++
				}
			default:
				right++
				if bad {
					good++
				}
			}
		}
	}
	within := func(what string, got, low, high float64) {
		if got < low || got > high {
			t.Errorf("%s: %.5f, want %.5f to %.5f", what, got, low, high)
		}
	}
	within("errors", float64(errors)/float64(letters), 0.0095, 0.0105)
	within("junk", float64(junk)/20000, 0.074, 0.086)
	within("wrong letters that look bad", float64(low)/float64(wrong), 0.92, 0.98)
	within("right letters that look bad", float64(good)/float64(right), 0.001, 0.003)
	within("errors at the end over the start", float64(byPlace[4])/float64(byPlace[0]), 2, 3.2)
}

func distanceAtPlaces(a, b string) int {
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func TestTruthScoresFull(t *testing.T) {
	t.Parallel()
	set := human(t)
	s := generate(t, set, Options{Seed: 8, Clones: 500, Reads: 3000, Junk: 0.1})
	clones := map[string]*curated.Clone{}
	for i := range s.clones {
		clones[s.clones[i].ID] = &s.clones[i]
	}
	var observed []curated.Observation
	for _, truth := range s.truth {
		o := curated.Observation{ID: truth.ID}
		if c := clones[truth.Clone]; c != nil {
			o = curated.Observation{ID: truth.ID, System: c.System, Designation: c.Designation, Junction: c.Junction}
		}
		observed = append(observed, o)
	}
	r, err := curated.ScoreReads(s.clones, s.truth, observed, curated.NewGermline(set), curated.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a := &r.All
	for name, c := range map[string]curated.Count{
		"detected": a.Detected, "locus": a.System, "V": a.VGene, "V allele": a.VAllele, "J": a.JGene, "D": a.D,
		"junction": a.Junction, "full": a.Full, "text": a.Text, "junk": r.Junk,
	} {
		if c.Right != c.Total || c.Total == 0 {
			t.Errorf("%s: %s", name, c)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]Options{
		"clones": {Clones: -1}, "reads": {Reads: -1}, "length": {Length: 20}, "range": {Length: 200, LengthMax: 100},
		"insert": {Paired: true, InsertMean: 100}, "errors": {ErrorRate: 0.5}, "system": {Systems: map[string]int{"IGX": 1}},
		"weight": {Systems: map[string]int{"IGH": 0}}, "placement": {Placement: 7}, "strands": {Strands: 9}, "junk": {Junk: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Generate(small(), opt, Output{}); err == nil {
				t.Errorf("%+v: no error", opt)
			}
		})
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }

func TestWriteErrorsAreReported(t *testing.T) {
	t.Parallel()
	for name, out := range map[string]Output{
		"reads": {Reads: failing{}}, "mates": {Mates: failing{}}, "clones": {Clones: failing{}}, "truth": {Truth: failing{}},
	} {
		opt := Options{Clones: 10, Reads: 2000, Paired: true, Length: 100}
		if _, err := Generate(small(), opt, out); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// BenchmarkReads measures reads alone: 250 letters, 0.3 % errors, 8 % junk.
func BenchmarkReads(b *testing.B) {
	set := human(b)
	opt, err := Options{Clones: 20000, Reads: 20000, Junk: 0.08}.settle(set)
	if err != nil {
		b.Fatal(err)
	}
	m := newMaker(set, opt)
	clones := make([]curated.Clone, opt.Clones)
	for i := range clones {
		if clones[i], err = m.clone(i); err != nil {
			b.Fatal(err)
		}
	}
	var size counter
	for b.Loop() {
		size = 0
		if err := newGenerator(set, opt, clones).reads(Output{Reads: &size}); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(size))
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

func BenchmarkClones(b *testing.B) {
	set := human(b)
	opt, err := Options{}.settle(set)
	if err != nil {
		b.Fatal(err)
	}
	m := newMaker(set, opt)
	for b.Loop() {
		if _, err := m.clone(0); err != nil {
			b.Fatal(err)
		}
	}
}
