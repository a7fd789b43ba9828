package germline

// TranslateCodon gives the amino acid of a codon of upper-case letters in the
// standard genetic code: one letter, '*' for a stop codon, 'X' for a codon of
// another length or with a letter other than A, C, G or T.
func TranslateCodon(codon []byte) byte {
	if len(codon) != 3 {
		return 'X'
	}
	code := 0
	for _, c := range codon {
		switch c {
		case 'T':
			code *= 4
		case 'C':
			code = code*4 + 1
		case 'A':
			code = code*4 + 2
		case 'G':
			code = code*4 + 3
		default:
			return 'X'
		}
	}
	return standardCode[code]
}

// standardCode is NCBI's translation table 1, codons in the order T, C, A, G.
const standardCode = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
