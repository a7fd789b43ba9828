package curated

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MaxAlternatives bounds the plain designations that one expected text may
// stand for. Alternatives multiply, so a short text could ask for more memory
// than there is; the longest text curated so far stands for 18.
const MaxAlternatives = 4096

// maxNesting bounds how deep parentheses may nest.
const maxNesting = 32

// Expected is a parsed expected text: a tree of genes, junctions and
// alternatives.
type Expected struct {
	root sequence
}

// sequence is a run of items, 5' to 3'.
type sequence []item

// item is one gene, one junction, or a choice between sequences.
type item struct {
	gene     string
	junction *Junction
	choices  []sequence
}

// ParseExpected reads an expected text:
//
//	text     = item { " " item }
//	item     = gene | junction | "(" text { "," text } ")"
//	gene     = name [ "*" allele ]
//	junction = deleted "/" inserted "/" deleted
//
// where deleted is a number, negative when letters beyond the gene's end are
// taken for the gene's, and inserted is letters, a count, or nothing. Each of
// the alternatives must be a plain designation (see [Parse]). An empty text
// and a text that stands for more than [MaxAlternatives] designations are
// errors.
func ParseExpected(text string) (*Expected, error) {
	p := parser{text: text}
	root, err := p.sequence(0)
	if err == nil && p.pos < len(text) {
		err = p.fault("unexpected %q", text[p.pos])
	}
	if err != nil {
		return nil, fmt.Errorf("expected designation %q: %w", text, err)
	}
	e := &Expected{root: root}
	if _, err := e.expand(); err != nil {
		return nil, fmt.Errorf("expected designation %q: %w", text, err)
	}
	return e, nil
}

// Designations lists the plain designations that the text stands for, in the
// order in which they are written; the last alternatives vary fastest.
func (e *Expected) Designations() []Designation {
	list, err := e.expand()
	if err != nil {
		panic("curated: expected designation changed after it was parsed: " + err.Error())
	}
	return list
}

// String writes the tree in the grammar's normal spacing.
func (e *Expected) String() string {
	var b strings.Builder
	e.root.write(&b)
	return b.String()
}

func (s sequence) write(b *strings.Builder) {
	for i, it := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch {
		case it.junction != nil:
			b.WriteString(it.junction.String())
		case it.choices == nil:
			b.WriteString(it.gene)
		default:
			for j, choice := range it.choices {
				b.WriteString([]string{"(", ", "}[min(j, 1)])
				choice.write(b)
			}
			b.WriteByte(')')
		}
	}
}

// expand multiplies the alternatives out.
func (e *Expected) expand() ([]Designation, error) {
	flat, err := e.root.expand()
	if err != nil {
		return nil, err
	}
	list := make([]Designation, len(flat))
	for i, items := range flat {
		if list[i], err = assemble(items); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// expand lists the sequences without choices that s stands for.
func (s sequence) expand() ([]sequence, error) {
	done := []sequence{nil}
	for _, it := range s {
		tails := []sequence{{it}}
		if it.choices != nil {
			tails = nil
			for _, choice := range it.choices {
				more, err := choice.expand()
				if err != nil {
					return nil, err
				}
				tails = append(tails, more...)
			}
		}
		if len(done)*len(tails) > MaxAlternatives {
			return nil, fmt.Errorf("more than %d alternatives", MaxAlternatives)
		}
		next := make([]sequence, 0, len(done)*len(tails))
		for _, head := range done {
			for _, tail := range tails {
				next = append(next, append(slices.Clip(head), tail...))
			}
		}
		done = next
	}
	return done, nil
}

// assemble makes a designation of genes and junctions in order.
func assemble(items sequence) (Designation, error) {
	var d Designation
	var pending *Junction
	for _, it := range items {
		switch {
		case it.junction != nil && (len(d.Genes) == 0 || pending != nil):
			return Designation{}, fmt.Errorf("junction %s: no gene before it", it.junction)
		case it.junction != nil:
			// The tree stays its own: callers may change what they are given.
			own := *it.junction
			pending = &own
		default:
			if len(d.Genes) > 0 {
				d.Junctions = append(d.Junctions, pending)
			}
			d.Genes = append(d.Genes, it.gene)
			pending = nil
		}
	}
	switch {
	case pending != nil:
		return Designation{}, fmt.Errorf("junction %s: no gene after it", pending)
	case len(d.Genes) < 2:
		return Designation{}, fmt.Errorf("%d genes: a recombination has two at least", len(d.Genes))
	}
	return d, nil
}

type parser struct {
	text string
	pos  int
}

func (p *parser) fault(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %w", p.pos, fmt.Errorf(format, args...))
}

func (p *parser) space() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
}

// sequence reads items up to ',' or ')' or the end.
func (p *parser) sequence(depth int) (sequence, error) {
	if depth > maxNesting {
		return nil, p.fault("parentheses nest deeper than %d", maxNesting)
	}
	var s sequence
	for {
		p.space()
		if p.pos == len(p.text) || p.text[p.pos] == ',' || p.text[p.pos] == ')' {
			if len(s) == 0 {
				return nil, p.fault("nothing where a gene or a junction should be")
			}
			return s, nil
		}
		var it item
		var err error
		if p.text[p.pos] == '(' {
			it.choices, err = p.choices(depth)
		} else {
			it, err = p.word()
		}
		if err != nil {
			return nil, err
		}
		s = append(s, it)
	}
}

// choices reads a parenthesis; the text is at its '('.
func (p *parser) choices(depth int) ([]sequence, error) {
	var list []sequence
	for {
		p.pos++ // '(' or ','
		s, err := p.sequence(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
		if p.pos == len(p.text) {
			return nil, p.fault("missing ')'")
		}
		if p.text[p.pos] == ')' {
			p.pos++
			return list, nil
		}
	}
}

// word reads one gene or junction.
func (p *parser) word() (item, error) {
	end := strings.IndexAny(p.text[p.pos:], " \t(),")
	if end < 0 {
		end = len(p.text) - p.pos
	}
	w := p.text[p.pos : p.pos+end]
	it, err := parseWord(w)
	if err != nil {
		return item{}, p.fault("%w", err)
	}
	p.pos += end
	return it, nil
}

func parseWord(w string) (item, error) {
	if c := w[0]; c == '-' || c >= '0' && c <= '9' {
		j, err := parseJunction(w)
		if err != nil {
			return item{}, err
		}
		return item{junction: j}, nil
	}
	for i := range len(w) {
		c := w[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && !strings.ContainsRune("*-/._+", rune(c))) {
			return item{}, fmt.Errorf("gene %q: letter %q", w, c)
		}
	}
	return item{gene: w}, nil
}

func parseJunction(w string) (*Junction, error) {
	f := strings.Split(w, "/")
	if len(f) != 3 {
		return nil, fmt.Errorf("junction %q: want DELETED/INSERTED/DELETED", w)
	}
	left, err1 := strconv.Atoi(f[0])
	right, err2 := strconv.Atoi(f[2])
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("junction %q: want DELETED/INSERTED/DELETED", w)
	}
	j := &Junction{DelLeft: left, DelRight: right, Letters: true}
	if n, err := strconv.Atoi(f[1]); err == nil {
		if n < 0 {
			return nil, fmt.Errorf("junction %q: negative count of insertions", w)
		}
		// A count of zero says what empty letters say.
		j.Length, j.Letters = n, n == 0
		return j, nil
	}
	j.Inserted = strings.ToUpper(f[1])
	j.Length = len(j.Inserted)
	if strings.Trim(j.Inserted, "ACGTRYSWKMBDHVN") != "" {
		return nil, fmt.Errorf("junction %q: inserted letters are not nucleotides", w)
	}
	return j, nil
}
