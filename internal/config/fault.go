package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// fault is something that is wrong with a setting.
type fault struct {
	key  string
	from Source // zero when nothing gave the value
	msg  string
}

type faults []fault

func (l *faults) add(key string, from Source, format string, args ...any) {
	*l = append(*l, fault{key, from, fmt.Sprintf(format, args...)})
}

func (l *faults) of(more faults) { *l = append(*l, more...) }

// err lists the faults, each with the place of the value, those of a file in the
// order of its lines.
func (l faults) err(at *Loaded) error {
	code := lab.Usage
	for i := range l {
		if l[i].from == (Source{}) {
			l[i].from = at.Sources[l[i].key]
		}
		if l[i].from.Origin == FromFile {
			code = lab.Invalid
		}
	}
	slices.SortStableFunc(l, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.from.Name, b.from.Name), cmp.Compare(a.from.Line, b.from.Line))
	})
	lines := make([]string, len(l))
	for i, f := range l {
		lines[i] = f.String()
	}
	if len(lines) == 1 {
		return lab.Errorf(code, "%s", lines[0])
	}
	return lab.Errorf(code, "%d settings are wrong:\n  %s", len(lines), strings.Join(slices.Compact(lines), "\n  "))
}

func (f fault) String() string {
	switch f.from.Origin {
	case FromFlag, FromEnvironment:
		return f.from.String() + ": " + f.msg
	case FromFile, FromCredential:
		return f.from.String() + ": " + f.key + ": " + f.msg
	default:
		return f.key + ": " + f.msg
	}
}

// nearest names the setting that was probably meant.
func nearest(fields []Field, key string) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Key
	}
	return suggest(names, key)
}

func nearestTable(key string) string {
	var names []string
	for _, f := range Fields() {
		if f.IsMap() {
			names = append(names, f.Key)
		} else if i := strings.LastIndexByte(f.Key, '.'); i > 0 {
			names = append(names, f.Key[:i])
		}
	}
	return suggest(names, key)
}

// suggest finds the name that is nearest to a wrong one: of the same table, whole,
// or by its last part, as people forget the table.
func suggest(names []string, wrong string) string {
	best, least := "", 2+2*max(1, len(wrong)/3) // in half letters
	last := wrong[strings.LastIndexByte(wrong, '.')+1:]
	for _, name := range names {
		d := 2 * distance(name, wrong)
		table, short := split(name)
		switch {
		case table != "" && table == strings.TrimSuffix(wrong, "."+last):
			d -= 3
		case table != "" && len(last) > 2:
			d = min(d, 2*distance(short, last)+1)
		}
		if d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is how many letters must be changed, added or removed to make one
// text of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
