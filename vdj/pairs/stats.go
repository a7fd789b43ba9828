package pairs

import "slices"

// Stats tells what became of the pairs of a sample. Pairs = Merged + the sum of
// Causes, and that sum = Kept + Dropped.
type Stats struct {
	Pairs   int64
	Merged  int64
	Kept    int64 // pairs not merged of which one read is kept
	Dropped int64 // pairs not merged of which nothing is kept
	// Through counts merged pairs whose fragment is shorter than a read, so that
	// adapters were cut off.
	Through int64
	Causes  map[Cause]int64 // why pairs were not merged; every cause is there

	// Overlaps counts merged pairs by the number of letters that both reads show,
	// Lengths by the length of the merged read. Their sums are Merged.
	Overlaps, Lengths []int64
	// Compared counts the letters of overlaps that are A C G T in both reads, and
	// Differ those of them in which the reads differ: a measure of the errors of
	// the sequencer that needs no reference.
	Compared, Differ int64
}

// MeanLength is the mean length of merged reads, in letters; 0 without any.
func (s *Stats) MeanLength() float64 { return mean(s.Lengths, s.Merged) }

// MeanOverlap is the mean number of letters that both reads of a merged pair show;
// 0 without any.
func (s *Stats) MeanOverlap() float64 { return mean(s.Overlaps, s.Merged) }

func mean(counts []int64, n int64) float64 {
	if n == 0 {
		return 0
	}
	sum := int64(0)
	for length, count := range counts {
		sum += int64(length) * count
	}
	return float64(sum) / float64(n)
}

// tally is Stats while pairs are counted.
type tally struct {
	pairs, kept, through int64
	causes               [causeNumber]int64
	overlaps, lengths    []int64
	compared, differ     int64
}

func (t *tally) reset() {
	clear(t.overlaps)
	clear(t.lengths)
	*t = tally{overlaps: t.overlaps[:0], lengths: t.lengths[:0]}
}

func (t *tally) count(o *Outcome) {
	t.pairs++
	t.causes[o.Cause]++
	if o.Cause != None {
		return
	}
	if o.Through {
		t.through++
	}
	t.overlaps = countAt(t.overlaps, o.Overlap)
	t.lengths = countAt(t.lengths, len(o.Read.Seq))
	t.compared += int64(o.Compared)
	t.differ += int64(o.Differ)
}

func countAt(counts []int64, i int) []int64 {
	counts = reach(counts, i+1)
	counts[i]++
	return counts
}

// reach makes counts at least n long; what is new is zero.
func reach(counts []int64, n int) []int64 {
	if n <= len(counts) {
		return counts
	}
	old := len(counts)
	counts = slices.Grow(counts, n-old)[:n]
	clear(counts[old:])
	return counts
}

func (t *tally) add(other *tally) {
	t.pairs += other.pairs
	t.kept += other.kept
	t.through += other.through
	t.compared += other.compared
	t.differ += other.differ
	for c, n := range other.causes {
		t.causes[c] += n
	}
	t.overlaps = reach(t.overlaps, len(other.overlaps))
	for i, n := range other.overlaps {
		t.overlaps[i] += n
	}
	t.lengths = reach(t.lengths, len(other.lengths))
	for i, n := range other.lengths {
		t.lengths[i] += n
	}
}

func (t *tally) stats() Stats {
	s := Stats{
		Pairs: t.pairs, Merged: t.causes[None], Kept: t.kept, Through: t.through,
		Causes:   make(map[Cause]int64, causeNumber-1),
		Overlaps: t.overlaps, Lengths: t.lengths, Compared: t.compared, Differ: t.differ,
	}
	for c := Short; c < causeNumber; c++ {
		s.Causes[c] = t.causes[c]
	}
	s.Dropped = s.Pairs - s.Merged - s.Kept
	return s
}
