package pairs

import "math"

// Phred qualities as FASTQ writes them.
const (
	phred          = 33
	highestQuality = 93 // '~'
	lowestQuality  = 2  // of a merged letter: nothing known, as Illumina writes it
)

// qualityTable is indexed by two quality bytes, at. Bytes above '~' do not occur.
type qualityTable [1 << 14]byte

func at(q1, q2 byte) int { return int(q1&0x7f)<<7 | int(q2&0x7f) }

// qualities are the tables of an overlap.
type qualities struct {
	agree  qualityTable // quality byte of a letter that both reads show
	differ qualityTable // quality byte of the letter of the higher quality
	// penalty of letters that differ, in thousandths of a nat, positive.
	penalty [1 << 14]int16
}

func newQualities(how Combine, highest int) *qualities {
	t := &qualities{}
	for q1 := byte(phred); q1 <= phred+highestQuality; q1++ {
		for q2 := byte(phred); q2 <= phred+highestQuality; q2++ {
			agree, differ := combine(how, int(q1)-phred, int(q2)-phred)
			t.agree[at(q1, q2)] = phred + byte(min(max(agree, lowestQuality), highest))
			t.differ[at(q1, q2)] = phred + byte(min(max(differ, lowestQuality), highest))
			t.penalty[at(q1, q2)] = mismatchPenalty(q1, q2)
		}
	}
	return t
}

// combine is the quality of two letters that agree, and that of the surer one of
// two letters that do not.
func combine(how Combine, q1, q2 int) (agree, differ int) {
	if how == Highest {
		return max(q1, q2), max(q1, q2) - min(q1, q2)
	}
	x, y := errorOf(max(q1, q2)), errorOf(min(q1, q2))
	return phredOf((x * y / 3) / (1 - x - y + 4*x*y/3)),
		phredOf(x * (1 - y/3) / (x + y - 4*x*y/3))
}

// errorOf is the probability that a letter is wrong. A letter at random is right
// one time in four, whatever its quality says.
func errorOf(q int) float64 { return min(math.Pow(10, -float64(q)/10), 0.75) }

func phredOf(p float64) int { return int(math.Round(-10 * math.Log10(p))) }

// Scores of overlaps, in thousandths of a nat: the logarithm of how much more
// probable the two letters are if they show the same one of the fragment than if
// they have nothing to do with each other.
//
// Letters that agree are worth ln(0.83/0.25) whatever their qualities. Letters
// that differ cost at least ln(0.75/0.17), so that exp(score) of unrelated letters
// has a mean of at most 0.25·e^1.2 + 0.75·e^-1.485 < 1: by Markov's inequality, an
// overlap of unrelated letters reaches a score s with a probability below e^-s,
// and E = places × e^-s bounds how many do. Where both qualities are high they
// cost more, by how improbable it is that either letter is wrong, so that a repeat
// that differs from the true overlap does not pass for it.
const (
	matchScore     = 1200
	leastPenalty   = 1485
	nat            = 1000
	trustedQuality = 30 // qualities are not trusted beyond
)

// mismatchPenalty is the cost of letters of these quality bytes that differ.
func mismatchPenalty(q1, q2 byte) int16 {
	x := errorOf(min(int(q1)-phred, trustedQuality))
	y := errorOf(min(int(q2)-phred, trustedQuality))
	differ := x + y - 4*x*y/3 // one is wrong, or both and not in the same way
	return int16(max(leastPenalty, math.Round(-nat*math.Log(differ/0.75))))
}
