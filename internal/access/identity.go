package access

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"vidjil.org/vidjil/internal/lab"
)

// What is shown in the place of an identity to whom may not see it. That the
// identity itself stays closed is [lab.Private]'s affair; who may open it, that
// of [Person.SeeIdentity] and [Person.SeeFileNames].

// FileName is what a file of a sample is called where its name must not be seen:
// of the name only the kind of file remains, as in "Sample 45.fastq.gz".
func FileName(sample int64, name string) string {
	return "Sample " + strconv.FormatInt(sample, 10) + extension(name)
}

// extension is that of a file name, as far as it is the name of a format and
// not, say, of a patient.
func extension(name string) string {
	name = strings.ToLower(name)
	packed := ""
	if ext := path.Ext(name); slices.Contains([]string{".gz", ".bz2", ".xz", ".zst", ".zip"}, ext) {
		packed, name = ext, strings.TrimSuffix(name, ext)
	}
	formats := []string{".fastq", ".fq", ".fasta", ".fa", ".bam", ".vidjil", ".analysis", ".tsv", ".airr", ".csv", ".clntab", ".json", ".txt", ".log"}
	if ext := path.Ext(name); slices.Contains(formats, ext) {
		return ext + packed
	}
	return packed
}

// Age is the age on a day of somebody born on another, in years, below four
// years with months: "45y", "2y 5m", "5m". From 90 years on it is "90y+", as so
// few live as long that the age would tell who it is (HIPAA, 45 CFR
// 164.514(b)(2)(i)(C)). An unknown or future birth has no age.
func Age(birth, on lab.Date) string {
	from, ok1 := birth.Time()
	to, ok2 := on.Time()
	if !ok1 || !ok2 {
		return ""
	}
	by, bm, bd := from.Date()
	y, m, d := to.Date()
	months := (y-by)*12 + int(m-bm)
	if d < bd {
		months--
	}
	years := months / 12
	switch {
	case months < 0:
		return ""
	case years >= 90:
		return "90y+"
	case years >= 4:
		return fmt.Sprintf("%dy", years)
	case years >= 1:
		return fmt.Sprintf("%dy %dm", years, months%12)
	}
	return fmt.Sprintf("%dm", months)
}

// IdentityWords are the forms in which an identity turns up in free text, such
// as comments and logs, for [Redact]: names, numbers, names of files, and the
// usual ways to write the birth date.
func IdentityWords(birth lab.Date, names ...string) []string {
	words := slices.Clone(names)
	if day, ok := birth.Time(); ok {
		for _, layout := range []string{
			"2006-01-02", "20060102", "02/01/2006", "2/1/2006", "01/02/2006", "1/2/2006", "02.01.2006", "2.1.2006",
			"02-01-2006", "02012006", "2006/01/02", "02/01/06", "02.01.06",
		} {
			words = append(words, day.Format(layout))
		}
	}
	return slices.DeleteFunc(words, func(w string) bool { return strings.TrimSpace(w) == "" })
}

// Redact puts by in the place of each of the words in a text. Case is ignored,
// and a word must stand alone, as in "LI_marie.fastq" but not in "clinic": next
// to a letter it is no name, next to a digit no date. A word of several parts is
// found whatever separates them ("van der Meer", "van_der_meer"). It is a second
// line of defence for what people and programs have written; what is known to
// be a name has a field and is not sent.
func Redact(text string, words []string, by string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.TrimSpace(w) == "" })
	if len(words) == 0 {
		return text
	}
	// The longest first, so that a double name does not leave its second half.
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	var b strings.Builder
	before := utf8.RuneError // the rune before the place, none at first
	for i := 0; i < len(text); {
		n := 0
		for _, w := range words {
			if n = wordAt(text[i:], strings.TrimSpace(w), before); n > 0 {
				break
			}
		}
		if n > 0 {
			b.WriteString(by)
			before, _ = utf8.DecodeLastRuneInString(text[i : i+n])
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		b.WriteString(text[i : i+size])
		before = r
		i += size
	}
	return b.String()
}

// wordAt is the length of the word at the start of text, 0 when it is not
// there or does not stand alone.
func wordAt(text, word string, before rune) int {
	first, _ := utf8.DecodeRuneInString(word)
	if joined(before, first) {
		return 0
	}
	n := 0
	var last rune
	for _, want := range word {
		got, size := utf8.DecodeRuneInString(text[n:])
		if size == 0 || !same(got, want) {
			return 0
		}
		n += size
		last = got
	}
	after, size := utf8.DecodeRuneInString(text[n:])
	if size > 0 && joined(last, after) {
		return 0
	}
	return n
}

// joined tells whether two neighbours belong to one word.
func joined(a, b rune) bool {
	return unicode.IsLetter(a) && (unicode.IsLetter(b) || unicode.IsMark(b)) || unicode.IsDigit(a) && unicode.IsDigit(b)
}

// same tells whether two runes are the same letter or both separate words.
func same(a, b rune) bool {
	if a == b {
		return true
	}
	for r := unicode.SimpleFold(a); r != a; r = unicode.SimpleFold(r) {
		if r == b {
			return true
		}
	}
	separates := func(r rune) bool { return strings.ContainsRune(" _-.'", r) }
	return separates(a) && separates(b)
}
