package airr

import (
	"slices"
	"strings"
)

// Dialect tells how a table departs from the standard. The reader understands
// all of these; fields are filled as rows are read.
type Dialect struct {
	MissingRequired []string // required columns that the header does not have
	Renamed         []string // columns under another program's or an older name, "bestVHit as v_call"
	LooseBooleans   bool     // true, TRUE, 1, … instead of T
	LooseNulls      bool     // NA, None, … instead of an empty cell
	LooseIntegers   bool     // 12.0 instead of 12
	DecoratedCalls  bool     // "Homsap IGHV1-2*02 F"
	Footer          bool     // a summary after the last row, as IgBLAST writes
	// ZeroBased tells that a start position is 0: the file may be from before
	// schema 1.2, when positions were 0-based and half-open. Positions are
	// left as they are.
	ZeroBased bool
	CRLF      bool // lines end with "\r\n"
	ByteOrder bool // the file starts with a byte order mark
}

// otherName gives the schema's name of a column of another program's export,
// or of an older schema. The names are those of MiXCR, of its versions before 3
// (with spaces) and since 4.
func otherName(name string) string {
	switch strings.ToLower(strings.NewReplacer(" ", "", ".", "", "_", "").Replace(name)) {
	case "bestvhit", "bestvgene", "allvhitswithscore", "allvhits":
		return "v_call"
	case "bestdhit", "bestdgene", "alldhitswithscore", "alldhits":
		return "d_call"
	case "bestjhit", "bestjgene", "alljhitswithscore", "alljhits":
		return "j_call"
	case "bestchit", "bestcgene", "allchitswithscore", "allchits":
		return "c_call"
	case "cloneid", "readid", "descrsr1", "readids":
		return "sequence_id"
	case "targetsequences", "clonalsequence(s)", "clonalsequence":
		return "sequence"
	case "targetqualities", "clonalsequencequality(s)", "clonalsequencequality":
		return "quality"
	case "clonecount", "readcount":
		return "duplicate_count"
	case "uniquemoleculecount", "uniqueumicount":
		return "umi_count"
	case "chains", "topchains":
		return "locus"
	// The CDR3 of MiXCR has both anchors: it is AIRR's junction.
	case "nseqcdr3", "nseqimputedcdr3":
		return "junction"
	case "aaseqcdr3", "aaseqimputedcdr3":
		return "junction_aa"
	case "nseqfr1":
		return "fwr1"
	case "nseqcdr1":
		return "cdr1"
	case "nseqfr2":
		return "fwr2"
	case "nseqcdr2":
		return "cdr2"
	case "nseqfr3":
		return "fwr3"
	case "nseqfr4":
		return "fwr4"
	case "junctionlengthaa":
		return "junction_aa_length"
	}
	return ""
}

// schemaName returns the column that a header name stands for, and whether it
// goes under another name there. A name that the schema has as it is wins over
// one that only resembles it: AIRR's clone_id is not MiXCR's cloneId.
func schemaName(name string) (schema string, renamed bool) {
	if lookup(name) != nil {
		return name, false
	}
	if strings.ToLower(name) == name && strings.Contains(name, "_") && name != "junction_length_aa" {
		return "", false // AIRR-like: an extra column
	}
	if other := otherName(name); other != "" {
		return other, true
	}
	return "", false
}

// CleanCall strips what some programs write around gene names: IMGT's species
// ("Homsap "), functionality (" F", " (F)", " [ORF]"), MiXCR's scores
// ("(1234.5)"), and the word "or" between alternatives. The result is a list
// separated by commas, without repetitions. Of MiXCR's scored hits it keeps
// those that have the best score.
func CleanCall(s string) string {
	if plainCall(s) {
		return s
	}
	var names []string
	best := ""
	for item := range strings.SplitSeq(s, ",") {
		name, score := cleanName(item)
		if name == "" {
			continue
		}
		if score != "" && best == "" {
			best = score
		}
		if score != best {
			continue
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// plainCall tells whether nothing needs to be stripped: letters, digits and the
// punctuation of IMGT names. A comma is fine where it only separates names.
func plainCall(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '*', c == '-', c == '/', c == '.':
		case c == ',' && i > 0 && i < len(s)-1 && s[i-1] != ',':
		default:
			return false
		}
	}
	return true
}

func cleanName(item string) (name, score string) {
	item = strings.TrimSpace(item)
	item = strings.TrimSpace(strings.TrimPrefix(item, "or "))
	fields := strings.FieldsFunc(item, func(r rune) bool { return r == ' ' || r == '\u00a0' })
	for _, f := range fields {
		if head, rest, ok := strings.Cut(f, "("); ok && head != "" && strings.HasSuffix(rest, ")") {
			f, score = head, strings.TrimSuffix(rest, ")")
		}
		f = strings.TrimPrefix(strings.TrimPrefix(f, "Homsap_"), "Musmus_")
		if name == "" && geneLike(f) {
			name = f
		}
	}
	if name == "" && len(fields) > 0 && !functionality(fields[0]) {
		name = fields[0] // a name of no known form stays, rather than vanish
	}
	return name, score
}

// geneLike tells a gene name from the species and functionality around it.
func geneLike(s string) bool {
	if len(s) < 3 {
		return false
	}
	switch s[:2] {
	case "IG", "TR":
		return true
	}
	return strings.ContainsRune(s, '*') || s == "KDE" || s == "Intron" || s == "INTRON"
}

func functionality(s string) bool {
	switch strings.Trim(s, "()[]") {
	case "F", "ORF", "P", "or", "see", "comment:":
		return true
	}
	return false
}
