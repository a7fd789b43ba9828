package airr

// complement returns the complement of a nucleotide letter, IUPAC codes
// included, and keeps its case. Other letters stay as they are.
func complement(c byte) byte {
	const from, to = "ACGTUNRYSWKMBDHVacgtunryswkmbdhv", "TGCAANYRSWMKVHDBtgcaanyrswmkvhdb"
	for i := range len(from) {
		if from[i] == c {
			return to[i]
		}
	}
	return c
}

func reverseComplement(s []byte) []byte {
	out := make([]byte, len(s))
	for i, c := range s {
		out[len(s)-1-i] = complement(c)
	}
	return out
}

// genetic is the standard genetic code, codons in the order TTT, TTC, TTA, …
const genetic = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"

// translate translates whole codons; a codon with a letter other than A, C, G,
// T becomes X, the rest after the last whole codon is left out.
func translate[T string | []byte](s T) string {
	out := make([]byte, 0, len(s)/3)
	for i := 0; i+3 <= len(s); i += 3 {
		out = append(out, codon(s[i], s[i+1], s[i+2]))
	}
	return string(out)
}

func codon(a, b, c byte) byte {
	i, j, k := tcag(a), tcag(b), tcag(c)
	if i|j|k > 3 {
		return 'X'
	}
	return genetic[i<<4|j<<2|k]
}

// tcag is the rank of a nucleotide in the order of the genetic code; 4 when it
// is none.
func tcag(c byte) byte {
	switch c {
	case 'T', 't', 'U', 'u':
		return 0
	case 'C', 'c':
		return 1
	case 'A', 'a':
		return 2
	case 'G', 'g':
		return 3
	}
	return 4
}
