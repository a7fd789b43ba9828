package simulate

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"

	"vidjil.org/vidjil/vdj/curated"
	"vidjil.org/vidjil/vdj/germline"
)

// Output is where things are written; what is nil is left out.
type Output struct {
	Reads  io.Writer // FASTQ; of pairs the first reads
	Mates  io.Writer // FASTQ of the second reads of pairs
	Clones io.Writer // table of clones (curated.ReadClones)
	Truth  io.Writer // table of reads (curated.ReadTruth)
}

// Generate simulates reads and writes them with their truth. Clones are
// numbered by size, reads in the order in which they are written; both are
// written as they are made, but the table of clones comes last, for it counts
// reads. The clones are returned too.
func Generate(set *germline.Set, opt Options, out Output) ([]curated.Clone, error) {
	opt, err := opt.settle(set)
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	m := newMaker(set, opt)
	clones := make([]curated.Clone, opt.Clones)
	for i := range clones {
		if clones[i], err = m.clone(i); err != nil {
			return nil, fmt.Errorf("simulate: %w", err)
		}
	}
	g := newGenerator(set, opt, clones)
	if err := g.reads(out); err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	if err := writeClones(out.Clones, clones); err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	return clones, nil
}

func writeClones(w io.Writer, clones []curated.Clone) error {
	b := newBuffer(w)
	b.data = append(b.data, curated.CloneHeader()...)
	for i := range clones {
		b.data = clones[i].AppendTSV(b.data)
		b.settle()
	}
	return b.flush("clones")
}

// generator draws reads of clones.
type generator struct {
	set        *germline.Set
	opt        Options
	clones     []curated.Clone
	cumulative []uint64 // weights of the clones up to each
	random     random
	sequencer  *sequencer
	junk       uint64 // threshold
	template   []byte
	seq, qual  []byte
}

func newGenerator(set *germline.Set, opt Options, clones []curated.Clone) *generator {
	r := newRandom(opt.Seed, readStream)
	g := &generator{
		set: set, opt: opt, clones: clones, random: r, junk: threshold(opt.Junk),
		sequencer: newSequencer(r, opt.LengthMax, opt.ErrorRate),
	}
	sum := uint64(0)
	for i := range clones {
		// Rounding to integers hides the last bits, in which machines may differ.
		sum += 1 + uint64(math.Round(1e9*math.Pow(float64(i+1), -opt.Exponent)))
		g.cumulative = append(g.cumulative, sum)
	}
	return g
}

// buffer gathers what is written, and keeps the first error.
type buffer struct {
	w    io.Writer
	data []byte
	err  error
}

const bufferSize = 256 << 10

func newBuffer(w io.Writer) *buffer { return &buffer{w: w, data: make([]byte, 0, bufferSize+8<<10)} }

// settle writes when there is enough.
func (b *buffer) settle() {
	if len(b.data) >= bufferSize {
		b.write()
	}
}

func (b *buffer) write() {
	if b.w != nil && b.err == nil {
		_, b.err = b.w.Write(b.data)
	}
	b.data = b.data[:0]
}

func (b *buffer) flush(what string) error {
	b.write()
	if b.err != nil {
		return fmt.Errorf("write %s: %w", what, b.err)
	}
	return nil
}

func (g *generator) reads(out Output) error {
	first, second, truth := newBuffer(out.Reads), newBuffer(out.Mates), newBuffer(out.Truth)
	truth.data = append(truth.data, curated.TruthHeader()...)
	for i := range g.opt.Reads {
		t := curated.TrueRead{ID: "r" + strconv.Itoa(i)}
		g.one(&t, first, second)
		truth.data = t.AppendTSV(truth.data)
		for _, b := range []*buffer{first, second, truth} {
			b.settle()
			if b.err != nil {
				return b.flush("reads")
			}
		}
	}
	for _, b := range []*buffer{first, second, truth} {
		if err := b.flush("reads"); err != nil {
			return err
		}
	}
	return nil
}

// one makes a read, or a pair.
func (g *generator) one(t *curated.TrueRead, first, second *buffer) {
	length := g.random.between(g.opt.Length, g.opt.LengthMax)
	n := length
	if g.opt.Paired {
		n = min(max(g.random.normal(g.opt.InsertMean, g.opt.InsertSD), length), g.opt.reach())
	}
	var template []byte
	if g.random.chance(g.junk) {
		t.Clone = curated.NoClone
		template = g.notRecombined(n)
	} else {
		c := g.pickClone()
		c.Reads++
		t.Clone = c.ID
		template = g.fragment(c, n)
	}
	switch g.opt.Strands {
	case BothStrands:
		t.Reverse = g.random.below(2) == 1
	case ReverseStrand:
		t.Reverse = true
	}
	t.Length = len(template)
	if !g.opt.Paired {
		t.Errors = g.write(first, t.ID, template, t.Reverse)
		return
	}
	length = min(length, len(template))
	head, tail := template[:length], template[len(template)-length:]
	if t.Reverse {
		t.Errors = g.write(first, t.ID, tail, true) + g.write(second, t.ID, head, false)
		return
	}
	t.Errors = g.write(first, t.ID, head, false) + g.write(second, t.ID, tail, true)
}

func (g *generator) pickClone() *curated.Clone {
	x := g.random.below(int(g.cumulative[len(g.cumulative)-1]))
	i := sort.Search(len(g.cumulative), func(i int) bool { return g.cumulative[i] > uint64(x) })
	return &g.clones[i]
}

// margin is what a read placed at random sees of each side of the junction.
const margin = 20

// fragment is n letters of the clone.
func (g *generator) fragment(c *curated.Clone, n int) []byte {
	s := c.Sequence
	start := c.ReadEnd - n
	if g.opt.Placement == Random {
		low, high := c.BreakEnd+margin-n, c.BreakStart-margin
		if low > high { // the junction and its margins are longer than the read
			low = (low + high) / 2
			high = low
		}
		low, high = max(low, 0), min(high, len(s)-n)
		start = g.random.between(min(low, high), max(low, high))
	}
	start = max(start, 0)
	g.template = append(g.template[:0], s[start:min(start+n, len(s))]...)
	return g.template
}

// notRecombined makes n letters that hold no recombination: a gene between
// letters of its genome, or letters at random.
func (g *generator) notRecombined(n int) []byte {
	if g.random.below(4) > 0 {
		g.template = g.random.letters(g.template[:0], n)
		return g.template
	}
	gene := &g.set.Genes[g.random.below(len(g.set.Genes))]
	s := g.template[:0]
	s = append(s, flank(gene.Name, "5'", n)...)
	s = append(append(s, gene.Up...), gene.Sequence...)
	s = append(append(s, gene.Down...), flank(gene.Name, "3'", n)...)
	g.template = s
	start := g.random.below(len(s) - n + 1)
	return s[start : start+n]
}

// write makes a read of a template and returns its number of errors.
func (g *generator) write(b *buffer, id string, template []byte, reverse bool) int {
	errors := 0
	g.seq, g.qual, errors = g.sequencer.read(g.seq[:0], g.qual[:0], template, reverse)
	b.data = append(append(append(b.data, '@'), id...), '\n')
	b.data = append(append(b.data, g.seq...), "\n+\n"...)
	b.data = append(append(b.data, g.qual...), '\n')
	return errors
}
