package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	inFences  = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	inCode    = regexp.MustCompile("`[^`\n]+`")
	linked    = regexp.MustCompile(`!?\[[^\]]*\]\(([^)\s]+)\)`)
	headings  = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	linkText  = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)
	outside   = regexp.MustCompile(`^(https?|mailto):`)
	docsLimit = 240 << 10 // bytes of a picture that pages show
)

// slugs are the anchors of a page, as viewers of Markdown make them.
func slugs(text string) map[string]bool {
	out := map[string]bool{}
	for _, h := range headings.FindAllStringSubmatch(inFences.ReplaceAllString(text, ""), -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(linkText.ReplaceAllString(h[1], "$1")) {
			switch {
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				b.WriteRune(r)
			case r == ' ':
				b.WriteByte('-')
			}
		}
		out[b.String()] = true
	}
	return out
}

// faults are the links of a page that lead nowhere.
func faults(page, text string) (list []string) {
	prose := inCode.ReplaceAllString(inFences.ReplaceAllString(text, ""), "")
	for _, l := range linked.FindAllStringSubmatch(prose, -1) {
		target := l[1]
		if outside.MatchString(target) {
			continue
		}
		name, fragment, _ := strings.Cut(target, "#")
		to := page
		if name != "" {
			to = filepath.Join(filepath.Dir(page), filepath.FromSlash(name))
		}
		info, err := os.Stat(to)
		if err != nil {
			list = append(list, target+" is not there")
			continue
		}
		if strings.HasSuffix(to, ".png") && info.Size() > int64(docsLimit) {
			list = append(list, target+" is too large")
		}
		if fragment == "" || info.IsDir() || filepath.Ext(to) != ".md" {
			continue
		}
		there, err := os.ReadFile(to)
		if err != nil || !slugs(string(there))[fragment] {
			list = append(list, target+" has no such heading")
		}
	}
	return list
}

// TestLinks: links, anchors and pictures of all prose are there.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "dist" || name == "bin" || name == "test-results") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pages++
		for _, fault := range faults(path, string(text)) {
			t.Errorf("%s: %s", path, fault)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pages < 30 {
		t.Errorf("%d pages: looked for in the wrong place", pages)
	}
}

// TestLinksCatches proves that a link can fail.
func TestLinksCatches(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "a.md")
	text := "# One `two`\n[a](b.md) [c](#nowhere) [d](#one-two) `[e](f.md)` ![g](h.png)\n```\n[i](j.md)\n# K\n```\n[l](#k)\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := faults(page, text); len(got) != 4 {
		t.Errorf("got %q, want b.md, #nowhere, h.png and #k", got)
	}
}
