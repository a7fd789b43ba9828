package curated

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Count is right answers out of questions.
type Count struct{ Right, Total int }

func (c *Count) add(right, asked bool) {
	if asked {
		c.Total++
		if right {
			c.Right++
		}
	}
}

// String is "135/151".
func (c Count) String() string { return fmt.Sprintf("%d/%d", c.Right, c.Total) }

// Percent is the share of right answers, 0 to 100; 0 when nothing was asked.
func (c Count) Percent() float64 {
	if c.Total == 0 {
		return 0
	}
	return 100 * float64(c.Right) / float64(c.Total)
}

// Totals counts right answers at each level.
type Totals struct {
	Levels   [levels]Count
	Junction Count // amino acids of the junction, by themselves
	// Spurious counts, of the sequences that must not be designated, those that
	// were (Right) among all (Total).
	Spurious Count
}

// At is the count of one level.
func (t *Totals) At(l Level) Count { return t.Levels[l] }

func (t *Totals) add(r *Result) {
	for l := range levels {
		t.Levels[l].add(r.Verdict.Right[l], r.Verdict.Asked[l])
	}
	t.Junction.add(r.Verdict.JunctionRight, r.Verdict.JunctionAsked)
	t.Spurious.add(!r.Verdict.Right[Detected], r.Entry.Locus == Unseg)
}

// Result is one entry, what was observed, and the verdict.
type Result struct {
	Entry    *Entry
	Observed Observation // the zero value, but for its ID, when the program said nothing
	Verdict  Verdict
}

// Report is the verdict on all entries, in their order.
type Report struct{ Results []Result }

// Score judges a program. An entry without observation counts as not detected,
// an observation without entry is left out, and of several observations of one
// entry the first counts. Germline may be nil; see the package's rules.
func Score(entries []Entry, observations []Observation, germline Germline) *Report {
	byID := make(map[string]Observation, len(observations))
	for _, o := range observations {
		if _, dup := byID[o.ID]; !dup {
			byID[o.ID] = o
		}
	}
	r := &Report{Results: make([]Result, len(entries))}
	for i := range entries {
		e := &entries[i]
		o, ok := byID[e.ID]
		if !ok {
			o = Observation{ID: e.ID}
		}
		r.Results[i] = Result{Entry: e, Observed: o, Verdict: e.Score(o, germline)}
	}
	return r
}

// Totals counts over all entries.
func (r *Report) Totals() Totals { return r.Subset(func(*Entry) bool { return true }) }

// Subset counts over the entries that keep holds on to.
func (r *Report) Subset(keep func(*Entry) bool) Totals {
	var t Totals
	for i := range r.Results {
		if keep(r.Results[i].Entry) {
			t.add(&r.Results[i])
		}
	}
	return t
}

// Of counts over the entries of the given identifiers.
func (r *Report) Of(ids []string) Totals {
	return r.Subset(func(e *Entry) bool { return slices.Contains(ids, e.ID) })
}

// Loci lists the loci of the entries, sorted; those not stated are left out.
func (r *Report) Loci() []string {
	var loci []string
	for i := range r.Results {
		if l := r.Results[i].Entry.Locus; l != "" && !slices.Contains(loci, l) {
			loci = append(loci, l)
		}
	}
	slices.Sort(loci)
	return loci
}

// WriteTable writes the counts at each level as text, a line per locus and one
// over all.
func (r *Report) WriteTable(w io.Writer) error {
	var b bytes.Buffer
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "locus")
	for _, l := range Levels() {
		fmt.Fprintf(tw, "\t%s", l)
	}
	fmt.Fprint(tw, "\tCDR3\n")
	line := func(name string, t Totals) {
		fmt.Fprint(tw, name)
		for _, c := range t.Levels {
			fmt.Fprintf(tw, "\t%s", cell(c))
		}
		fmt.Fprintf(tw, "\t%s\n", cell(t.Junction))
	}
	for _, locus := range r.Loci() {
		line(locus, r.Subset(func(e *Entry) bool { return e.Locus == locus }))
	}
	line("all", r.Totals())
	_ = tw.Flush() // into memory
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("curated report: %w", err)
	}
	return nil
}

func cell(c Count) string {
	if c.Total == 0 {
		return "-"
	}
	return c.String()
}

// WriteFailures writes each entry that is not all right, for people to read:
// the level at which it fails, what was expected and what was observed.
func (r *Report) WriteFailures(w io.Writer) error {
	var b bytes.Buffer
	for i := range r.Results {
		res := &r.Results[i]
		level, failed := res.Verdict.Failed()
		if !failed {
			continue
		}
		e, o := res.Entry, &res.Observed
		expected := ""
		if e.Expected != nil {
			expected = e.Expected.String()
		}
		observed := o.Designation
		if d, ok := o.designation(); observed == "" && ok {
			observed = d.String()
		}
		fmt.Fprintf(&b, "%s: %s\n  expected  [%s] %s", e.ID, level, e.Locus, expected)
		for _, aa := range e.CDR3 {
			fmt.Fprintf(&b, " {%s}", aa)
		}
		fmt.Fprintf(&b, "\n  observed  [%s] %s", o.System, observed)
		if o.JunctionAA != "" {
			fmt.Fprintf(&b, " {%s}", o.JunctionAA)
		}
		if o.Cause != "" {
			fmt.Fprintf(&b, " (%s)", o.Cause)
		}
		b.WriteByte('\n')
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("curated failures: %w", err)
	}
	return nil
}
