package help

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/docs"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"heading", "# A `b` c\n", "<h1 id=\"a-b-c\">A <code>b</code> c</h1>\n"},
		{"same heading twice", "## A\n## A\n", "<h2 id=\"a\">A</h2>\n<h2 id=\"a-1\">A</h2>\n"},
		{"paragraphs", "a\nb\n\nc\n", "<p>a\nb</p>\n<p>c</p>\n"},
		{"markup is text", "<script>alert(1)</script> & <b onclick=x>", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b onclick=x&gt;</p>\n"},
		{"code", "```sh\na <b> *c*\n\n  d\n```\nafter\n", "<pre tabindex=\"0\"><code>a &lt;b&gt; *c*\n\n  d\n</code></pre>\n<p>after</p>\n"},
		{"code in text", "`a*b*<c>` **d** *e* 2*3*4", "<p><code>a*b*&lt;c&gt;</code> <strong>d</strong> <em>e</em> 2*3*4</p>\n"},
		{"links", "[a](b.md#c) [x](javascript:alert(1)) [`k`](https://example.org)", "<p><a href=\"b.md#c\">a</a> x) <a href=\"https://example.org\"><code>k</code></a></p>\n"},
		{"a link that breaks out", `[a](b"onclick="x)`, "<p><a href=\"b&#34;onclick=&#34;x\">a</a></p>\n"},
		{"picture", "![A <b>](images/a.png)", "<p><img src=\"images/a.png\" alt=\"A &lt;b&gt;\" loading=\"lazy\"></p>\n"},
		{"list", "- a\n  b\n- c\n\nd\n", "<ul>\n<li>a\nb</li>\n<li>c</li>\n</ul>\n<p>d</p>\n"},
		{"list in a list", "1. a\n   - b\n   - c\n2. d\n", "<ol>\n<li>a\n<ul>\n<li>b</li>\n<li>c</li>\n</ul>\n</li>\n<li>d</li>\n</ol>\n"},
		{"code in a list", "- a\n  ```\n  b\n  ```\n- c\n", "<ul>\n<li>a\n<pre tabindex=\"0\"><code>b\n</code></pre>\n</li>\n<li>c</li>\n</ul>\n"},
		{
			"table", "| a | b |\n|---|---|\n| `x\\|y` | z |\n",
			"<div class=\"table\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead>\n<tbody>\n<tr><td><code>x|y</code></td><td>z</td></tr>\n</tbody></table></div>\n",
		},
		{"quotation", "> a\n> b\n", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n"},
		{"comment", "<!-- made by x -->\na\n", "<p>a</p>\n"},
		{"NUL", "a\x000\x00b `c`", "<p>a0b <code>c</code></p>\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := markdown{link: func(target string) string {
				if strings.HasPrefix(target, "javascript:") {
					return ""
				}
				return target
			}}
			if diff := cmp.Diff(tt.want, m.render(tt.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzMarkdown: whatever a page says, it ends, and nothing but our own elements
// comes out.
func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"# a", "- a\n  - b\n\n  c", "|a|\n|-|\n|b|", "```", "> > a", "![a](b)[c](d)", "*a* **b** `c`", "1. a\n\n2. b", "\x000\x00"} {
		f.Add(seed)
	}
	ours := regexp.MustCompile(`</?(h[1-6]|p|pre|code|ul|ol|li|table|thead|tbody|tr|th|td|div|blockquote|a|img|strong|em)( (id|href|src|alt|loading|scope|class|tabindex)="[^"<>]*")*>`)
	f.Fuzz(func(t *testing.T, text string) {
		m := markdown{link: func(target string) string { return target }}
		if rest := ours.ReplaceAllString(m.render(text), ""); strings.ContainsAny(rest, "<>") {
			t.Errorf("%q gives %q", text, rest)
		}
	})
}

func manual(t *testing.T) *Manual {
	t.Helper()
	m, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ask(m *Manual, method, path string, header http.Header) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, http.NoBody)
	r.Header = header
	m.ServeHTTP(w, r)
	return w
}

// TestManual follows every link and picture from the first page on.
func TestManual(t *testing.T) {
	t.Parallel()
	m := manual(t)
	refers := regexp.MustCompile(`(?:href|src)="([^"]+)"`)
	seen, todo := map[string]bool{}, []string{"/help/"}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		res := ask(m, http.MethodGet, at, nil)
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.Code != http.StatusOK || res.Header().Get("Content-Security-Policy") != policy || res.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: got %d %v", at, res.Code, res.Header())
		}
		if !strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for _, ref := range refers.FindAllStringSubmatch(string(text), -1) {
			address, err := httptest.NewRequest(http.MethodGet, at, http.NoBody).URL.Parse(ref[1])
			if err != nil {
				t.Errorf("%s: %v", at, err)
				continue
			}
			if address.Host == "" && strings.HasPrefix(address.Path, Root) {
				todo = append(todo, address.Path)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d pages and pictures: got %v", len(seen), seen)
	}
	entries, err := docs.Files.ReadDir("user")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if page := "/help/user/" + strings.TrimSuffix(e.Name(), ".md"); !seen[page] {
			t.Errorf("nothing leads to %s", page)
		}
	}
}

// Pages stand in the order in which the first page names them, which is not
// that of their names, and lead to each other.
func TestOrder(t *testing.T) {
	t.Parallel()
	page := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	m, err := render(fstest.MapFS{
		"README.md": page("# Manual\n[z](user/z.md) [b](admin/b.md) [a](user/a.md)\n"),
		"user/a.md": page("# A\n"), "user/m.md": page("# Unnamed\n"), "user/z.md": page("# Z\n"), "admin/b.md": page("# B\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Section{
		{"For users", []Entry{{"Z", "user/z"}, {"A", "user/a"}, {"Unnamed", "user/m"}}},
		{"For administrators", []Entry{{"B", "admin/b"}}},
	}
	if diff := cmp.Diff(want, m.contents); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got := ask(m, http.MethodGet, "/help/user/m", nil).Body.String()
	for _, link := range []string{`<a rel="prev" href="../user/a">`, `<a rel="next" href="../admin/b">`} {
		if !strings.Contains(got, link) {
			t.Errorf("no %s in %s", link, got)
		}
	}
	if got := ask(m, http.MethodGet, "/help/user/z", nil).Body.String(); strings.Contains(got, `rel="prev"`) {
		t.Error("a page before the first one")
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 150)
	m, err := render(fstest.MapFS{
		"README.md": {Data: []byte("# Manual\n")},
		"user/a.md": {Data: []byte("# Uploads\n\nNothing.\n\n## By **hand**\n\nA `vidjil upload` of [reads](b.md) & more.\n")},
		"user/b.md": {Data: []byte("# Reads\n\n## Where\n\n| a | b |\n|---|---|\n| upload | of reads |\n\n## Long\n\nodd " + long + "\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	a, b := Entry{"Uploads", "user/a"}, Entry{"Reads", "user/b"}
	const upload = "A vidjil upload of reads & more."
	for query, want := range map[string][]Found{
		"UPLOAD":       {{a, "by-hand", upload, 112}, {b, "where", "upload – of reads", 1}},
		"upload hand":  {{a, "by-hand", upload, 123}},
		"reads upload": {{a, "by-hand", upload, 113}, {b, "where", "upload – of reads", 113}},
		"odd":          {{Entry: b, Section: "long", Excerpt: "odd " + long[:196] + "…", score: 1}},
		"upload none":  nil,
		"`":            nil,
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			got := m.search(query)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Found{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	answer := ask(m, http.MethodGet, "/help/?q=%3Cscript%3E+upload", nil)
	if text := answer.Body.String(); strings.Contains(text, "<script>") || !strings.Contains(text, "No page has all") {
		t.Errorf("got %s", text)
	}
	if got := ask(m, http.MethodGet, "/help/?q=odd", nil).Body.String(); !strings.Contains(got, `<a href="user/b#long">Reads</a>`) {
		t.Errorf("got %s", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	m := manual(t)
	for _, path := range []string{"/help/nowhere", "/help/../secret.key", "/help/..%2fsecret.key", "/help/embed.go", "/help/user", "/help/user/"} {
		if got := ask(m, http.MethodGet, path, nil).Code; got != http.StatusNotFound {
			t.Errorf("%s: got %d", path, got)
		}
	}
	if got := ask(m, http.MethodPost, "/help/", nil).Code; got != http.StatusMethodNotAllowed {
		t.Errorf("POST: got %d", got)
	}
	first := ask(m, http.MethodGet, "/help/", nil)
	if got := ask(m, http.MethodGet, "/help/", http.Header{"If-None-Match": {first.Header().Get("ETag")}}).Code; got != http.StatusNotModified {
		t.Errorf("the same page again: got %d", got)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	titles := map[string]string{"user/start": "Start", "admin/tls": "TLS"}
	for target, want := range map[string]string{
		"start.md": "../user/start", "../admin/tls.md#own": "../admin/tls#own", "#here": "#here", "https://example.org/a": "https://example.org/a",
		"../../ARCHITECTURE.md": "", "javascript:alert(1)": "", "/etc/passwd": "", "../images/a.png": "../images/a.png", "data:text/html,x": "",
	} {
		if got := linkFrom("user/workspace", "../", titles, target); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
	m, err := render(fstest.MapFS{"README.md": {Data: []byte("# Manual\n")}, "user/a.md": {Data: []byte("# A <b>\n")}})
	if err != nil {
		t.Fatal(err)
	}
	res := ask(m, http.MethodGet, "/help/user/a", nil)
	if text, _ := io.ReadAll(res.Body); !strings.Contains(string(text), "<title>A &lt;b&gt; · Vidjil</title>") {
		t.Errorf("got %s", text)
	}
}
