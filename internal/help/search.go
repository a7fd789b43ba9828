package help

import (
	"bytes"
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// text is a page as it is searched.
type text struct {
	Entry
	lines []line
}

// line is a paragraph, item, row or line of code below a heading.
type line struct {
	section string // anchor of the heading, "" above the first one
	heading bool
	text    string
}

// Found is a page in which all words of a search are.
type Found struct {
	Entry
	Section string // anchor of the part that has most of the words
	Excerpt string
	score   int
}

const (
	maxWords   = 8 // of a search: more only narrow what is found
	maxExcerpt = 200
	// A word in a title tells more than any number of lines that mention it.
	ofTitle, ofHeading = 100, 10
)

// readable is the text of a page without the signs of Markdown.
func readable(content []byte) []line {
	var lines []line
	section := ""
	for raw := range strings.Lines(string(content)) {
		raw = strings.TrimSpace(raw)
		if raw == "" || rule.MatchString(raw) || fence.MatchString(raw) || comment.MatchString(raw) {
			continue
		}
		l := line{text: picture.ReplaceAllString(raw, "$1")}
		if parts := heading.FindStringSubmatch(raw); parts != nil {
			section, l.heading, l.text = Slug(parts[2]), true, parts[2]
		}
		l.section = section
		l.text = strings.Trim(anchor.ReplaceAllString(l.text, "$1"), "|>-* ")
		l.text = strings.NewReplacer("**", "", "`", "", " | ", " – ").Replace(l.text)
		lines = append(lines, l)
	}
	return lines
}

// search gives the pages that have all words, those first that are about them.
func (m *Manual) search(query string) []Found {
	words := strings.Fields(strings.ToLower(query))
	words = words[:min(len(words), maxWords)]
	var list []Found
	for _, t := range m.texts {
		if f, ok := t.find(words); ok {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b Found) int { return cmp.Compare(b.score, a.score) })
	return list
}

// find looks for words, in lower case, in a page.
func (t *text) find(words []string) (Found, bool) {
	f := Found{Entry: t.Entry}
	missing := map[string]bool{}
	for _, word := range words {
		missing[word] = true
		if strings.Contains(strings.ToLower(t.Title), word) {
			f.score += ofTitle
			delete(missing, word)
		}
	}
	most := 0
	for _, l := range t.lines {
		low, here := strings.ToLower(l.text), 0
		for _, word := range words {
			if strings.Contains(low, word) {
				here++
				delete(missing, word)
			}
		}
		f.score += here
		if l.heading {
			f.score += here * ofHeading
		}
		if here > most || here == most && most > 0 && f.Excerpt == "" {
			most = here
			f.Section, f.Excerpt = l.section, ""
			if !l.heading {
				f.Excerpt = shorten(l.text)
			}
		}
	}
	return f, len(missing) == 0 && len(words) > 0
}

// shorten cuts a text that is too long, between letters.
func shorten(s string) string {
	if len(s) <= maxExcerpt {
		return s
	}
	end := maxExcerpt
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// serveSearch answers with what is found.
func (m *Manual) serveSearch(w http.ResponseWriter, query string) {
	const longest = 200
	if len(query) > longest {
		query = strings.ToValidUTF8(query[:longest], "")
	}
	v := view{Title: "Search", At: "?", Query: query, Contents: m.contents, Found: m.search(query)}
	var b bytes.Buffer
	if err := m.layout.Execute(&b, v); err != nil {
		http.Error(w, "the manual cannot be searched", http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(b.Bytes()) // whoever asked may have gone
}
