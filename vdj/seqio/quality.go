package seqio

import "sync"

// Bounds of the suspicion of Phred+64. Its qualities run from '@' (Q0) to 'i' (Q41); those of Phred+33
// instruments end at 'J' (Q41) or 'K', and nearly every read has some below '@' (Q31). Consensus and long
// reads in Phred+33 go beyond 'i' and are not suspected.
const (
	phred64Lowest   = '@'
	phred33Highest  = 'J'
	phred64Highest  = 'i'
	phred64MinReads = 100 // fewer reads say too little
)

// inQualitySample tells whether the qualities of a read are looked at: all of the first 4096 reads of a
// sample, then one in 64 (one in 16 cost 10 % of Parse on 250-nt reads). It depends on the number of the read
// alone.
func inQualitySample(number int64) bool {
	return number < 4096 || number&63 == 0
}

// spread is what has been seen of the qualities of some reads.
type spread struct {
	reads     int64
	low, high byte // lowest and highest quality byte, meaningless without reads
}

func (s *spread) add(qual []byte) {
	if len(qual) == 0 {
		return
	}
	low, high := qual[0], qual[0]
	for _, q := range qual {
		low, high = min(low, q), max(high, q)
	}
	s.merge(spread{1, low, high})
}

func (s *spread) merge(other spread) {
	switch {
	case other.reads == 0:
	case s.reads == 0:
		*s = other
	default:
		s.reads += other.reads
		s.low, s.high = min(s.low, other.low), max(s.high, other.high)
	}
}

func (s *spread) looksPhred64() bool {
	return s.reads >= phred64MinReads && s.low >= phred64Lowest && s.high > phred33Highest && s.high <= phred64Highest
}

// sharedSpread gathers the spreads of blocks. It is safe for concurrent use.
type sharedSpread struct {
	mu    sync.Mutex
	total spread
}

func (s *sharedSpread) merge(other spread) {
	s.mu.Lock()
	s.total.merge(other)
	s.mu.Unlock()
}

func (s *sharedSpread) looksPhred64() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total.looksPhred64()
}
