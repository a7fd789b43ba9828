package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"empty":     {"", []string{""}},
		"fits":      {"one two", []string{"one two"}},
		"breaks":    {"one two three", []string{"one two", "three"}},
		"long word": {"a recombination b", []string{"a", "recombination", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, wrap(tt.text, 8)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrapKeepsWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-z]{1,12}`)).Draw(t, "words")
		width := rapid.IntRange(1, 30).Draw(t, "width")
		lines := wrap(strings.Join(words, " "), width)
		if got, want := strings.Join(lines, " "), strings.Join(words, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		for _, line := range lines {
			if len(line) > width && strings.Contains(line, " ") {
				t.Errorf("line %q is longer than %d", line, width)
			}
		}
	})
}

func TestHelp(t *testing.T) {
	t.Parallel()
	cmd := &cobra.Command{
		Use: "sum FILE", Short: "Add reads", Long: "Adds the reads of files.", Example: "  vidjil sum a.fq", Run: func(*cobra.Command, []string) {},
	}
	section(cmd, "Input", func(fs *pflag.FlagSet) {
		fs.IntP("first-reads", "n", 10, "stop after `N` reads, which must all be whole and of the same sample as those before")
		fs.Bool("very-long-option-name-here", false, "text")
	})
	section(cmd, "Output", func(fs *pflag.FlagSet) { fs.String("out", "", "to `FILE`") })
	want := `Adds the reads of files.

Usage:
  vidjil sum FILE [OPTION]...

Examples:
  vidjil sum a.fq

Input options:
  -n, --first-reads N     stop after N reads, which must all be whole and of the
                          same sample as those before (default 10)
      --very-long-option-name-here
                          text

Output options:
      --out FILE          to FILE

Other options:
  -h, --help              show this page
`
	(&cobra.Command{Use: "vidjil"}).AddCommand(cmd)
	var got strings.Builder
	pageOf(cmd).writeHelp(&got)
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRoff(t *testing.T) {
	t.Parallel()
	if got, want := roff(".vidjil\n'x' --long\na\\b"), `\&.vidjil`+"\n"+`\&'x' \-\-long`+"\n"+`a\eb`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestEveryCommandIsExplained holds all commands to the form of a help page: one
// line that begins with a capital and ends without full stop, a description,
// an example with the command in it, and options in sections with explanations.
func TestEveryCommandIsExplained(t *testing.T) {
	t.Parallel()
	root := newRootCommand(&streams{})
	nameDefaults(root)
	for _, cmd := range visible(root) {
		p := pageOf(cmd)
		if p.short == "" || strings.HasSuffix(p.short, ".") || strings.ToUpper(p.short[:1]) != p.short[:1] {
			t.Errorf("%s: short text %q", p.path, p.short)
		}
		if cmd.Long == "" {
			t.Errorf("%s: no description", p.path)
		}
		for line := range strings.Lines(p.long + "\n" + p.example) {
			if len(strings.TrimRight(line, "\n")) > helpWidth {
				t.Errorf("%s: line longer than %d: %q", p.path, helpWidth, line)
			}
		}
		if !cmd.HasSubCommands() && cmd.Name() != "help" && !strings.Contains(p.example, p.path) {
			t.Errorf("%s: no example of it", p.path)
		}
		for _, g := range p.options {
			for _, item := range g.items {
				if item.text == "" {
					t.Errorf("%s: option %s is not explained", p.path, item.term)
				}
				if g.title == otherOptions && !strings.Contains(item.term, "--help") {
					t.Errorf("%s: option %s is in no section", p.path, item.term)
				}
			}
		}
	}
}
