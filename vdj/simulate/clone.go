package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/curated"
	"vidjil.org/vidjil/vdj/germline"
)

const (
	minimumD   = 3   // letters that a D gene keeps
	minimumEnd = 20  // letters that an end without anchor keeps, where it has that many
	attempts   = 500 // tries for a productive junction; a third of all junctions are in frame
)

// maker recombines clones.
type maker struct {
	set      *germline.Set
	genes    curated.Germline
	opt      Options
	random   random
	systems  []string // in alphabetical order
	weights  histogram
	inserted map[string]histogram
	pools    map[*germline.Pool][]*germline.Gene
	flanks   map[string][]byte
}

func newMaker(set *germline.Set, opt Options) *maker {
	m := &maker{
		set: set, genes: curated.NewGermline(set), opt: opt, random: newRandom(opt.Seed, cloneStream),
		systems: slices.Sorted(maps.Keys(opt.Systems)), inserted: map[string]histogram{},
		pools: map[*germline.Pool][]*germline.Gene{}, flanks: map[string][]byte{},
	}
	for _, code := range m.systems {
		m.weights = append(m.weights, uint32(opt.Systems[code]))
		m.inserted[code] = inserted(code)
	}
	return m
}

// clone draws one clone, productive where the options ask for it.
func (m *maker) clone(id int) (curated.Clone, error) {
	code := m.systems[m.random.draw(m.weights)]
	system := m.set.System(code)
	productive := system.Complete() && m.random.chance(threshold(m.opt.Productive))
	for range attempts {
		c, err := m.attempt(system)
		if err != nil {
			return curated.Clone{}, fmt.Errorf("clone of %s: %w", code, err)
		}
		if c.Productive || !productive {
			c.ID = "c" + strconv.Itoa(id)
			return c, nil
		}
	}
	return curated.Clone{}, fmt.Errorf("clone of %s: no productive junction in %d attempts", code, attempts)
}

// recombination is a clone in the making.
type recombination struct {
	genes      []*germline.Gene
	deleted5   []int    // letters deleted at the 5' end of each gene
	deleted3   []int    // and at its 3' end
	inserted   [][]byte // after each gene but the last
	sequence   []byte
	breakStart int
	breakEnd   int
	start      int // where the first gene starts
	end        int // where the last gene ends
}

func (m *maker) attempt(system *germline.System) (curated.Clone, error) {
	var r recombination
	if err := m.pick(system, &r); err != nil {
		return curated.Clone{}, err
	}
	m.trim(system, &r)
	m.build(&r)
	mutations := 0
	if system.Complete() && strings.HasPrefix(system.Code, "IG") {
		mutations = m.mutate(&r)
	}
	return m.finish(system, &r, mutations)
}

// pick draws genes: one at each end, and Ds between them.
func (m *maker) pick(system *germline.System, r *recombination) error {
	way := &system.Recombinations[m.random.below(len(system.Recombinations))]
	three, err := m.gene(way.Three, anyGene)
	if err != nil {
		return err
	}
	// A V of the locus of J makes a complete recombination, though the pool of
	// an unusual system may hold it: TRAV29/DV5 with a TRAJ is TRA, not TRA+D.
	complete := func(g *germline.Gene) bool {
		return g.Segment == germline.V && three.Segment == germline.J && g.Locus == three.Locus
	}
	five, err := m.gene(way.Five, func(g *germline.Gene) bool {
		return follows(g, three) && (system.Complete() || !complete(g))
	})
	if err != nil {
		return err
	}
	r.genes = []*germline.Gene{five}
	if len(way.Four) > 0 {
		for range m.random.draw(numberOfDs(system.Code)) {
			last := r.genes[len(r.genes)-1]
			d, err := m.gene(way.Four, func(g *germline.Gene) bool { return follows(last, g) && follows(g, three) })
			if err != nil {
				break // none lies between: the one drawn last is the last of its kind
			}
			r.genes = append(r.genes, d)
		}
	}
	r.genes = append(r.genes, three)
	return nil //nolint:nilerr // a chain may have fewer D genes than were drawn
}

// gene draws a pool, then one of its alleles that may stand there.
func (m *maker) gene(pools []germline.Pool, may func(*germline.Gene) bool) (*germline.Gene, error) {
	pool := &pools[m.random.below(len(pools))]
	usable := m.usable(pool)
	n := 0
	for _, g := range usable {
		if may(g) {
			n++
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("pool %s: no gene", pool.Name)
	}
	at := m.random.below(n)
	for _, g := range usable {
		if !may(g) {
			continue
		}
		if at == 0 {
			return g, nil
		}
		at--
	}
	panic("simulate: fewer genes than were counted")
}

// usable lists the alleles of a pool: functional and whole ones where there
// are. A V or J gene without anchor is an allele known in part, and would look
// like a long deletion.
func (m *maker) usable(pool *germline.Pool) []*germline.Gene {
	if list, ok := m.pools[pool]; ok {
		return list
	}
	var all, whole []*germline.Gene
	for _, i := range pool.Genes {
		g := &m.set.Genes[i]
		if len(g.Sequence) < minimumD {
			continue
		}
		all = append(all, g)
		if g.Functionality == "F" && (g.Anchor >= 0 || g.Segment != germline.V && g.Segment != germline.J) {
			whole = append(whole, g)
		}
	}
	if len(whole) > 0 {
		all = whole
	}
	m.pools[pool] = all
	return all
}

func anyGene(*germline.Gene) bool { return true }

// follows tells whether b may lie downstream of a, as far as D genes have an
// order: TRBD2 lies downstream of the TRBJ1 genes, and D genes of TR are
// numbered along the chromosome.
func follows(a, b *germline.Gene) bool {
	if a.Segment != germline.D {
		return true
	}
	if strings.HasPrefix(a.Name, "TRBD2") && strings.HasPrefix(b.Name, "TRBJ1") {
		return false
	}
	return b.Segment != germline.D || strings.HasPrefix(a.Name, "TR") && a.Base() < b.Base()
}

// trim draws deletions and insertions.
func (m *maker) trim(system *germline.System, r *recombination) {
	last := len(r.genes) - 1
	r.deleted5, r.deleted3 = make([]int, last+1), make([]int, last+1)
	for i, g := range r.genes {
		for {
			r.deleted5[i], r.deleted3[i] = 0, 0
			if i > 0 {
				r.deleted5[i] = m.random.draw(deleted(g, deletedJ))
			}
			if i < last {
				r.deleted3[i] = m.random.draw(deleted(g, deletedV))
			}
			if keeps(g, r.deleted5[i], r.deleted3[i]) {
				break
			}
		}
		if i < last {
			r.inserted = append(r.inserted, m.random.letters(nil, m.random.draw(m.inserted[system.Code])))
		}
	}
}

func deleted(g *germline.Gene, end func() histogram) histogram {
	if g.Segment == germline.D {
		return deletedD()
	}
	return end()
}

// keeps tells whether a gene survives its deletions: an anchor with one letter
// to its side, three letters of a D, twenty of an end without anchor.
func keeps(g *germline.Gene, del5, del3 int) bool {
	n := len(g.Sequence)
	switch {
	case g.Segment == germline.D:
		return n-del5-del3 >= minimumD
	case g.Anchor >= 0:
		return (del5 == 0 || del5 < g.Anchor) && (del3 == 0 || g.Anchor+3 < n-del3)
	}
	return n-del5-del3 >= min(minimumEnd, n)
}

// build joins the parts and their flanks.
func (m *maker) build(r *recombination) {
	first, last := r.genes[0], r.genes[len(r.genes)-1]
	s := make([]byte, 0, 500+2*m.opt.reach())
	if first.Segment != germline.V {
		s = append(append(s, m.genome(first, "5'")...), first.Up...)
	}
	r.start = len(s)
	for i, g := range r.genes {
		if i == len(r.genes)-1 {
			r.breakEnd = len(s)
		}
		s = append(s, g.Sequence[r.deleted5[i]:len(g.Sequence)-r.deleted3[i]]...)
		if i == 0 {
			r.breakStart = len(s)
		}
		if i < len(r.inserted) {
			s = append(s, r.inserted[i]...)
		}
	}
	r.end = len(s)
	r.sequence = append(append(s, last.Down...), m.genome(last, "3'")...)
}

// genome is what stands beyond the flank that the set has.
func (m *maker) genome(g *germline.Gene, side string) []byte {
	key := g.Name + side
	if m.flanks[key] == nil {
		m.flanks[key] = flank(g.Name, side, m.opt.reach())
	}
	return m.flanks[key]
}

// mutate changes letters between the start of V and the end of J, but for the
// anchors', and returns how many.
func (m *maker) mutate(r *recombination) int {
	const share = 1 << 20
	if m.opt.Mutation == 0 || m.random.below(4) == 0 {
		return 0
	}
	// A clone's rate is uniform from 0 to twice the mean.
	bound := m.random.below(int(m.opt.Mutation*2*share) + 1)
	v, j := r.anchors()
	n := 0
	for i := r.start; i < r.end; i++ {
		if m.random.below(share) >= bound || i >= v && i < v+3 || i >= j && i < j+3 {
			continue
		}
		r.sequence[i] = substitute(r.sequence[i], m.random.below(3))
		n++
	}
	return n
}

// substitute gives one of the three other letters.
func substitute(c byte, which int) byte {
	const letters = "ACGT"
	i := strings.IndexByte(letters, c)
	return letters[(i+1+which)&3]
}

// anchors is where the anchor codons start, -1 for none.
func (r *recombination) anchors() (v, j int) {
	v, j = -1, -1
	first, last := r.genes[0], r.genes[len(r.genes)-1]
	if first.Segment == germline.V && first.Anchor >= 0 {
		v = r.start + first.Anchor
	}
	if last.Segment == germline.J && last.Anchor >= 0 {
		j = r.breakEnd + last.Anchor - r.deleted5[len(r.genes)-1]
	}
	return v, j
}

// finish writes the truth down: in normal form, and with the letters that the
// sequence has.
func (m *maker) finish(system *germline.System, r *recombination, mutations int) (curated.Clone, error) {
	d := curated.Designation{}
	pos := r.breakStart
	for i, g := range r.genes {
		d.Genes = append(d.Genes, g.Name)
		if i == len(r.inserted) {
			break
		}
		n := len(r.inserted[i])
		d.Junctions = append(d.Junctions, &curated.Junction{
			DelLeft: r.deleted3[i], DelRight: r.deleted5[i+1],
			Inserted: string(r.sequence[pos : pos+n]), Length: n, Letters: true,
		})
		next := r.genes[i+1]
		pos += n + len(next.Sequence) - r.deleted5[i+1] - r.deleted3[i+1]
	}
	d = m.genes.Normal(d)
	first, last := d.Junctions[0], d.Junctions[len(d.Junctions)-1]
	c := curated.Clone{
		System: system.Code, Designation: d.String(), V: d.Genes[0], J: d.Genes[len(d.Genes)-1],
		D: d.Genes[1 : len(d.Genes)-1], SHM: mutations, Sequence: string(r.sequence),
		BreakStart: r.breakStart + r.deleted3[0] - first.DelLeft,
		BreakEnd:   r.breakEnd + last.DelRight - r.deleted5[len(r.genes)-1],
	}
	if v, j := r.anchors(); system.Complete() && v >= 0 && j >= v {
		c.Junction = c.Sequence[v : j+3]
		c.JunctionAA, c.Productive = translate(c.Junction)
		if !c.Productive {
			c.JunctionAA = ""
		}
	}
	end := r.end
	if r.genes[len(r.genes)-1].Segment == germline.D {
		end += primerBeyondD
	}
	m.place(&c, end)
	return c, nil
}

// primerBeyondD is how far behind a D gene that stands at the 3' end its primer
// lies: in the gene itself, a dozen letters, none would be specific.
const primerBeyondD = 50

// place says where amplicon reads lie: they end at a primer at the end of the
// 3' gene, or, where reads are short, at three tenths of a read from the
// junction, so that V is seen.
func (m *maker) place(c *curated.Clone, end int) {
	n := m.opt.Length
	if m.opt.Paired {
		n = m.opt.InsertMean
	}
	c.ReadEnd = max(c.BreakEnd+min(end-c.BreakEnd, m.opt.Length*3/10), n)
	c.ReadStart = c.ReadEnd - n
}

// translate gives the amino acids of a junction and whether it is productive:
// in frame, without stop codon.
func translate(s string) (string, bool) {
	if len(s)%3 != 0 {
		return "", false
	}
	const acids = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF"
	aa := make([]byte, 0, len(s)/3)
	for i := 0; i < len(s); i += 3 {
		code := 0
		for _, c := range []byte(s[i : i+3]) {
			at := strings.IndexByte("ACGT", c)
			if at < 0 {
				return "", false
			}
			code = code*4 + at
		}
		if acids[code] == '*' {
			return "", false
		}
		aa = append(aa, acids[code])
	}
	return string(aa), true
}
