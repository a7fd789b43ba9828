package designation

import (
	"fmt"
	"math"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/internal/seed"
	"vidjil.org/vidjil/vdj/internal/window"
)

// Options of the designation. The zero value is the default.
type Options struct {
	// Unexpected reports recombinations between systems or strands, as "xxx".
	Unexpected bool
	// MaxDs is the most D genes looked for between V and J; 0 means as many
	// as the locus can hold.
	MaxDs int
}

// score is a log-odds against random letters, in thousandths of a nat: whole
// numbers, so that equal explanations are exactly equal on every machine.
type score int32

const nat = 1000

func nats(x float64) score { return score(math.Round(x * nat)) }

// The model of a sequence: germline letters copied with a small rate of
// substitution (somatic mutations and sequencing errors), random letters
// between genes, few deletions. A letter that agrees is worth ln(4(1-e)) with
// e = 2 %.
//
// What a letter that differs costs, what each inserted or deleted letter costs
// and what a D gene costs (chain.go) were measured on the 151 curated
// designations and on the simulated reads small and hard. A letter that differs
// costs 1.6 times what one that agrees is worth: 121 are right in full, and
// 81.4 % and 71.7 % of the reads; the same from 1.5 to 1.7, 118 at 1.9, 116 at
// 2.65 (the odds of e), 90 at 1.0. In D genes 2.3: 119 at 1.6.
var (
	agree  = nats(math.Log(4 * (1 - 0.02)))
	differ = -nats(1.6 * math.Log(4*(1-0.02)))
	// A D gene is short: a mutation in it is rarer than an inserted letter
	// beside it that looks like it.
	dDiffer = -nats(2.3 * math.Log(4*(1-0.02)))
	// Short insertions and deletions are more common than long ones.
	insertCost  = nats(0.05)
	deleteCost  = nats(0.15)
	dDeleteCost = nats(0.08)
	// An insertion or deletion inside a gene: rare at first, then growing.
	gapOpen   = nats(7)
	gapExtend = nats(0.7)
	// Pseudogenes and open reading frames rearrange, but rarely.
	orfCost    = nats(0.5)
	pseudoCost = nats(2)
	// Orphons lie on other chromosomes and do not rearrange: what looks like one
	// is nearly always a mutated gene of the locus.
	orphonCost = nats(3)
)

// never is a score that no path survives.
const never score = math.MinInt32 / 4

// Engine designates sequences against one germline set. It is safe for
// concurrent use; a Scratch is one per goroutine.
type Engine struct {
	set    *germline.Set
	opt    Options
	index  *seed.Index
	loc    *window.Locator
	five   [][]model // by family of the index
	three  [][]model
	ds     map[[2]int]*dPool // by system and recombination
	consts map[string][]model
}

// model is a gene made ready to be laid on a read.
type model struct {
	gene    int
	base    string   // name without allele
	number  int      // of the allele
	short   bool     // a V gene that ends before its longest allele does
	letters []byte   // flank and gene
	packed  []uint64 // the same
	origin  int      // where the gene's first letter stands in letters
	end     int      // where the gene's last letter ends in letters
	ref     int      // reference point in letters
	prior   score    // cost of choosing this gene
}

// New prepares an Engine. It takes some 200 ms for the human set.
func New(set *germline.Set, opt Options) (*Engine, error) {
	x, err := seed.New(set)
	if err != nil {
		return nil, fmt.Errorf("designation engine: %w", err)
	}
	e := &Engine{
		set: set, opt: opt, index: x, loc: window.New(x, window.Options{Unexpected: opt.Unexpected}),
		five: make([][]model, len(x.Families)), three: make([][]model, len(x.Families)),
		ds: map[[2]int]*dPool{}, consts: map[string][]model{},
	}
	longest := reaches(set)
	for f := range x.Families {
		fam := &x.Families[f]
		for _, g := range fam.Genes {
			m := e.model(fam, g)
			m.short = stopsShort(&set.Genes[g], longest)
			if fam.Side == seed.Five {
				e.five[f] = append(e.five[f], m)
			} else {
				e.three[f] = append(e.three[f], m)
			}
		}
	}
	for s := range set.Systems {
		for r := range set.Systems[s].Recombinations {
			e.ds[[2]int{s, r}] = newDPool(set, &set.Systems[s].Recombinations[r])
		}
	}
	for g := range set.Genes {
		if gene := &set.Genes[g]; gene.Segment == germline.C {
			e.consts[gene.Locus] = append(e.consts[gene.Locus], model{
				gene: g, letters: gene.Sequence, packed: base.Pack(nil, gene.Sequence), end: len(gene.Sequence),
			})
		}
	}
	return e, nil
}

// Set is the germline set of the engine.
func (e *Engine) Set() *germline.Set { return e.set }

// Locator finds recombinations and windows with the engine's index.
func (e *Engine) Locator() *window.Locator { return e.loc }

func (e *Engine) model(fam *seed.Family, g int) model {
	gene := &e.set.Genes[g]
	m := model{gene: g, base: gene.Base(), number: alleleNumber(gene.Name), letters: gene.Sequence}
	switch {
	case fam.Side == seed.Five && fam.Flank:
		m.letters = append(append([]byte(nil), gene.Up...), gene.Sequence...)
		m.origin = len(gene.Up)
	case fam.Side == seed.Three:
		m.letters = append(append([]byte(nil), gene.Sequence...), gene.Down...)
	}
	m.end = m.origin + len(gene.Sequence)
	m.packed = base.Pack(nil, m.letters)
	m.ref = m.origin + e.index.Refs[g]
	m.prior = prior(gene)
	return m
}

// isOrphon tells a gene outside its locus by its IMGT name: IGHD3/OR15-3a.
func isOrphon(g *germline.Gene) bool { return strings.Contains(g.Name, "/OR") }

// prior is what choosing a gene costs before any letter is looked at. A D gene
// that is no more than an open reading frame (IGHD4-11, IGHD5-24) rearranges
// like the others.
func prior(gene *germline.Gene) score {
	switch {
	case isOrphon(gene):
		return orphonCost
	case gene.Segment == germline.D:
		return 0
	case gene.Functionality == "ORF":
		return orfCost
	case gene.Functionality == "P":
		return pseudoCost
	}
	return 0
}

// Scratch is the working memory of one goroutine. The zero value is ready.
type Scratch struct {
	window window.Scratch
	read   []byte   // oriented, upper case
	packed []uint64 // the same
	masked []uint64 // letters other than A C G T
	// hasMasked tells that there are any.
	hasMasked bool
	five      side
	three     side
	chain     chain
	gapped    gapScratch
}
