package clonetable

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// memory is a target in memory.
func memory(result int64, b []byte) Target {
	return Target{Result: result, Open: func(context.Context) (io.ReaderAt, int64, func() error, error) {
		return bytes.NewReader(b), int64(len(b)), nil, nil
	}}
}

// naive is the search as Query tells it, letter by letter over files in memory.
func naive(q *Query, results []int64, files []*vidjilfile.File, limit int) (hits []Hit, total int) {
	bits := letterBits()
	for i, f := range files {
		for row := range f.Clones {
			c := &f.Clones[row]
			h := Hit{
				Result: results[i], Row: row, Reads: int64(c.Reads[0]), ID: c.ID, System: c.Germline, Name: c.Name, Productive: -1,
				Five: naiveGene(c.Seg.Five), Four: naiveGene(c.Seg.Four), Three: naiveGene(c.Seg.Three),
			}
			h.Share = float64(h.Reads) / float64(f.Reads.Segmented[0])
			cdr3 := ""
			if g := c.Seg.CDR3; g != nil {
				h.CDR3AA, cdr3 = g.AA, g.AA
			}
			if j := c.Seg.Junction; j != nil {
				if j.Productive.Valid {
					h.Productive = 0
					if j.Productive.Value {
						h.Productive = 1
					}
				}
				if n := len(j.AA); cdr3 == "" && n > 2 {
					cdr3 = j.AA[1 : n-1]
				}
			}
			genes := []string{h.Five, h.Four, naiveGene(c.Seg.FourA), naiveGene(c.Seg.FourB), h.Three}
			if h.Reads < q.MinReads || q.System != "" && q.System != c.Germline || !naiveGenes(q.Five, genes[:1]) ||
				!naiveGenes(q.Four, genes[1:4]) || !naiveGenes(q.Three, genes[4:]) || !naiveGenes(q.Gene, genes) ||
				!naiveCDR3(q, cdr3) || !naiveSequence(bits, q.Sequence, c, &h) {
				continue
			}
			hits = append(hits, h)
		}
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Reads, a.Reads), cmp.Compare(a.Result, b.Result), cmp.Compare(a.Row, b.Row))
	})
	return hits[:min(limit, len(hits))], len(hits)
}

func naiveGene(s *vidjilfile.Segment) string {
	if s == nil {
		return ""
	}
	return s.Name
}

func naiveGenes(want string, names []string) bool {
	return want == "" || slices.ContainsFunc(names, func(name string) bool { return matchGene([]byte(name), []byte(want)) })
}

func naiveCDR3(q *Query, cdr3 string) bool {
	if q.CDR3 == "" {
		return true
	}
	for from := 0; from+len(q.CDR3) <= len(cdr3); from++ {
		differ := 0
		for i := range len(q.CDR3) {
			if c := strings.ToUpper(q.CDR3)[i]; c != 'X' && c != cdr3[from+i] {
				differ++
			}
		}
		if differ <= q.CDR3Mismatches && (q.CDR3Within || len(cdr3) == len(q.CDR3)) {
			return true
		}
	}
	return false
}

// iupac is written anew, from the standard's table.
var iupac = map[byte]string{
	'A': "A", 'C': "C", 'G': "G", 'T': "T", 'U': "T", 'R': "AG", 'Y': "CT", 'S': "CG", 'W': "AT", 'K': "GT", 'M': "AC",
	'B': "CGT", 'D': "AGT", 'H': "ACT", 'V': "ACG", 'N': "ACGT",
}

func reverseComplement(s string) string {
	b := []byte(strings.ToUpper(s))
	slices.Reverse(b)
	for i, c := range b {
		const from, to = "ACGTURYSWKMBDHVN", "TGCAAYRSWMKVHDBN"
		b[i] = to[strings.IndexByte(from, c)]
	}
	return string(b)
}

// letterBits are the letters of each IUPAC code, in either case, a bit each.
func letterBits() *[256]byte {
	var bits [256]byte
	for code, letters := range iupac {
		for i, c := range "ACGT" {
			if strings.ContainsRune(letters, c) {
				bits[code] |= 1 << i
				bits[code|0x20] |= 1 << i
			}
		}
	}
	return &bits
}

// standsAt tells whether the letters of text are those that the pattern allows.
func standsAt(bits *[256]byte, pattern, text string) bool {
	for i := range len(pattern) {
		if b := bits[text[i]]; b == 0 || b&^bits[pattern[i]] != 0 {
			return false
		}
	}
	return true
}

func naiveSequence(bits *[256]byte, sequence string, c *vidjilfile.Clone, h *Hit) bool {
	if sequence == "" {
		return true
	}
	text := cmp.Or(c.Sequence, c.ID)
	for _, reverse := range []bool{false, true} {
		pattern := sequence
		if reverse {
			pattern = reverseComplement(sequence)
		}
		for at := 0; at+len(pattern) <= len(text); at++ {
			if standsAt(bits, pattern, text[at:at+len(pattern)]) {
				h.Start, h.End, h.Reverse = at, at+len(pattern), reverse
				return true
			}
		}
	}
	if len(c.ID) < MinSequence {
		return false
	}
	for _, reverse := range []bool{false, true} {
		pattern := sequence
		if reverse {
			pattern = reverseComplement(sequence)
		}
		for at := 0; at+len(c.ID) <= len(pattern); at++ {
			if standsAt(bits, pattern[at:at+len(c.ID)], c.ID) {
				h.Reverse = reverse
				if p := strings.Index(text, c.ID); p >= 0 {
					h.Start, h.End = p, p+len(c.ID)
				}
				return true
			}
		}
	}
	return false
}

// odd gives clonotypes what real files have now and then.
func odd(f *vidjilfile.File, rnd *rand.Rand) {
	for i := range f.Clones {
		c := &f.Clones[i]
		switch rnd.IntN(25) {
		case 0:
			c.Sequence = ""
		case 1:
			c.Sequence = strings.ToLower(c.Sequence)
		case 2:
			b := []byte(c.Sequence)
			b[rnd.IntN(len(b))] = "NRY-"[rnd.IntN(4)]
			c.Sequence = string(b)
		case 3:
			c.ID = c.ID[:rnd.IntN(len(c.ID))]
		case 4:
			c.ID, c.Sequence = "", ""
		case 5:
			c.ID = "clone 12 of a file that names them"
		case 6:
			c.Seg.CDR3 = nil
		case 7:
			c.Seg.Four, c.Seg.Five = c.Seg.Five, nil
		case 8:
			c.Reads[0] = 5
		case 9: // the same in another sample
			c.ID = strings.Repeat("ACGTTGCAGG", 5)
		}
	}
}

// anyQuery asks for something of a clonotype, or for something close to it.
func anyQuery(c *vidjilfile.Clone, rnd *rand.Rand) Query {
	var q Query
	if s := cmp.Or(c.Sequence, c.ID); rnd.IntN(2) == 0 && len(s) > 60 && !strings.Contains(s, "-") && plainDNA(strings.ToUpper(s[:60])) {
		n := 12 + rnd.IntN(len(s)-12)
		if rnd.IntN(3) > 0 {
			n = 12 + rnd.IntN(40)
		}
		at := rnd.IntN(len(s) - n + 1)
		b := []byte(strings.ReplaceAll(s[at:at+n], " ", "A"))
		for range rnd.IntN(4) {
			if n > 20 {
				b[rnd.IntN(n)] = "NNRYWSn"[rnd.IntN(7)]
			}
		}
		q.Sequence = string(b)
		if rnd.IntN(4) == 0 && plainDNA(c.ID) { // a read that holds a window
			q.Sequence = "ACCAGT" + c.ID + "TTNGA"
		}
		if rnd.IntN(2) == 0 {
			q.Sequence = strings.ReplaceAll(reverseIfPossible(q.Sequence), "U", "T")
		}
	}
	if g := c.Seg.CDR3; rnd.IntN(3) == 0 && g != nil && len(g.AA) > 4 {
		b := []byte(g.AA)
		b[rnd.IntN(len(b))] = "AXW"[rnd.IntN(3)]
		q.CDR3, q.CDR3Mismatches, q.CDR3Within = string(b), rnd.IntN(3), rnd.IntN(2) == 0
		if q.CDR3Within {
			q.CDR3 = q.CDR3[:3+rnd.IntN(len(b)-3)]
		}
	}
	name := func(s *vidjilfile.Segment) string {
		if s == nil || rnd.IntN(3) > 0 {
			return ""
		}
		gene, _, _ := strings.Cut(s.Name, "*")
		family, _, _ := strings.Cut(gene, "-")
		return []string{s.Name, gene, family, strings.ToLower(family), gene[:4]}[rnd.IntN(5)]
	}
	q.Five, q.Three, q.Four, q.Gene = name(c.Seg.Five), name(c.Seg.Three), name(c.Seg.Four), name(c.Seg.Three)
	if rnd.IntN(4) == 0 {
		q.System = c.Germline
	}
	if rnd.IntN(4) == 0 {
		q.MinReads = int64(rnd.IntN(100))
	}
	return q
}

func reverseIfPossible(s string) string {
	for i := range len(s) {
		if iupac[s[i]&^0x20] == "" {
			return s
		}
	}
	return reverseComplement(s)
}

func TestSearchFindsWhatANaiveScanFinds(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 7))
	var files []*vidjilfile.File
	var results []int64
	var targets []Target
	for i, rows := range []int{chunkRows + 300, 0, 700, 1, 500} {
		f := simulated(t, uint64(i+1), rows)
		odd(f, rnd)
		files, results = append(files, f), append(results, int64(10-i))
		targets = append(targets, memory(int64(10-i), bytesOf(t, f)))
	}
	found, asked := 0, 0
	for range 300 {
		f := files[[]int{0, 0, 2, 4}[rnd.IntN(4)]]
		q := anyQuery(&f.Clones[rnd.IntN(len(f.Clones))], rnd)
		if q.Check() != nil {
			continue
		}
		asked++
		limit := 1 + rnd.IntN(60)
		hits, total := naive(&q, results, files, limit)
		a, err := Search(t.Context(), targets, q, SearchOptions{Limit: limit, Threads: 1 + rnd.IntN(3)})
		if err != nil {
			t.Fatal(err)
		}
		if a.Total != total || len(a.Failed) > 0 || a.Tables != len(files) || a.Rows != chunkRows+300+700+1+500 {
			t.Fatalf("%+v: %d hits in %d tables of %d rows, want %d; failed: %v", q, a.Total, a.Tables, a.Rows, total, a.Failed)
		}
		if diff := gocmp.Diff(hits, append([]Hit{}, a.Hits...)); diff != "" && total > 0 {
			t.Fatalf("%+v (-want +got):\n%s", q, diff)
		}
		if total > 0 {
			found++
		}
	}
	if asked < 150 || found < 80 {
		t.Errorf("%d queries, %d with hits: the test says little", asked, found)
	}
}

func TestSearchEachLength(t *testing.T) {
	t.Parallel()
	f := simulated(t, 9, 20)
	target := memory(1, bytesOf(t, f))
	for row := range f.Clones {
		s := f.Clones[row].Sequence
		for n := MinSequence; n < 90; n++ {
			at := (row*31 + n*7) % (len(s) - n)
			q := Query{Sequence: s[at : at+n]}
			if (row+n)%2 == 0 {
				q.Sequence = reverseComplement(q.Sequence)
			}
			_, want := naive(&q, []int64{1}, []*vidjilfile.File{f}, 1)
			a, err := Search(t.Context(), []Target{target}, q, SearchOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if a.Total != want || want == 0 {
				t.Errorf("letters %d to %d of row %d: %d hits, want %d", at, at+n, row, a.Total, want)
			}
		}
	}
}

func TestMatchGene(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		want string
		yes  []string
		no   []string
	}{
		{"IGHV3-48*01", []string{"IGHV3-48*01", "ighv3-48*01"}, []string{"IGHV3-48*02", "IGHV3-48*011", "IGHV3-48"}},
		{"IGHV3-30", []string{"IGHV3-30*01", "IGHV3-30"}, []string{"IGHV3-30-3*01", "IGHV3-303*01", "IGHV3-3*01"}},
		{"IGHV3", []string{"IGHV3-48*01", "IGHV3/OR16-9*01"}, []string{"IGHV30-1*01", "IGHV4-34*01", "IGKV3-11*01"}},
		{"IGKV1", []string{"IGKV1-5*03", "IGKV1D-39*01"}, []string{"IGKV10-1*01", "IGKV2-28*01"}},
		{"ighv", []string{"IGHV3-48*01"}, []string{"IGHJ4*02", ""}},
		{"IGH", []string{"IGHV3-48*01", "IGHJ4*02"}, []string{"TRBV1*01"}},
		{"IGHJ4", []string{"IGHJ4*02"}, []string{"IGHJ4P*01", "IGHJ5*01"}},
		{"TRAV29", []string{"TRAV29/DV5*01"}, []string{"TRAV2*01"}},
		{"TRGV9", []string{"TRGV9*01"}, []string{"TRGV91*01"}},
	} {
		for _, name := range tt.yes {
			if !matchGene([]byte(name), []byte(tt.want)) {
				t.Errorf("%q does not match %q", name, tt.want)
			}
		}
		for _, name := range tt.no {
			if matchGene([]byte(name), []byte(tt.want)) {
				t.Errorf("%q matches %q", name, tt.want)
			}
		}
	}
}

func TestQueryCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query Query
		want  string // empty: no fault
	}{
		{Query{}, "nothing to search for"},
		{Query{MinReads: 3}, "nothing to search for"},
		{Query{System: "IGH"}, ""},
		{Query{Sequence: "ACGTACGTACGT"}, ""},
		{Query{Sequence: "acgtnnnnnnacgurACGT"}, ""},
		{Query{Sequence: "ACGTACGTACG"}, "11 letters"},
		{Query{Sequence: "ACGTACGTACGNNNNNNN"}, "11 letters"},
		{Query{Sequence: "ACGTACGTACGT ACGT"}, `' ' is no nucleotide`},
		{Query{Sequence: strings.Repeat("ACGT", MaxSequence/4+1)}, "at most"},
		{Query{CDR3: "ARX*#", CDR3Mismatches: 1}, ""},
		{Query{CDR3: "AR1"}, "no amino acid"},
		{Query{CDR3: "AR", CDR3Mismatches: 2}, "2 mismatches of 2 residues"},
		{Query{CDR3: "AR", CDR3Mismatches: -1}, "-1 mismatches"},
	} {
		err := tt.query.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: got %v, want %q", tt.query, err, tt.want)
		}
		_, serr := Search(t.Context(), nil, tt.query, SearchOptions{})
		if (serr == nil) != (err == nil) {
			t.Errorf("%+v: Search gives %v", tt.query, serr)
		}
	}
}

// A table that cannot be read is named, and the others are searched.
func TestSearchPastFailures(t *testing.T) {
	t.Parallel()
	f := simulated(t, 1, 2*chunkRows)
	good := bytesOf(t, f)
	table := open(t, good)
	// The second chunk is damaged: hits of the first must be taken back.
	bad := bytes.Clone(good)
	bad[table.footer.block(&table.footer.chunks[1], colCDR3AA).offset] ^= 1
	gone := errors.New("no such blob")
	released := 0
	targets := []Target{
		memory(1, bad), memory(2, good), memory(3, good[:100]),
		{Result: 4, Open: func(context.Context) (io.ReaderAt, int64, func() error, error) { return nil, 0, nil, gone }},
		{Result: 5, Open: func(context.Context) (io.ReaderAt, int64, func() error, error) {
			return bytes.NewReader(good), int64(len(good)), func() error { released++; return nil }, nil
		}},
	}
	q := Query{CDR3: "A", CDR3Within: true}
	_, want := naive(&q, []int64{2}, []*vidjilfile.File{f}, 1)
	a, err := Search(t.Context(), targets, q, SearchOptions{Limit: 3, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if a.Total != 2*want || a.Tables != 2 || a.Results != 2 || a.Rows != 4*chunkRows {
		t.Errorf("got %d hits in %d tables of %d rows, %d with hits; want %d in 2 of %d", a.Total, a.Tables, a.Rows, a.Results, 2*want, 4*chunkRows)
	}
	for _, h := range a.Hits {
		if h.Result != 2 && h.Result != 5 {
			t.Errorf("a hit of table %d", h.Result)
		}
	}
	if released == 0 {
		t.Error("a table was not released")
	}
	var failed []int64
	for _, x := range a.Failed {
		failed = append(failed, x.Result)
		if x.Result == 4 && !errors.Is(x.Err, gone) || x.Result != 4 && !errors.Is(x.Err, ErrDamaged) {
			t.Errorf("table %d: %v", x.Result, x.Err)
		}
	}
	if diff := gocmp.Diff([]int64{1, 3, 4}, failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	b := bytesOf(t, simulated(t, 1, chunkRows+1))
	stop := errors.New("nobody waits any more")
	ctx, cancel := context.WithCancelCause(t.Context())
	target := Target{Open: func(context.Context) (io.ReaderAt, int64, func() error, error) {
		cancel(stop)
		return bytes.NewReader(b), int64(len(b)), nil, nil
	}}
	if _, err := Search(ctx, []Target{target, target}, Query{Gene: "IGHV"}, SearchOptions{}); !errors.Is(err, stop) {
		t.Errorf("Search: got %v", err)
	}
	table := open(t, b)
	if err := table.Scan(ctx, 0, nil); !errors.Is(err, stop) {
		t.Errorf("Scan: got %v", err)
	}
	if _, err := table.Clones(ctx, []int{0}); !errors.Is(err, stop) {
		t.Errorf("Clones: got %v", err)
	}
	if _, err := table.File(ctx); !errors.Is(err, stop) {
		t.Errorf("File: got %v", err)
	}
	if err := table.WriteAIRR(ctx, io.Discard); !errors.Is(err, stop) {
		t.Errorf("WriteAIRR: got %v", err)
	}
}
