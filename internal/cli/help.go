package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sectionKey is the annotation under which a flag carries the title of its
// section.
const sectionKey = "vidjil_section"

// otherOptions is the section of the flags that no command claimed: --help.
const otherOptions = "Other"

// section adds options to a command under a title; the help page and the
// manual list the sections in the order in which they were first named.
// A word in backquotes in a flag's usage is the name of its value.
func section(cmd *cobra.Command, title string, add func(fs *pflag.FlagSet)) {
	fs := pflag.NewFlagSet(title, pflag.ContinueOnError)
	fs.SortFlags = false
	add(fs)
	cmd.Flags().SortFlags = false
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Annotations == nil {
			f.Annotations = map[string][]string{}
		}
		f.Annotations[sectionKey] = []string{title}
		cmd.Flags().AddFlag(f)
	})
}

// page is what there is to say about a command; the help, the manual page and
// the reference are renderings of it.
type page struct {
	path     string // "vidjil germline show"
	short    string
	long     string
	usage    string
	example  string
	commands []pageGroup
	options  []pageGroup
	exits    []exit // for the root
}

// pageGroup is a titled list of commands or options.
type pageGroup struct {
	title string
	items []pageItem
}

// pageItem is a term and its explanation.
type pageItem struct{ term, text string }

func pageOf(cmd *cobra.Command) page {
	p := page{
		path: cmd.CommandPath(), short: cmd.Short, long: cmd.Long, example: cmd.Example,
		usage:    strings.Replace(cmd.UseLine(), "[flags]", "[OPTION]...", 1),
		commands: commandGroups(cmd), options: optionGroups(cmd),
	}
	if p.long == "" {
		p.long = cmd.Short + "."
	}
	if !cmd.HasParent() {
		p.exits = exits()
	}
	return p
}

func commandGroups(cmd *cobra.Command) []pageGroup {
	var groups []pageGroup
	for _, g := range append(cmd.Groups(), &cobra.Group{Title: "Commands"}) {
		group := pageGroup{title: g.Title}
		for _, sub := range cmd.Commands() {
			if sub.GroupID == g.ID && (sub.IsAvailableCommand() || sub.Name() == "help") {
				group.items = append(group.items, pageItem{sub.Name(), sub.Short})
			}
		}
		if group.items != nil {
			groups = append(groups, group)
		}
	}
	return groups
}

func optionGroups(cmd *cobra.Command) []pageGroup {
	cmd.InitDefaultHelpFlag()
	var groups []pageGroup
	place := map[string]int{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		title := otherOptions
		if t := f.Annotations[sectionKey]; t != nil {
			title = t[0]
		}
		i, ok := place[title]
		if !ok {
			i = len(groups)
			place[title] = i
			groups = append(groups, pageGroup{title: title})
		}
		groups[i].items = append(groups[i].items, optionItem(f))
	})
	return groups
}

// optionItem writes an option as GNU programs do: "-n, --reads N".
func optionItem(f *pflag.Flag) pageItem {
	value, text := pflag.UnquoteUsage(f)
	if f.Name == "help" {
		text = "show this page"
	}
	if f.Value.Type() == "count" {
		value = ""
	}
	term := "    --" + f.Name
	if f.Shorthand != "" {
		term = "-" + f.Shorthand + ", --" + f.Name
	}
	if value != "" {
		term += " " + value
	}
	switch f.DefValue {
	case "", "0", "0s", "false", "[]":
	default:
		text += " (default " + f.DefValue + ")"
	}
	return pageItem{term, text}
}

const (
	helpWidth  = 80 // columns of a help page, those of the narrowest terminal
	helpIndent = 26 // column at which explanations start
)

// writeHelp renders the page for a terminal. Errors of writing surface when the
// command ends; a help page has no other duty.
func (p page) writeHelp(w io.Writer) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", strings.TrimSpace(p.long), p.usage)
	if p.example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", strings.TrimRight(p.example, "\n"))
	}
	for _, g := range p.commands {
		fmt.Fprintf(&b, "\n%s:\n", g.title)
		g.writeTerms(&b)
	}
	for _, g := range p.options {
		fmt.Fprintf(&b, "\n%s:\n", optionTitle(g.title))
		g.writeTerms(&b)
	}
	if p.exits != nil {
		b.WriteString("\nExit status:\n")
		exitGroup(p.exits).writeTerms(&b)
	}
	if p.commands != nil {
		fmt.Fprintf(&b, "\n'%s COMMAND --help' explains a command.\n", p.path)
	}
	_, _ = io.WriteString(w, b.String())
}

func optionTitle(title string) string { return title + " options" }

func exitGroup(exits []exit) pageGroup {
	g := pageGroup{title: "Exit status"}
	for _, e := range exits {
		g.items = append(g.items, pageItem{fmt.Sprint(e.status), e.meaning})
	}
	g.items = append(g.items, pageItem{"128+N", "signal N stopped the command: 130 interrupt, 143 termination"})
	return g
}

// writeTerms writes terms in a left column and wrapped explanations beside it.
func (g pageGroup) writeTerms(b *strings.Builder) {
	for _, item := range g.items {
		b.WriteString("  ")
		b.WriteString(item.term)
		column := 2 + len(item.term)
		if column+2 > helpIndent {
			b.WriteByte('\n')
			column = 0
		}
		for i, line := range wrap(item.text, helpWidth-helpIndent) {
			if i > 0 {
				column = 0
			}
			b.WriteString(strings.Repeat(" ", helpIndent-column))
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
}

// wrap breaks text at spaces into lines of at most width letters, longer words
// excepted. There is always a line.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
