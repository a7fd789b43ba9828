// Package help serves the manual under /help: the pages of docs, which are
// written in Markdown and rendered when the server starts. It must know nothing
// of data, people or settings: the manual is the same for everybody, and can be
// read before anybody has signed in.
package help

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"vidjil.org/vidjil/docs"
)

// policy lets the pages show their own pictures and style, and nothing run.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Root is where the manual is.
const Root = "/help/"

//go:embed page.html
var pageText string

//go:embed style.css
var style []byte

// Manual is the rendered manual. Safe for concurrent use.
type Manual struct {
	files    map[string]file // by path below Root: "user/start", "images/a.png"
	layout   *template.Template
	contents []Section
	titles   map[string]string // of the pages, by path
	texts    []text            // in the order of the contents, for the search
}

// file is what an address answers.
type file struct {
	mediaType, tag string
	content        []byte
}

// Entry is a page in the table of contents.
type Entry struct {
	Title, Path string
}

// Section is a part of the table of contents.
type Section struct {
	Title   string
	Entries []Entry
}

// sections are the folders of the manual, in the order of the contents.
var sections = [...]struct{ folder, title string }{
	{"user", "For users"}, {"admin", "For administrators"}, {"formats", "File formats"}, {"dev", "For developers"}, {".", "More"},
}

// New renders the manual.
func New() (*Manual, error) { return render(docs.Files) }

// render renders the pages of a folder.
func render(pages fs.FS) (*Manual, error) {
	m := &Manual{files: map[string]file{}}
	var err error
	if m.layout, err = template.New("page").Parse(pageText); err != nil {
		return nil, fmt.Errorf("parse the layout of help: %w", err)
	}
	if err := m.read(pages); err != nil {
		return nil, err
	}
	m.put("style.css", "text/css; charset=utf-8", style)
	err = fs.WalkDir(pages, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(pages, name)
		if err != nil {
			return err
		}
		switch path.Ext(name) {
		case ".md":
			return m.page(name, text)
		case ".png":
			m.put(name, "image/png", text)
		case ".svg":
			m.put(name, "image/svg+xml", text)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("render help: %w", err)
	}
	return m, nil
}

// read lists the pages by section. They stand in the order in which the first
// page names them, which is the order to read them in; others come last.
func (m *Manual) read(pages fs.FS) error {
	m.titles = map[string]string{}
	first, err := fs.ReadFile(pages, "README.md")
	if err != nil {
		return fmt.Errorf("read help: %w", err)
	}
	rank := map[string]int{}
	for i, parts := range anchor.FindAllStringSubmatch(string(first), -1) {
		rank[parts[2]] = i - 1<<16
	}
	for _, s := range sections {
		names, err := fs.Glob(pages, path.Join(s.folder, "*.md"))
		if err != nil {
			return fmt.Errorf("list help: %w", err)
		}
		slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank[a], rank[b]) })
		section := Section{Title: s.title}
		for _, name := range names {
			content, err := fs.ReadFile(pages, name)
			if err != nil {
				return fmt.Errorf("read help: %w", err)
			}
			at := strings.TrimSuffix(name, ".md")
			m.titles[at] = title(content)
			if path.Base(name) != "README.md" {
				entry := Entry{Title: m.titles[at], Path: at}
				section.Entries = append(section.Entries, entry)
				m.texts = append(m.texts, text{Entry: entry, lines: readable(content)})
			}
		}
		if len(section.Entries) > 0 {
			m.contents = append(m.contents, section)
		}
	}
	return nil
}

// title is the first heading of a page.
func title(text []byte) string {
	for line := range bytes.Lines(text) {
		if parts := heading.FindStringSubmatch(strings.TrimSpace(string(line))); parts != nil {
			return strings.ReplaceAll(parts[2], "`", "")
		}
	}
	return ""
}

// view is what the layout shows.
type view struct {
	Title, Up, At, Query string
	Contents             []Section
	Body                 template.HTML
	Found                []Found
	Before, After        *Entry
}

// page renders one page. Its links are relative, so that they hold below any
// path.
func (m *Manual) page(name string, content []byte) error {
	at := strings.TrimSuffix(name, ".md")
	up := strings.Repeat("../", strings.Count(at, "/"))
	md := markdown{link: func(target string) string { return linkFrom(at, up, m.titles, target) }}
	v := view{
		Title: m.titles[at], Up: up, At: at, Contents: m.contents,
		Body: template.HTML(md.render(string(content))), //nolint:gosec // markdown escapes all text
	}
	if i := slices.IndexFunc(m.texts, func(t text) bool { return t.Path == at }); i >= 0 {
		if i > 0 {
			v.Before = &m.texts[i-1].Entry
		}
		if i+1 < len(m.texts) {
			v.After = &m.texts[i+1].Entry
		}
	}
	var b bytes.Buffer
	if err := m.layout.Execute(&b, v); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	if at == "README" {
		m.put("", "text/html; charset=utf-8", b.Bytes())
	}
	m.put(at, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// linkFrom is the address of what a page links to: another page of the manual,
// a picture, or another site. The repository has further files, which are not
// in the manual: "".
func linkFrom(at, up string, titles map[string]string, target string) string {
	if strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "#") {
		return target
	}
	if strings.Contains(target, ":") || strings.HasPrefix(target, "/") {
		return ""
	}
	name, fragment, _ := strings.Cut(target, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	to := path.Join(path.Dir(at), name)
	if page, ok := strings.CutSuffix(to, ".md"); ok {
		if _, ok := titles[page]; ok {
			return up + page + fragment
		}
		return ""
	}
	if strings.HasPrefix(to, "images/") {
		return up + to
	}
	return ""
}

func (m *Manual) put(name, mediaType string, content []byte) {
	sum := sha256.Sum256(content)
	m.files[name] = file{mediaType: mediaType, content: content, tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// ServeHTTP answers with a page or a picture.
func (m *Manual) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := m.files[strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, Root), ".md")]
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "this page can only be read", http.StatusMethodNotAllowed)
		return
	case !ok:
		http.Error(w, "the manual has no such page", http.StatusNotFound)
		return
	}
	h.Set("Content-Type", f.mediaType)
	h.Set("Cache-Control", "no-cache")
	if query := strings.TrimSpace(r.URL.Query().Get("q")); query != "" && r.URL.Path == Root {
		m.serveSearch(w, query)
		return
	}
	h.Set("ETag", f.tag)
	if strings.Contains(r.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(f.content) // whoever asked may have gone
}
