package airr

import (
	"math"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

// testSet is a small germline set with made-up genes: enough kinds of genes and
// flanks for every rule of the rows.
func testSet() *germline.Set {
	gene := func(name string, segment germline.Segment, sequence string, anchor int) germline.Gene {
		locus := name[:min(3, len(name))]
		if segment == germline.KDE || segment == germline.Intron {
			locus = "IGK"
		}
		return germline.Gene{
			Name: name, Locus: locus, Segment: segment, Sequence: []byte(sequence), Anchor: anchor,
			Up: []byte("GGTTTTTGTAAAG"), Down: []byte("CACAGTGATGCAC"),
		}
	}
	return &germline.Set{
		Name: "test", Species: "Homo sapiens", TaxonID: 9606,
		Genes: []germline.Gene{
			gene("IGHV1-2*01", germline.V, "CAGGTGCAGCTGGTGCAGTCTGGGGCTGAGGTGACGGCCGTGTATTACTGTGCGAGAGA", 48),
			gene("IGHV1-2*02", germline.V, "CAGGTGCAGCTGGTGCAGTCTGGGGCTGAGGTGACGGCCGTGTATTACTGTGCGAGGGA", 48),
			gene("IGHD3-3*01", germline.D, "GTATTACGATTTTTGGAGTGGTTATTATACC", -1),
			gene("IGHD6-6*01", germline.D, "GAGTATAGCAGCTCGTCC", -1),
			gene("IGHJ4*02", germline.J, "ACTACTTTGACTACTGGGGCCAAGGAACCCTGGTCACCGTCTCCTCAG", 14),
			gene("IGHM*01", germline.C, "GGAGTGCATCCGCCCCAACCCTTTTCCCC", -1),
			gene("TRDV2*01", germline.V, "GCCATTGAGTTGGTGCCTGAACACCAATACCTGTGCCTGTGTGACACC", 31),
			gene("TRDD3*01", germline.D, "ACTGGGGGATACG", -1),
			gene("TRDD2*01", germline.D, "CCTTCCTAC", -1),
			gene("TRAJ29*01", germline.J, "GGAATTCAGGAAACACACCTCTTGTCTTTGGAAAGGGCACAAGACTTTCTGTGATTGCAA", 26),
			gene("KDE", germline.KDE, "CCCTAGTGGCAGCCCAGGGCGACTCCTCATGAGTCTGCAG", -1),
			gene("Intron", germline.Intron, "CGGGTGGAGAAGTTTTTCATACTTAGTGTATTTCAAGG", -1),
		},
	}
}

const (
	geneV1, geneV2, geneD3, geneD6, geneJ4, geneM = 0, 1, 2, 3, 4, 5
	geneDV2, geneDD3, geneDD2, geneAJ29           = 6, 7, 8, 9
	geneKDE, geneIntron                           = 10, 11
)

// flanked is the gene between its flanks, and where it starts there.
func flanked(g *germline.Gene) (letters []byte, at int) {
	letters = append(append(append(letters, g.Up...), g.Sequence...), g.Down...)
	return letters, len(g.Up)
}

// recombination writes a sequence gene by gene and keeps the designation, as the
// engine would give it.
type recombination struct {
	rt  *rapid.T
	set *germline.Set
	d   *designation.Designation
}

func (r *recombination) letters(label string, from, to int) []byte {
	return []byte(rapid.StringOfN(rapid.RuneFrom([]rune("ACGT")), from, to, -1).Draw(r.rt, label))
}

// match appends the gene from start to end (which may lie in the flanks) to the
// sequence, with mutations and, away from the anchor, small indels.
func (r *recombination) match(start, end int, genes ...int) *designation.Match {
	g := &r.set.Genes[genes[0]]
	letters, at := flanked(g)
	m := &designation.Match{Genes: genes, Start: len(r.d.Sequence), GeneStart: start, GeneEnd: end, Score: 42.123, EValue: 1.23456e-20}
	add := func(op designation.Op) {
		if n := len(m.Runs); n > 0 && m.Runs[n-1].Op == op {
			m.Runs[n-1].Len++
		} else {
			m.Runs = append(m.Runs, designation.Run{Op: op, Len: 1})
		}
	}
	edits := map[int]int{}
	for range rapid.IntRange(0, 4).Draw(r.rt, "edits") {
		edits[rapid.IntRange(start, end).Draw(r.rt, "at")] = rapid.IntRange(1, 3).Draw(r.rt, "kind")
	}
	for i := start; i < end; i++ {
		c := letters[at+i]
		event := edits[i]
		inside := i > start && i < end-1 && (g.Anchor < 0 || i < g.Anchor-1 || i > g.Anchor+3)
		switch {
		case event == 1 && (g.Anchor < 0 || i < g.Anchor || i > g.Anchor+2) && i > start && i < end-1:
			r.d.Sequence = append(r.d.Sequence, "CATG"[int(c>>1&3)]) // another letter than c
			add(designation.OpMismatch)
		case event == 2 && inside:
			add(designation.OpDelete)
		case event == 3 && inside:
			r.d.Sequence = append(r.d.Sequence, 'A', c)
			add(designation.OpInsert)
			add(designation.OpMatch)
		default:
			r.d.Sequence = append(r.d.Sequence, c)
			add(designation.OpMatch)
		}
	}
	m.End = len(r.d.Sequence)
	return m
}

// anchor is where the anchor codon of the gene stands on the sequence; -1 when
// it is not in the match.
func (r *recombination) anchor(m *designation.Match) int {
	g := &r.set.Genes[m.Genes[0]]
	s, p := m.Start, m.GeneStart
	for _, run := range m.Runs {
		for range run.Len {
			if p == g.Anchor && run.Op == designation.OpMatch {
				return s
			}
			if run.Op != designation.OpDelete {
				s++
			}
			if run.Op != designation.OpInsert {
				p++
			}
		}
	}
	return -1
}

// drawDesignation draws a designation of any kind of system.
func drawDesignation(rt *rapid.T, set *germline.Set) *designation.Designation {
	r := &recombination{rt: rt, set: set, d: &designation.Designation{VIdentity: math.NaN(), RevComp: rapid.Bool().Draw(rt, "revcomp")}}
	d := r.d
	length := func(g int) int { return len(set.Genes[g].Sequence) }
	in := func(label string, from, to int) int { return rapid.IntRange(from, to).Draw(rt, label) }
	d.Sequence = r.letters("before", 0, 8)
	insert := func() {
		ins := designation.Insertion{Start: len(d.Sequence)}
		d.Sequence = append(d.Sequence, r.letters("n", 0, 6)...)
		ins.End = len(d.Sequence)
		d.Insertions = append(d.Insertions, ins)
	}
	dgene := func(g int) *designation.Match {
		return r.match(in("d5", 0, 3), length(g)-in("d3", 0, 3), g)
	}
	switch d.System = rapid.SampledFrom([]string{"IGH", "IGH+", "TRA+D", "TRD+", "IGK+", "xxx", "none"}).Draw(rt, "system"); d.System {
	case "IGH":
		d.Five = r.match(in("v5", 0, 40), length(geneV1)-in("v3", 0, 6), geneV1, geneV2)
		insert()
		for range in("ds", 0, 3) {
			d.Ds = append(d.Ds, dgene(geneD3))
			insert()
		}
		// The J gene may be recognised by its flank too.
		d.Three = r.match(in("j5", 0, 8), length(geneJ4)-4+in("j3", 0, 9), geneJ4)
		d.VIdentity = 98.25
		if c := in("c", 0, length(geneM)); c > 3 && d.Three.GeneEnd <= length(geneJ4) {
			d.C = r.match(0, c, geneM)
		}
	case "IGH+":
		d.Five = r.match(-in("flank", 0, 13), length(geneD6)-2, geneD6)
		insert()
		d.Three = r.match(3, length(geneJ4), geneJ4)
	case "TRA+D":
		d.Five = r.match(in("v5", 0, 10), length(geneDV2), geneDV2)
		insert()
		d.Ds = append(d.Ds, dgene(geneDD3))
		insert()
		d.Three = r.match(2, length(geneAJ29), geneAJ29)
		d.VIdentity = 100
	case "TRD+":
		d.Five = r.match(-in("flank", 0, 13), length(geneDD2)-1, geneDD2)
		insert()
		// All of the gene may be gone, only its flank is left.
		d.Three = r.match(in("d3start", 0, length(geneDD3)), length(geneDD3)+in("flank", 2, 13), geneDD3)
	case "IGK+":
		d.Five = r.match(0, length(geneIntron)-2, geneIntron)
		insert()
		d.Three = r.match(0, length(geneKDE), geneKDE)
	case "xxx":
		d.Five = r.match(0, length(geneDV2), geneDV2)
		insert()
		d.Three = r.match(0, length(geneJ4), geneJ4)
	case "none":
		d.System, d.Cause = "", designation.TooFew
	}
	d.Sequence = append(d.Sequence, r.letters("after", 0, 8)...)
	if d.Found() {
		r.judge()
	}
	return d
}

// judge fills the junction and productivity.
func (r *recombination) judge() {
	d := r.d
	d.Reason = designation.Undecidable
	five, three := r.anchor(d.Five), r.anchor(d.Three)
	if r.set.Genes[d.Five.Genes[0]].Segment != germline.V || five < 0 || three < 0 {
		return
	}
	d.Junction = designation.Span{Start: five, End: three + 3}
	d.CDR3 = designation.Span{Start: five + 3, End: three}
	d.FWR4 = designation.Span{Start: three, End: d.Three.End}
	d.FWR3 = designation.Span{Start: d.Five.Start, End: five + 3}
	d.JunctionAA = translate(d.Sequence[d.Junction.Start:d.Junction.End])
	d.InFrame = d.Junction.Len()%3 == 0
	for i := five; i+3 <= d.Three.End; i += 3 {
		d.StopCodon = d.StopCodon || codon(d.Sequence[i], d.Sequence[i+1], d.Sequence[i+2]) == '*'
	}
	switch {
	case !d.InFrame:
		d.Reason = designation.OutOfFrame
		d.JunctionAA = d.JunctionAA[:2] + "#" + d.JunctionAA[2:]
	case d.StopCodon:
		d.Reason = designation.StopCodon
	case rapid.Bool().Draw(r.rt, "pattern"):
		d.Reason = designation.NoWPGxG
	default:
		d.Reason, d.Productive = designation.Productive, true
	}
}
