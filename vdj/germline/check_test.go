package germline

import (
	"slices"
	"strings"
	"testing"
)

// small is a sound set of one system.
func small() *Set {
	v := []byte("GAGGACACGGCCGTGTATTACTGTGCGAAAGA") // E D T A V Y Y C A K
	j := []byte("ACTACTTTGACTACTGGGGCCAGGGAACCCTGGTCACCGTCTCCTCAG")
	return &Set{
		Name: "small",
		Genes: []Gene{
			{Name: "IGHV3-1*01", Locus: "IGH", Segment: V, Functionality: "F", Sequence: v, Anchor: 21},
			{Name: "IGHJ4*02", Locus: "IGH", Segment: J, Functionality: "F", Sequence: j, Anchor: 14, Down: []byte("GTGAG")},
		},
		Systems: []System{{Code: "IGH", Recombinations: []Recombination{{
			Five:  []Pool{{Name: "IGHV", Genes: []int{0}}},
			Three: []Pool{{Name: "IGHJ+down", Genes: []int{1}, Down: true}},
		}}}},
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	if got := Check(small()); len(got) != 0 {
		t.Fatalf("findings in a sound set: %v", got)
	}
	pools := func(s *Set) *Recombination { return &s.Systems[0].Recombinations[0] }
	tests := []struct {
		name  string
		spoil func(*Set)
		want  string // in the text of one finding
	}{
		{"empty", func(s *Set) { *s = Set{} }, "error: the set has no gene [no-genes]"},
		{"no system", func(s *Set) { s.Systems = nil }, "error: the set has no system [no-systems]"},
		{"no recombination", func(s *Set) { s.Systems[0].Recombinations = nil }, "error: IGH: system has no recombination"},
		{"one end", func(s *Set) { pools(s).Five = nil }, "error: IGH: recombination without genes at one end"},
		{"empty pool", func(s *Set) { pools(s).Five[0].Genes = nil }, "error: IGHV: pool has no gene"},
		{"index", func(s *Set) { pools(s).Five[0].Genes[0] = 7 }, "error: IGHV: pool points to gene 7 of 2"},
		{"system twice", func(s *Set) { s.Systems = append(s.Systems, s.Systems[0]) }, "error: IGH: system stands twice"},
		{"follows", func(s *Set) { s.Systems[0].Follows = "IGX" }, "warning: IGH: follows IGX"},
		{"name", func(s *Set) { s.Genes[0].Name = "" }, "error: gene of IGH without name"},
		{"name twice", func(s *Set) { s.Genes[1].Name = s.Genes[0].Name }, "error: IGHV3-1*01: 2 genes of this name"},
		{"same sequence", func(s *Set) {
			twin := s.Genes[0]
			twin.Name = "IGHV3-2*01"
			s.Genes = append(s.Genes, twin)
		}, "info: IGHV3-1*01: has the sequence of IGHV3-2*01"},
		{"unused", func(s *Set) {
			s.Genes = append(s.Genes, Gene{Name: "IGHD1*01", Locus: "IGH", Segment: D, Sequence: []byte("AC"), Anchor: -1})
		}, "info: IGHD1*01: gene is in no system"},
		{"letters", func(s *Set) { s.Genes[0].Sequence = []byte("gaggac") }, "error: IGHV3-1*01: letter 'g'"},
		{"no letters", func(s *Set) { s.Genes[0].Sequence = nil }, "error: IGHV3-1*01: empty sequence"},
		{"unknown letters", func(s *Set) { s.Genes[0].Sequence[0] = 'N' }, "info: IGHV3-1*01: 1 unknown letters"},
		{"no anchor", func(s *Set) { s.Genes[0].Anchor = -1 }, "warning: IGHV3-1*01: no anchor"},
		{"no anchor of a pseudogene", func(s *Set) { s.Genes[0].Anchor, s.Genes[0].Functionality = -1, "P" }, "info: IGHV3-1*01: no anchor"},
		{"anchor range", func(s *Set) { s.Genes[0].Anchor = 31 }, "error: IGHV3-1*01: anchor at 32, 32 nucleotides"},
		{"V residue", func(s *Set) { s.Genes[0].Anchor = 18 }, "warning: IGHV3-1*01: anchor codon TAC is Y"},
		{"J residue", func(s *Set) { s.Genes[1].Anchor = 17 }, "warning: IGHJ4*02: anchor codon GGC is G"},
		{"inferred", func(s *Set) { s.Genes[1].AnchorInferred = true }, "info: IGHJ4*02: anchor at 15 found by its motif"},
		{"flank", func(s *Set) { s.Genes[1].Down = nil }, "warning: IGHJ+down: 1 of 1 genes have no flank"},
		{"gap outside", func(s *Set) { s.Genes[0].Gaps = []Gap{{Pos: 99, Length: 3}} }, "error: IGHV3-1*01: gap of 3 before position 100"},
		{"gap and anchor", func(s *Set) { s.Genes[0].Gaps = []Gap{{Pos: 0, Length: 285}} }, "info: IGHV3-1*01: by its numbering Cys104 would be at 25, the anchor is at 22"},
		{"short allele", func(s *Set) { s.Genes[0].Gaps, s.Genes[0].Anchor = []Gap{{Pos: 3, Length: 3}}, -1 }, "warning: IGHV3-1*01: the allele ends before Cys104"},
		{"functionality", func(s *Set) { s.Genes[0].Functionality = "(F)" }, `info: IGHV3-1*01: functionality "(F)"`},
		{"locus", func(s *Set) { s.Genes[0].Locus = "IGK" }, "warning: IGHV3-1*01: locus is IGK"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := small()
			tt.spoil(set)
			findings := Check(set)
			if !slices.ContainsFunc(findings, func(f Finding) bool { return strings.Contains(f.String(), tt.want) }) {
				t.Errorf("findings %v, want %q", findings, tt.want)
			}
			if !slices.IsSortedFunc(findings, func(a, b Finding) int { return a.Severity.rank() - b.Severity.rank() }) {
				t.Errorf("findings are not sorted: %v", findings)
			}
		})
	}
}

func TestWriteFindings(t *testing.T) {
	t.Parallel()
	set := small()
	set.Genes[0].Anchor = -1
	set.Genes[1].AnchorInferred = true
	var b strings.Builder
	if err := WriteFindings(&b, Check(set)); err != nil {
		t.Fatal(err)
	}
	want := `warning: IGHV3-1*01: no anchor [no-anchor]
info: IGHJ4*02: anchor at 15 found by its motif [inferred-anchor]
0 errors, 1 warnings, 1 remarks
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	a, b := small(), small()
	if d := Diff(a, b); !d.Empty() {
		t.Fatalf("equal sets differ: %+v", d)
	}
	b.Version = "2"
	b.Genes[0].Anchor = -1
	b.Genes[0].Functionality = "ORF"
	b.Genes[1].Sequence = append(slices.Clone(b.Genes[1].Sequence[:10]), 'A')
	b.Systems[0].Recombinations[0].Five[0].Name = "IGHV+x"
	a.Genes = append(a.Genes,
		Gene{Name: "IGHV9*01", Locus: "IGH", Segment: V, Sequence: []byte("AAA"), Anchor: -1},
		Gene{Name: "IGHV8*01", Locus: "IGH", Segment: V, Sequence: []byte("CCC"), Anchor: -1})
	b.Genes = append(b.Genes,
		Gene{Name: "IGHV7*01", Locus: "IGH", Segment: V, Sequence: []byte("GGG"), Anchor: -1},
		Gene{Name: "IGHV8*02", Locus: "IGH", Segment: V, Sequence: []byte("CCC"), Anchor: -1})
	a.Systems = append(a.Systems, System{Code: "TRX"})
	b.Systems = append(b.Systems, System{Code: "TRY"})
	var text strings.Builder
	if err := Diff(a, b).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	want := `~ set version: "" -> "2"
- system TRX
+ system TRY
~ system IGH: recombinations IGHV(1)//IGHJ+down(1) -> IGHV+x(1)//IGHJ+down(1)
= gene IGHV8*01 -> IGHV8*02
- gene IGHV9*01
+ gene IGHV7*01
~ gene IGHJ4*02: sequence of 48 nucleotides -> 11, differs from position 11
~ gene IGHV3-1*01: functionality F -> ORF
~ gene IGHV3-1*01: anchor 22 -> none
`
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", text.String(), want)
	}
}
