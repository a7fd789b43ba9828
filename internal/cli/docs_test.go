package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var fenced = regexp.MustCompile("(?ms)^ *```sh\n(.*?)^ *```")

// shellWords splits a command line of the manual: quotes and what stands before
// a comment, a pipe or a redirection.
func shellWords(line string) (words []string) {
	var word strings.Builder
	quote, begun := rune(0), false
	flush := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ':
			flush()
		case (r == '#' && !begun) || r == '|' || r == '>' || r == ';' || r == '&':
			flush()
			return words
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	flush()
	return words
}

// checkLine says what is wrong with a command line of vidjil, "" for nothing.
func checkLine(words []string) string {
	root := newRootCommand(&streams{})
	root.InitDefaultCompletionCmd()
	command, rest, err := root.Find(words)
	if err != nil {
		return err.Error()
	}
	if command == root && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && !strings.HasPrefix(rest[0], "COMMAND") {
		return "there is no command " + rest[0]
	}
	if err := command.ParseFlags(rest); err != nil && !strings.Contains(err.Error(), "help") {
		return err.Error()
	}
	return ""
}

// TestCommandsOfTheManual parses each command line of the manual with the real
// options.
func TestCommandsOfTheManual(t *testing.T) {
	t.Parallel()
	lines := 0
	check := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range fenced.FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", " ")) {
				line = strings.TrimSpace(line)
				if i := strings.LastIndex(line, "| vidjil "); i >= 0 {
					line = line[i+2:]
				}
				line = strings.TrimPrefix(line, "sudo ")
				words := shellWords(line)
				if len(words) == 0 || words[0] != "vidjil" {
					continue
				}
				lines++
				if fault := checkLine(words[1:]); fault != "" {
					t.Errorf("%s: %s: %s", path, line, fault)
				}
			}
		}
	}
	err := filepath.WalkDir("../../docs", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			check(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	check("../../README.md")
	if lines < 50 {
		t.Errorf("%d command lines: most are not seen", lines)
	}
}

// TestCommandsOfTheManualCatches proves that a line can fail.
func TestCommandsOfTheManualCatches(t *testing.T) {
	t.Parallel()
	for line, good := range map[string]bool{
		"vidjil serve --data /srv/vidjil": true, "vidjil serve --date /srv/vidjil": false, "vidjil sevre --data x": false,
		"vidjil user add a@example.org --admin --data 'a b' # new": true, "vidjil user ad a@example.org --nothing": false,
	} {
		if got := checkLine(shellWords(line)[1:]); (got == "") != good {
			t.Errorf("%s: got %q", line, got)
		}
	}
}
