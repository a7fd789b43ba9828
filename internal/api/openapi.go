package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
)

//go:generate go test . -run TestOpenAPI -update

// OpenAPI is the document of all routes, as a file: what "openapi.json" answers,
// indented.
func OpenAPI(c Config) ([]byte, error) {
	a, _ := build(c)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(a.huma.OpenAPI())
	return b.Bytes(), err
}

// documentation serves the document as a page: everything in one file, made
// once, without a script or a font from elsewhere.
func (a *api) documentation(mux *http.ServeMux) {
	var b bytes.Buffer
	if err := docsPage.Execute(&b, docsOf(a.huma.OpenAPI())); err != nil {
		panic(fmt.Errorf("make page of the API: %w", err)) // from our own types
	}
	mux.HandleFunc("GET "+client.Prefix+"/docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		_, _ = w.Write(b.Bytes()) // whoever asked is gone
	})
}

// unknown answers, in the form of all errors, for addresses and methods that
// there are not.
func (a *api) unknown(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r) // which also fills in the path's values
			return
		}
		answer := &header{head: http.Header{}}
		h.ServeHTTP(answer, r)
		p := &client.Problem{Status: http.StatusNotFound, Code: string(lab.NotFound), Detail: "there is nothing at this address; see " + client.Prefix + "/docs"}
		if answer.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", answer.head.Get("Allow"))
			p.Status, p.Code, p.Detail = answer.status, string(lab.Usage), "this address takes "+answer.head.Get("Allow")
		}
		p.Title, p.RequestID = http.StatusText(p.Status), actorOf(r.Context()).RequestID
		a.writeProblem(r.Context(), w, p)
	})
}

// header is the head of an answer that is not sent.
type header struct {
	head   http.Header
	status int
}

func (h *header) Header() http.Header         { return h.head }
func (h *header) WriteHeader(status int)      { h.status = status }
func (h *header) Write(p []byte) (int, error) { return len(p), nil }

// docs is what the page shows.
type docs struct {
	Title, Version, About string
	Tags                  []docsTag
	Types                 []docsType
}

type docsTag struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	Method, Path, Summary string
	Open                  bool // for people who are not signed in too
	Parameters            []docsField
	In, Out               string // types
	Status                string
}

type docsType struct {
	Name, About string
	Fields      []docsField
}

type docsField struct {
	Name, Type, About, In string
	Required              bool
}

func docsOf(o *huma.OpenAPI) docs {
	d := docs{Title: o.Info.Title, Version: o.Info.Version, About: o.Info.Description}
	byTag := map[string][]docsOperation{}
	paths := sortedKeys(o.Paths)
	for _, path := range paths {
		item := o.Paths[path]
		for _, m := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if m == nil || m.Hidden {
				continue
			}
			tag := "Other"
			if len(m.Tags) > 0 {
				tag = m.Tags[0]
			}
			byTag[tag] = append(byTag[tag], docsOperationOf(m))
		}
	}
	for _, tag := range sortedKeys(byTag) {
		d.Tags = append(d.Tags, docsTag{tag, byTag[tag]})
	}
	schemas := o.Components.Schemas.Map()
	for _, name := range sortedKeys(schemas) {
		s := schemas[name]
		t := docsType{Name: name, About: s.Description}
		for _, field := range sortedKeys(s.Properties) {
			p := s.Properties[field]
			t.Fields = append(t.Fields, docsField{Name: field, Type: typeOf(p), About: about(p), Required: slices.Contains(s.Required, field)})
		}
		d.Types = append(d.Types, t)
	}
	return d
}

func docsOperationOf(m *huma.Operation) docsOperation {
	op := docsOperation{Method: m.Method, Path: m.Path, Summary: m.Summary, Open: len(m.Security) == 0}
	for _, p := range m.Parameters {
		op.Parameters = append(op.Parameters, docsField{Name: p.Name, In: p.In, Type: typeOf(p.Schema), About: p.Description, Required: p.Required})
	}
	if m.RequestBody != nil {
		op.In = contentOf(m.RequestBody.Content)
	}
	for _, status := range sortedKeys(m.Responses) {
		if strings.HasPrefix(status, "2") {
			op.Status, op.Out = status, contentOf(m.Responses[status].Content)
			break
		}
	}
	return op
}

func contentOf(content map[string]*huma.MediaType) string {
	if json := content["application/json"]; json != nil && json.Schema != nil {
		return typeOf(json.Schema)
	}
	return strings.Join(sortedKeys(content), ", ")
}

// typeOf is a schema in a word: "[]Set", "string", "integer".
func typeOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	case s.Type == "array":
		return "[]" + typeOf(s.Items)
	case s.Format != "" && s.Type == "string":
		return s.Format
	case s.Type == "":
		return "any"
	}
	return s.Type
}

// about is what a property is, with the values that it can have.
func about(s *huma.Schema) string {
	parts := []string{}
	if s.Description != "" {
		parts = append(parts, s.Description)
	}
	if len(s.Enum) > 0 {
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = fmt.Sprintf("%q", fmt.Sprint(v))
		}
		parts = append(parts, "one of "+strings.Join(words, ", "))
	}
	return strings.Join(parts, "; ")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var docsPage = template.Must(template.New("docs").Funcs(template.FuncMap{
	"element": func(typ string) string { return strings.TrimLeft(typ, "[]") },
}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}} API</title>
<style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
code{font:14px/1.5 ui-monospace,monospace}
table{border-collapse:collapse;width:100%;margin:.3rem 0 1rem}
td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8884}
summary{cursor:pointer;padding:.2rem 0}
.m{display:inline-block;width:4.5rem;font-weight:600}
nav a{margin-right:1rem;white-space:nowrap}
</style></head><body>
<h1>{{.Title}} API</h1>
<p>{{.About}} Version {{.Version}}. The same for programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p>Scripts send an API token, which one makes in one's own account: <code>Authorization: Bearer vjt_…</code>. Browsers sign in and get a cookie.
Errors are <code>application/problem+json</code> (RFC 9457): <a href="#Problem">Problem</a>. Times are UTC, dates are YYYY-MM-DD.</p>
<nav>{{range .Tags}}<a href="#tag-{{.Name}}">{{.Name}}</a> {{end}}<a href="#types">Types</a></nav>
{{range .Tags}}<h2 id="tag-{{.Name}}">{{.Name}}</h2>
{{range .Operations}}<details><summary><code><span class="m">{{.Method}}</span>{{.Path}}</code> {{.Summary}}{{if .Open}} (anybody){{end}}</summary>
{{if .Parameters}}<table><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>{{range .Parameters}}<tr><td><code>{{.Name}}</code>{{if .Required}} *{{end}}</td><td>{{.In}}</td><td>{{.Type}}</td><td>{{.About}}</td></tr>{{end}}</table>{{end}}
<p>{{if .In}}Takes <a href="#{{element .In}}">{{.In}}</a>. {{end}}Answers {{.Status}}{{if .Out}} <a href="#{{element .Out}}">{{.Out}}</a>{{end}}.</p></details>
{{end}}{{end}}
<h2 id="types">Types</h2>
{{range .Types}}<h3 id="{{.Name}}">{{.Name}}</h3>{{if .About}}<p>{{.About}}</p>{{end}}
<table>{{range .Fields}}<tr><td><code>{{.Name}}</code>{{if .Required}} *{{end}}</td><td>{{.Type}}</td><td>{{.About}}</td></tr>{{end}}</table>
{{end}}
</body></html>
`))
