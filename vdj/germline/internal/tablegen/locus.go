package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
)

// lociRecords are the genomic records at hand. Those of IGK and IGL are the
// parts of the chromosomes that NCBI Gene gives as the locus; offset is the
// number of letters of the record before the first one of the file.
var lociRecords = []locusFile{
	{"IMGT000035.fasta.gz", "IMGT000035", 0, []string{"IGH"}},
	{"NC_000002.12.fasta.gz", "NC_000002.12", 88857360, []string{"IGK"}},
	{"NC_000022.11.fasta.gz", "NC_000022.11", 22026075, []string{"IGL"}},
	{"IMGT000024.fasta.gz", "IMGT000024", 0, []string{"TRA", "TRD"}},
	{"IMGT000021.fasta.gz", "IMGT000021", 0, []string{"TRB"}},
}

type locusFile struct {
	file, accession string
	offset          int
	loci            []string
}

// record is a genomic record, both strands.
type record struct {
	locusFile
	strands [2][]byte // forward, reverse complement
}

func readLocus(path string, f locusFile) (*record, error) {
	recs, err := readFASTA(path)
	if err != nil {
		return nil, err
	}
	if len(recs) != 1 {
		return nil, fmt.Errorf("%s: %d records, want 1", path, len(recs))
	}
	s := bytes.ToUpper(recs[0].Sequence)
	return &record{locusFile: f, strands: [2][]byte{s, reverseComplement(s)}}, nil
}

// at returns the sequence of a 1-based closed range of the accession, on the
// coding strand.
func (r *record) at(first, last int, complement bool) ([]byte, error) {
	lo, hi := first-1-r.offset, last-r.offset
	n := len(r.strands[0])
	if lo < 0 || hi > n || lo >= hi {
		return nil, fmt.Errorf("%s: no range %d..%d", r.accession, first, last)
	}
	if complement {
		return r.strands[1][n-hi : n-lo], nil
	}
	return r.strands[0][lo:hi], nil
}

// place is one occurrence of a gene, and what stands beside it.
type place struct {
	strand, start, end int // 0-based half-open on record.strands[strand]
	up, down           []byte
}

// Flank lengths, in nucleotides: the longest recombination signal (heptamer,
// 23-nt spacer, nonamer: 39) fits. D genes have 60 as in the facts' own flanks.
const (
	flankV = 40
	flankJ = 40
	flankD = 60
)

func (r *record) place(strand, start, length int) place {
	s := r.strands[strand]
	end := start + length
	return place{
		strand: strand, start: start, end: end,
		up: s[max(0, start-flankD):start], down: s[end:min(len(s), end+flankD)],
	}
}

// find lists the exact occurrences of a sequence on both strands.
func (r *record) find(seq []byte) []place {
	var hits []place
	for strand, s := range r.strands {
		for from := 0; ; {
			i := bytes.Index(s[from:], seq)
			if i < 0 {
				break
			}
			hits = append(hits, r.place(strand, from+i, len(seq)))
			from += i + 1
		}
	}
	return hits
}

// maxMismatches bounds the difference between an allele and the place of its
// gene in a record that holds another allele: 1 % of a V gene, which neighbours
// in a family rarely reach.
const maxMismatches = 3

// findNear lists the places that differ from seq by at most maxMismatches
// letters, without shift. One of maxMismatches+1 pieces of seq must stand there
// exactly.
func (r *record) findNear(seq []byte) []place {
	var hits []place
	piece := len(seq) / (maxMismatches + 1)
	for k := range maxMismatches + 1 {
		for _, h := range r.find(seq[k*piece : (k+1)*piece]) {
			start := h.start - k*piece
			s := r.strands[h.strand]
			if start < 0 || start+len(seq) > len(s) || mismatches(s[start:start+len(seq)], seq) > maxMismatches {
				continue
			}
			p := r.place(h.strand, start, len(seq))
			if !slices.ContainsFunc(hits, p.overlaps) {
				hits = append(hits, p)
			}
		}
	}
	return hits
}

func (p place) overlaps(q place) bool {
	return p.strand == q.strand && p.start < q.end && q.start < p.end
}

// flankCount tells how many genes of a kind got a flank from a locus record.
type flankCount struct {
	locus                string
	segment              germline.Segment
	genes, exact, filled int
}

// located is an allele and its place in the record.
type located struct {
	place
	gene *germline.Gene
}

// fillFlanks adds the missing flanks of genes that a locus record holds: down
// of V and of the intronic signal, up of J, down of D. Alleles that the record
// does not hold get the flank of their gene when they end as its allele in the
// record does; flanks of the facts themselves are shared among alleles in the
// same way.
func fillFlanks(genes []germline.Gene, loci map[string]*record) []flankCount {
	var counts []flankCount
	count := func(g *germline.Gene) *flankCount {
		i := slices.IndexFunc(counts, func(c flankCount) bool { return c.locus == g.Locus && c.segment == g.Segment })
		if i < 0 {
			counts = append(counts, flankCount{locus: g.Locus, segment: g.Segment})
			i = len(counts) - 1
		}
		return &counts[i]
	}
	known := map[string][]located{}
	taken := map[*record][]located{}
	exact := map[*germline.Gene]bool{}
	for i := range genes {
		g := &genes[i]
		count(g).genes++
		r := recordOf(g.Locus, loci)
		if r == nil {
			continue
		}
		if p, ok := oneOf(g, r.find(g.Sequence)); ok {
			exact[g] = true
			count(g).exact++
			known[g.Base()] = append(known[g.Base()], located{p, g})
			taken[r] = append(taken[r], located{p, g})
		}
	}
	for i := range genes {
		g := &genes[i]
		r := recordOf(g.Locus, loci)
		if r == nil || exact[g] || g.Segment != germline.V && g.Segment != germline.J {
			continue
		}
		free := slices.DeleteFunc(r.findNear(g.Sequence), func(p place) bool {
			return slices.ContainsFunc(taken[r], func(t located) bool { return t.overlaps(p) && t.gene.Base() != g.Base() })
		})
		if len(free) == 1 {
			known[g.Base()] = append(known[g.Base()], located{free[0], g})
		}
	}
	for i := range genes {
		g := &genes[i]
		for _, l := range known[g.Base()] {
			if fillFlank(g, l) {
				count(g).filled++
				g.Source += "," + recordOf(g.Locus, loci).accession
				break
			}
		}
	}
	return counts
}

// oneOf chooses among the places of a gene. Where its letters stand several
// times, the flank that the facts give decides; failing that, all places must
// have the same flanks.
func oneOf(g *germline.Gene, places []place) (place, bool) {
	var hits []place
	for _, h := range places {
		if bytes.HasSuffix(h.up, g.Up) && bytes.HasPrefix(h.down, g.Down) {
			hits = append(hits, h)
		}
	}
	if len(hits) == 0 {
		return place{}, false
	}
	for _, h := range hits[1:] {
		if !bytes.Equal(tail(h.up, flankJ), tail(hits[0].up, flankJ)) ||
			!bytes.Equal(head(h.down, flankV), head(hits[0].down, flankV)) {
			return place{}, false
		}
	}
	return hits[0], true
}

func recordOf(locus string, loci map[string]*record) *record {
	for _, r := range loci {
		if slices.Contains(r.loci, locus) {
			return r
		}
	}
	return nil
}

// fillFlank gives g the missing flank of its gene, where g ends as the allele
// does whose place is known.
func fillFlank(g *germline.Gene, l located) bool {
	sameEnd := alike(tail(g.Sequence, 20), tail(l.gene.Sequence, 20))
	switch g.Segment {
	case germline.V, germline.Intron:
		if len(g.Down) > 0 || !sameEnd {
			return false
		}
		g.Down = head(l.down, flankV)
	case germline.D:
		if len(g.Down) > 0 || !sameEnd {
			return false
		}
		g.Down = head(l.down, flankD)
	case germline.J:
		if len(g.Up) > 0 || !alike(head(g.Sequence, 20), head(l.gene.Sequence, 20)) {
			return false
		}
		g.Up = tail(l.up, flankJ)
	default:
		return false
	}
	return true
}

// alike tells whether two ends of alleles are the same end: at most a fifth of
// the letters differ, without shift.
func alike(a, b []byte) bool {
	return len(a) == len(b) && 5*mismatches(a, b) <= len(a)
}

// mismatches counts the positions at which two sequences of one length differ.
func mismatches(a, b []byte) int {
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func head(s []byte, n int) []byte { return s[:min(n, len(s))] }
func tail(s []byte, n int) []byte { return s[max(0, len(s)-n):] }

var complement = strings.NewReplacer("A", "T", "C", "G", "G", "C", "T", "A")

func reverseComplement(s []byte) []byte {
	rc := []byte(complement.Replace(string(s)))
	slices.Reverse(rc)
	return rc
}
