package pairs

import (
	"bytes"
	"strings"
)

// firstWord is a name up to the first blank.
func firstWord(name []byte) []byte {
	if i := bytes.IndexByte(name, ' '); i >= 0 {
		name = name[:i]
	}
	if i := bytes.IndexByte(name, '\t'); i >= 0 {
		name = name[:i]
	}
	return name
}

// mates tells whether two names are those of the reads of one pair: the same up to
// the first blank, but for one digit that is 1 in the first and 2 in the second
// name, after '/', '.', '_', '-' or 'R', and not part of a longer number ("x/1" and
// "x/2", "x.1" and "x.2", "R1_x" and "R2_x").
func mates(first, second []byte) bool {
	if bytes.Equal(first, second) {
		return true
	}
	first, second = firstWord(first), firstWord(second)
	if len(first) != len(second) {
		return false
	}
	i := 0
	for i < len(first) && first[i] == second[i] {
		i++
	}
	if i == len(first) {
		return true
	}
	return bytes.Equal(first[i+1:], second[i+1:]) && isMateNumber(first, i, '1') && isMateNumber(second, i, '2')
}

func isMateNumber(name []byte, i int, digit byte) bool {
	if name[i] != digit || i == 0 || strings.IndexByte("/._-R", name[i-1]) < 0 {
		return false
	}
	return i+1 == len(name) || name[i+1] < '0' || name[i+1] > '9'
}

// appendMergedName appends the name of the first read without "/1".
func appendMergedName(dst, name []byte) []byte {
	word := firstWord(name)
	dst = append(dst, bytes.TrimSuffix(word, []byte("/1"))...)
	return append(dst, name[len(word):]...)
}
