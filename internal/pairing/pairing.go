// Package pairing makes samples of the names of files: which are the two mates,
// which are lanes of one library, which belong to nobody. It knows how sequencers
// and laboratories name files (Illumina, Element, MGI, Singular, older HiSeqs,
// people), and a laboratory's own form can be given.
//
// It sees names only and must not open files, and it never decides what a person
// should: what is doubtful comes with a [Doubt], and the same sample in two runs
// stays two, as names that are equal by chance mix up patients.
package pairing

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// Plan is what names tell about files.
type Plan struct {
	Samples []Sample
	// Unassigned are reads that the sequencer could give to no sample. They are
	// left out; their number is of use for the quality of the run.
	Unassigned []string
	Ignored    []string // neither reads nor results
}

// Sample is the files of one library.
type Sample struct {
	Name   string
	Folder string // of the run, below what was given
	Number int    // S-number: the order in the sample sheet; 0 when not told
	Index  string // barcode, where names have it
	Files  []File // by role, then lane, then piece
	Doubts []Doubt
}

// File is one file and its part in the sample.
type File struct {
	Path string // as it was given
	Role lab.FileRole
	Lane int // 0 when not told, or when lanes are merged
}

// DoubtKind says what somebody should look at.
type DoubtKind string

// The kinds of doubt.
const (
	// MissingMate: reads of one end without those of the other.
	MissingMate DoubtKind = "missing_mate"
	// UnequalLanes: R1 and R2 are not there for the same lanes.
	UnequalLanes DoubtKind = "unequal_lanes"
	// Twice: two files in the same place, as a.fastq and a.fastq.gz, or lanes
	// beside the file into which they were merged.
	Twice DoubtKind = "twice"
	// SeveralRuns: a sample of the same name is in another folder, perhaps a
	// top-up of the same library, perhaps not.
	SeveralRuns DoubtKind = "several_runs"
	// SameName: another sample of the same folder has the same name.
	SameName DoubtKind = "same_name"
	// ByNumber: names that end in _1 and _2 were taken for mates.
	ByNumber DoubtKind = "by_number"
	// MixedFormats: FASTA beside FASTQ in one sample.
	MixedFormats DoubtKind = "mixed_formats"
)

// Doubt is what is not certain about a sample.
type Doubt struct {
	Kind DoubtKind
	Text string // for people
}

// Options tell about a laboratory's own names. The zero value has none.
type Options struct {
	// Form is a regular expression that is tried first, on the name without
	// extensions, from its beginning to its end, with the group
	// (?P<sample>…) and, where there are such, lane, read (1, 2, R1, R2, I1, I2),
	// number, index and chunk.
	Form string
}

// Of makes a plan of paths, in either style of slashes. The order of the paths
// has no influence.
func Of(paths []string, opt Options) (*Plan, error) {
	own, err := opt.compile()
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	var files []named
	for _, p := range slices.Compact(slices.Sorted(slices.Values(paths))) {
		n, known := parse(p, own)
		switch {
		case !known:
			plan.Ignored = append(plan.Ignored, p)
		case unassigned.MatchString(n.stem):
			plan.Unassigned = append(plan.Unassigned, p)
		default:
			files = append(files, n)
		}
	}
	believe(files)
	groups := group(files)
	paired := foldersWithMates(groups)
	for _, g := range groups {
		plan.Samples = append(plan.Samples, g.sample(paired))
	}
	nameByIndex(plan.Samples)
	compare(plan.Samples)
	slices.SortStableFunc(plan.Samples, func(a, b Sample) int {
		return cmp.Or(natural(a.Folder, b.Folder), cmp.Compare(a.Number, b.Number), natural(a.Name, b.Name),
			cmp.Compare(a.Index, b.Index), cmp.Compare(a.Files[0].Path, b.Files[0].Path))
	})
	return plan, nil
}

func (o Options) compile() (*regexp.Regexp, error) {
	if o.Form == "" {
		return nil, nil //nolint:nilnil // no form is a form, too
	}
	re, err := regexp.Compile("^(?:" + o.Form + ")$")
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "the form of file names is no regular expression: %w", err)
	}
	if re.SubexpIndex("sample") < 0 {
		return nil, lab.Errorf(lab.Invalid, "the form of file names has no group (?P<sample>…)")
	}
	return re, nil
}

// believe takes _1 and _2 for mates only where both are there, once: patient_1
// and patient_3 are two samples.
func believe(files []named) {
	mates := map[string][3]int{}
	key := func(n named) string { return n.folder + "\x00" + n.sample + "\x00" + n.format }
	end := map[lab.FileRole]int{lab.RoleR1: 1, lab.RoleR2: 2}
	for _, n := range files {
		if n.weak {
			seen := mates[key(n)]
			seen[end[n.role]]++
			mates[key(n)] = seen
		}
	}
	// A third name of the kind, patient_3, says that they are counted.
	counted := map[string]bool{}
	for _, n := range files {
		if i := strings.LastIndexAny(n.stem, "_."); i > 0 && !n.weak && n.maker == "" && strings.Trim(n.stem[i+1:], "0123456789") == "" {
			n.sample = n.stem[:i]
			counted[key(n)] = true
		}
	}
	for i := range files {
		n := &files[i]
		if seen := mates[key(*n)]; n.weak && (seen[1] != 1 || seen[2] != 1 || counted[key(*n)]) {
			n.sample, n.role, n.weak, n.maker = n.stem, lab.RoleReads, false, ""
		}
	}
}

// library is the files of one sample.
type library []named

func group(files []named) []library {
	at := map[string]int{}
	var groups []library
	for _, n := range files {
		key := fmt.Sprint(n.folder, "\x00", n.sample, "\x00", n.number, "\x00", n.index)
		if n.role == lab.RoleResult || n.format == ".bam" {
			key = "\x00" + n.path // each is whole
		}
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], n)
	}
	return groups
}

// foldersWithMates are those in which some sample has an R2: there, an R1 alone
// has lost its mate; elsewhere one end was sequenced.
func foldersWithMates(groups []library) map[string]bool {
	paired := map[string]bool{}
	for _, g := range groups {
		for _, n := range g {
			if n.role == lab.RoleR2 {
				paired[n.folder] = true
			}
		}
	}
	return paired
}

var roleOrder = []lab.FileRole{lab.RoleR1, lab.RoleR2, lab.RoleReads, lab.RoleI1, lab.RoleI2, lab.RoleResult}

func (g library) sample(paired map[string]bool) Sample {
	slices.SortStableFunc(g, func(a, b named) int {
		return cmp.Or(cmp.Compare(slices.Index(roleOrder, a.role), slices.Index(roleOrder, b.role)),
			cmp.Compare(a.lane, b.lane), cmp.Compare(a.chunk, b.chunk), strings.Compare(a.path, b.path))
	})
	s := Sample{Name: g[0].sample, Folder: g[0].folder, Number: g[0].number, Index: g[0].index}
	single := !paired[s.Folder]
	for _, n := range g {
		if n.role == lab.RoleR1 && single {
			n.role = lab.RoleReads
		}
		s.Files = append(s.Files, File{Path: n.path, Role: n.role, Lane: n.lane})
	}
	g.doubt(&s, single)
	return s
}

func (s *Sample) add(kind DoubtKind, format string, args ...any) {
	s.Doubts = append(s.Doubts, Doubt{kind, fmt.Sprintf(format, args...)})
}

// place is where the reads of a file stand in a sample.
type place struct{ lane, chunk int }

// doubt looks at one sample by itself.
func (g library) doubt(s *Sample, single bool) {
	places := map[lab.FileRole][]place{}
	formats := map[string]bool{}
	weak := false
	for _, n := range g {
		places[n.role] = append(places[n.role], place{n.lane, n.chunk})
		formats[n.format] = true
		weak = weak || n.weak
	}
	first, second := places[lab.RoleR1], places[lab.RoleR2]
	switch {
	case len(second) > 0 && len(first) == 0:
		s.add(MissingMate, "there are reads of the second end (R2) without the first (R1)")
	case len(first) > 0 && len(second) == 0 && !single:
		s.add(MissingMate, "there are reads of the first end (R1) without the second (R2), which other samples have")
	case len(first) > 0 && len(second) > 0 && !slices.Equal(slices.Compact(slices.Clone(first)), slices.Compact(slices.Clone(second))):
		s.add(UnequalLanes, "R1 is there for %s, R2 for %s", lanes(first), lanes(second))
	case len(places[lab.RoleReads]) > 0 && len(first)+len(second) > 0:
		s.add(Twice, "there are files of pairs, and one that is not told to be R1 or R2")
	}
	for _, role := range roleOrder {
		p := places[role]
		whole := slices.ContainsFunc(p, func(x place) bool { return x.lane == 0 })
		lane := slices.ContainsFunc(p, func(x place) bool { return x.lane > 0 })
		if len(slices.Compact(slices.Clone(p))) < len(p) || whole && lane {
			s.add(Twice, "some %s reads may be there twice: in several files of the same lane, or in lanes and merged", role)
		}
	}
	if weak {
		s.add(ByNumber, "the files whose names end in 1 and 2 were taken for the two ends of the same fragments")
	}
	if len(formats) > 1 {
		s.add(MixedFormats, "FASTA and FASTQ are mixed")
	}
}

func lanes(places []place) string {
	var list []string
	for _, p := range places {
		text := "all lanes"
		if p.lane > 0 {
			text = fmt.Sprint("lane ", p.lane)
		}
		if p.chunk > 1 {
			text += fmt.Sprint(" piece ", p.chunk)
		}
		list = append(list, text)
	}
	return strings.Join(slices.Compact(list), ", ")
}

// nameByIndex adds the barcode to the names of samples that differ in nothing
// else: MGI's names begin with the flow cell.
func nameByIndex(samples []Sample) {
	indices := map[string]map[string]bool{}
	key := func(s Sample) string { return fmt.Sprint(s.Folder, "\x00", s.Name, "\x00", s.Number) }
	for _, s := range samples {
		if indices[key(s)] == nil {
			indices[key(s)] = map[string]bool{}
		}
		indices[key(s)][s.Index] = true
	}
	names := make([]string, len(samples)) // changed when all keys were asked for
	for i, s := range samples {
		if names[i] = s.Name; s.Index != "" && len(indices[key(s)]) > 1 {
			names[i] += "_" + s.Index
		}
	}
	for i, name := range names {
		samples[i].Name = name
	}
}

// compare looks for names that come twice.
func compare(samples []Sample) {
	byName := map[string][]int{}
	for i, s := range samples {
		name := strings.ToLower(s.Name)
		byName[name] = append(byName[name], i)
	}
	for _, same := range byName {
		for _, i := range same {
			s := &samples[i]
			var here, elsewhere int
			for _, j := range same {
				switch {
				case i == j:
				case samples[j].Folder == s.Folder:
					here++
				default:
					elsewhere++
				}
			}
			if here > 0 {
				s.add(SameName, "%d more of this folder have this name: other sample numbers or formats", here)
			}
			if elsewhere > 0 {
				s.add(SeveralRuns, "other folders have this name, too: is it the same library, sequenced again?")
			}
		}
	}
}

// natural compares names as people order them: S2 before S10.
func natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		i, j := digits(x), digits(y)
		if i > 0 && j > 0 {
			m, n := strings.TrimLeft(x[:i], "0"), strings.TrimLeft(y[:j], "0")
			if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
				return c
			}
			x, y = x[i:], y[j:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}
