package pairs

import (
	"fmt"
	"math"
	"slices"

	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/seqio"
)

// Cause is why a pair is not merged.
type Cause uint8

// The causes.
const (
	None        Cause = iota // it is merged
	Short                    // a read is shorter than the shortest overlap
	NoOverlap                // no overlap with few enough differences
	Improbable               // the best overlap may be there by chance
	Ambiguous                // another overlap is nearly as good
	causeNumber = iota
)

var causeNames = [causeNumber]string{"merged", "short", "no_overlap", "improbable", "ambiguous"}

// String is the cause as tables and JSON write it.
func (c Cause) String() string {
	if int(c) >= len(causeNames) {
		return fmt.Sprintf("Cause(%d)", uint8(c))
	}
	return causeNames[c]
}

// MarshalText writes the cause as String does.
func (c Cause) MarshalText() ([]byte, error) {
	if int(c) >= len(causeNames) {
		return nil, fmt.Errorf("write cause %d: no such cause", uint8(c))
	}
	return []byte(causeNames[c]), nil
}

// UnmarshalText reads what MarshalText writes.
func (c *Cause) UnmarshalText(text []byte) error {
	i := slices.Index(causeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("read cause %q: no such cause", text)
	}
	*c = Cause(i)
	return nil
}

// Merger merges pairs. It is safe for concurrent use.
type Merger struct {
	opt       Options
	qualities *qualities
}

// New makes a merger. Its error tells what is wrong with the options.
func New(opt Options) (*Merger, error) {
	if err := opt.Check(); err != nil {
		return nil, fmt.Errorf("merge pairs: options: %w", err)
	}
	opt = opt.withDefaults()
	return &Merger{opt: opt, qualities: newQualities(opt.Combine, opt.MaxQuality)}, nil
}

// Scratch is working memory for merging, one per goroutine. The zero value is
// ready.
type Scratch struct {
	finder      finder
	differences []difference
	best        []difference // those of the best overlap
	name        []byte
	seq, qual   []byte
	threshold   int // of scores, for so many places and merger
	places      int
	merger      *Merger
}

// Outcome is what became of a pair.
type Outcome struct {
	Cause    Cause
	Read     seqio.Record // the merged read, if Cause is None; valid until the next call with the same Scratch
	Overlap  int          // letters of the fragment that both reads show
	Compared int          // of these, those that are A C G T in both reads
	Differ   int          // of these, those in which they differ
	// Through tells that the fragment is shorter than one of the reads, whose end
	// was cut off as adapter.
	Through bool
}

// Pair merges two reads, both as they were sequenced, so that the second one is of
// the other strand. The merged read is of the first one's strand and has its name,
// without "/1". It has qualities if both reads have.
//
// Where the reads differ, the letter of the higher quality is taken; of equal
// ones that which is nearer to the start of its read.
func (m *Merger) Pair(first, second seqio.Record, s *Scratch) Outcome {
	f := &s.finder
	if min(len(first.Seq), len(second.Seq)) < m.opt.MinOverlap {
		return Outcome{Cause: Short}
	}
	f.load(first.Seq, second.Seq)
	f.find(m.opt.MinOverlap, m.opt.MaxMismatch)
	best, next, found := overlap{score: math.MinInt}, math.MinInt, false
	for _, length := range f.places {
		o := f.at(length)
		if !f.count(&o, m.opt.MaxMismatch) || o.letters < m.opt.MinOverlap {
			continue
		}
		s.differences = f.differences(s.differences[:0], &o)
		o.score = m.score(&o, first.Qual, second.Qual, s.differences)
		if !found || o.score > best.score {
			next, best, found = best.score, o, true
			s.best, s.differences = s.differences, s.best
		} else {
			next = max(next, o.score)
		}
	}
	switch {
	case !found:
		return Outcome{Cause: NoOverlap}
	case best.score < m.leastScore(s):
		return Outcome{Cause: Improbable}
	case float64(next) > m.opt.MaxSecond*float64(best.score):
		return Outcome{Cause: Ambiguous}
	}
	return Outcome{
		Read:    m.join(&best, first, second, s),
		Overlap: best.end - best.start, Compared: best.letters, Differ: best.differ,
		Through: best.fragment < max(len(first.Seq), len(second.Seq)),
	}
}

// score of an overlap with the given differences, in thousandths of a nat.
func (m *Merger) score(o *overlap, q1, q2 []byte, differences []difference) int {
	score := (o.letters - o.differ) * matchScore
	if q1 == nil || q2 == nil {
		return score - o.differ*leastPenalty
	}
	for _, d := range differences {
		if !d.other {
			score -= int(m.qualities.penalty[at(q1[d.place], q2[o.fragment-1-d.place])])
		}
	}
	return score
}

// leastScore is the score at which as many overlaps as MaxEValue are expected
// among the places of the pair at hand.
func (m *Merger) leastScore(s *Scratch) int {
	places := s.finder.n1 + s.finder.n2 - 2*m.opt.MinOverlap + 1
	if places != s.places || m != s.merger {
		s.places, s.merger = places, m
		s.threshold = int(math.Ceil(nat * math.Log(float64(places)/m.opt.MaxEValue)))
	}
	return s.threshold
}

// join writes the merged read into scratch memory.
func (m *Merger) join(o *overlap, r1, r2 seqio.Record, s *Scratch) seqio.Record {
	mates := r2.Seq[:max(0, o.fragment-len(r1.Seq))] // shown by R2 only
	s.seq = append(s.seq[:0], r1.Seq[:o.end]...)
	s.seq = base.ReverseComplement(s.seq, mates)
	s.name = appendMergedName(s.name[:0], r1.Name)
	read := seqio.Record{Name: s.name, Seq: s.seq}
	if r1.Qual == nil || r2.Qual == nil {
		for _, d := range s.best {
			x, y := r1.Seq[d.place], complement(r2.Seq[o.fragment-1-d.place])
			s.seq[d.place], _ = m.resolve(x, y, phred, phred, 2*d.place < o.fragment)
		}
		return read
	}
	s.qual = slices.Grow(s.qual[:0], o.fragment)[:o.fragment]
	copy(s.qual, r1.Qual[:o.start])
	reversed := r2.Qual[o.fragment-o.end : o.fragment-o.start]
	q1 := r1.Qual[o.start:o.end]
	both := s.qual[o.start:o.end:o.end]
	for i := range both {
		both[i] = m.qualities.agree[at(q1[i], reversed[len(reversed)-1-i])]
	}
	for i, q := range r2.Qual[:len(mates)] {
		s.qual[o.fragment-1-i] = q
	}
	for _, d := range s.best {
		j := o.fragment - 1 - d.place
		x, y := r1.Seq[d.place], complement(r2.Seq[j])
		s.seq[d.place], s.qual[d.place] = m.resolve(x, y, r1.Qual[d.place], r2.Qual[j], 2*d.place < o.fragment)
	}
	read.Qual = s.qual
	return read
}

// resolve chooses between letters that differ, or of which one at least is not
// A, C, G or T.
func (m *Merger) resolve(x, y, qx, qy byte, nearer bool) (letter, quality byte) {
	switch {
	case !plain(x) && !plain(y):
		return 'N', phred + lowestQuality
	case !plain(y):
		return x, qx
	case !plain(x):
		return y, qy
	case qx > qy || qx == qy && nearer:
		return x, m.qualities.differ[at(qx, qy)]
	}
	return y, m.qualities.differ[at(qx, qy)]
}
