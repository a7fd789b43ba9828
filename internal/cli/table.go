package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

// What a person sees at the end of "vidjil analyze": no line is longer than a
// hundred letters.
const (
	shownClonotypes = 20
	nameLimit       = 30 // letters of a short designation
	junctionLimit   = 20
	flagLimit       = 8
)

// writeTable prints the summary of a sample and its largest clonotypes.
func (r *run) writeTable(s *streams, sample *clonotype.Sample, shown []*clonotype.Clonotype) error {
	p := palette{color: s.color, set: r.set}
	var b strings.Builder
	fmt.Fprintf(&b, "%s   germline %s %s\n\n", p.bold(r.name), r.set.Name, r.set.Version)
	r.writeReads(&b, &sample.Result, p)
	if len(sample.Result.ReadsBySystem) > 0 {
		b.WriteByte('\n')
		writeSystems(&b, &sample.Result, p)
	}
	if r.o.command != commandDetect {
		b.WriteByte('\n')
		r.writeClonotypes(&b, sample, shown, p)
	}
	fmt.Fprintf(&b, "\n%s\n", p.faint(r.footer(sample)))
	_, err := io.WriteString(s.out, b.String())
	return err
}

// log is the part of the summary that the .vidjil file keeps.
func (r *run) log(sample *clonotype.Sample) string {
	var b strings.Builder
	p := palette{set: r.set}
	r.writeReads(&b, &sample.Result, p)
	if len(sample.Result.ReadsBySystem) > 0 {
		b.WriteByte('\n')
		writeSystems(&b, &sample.Result, p)
	}
	return b.String()
}

// writeReads prints what became of all reads; the numbers add up.
func (r *run) writeReads(b *strings.Builder, res *clonotype.Result, p palette) {
	t := textTable{columns: []textColumn{{}, {right: true}, {right: true}}, color: p.color}
	row := func(what string, n int, st style) {
		t.add(textCell{what, st}, textCell{grouped(int64(n)), st}, textCell{fmt.Sprintf("%.2f %%", percent(int64(n), int64(res.TotalReads))), st})
	}
	row("reads", res.TotalReads, bold)
	if res.Filtered > 0 {
		row("  left out by sampling", res.Filtered, "")
	}
	row("  recombined", res.Recombined(), "")
	for _, c := range causesByReads(res) {
		row("  "+string(c), res.Causes[c], faint)
	}
	b.WriteString(t.String())
}

func writeSystems(b *strings.Builder, res *clonotype.Result, p palette) {
	t := textTable{color: p.color, columns: []textColumn{
		{head: "system"},
		{head: "reads", right: true},
		{head: "%", right: true},
		{head: "clonotypes", right: true},
		{head: "length", right: true},
		{head: "Shannon", right: true},
		{head: "Pielou", right: true},
		{head: "Simpson", right: true},
	}}
	all := res.Recombined()
	row := func(name string, st style, reads, clonotypes int, length string, d clonotype.Diversity) {
		t.add(textCell{name, st}, textCell{text: grouped(int64(reads))}, textCell{text: fmt.Sprintf("%.2f", percent(int64(reads), int64(all)))},
			textCell{text: grouped(int64(clonotypes))}, textCell{text: length}, textCell{text: fmt.Sprintf("%.3f", d.Shannon)},
			textCell{text: fmt.Sprintf("%.3f", d.Pielou)}, textCell{text: fmt.Sprintf("%.4f", d.Simpson)})
	}
	sum, bases := 0, 0.0
	for _, code := range systemsByReads(res) {
		row(code, p.system(code), res.ReadsBySystem[code], res.ClonotypesBySystem[code],
			fmt.Sprintf("%.1f", res.LengthBySystem[code]), res.Diversity[code])
		sum += res.ClonotypesBySystem[code]
		bases += res.LengthBySystem[code] * float64(res.ReadsBySystem[code])
	}
	if len(res.ReadsBySystem) > 1 {
		row(clonotype.AllSystems, "", all, sum, fmt.Sprintf("%.1f", bases/float64(all)), res.Diversity[clonotype.AllSystems])
	}
	b.WriteString(t.String())
}

// writeClonotypes prints the largest clonotypes.
func (r *run) writeClonotypes(b *strings.Builder, sample *clonotype.Sample, shown []*clonotype.Clonotype, p palette) {
	res := &sample.Result
	if len(shown) == 0 {
		fmt.Fprintf(b, "no clonotype%s\n", r.threshold())
		return
	}
	t := textTable{color: p.color, columns: []textColumn{
		{head: "#", right: true},
		{head: "reads", right: true},
		{head: "%", right: true},
		{head: "system"},
		{head: "V(D)J", limit: nameLimit},
		{head: "junction"},
		{head: "prod"},
		{head: "flags", limit: flagLimit},
	}}
	for _, c := range shown {
		system := p.system(c.System)
		t.add(textCell{text: strconv.Itoa(c.Rank)}, textCell{text: grouped(int64(c.Reads))},
			textCell{text: fmt.Sprintf("%.2f", percent(int64(c.Reads), int64(res.Recombined())))},
			textCell{c.System, system}, textCell{text: shortName(c, r.set)}, textCell{text: shortJunction(c)},
			textCell{text: productivity(c)}, textCell{flags(c), faint})
	}
	b.WriteString(t.String())
	if more := sample.Clonotypes() - len(shown); more > 0 {
		fmt.Fprintf(b, "and %s more%s\n", grouped(int64(more)), r.threshold())
	}
}

// threshold says which clonotypes are reported.
func (r *run) threshold() string {
	if r.o.minReads <= 1 {
		return ""
	}
	return fmt.Sprintf(" of %d reads or more", r.o.minReads)
}

// footer tells where the files are and how long it took.
func (r *run) footer(sample *clonotype.Sample) string {
	perf := r.performance(sample.Result.TotalReads)
	text := fmt.Sprintf("%s.*   %.1f s", filepath.Join(r.o.dir, r.name), perf.Seconds)
	if perf.PeakMemory > 0 {
		text += fmt.Sprintf(", %.0f MB", float64(perf.PeakMemory)/1e6)
	}
	return text
}

// shortName is a designation without what every reader fills in: "V3-48
// 0/2/6 D5-12 3/2/2 J4". The locus stands in the column of the system, alleles
// and letters in the files.
func shortName(c *clonotype.Clonotype, set *germline.Set) string {
	d := c.Designation
	if d == nil {
		return ""
	}
	if !d.Found() {
		return "? " + string(d.Cause)
	}
	words := strings.Fields(d.Text(set))
	for i, w := range words {
		if i%2 == 0 {
			words[i] = shortGene(w, d.System)
			continue
		}
		// del/letters/del
		if parts := strings.Split(w, "/"); len(parts) == 3 {
			words[i] = parts[0] + "/" + strconv.Itoa(len(parts[1])) + "/" + parts[2]
		}
	}
	return strings.Join(words, " ")
}

// shortGene is the name of a gene without allele, and without locus where the
// system tells it.
func shortGene(name, system string) string {
	name, _, _ = strings.Cut(name, "*")
	locus, _, _ := strings.Cut(system, "+")
	return strings.TrimPrefix(name, locus)
}

// shortJunction is the junction's amino acids. Where there are none it is the
// number of letters between the outer genes.
func shortJunction(c *clonotype.Clonotype) string {
	d := c.Designation
	switch {
	case d == nil || !d.Found():
		return ""
	case d.JunctionAA != "":
		return clipMiddle(d.JunctionAA, junctionLimit)
	case d.Five != nil && d.Three != nil:
		return fmt.Sprintf("(%d nt between)", max(0, d.Three.Start-d.Five.End))
	}
	return ""
}

// productivity is a word for a narrow column.
func productivity(c *clonotype.Clonotype) string {
	d := c.Designation
	switch {
	case d == nil || !d.Found():
		return ""
	case d.Productive:
		return "yes"
	}
	switch d.Reason {
	case designation.OutOfFrame:
		return "frame"
	case designation.StopCodon:
		return "stop"
	case designation.TooShort:
		return "short"
	case designation.NoWPGxG:
		return "WPGxG"
	}
	return "-"
}

// flags are the label and the codes of warnings that ask for a look.
func flags(c *clonotype.Clonotype) string {
	var list []string
	if c.Label != "" {
		list = append(list, c.Label)
	}
	for _, w := range c.Warnings {
		if w.Level != clonotype.Info && !slices.Contains(list, w.Code) {
			list = append(list, w.Code)
		}
	}
	return strings.Join(list, " ")
}

// palette is how things look.
type palette struct {
	color bool
	set   *germline.Set
}

func (p palette) bold(text string) string {
	if p.color {
		return bold.paint(text)
	}
	return text
}

func (p palette) faint(text string) string {
	if p.color {
		return faint.paint(text)
	}
	return text
}

// system is the colour that the germline set gives to a system, as the client
// shows it, on terminals that say that they can (COLORTERM).
func (p palette) system(code string) style {
	sys := p.set.System(code)
	if mode := os.Getenv("COLORTERM"); sys == nil || len(sys.Color) != len("#rrggbb") || mode != "truecolor" && mode != "24bit" {
		return ""
	}
	rgb, err := strconv.ParseUint(sys.Color[1:], 16, 24)
	if err != nil {
		return ""
	}
	return style(fmt.Sprintf("38;2;%d;%d;%d", rgb>>16, rgb>>8&0xff, rgb&0xff))
}
