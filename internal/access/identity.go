package access

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Identity is what says who a patient is. It is kept apart from all else that
// is known of the patient and leaves the server by [Identity.Show] only: it
// cannot be marshalled, and prints as a placeholder.
type Identity struct {
	First, Last string
	Birth       time.Time // the day; zero = unknown
	Number      string    // of the patient in the hospital
}

// Shown is what a person gets to see of an identity.
type Shown struct {
	Name   string // "Durand Marie", or "Patient 123"
	Birth  string // "1980-02-03"; empty without the right, or when unknown
	Age    string // "45y", see [Age]
	Number string // empty without the right
}

// Show is the identity of the patient with that number in the store, as it is
// shown on a day to somebody with the right anon, or without.
func (i Identity) Show(patient int64, anon bool, on time.Time) Shown {
	shown := Shown{Name: PatientName(patient), Age: Age(i.Birth, on)}
	if !anon {
		return shown
	}
	if name := strings.TrimSpace(i.Last + " " + i.First); name != "" {
		shown.Name = name
	}
	if !i.Birth.IsZero() {
		shown.Birth = i.Birth.Format(time.DateOnly)
	}
	shown.Number = i.Number
	return shown
}

// String keeps identities out of messages and logs.
func (Identity) String() string { return "[identity]" }

// GoString is for %#v what String is for %v.
func (i Identity) GoString() string { return i.String() }

// MarshalJSON refuses: an answer that would hold an identity is a fault of the
// program, and no answer is better than that one.
func (Identity) MarshalJSON() ([]byte, error) {
	return nil, errors.New("an identity leaves the server by Show only")
}

// PatientName is what a patient is called where the name must not be seen.
func PatientName(patient int64) string { return "Patient " + strconv.FormatInt(patient, 10) }

// SampleName is what a sample is called where the names of its files must not
// be seen.
func SampleName(sample int64) string { return "sample " + strconv.FormatInt(sample, 10) }

// FileName is the name under which a file of a sample is shown. Without the
// right anon only the sample and what kind of file it is remain: "sample
// 45.fastq.gz".
func FileName(sample int64, name string, anon bool) string {
	if anon {
		return name
	}
	return SampleName(sample) + extension(name)
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
// 164.514(b)(2)(i)(C)). An unknown or future birth has no age. Only the dates of
// the two times count, each in its own zone.
func Age(birth, on time.Time) string {
	if birth.IsZero() {
		return ""
	}
	by, bm, bd := birth.Date()
	y, m, d := on.Date()
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

// Words are the forms in which the identity turns up in free text, such as
// comments and logs: both names, the number, and usual ways to write the birth
// date.
func (i Identity) Words() []string {
	words := []string{i.First, i.Last, i.Number}
	if !i.Birth.IsZero() {
		for _, layout := range []string{
			"2006-01-02", "20060102", "02/01/2006", "2/1/2006", "01/02/2006", "1/2/2006", "02.01.2006", "2.1.2006",
			"02-01-2006", "02012006", "2006/01/02", "02/01/06", "02.01.06",
		} {
			words = append(words, i.Birth.Format(layout))
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
