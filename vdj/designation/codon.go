package designation

import "vidjil.org/vidjil/vdj/germline"

// Translate appends the amino acids of the whole codons of nt, from its first
// letter, to dst; a stop is '*', a codon with a letter other than A C G T 'X'.
func Translate(dst, nt []byte) []byte {
	for ; len(nt) >= 3; nt = nt[3:] {
		dst = append(dst, germline.TranslateCodon(nt[:3]))
	}
	return dst
}
