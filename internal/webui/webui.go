// Package webui serves the built web client: its files, compressed as they were
// built, and its one page for every address of the application, so that a page
// can be opened and reloaded by its address.
//
// It must not know the API nor who asks: the client is the same for everybody
// and holds no data.
package webui

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// policy lets the page load from its own server only. The component library
// puts its variables into a style element; pictures are exported through blob
// addresses. Forms may go to what form-action says, which ends it.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// sites are where people may send sequences that they chose, after they have
// seen what is sent, by the tool that is there. They are those of
// web/src/core/tools.ts.
func sites() map[string]string {
	return map[string]string{
		"vquest": "https://www.imgt.org", "igblast": "https://www.ncbi.nlm.nih.gov", "blast": "https://blast.ncbi.nlm.nih.gov",
		"subsets": "https://bat.infspire.org", "junctions": "https://bat.infspire.org",
	}
}

// policyFor is the policy with the sites of some tools; nil is all of them.
func policyFor(tools []string) string {
	known := sites()
	if tools == nil {
		tools = slices.Collect(maps.Keys(known))
	}
	var to []string
	for _, t := range tools {
		if site, ok := known[t]; ok {
			to = append(to, " "+site)
		}
	}
	slices.Sort(to)
	return policy + strings.Join(slices.Compact(to), "")
}

const (
	page   = "index.html"
	hashed = "assets/" // names below it carry the digest of their content
)

// encodings in which the build leaves files, best first, by suffix.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// UI serves the client. Safe for concurrent use.
type UI struct {
	policy string
	files  map[string]*file // by path, without the compressed twins
}

// Config says how the client is served. The zero value is at the root.
type Config struct {
	// Base is the path below which the server is for browsers, as "/vidjil"; ""
	// for the root. It must need no escape in HTML.
	Base string
	// Closed makes browsers refuse to send anything to another site.
	Closed bool
	// Tools are those of other sites that pages offer; nil is all.
	Tools []string
}

// file is a file in its encodings.
type file struct {
	plain       []byte
	encoded     map[string][]byte // by name of the encoding
	contentType string
	etag        string
}

// New reads the files of the built client. It is no error when there is no
// page: the client was then not built, and who opens it is told so.
func New(files fs.FS, c Config) (*UI, error) {
	u := &UI{files: map[string]*file{}, policy: policyFor(c.Tools)}
	if c.Closed {
		u.policy = policy
	}
	raw := map[string][]byte{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") || strings.HasPrefix(name, ".") {
			return err
		}
		raw[name], err = fs.ReadFile(files, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read web client: %w", err)
	}
	for name, content := range raw {
		if name == page {
			content = place(content, c.Base)
		}
		if _, twin := twinOf(name, raw); twin {
			continue
		}
		digest := sha256.Sum256(content)
		f := &file{plain: content, encoded: map[string][]byte{}, contentType: contentType(name), etag: hex.EncodeToString(digest[:12])}
		for _, e := range encodings {
			if smaller, ok := raw[name+e.suffix]; ok {
				f.encoded[e.name] = smaller
			}
		}
		u.files[name] = f
	}
	return u, nil
}

// place tells the page where it is. Its own scripts and styles are relative to
// each other; only the page, which stands at many addresses, names them from the
// root.
func place(html []byte, base string) []byte {
	return []byte(strings.NewReplacer(
		`href="/`, `href="`+base+`/`,
		`src="/`, `src="`+base+`/`,
		`name="vidjil-base" content=""`, `name="vidjil-base" content="`+base+`"`,
	).Replace(string(html)))
}

// twinOf gives the name of the file that a file is the compressed form of. A
// file that is only there compressed, as a result, is itself.
func twinOf(name string, all map[string][]byte) (string, bool) {
	for _, e := range encodings {
		if plain, ok := strings.CutSuffix(name, e.suffix); ok {
			_, there := all[plain]
			return plain, there
		}
	}
	return "", false
}

// contentType is by the name, not by the machine's tables, which differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".woff":
		return "font/woff"
	case ".json", ".analysis":
		return "application/json"
	case ".gz":
		return "application/octet-stream" // a file for the client, not an encoding of one
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// Built tells whether there is a client.
func (u *UI) Built() bool { return u.files[page] != nil }

// ServeHTTP serves a file, or the page for an address that is none.
func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", u.policy)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	f := u.files[name]
	switch {
	case f != nil && strings.HasPrefix(name, hashed):
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	case f != nil:
		h.Set("Cache-Control", "no-cache")
	case strings.HasPrefix(name, hashed) || path.Ext(name) != "" && !opened(r):
		// A page for a missing script would be taken for the script.
		http.NotFound(w, r)
		return
	case !u.Built():
		http.Error(w, "This program was built without the web client: see web/README.md of the sources.", http.StatusNotFound)
		return
	default:
		f = u.files[page]
		h.Set("Cache-Control", "no-cache")
	}
	f.serve(w, r)
}

// opened tells whether a browser asks for a page to show, as when somebody opens
// an address of the application that ends as a file's name does: a search for
// "IGHV3-9*01.fasta", say. Browsers too old to tell what they want it for (before
// 2023) are known by what they accept.
func opened(r *http.Request) bool {
	if dest := r.Header.Get("Sec-Fetch-Dest"); dest != "" {
		return dest == "document" || dest == "iframe"
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	content, etag := f.plain, f.etag
	if len(f.encoded) > 0 {
		h.Set("Vary", "Accept-Encoding")
	}
	for _, e := range encodings {
		if smaller, ok := f.encoded[e.name]; ok && accepts(r.Header.Get("Accept-Encoding"), e.name) {
			h.Set("Content-Encoding", e.name)
			content, etag = smaller, etag+"-"+e.name
			break
		}
	}
	etag = strconv.Quote(etag)
	h.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(content) // who does not want the rest has gone
}

// accepts tells whether a header Accept-Encoding names an encoding and does not
// refuse it.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) != encoding {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		if !found {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}

func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == etag || part == "*" {
			return true
		}
	}
	return false
}
