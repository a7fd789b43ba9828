package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/store/storetest"
)

// rightsFile holds, for each route, what each kind of caller is answered.
const rightsFile = "testdata/rights.txt"

// callers are the kinds of caller, in the order of the columns. The tokens are
// those of an administrator who is also a member of the laboratory, so that only
// their scopes differ.
var callers = []struct{ name, about string }{
	{"nobody", "not signed in"},
	{"stranger", "a person in no group but their own and the public one"},
	{"person", "a member of the laboratory, which has all rights"},
	{"admin", "an administrator, in the laboratory too"},
	{"read", "a token of the administrator with the scope read"},
	{"write", "… with the scope write"},
	{"upload", "… with the scope upload"},
	{"scoped", "… with the scope admin"},
	{"acting", "another administrator who acts for the person"},
	{"watcher", "another member of the laboratory, whose account the settings make read only"},
}

// example is a plausible call of a route. Words in braces are objects of the
// furnished store: see furnish.
type example struct {
	path  map[string]string // parameters of the path that differ from nouns
	query string
	body  string
	match string // If-Match
	// header are further ones.
	header map[string]string
	skip   string // why the route is not called, "" for all
}

// nouns are the objects that parameters of the path name, by what stands before
// them.
var nouns = map[string]string{
	"users": "{eve}", "groups": "{lab}", "members": "{bob}", "sets": "{set}", "samples": "{sample}", "configs": "{config}", "pre-processes": "{preprocess}",
	"notifications": "{notification}", "jobs": "1", "results": "1", "sessions": "1", "tokens": "1", "files": "{file}", "uploads": "none",
	"sources": "none", "axes": "systems", "versions": "1", "comparisons": "1", "mails": "{mail}", "identities": "{identity}", "exports": "{export}", "transfers": "{transfer}", "pieces": "0", "germlines": "human", "providers": "none",
}

// examples are the calls of routes that take more than ids. What is not here is
// called with the least that its type asks for: when that is refused with 422
// before anybody asks for rights, put an example here.
var examples = map[string]example{
	"actFor":                {body: `{"user_id":{eve}}`},
	"addMember":             {body: `{"email":"eve@example.org"}`},
	"attachFile":            {body: `{"source":"none","path":"a.fastq"}`},
	"beginUpload":           {header: map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "{announced}"}},
	"cancelUpload":          {header: map[string]string{"Tus-Resumable": "1.0.0"}},
	"resumeUpload":          {header: map[string]string{"Tus-Resumable": "1.0.0"}},
	"sendUpload":            {header: map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}},
	"listGenes":             {query: "names=IGHV3-9*01"},
	"planUploads":           {body: `{"files":[{"path":"a.fastq"}],"set_ids":[{set}]}`},
	"changePassword":        {body: `{"password":"` + password + `","new_password":"some other words"}`},
	"confirmTotp":           {body: `{"code":"123456"}`},
	"confirmSignIn":         {body: `{"code":"123456"}`},
	"createConfig":          {body: `{"name":"new","group_id":{lab}}`},
	"createGroup":           {body: `{"name":"new"}`},
	"createNotification":    {body: `{"title":"a","body":"b"}`},
	"createPreProcess":      {body: `{"name":"new","group_id":{lab}}`},
	"createSamples":         {body: `{"rows":[{"sets":[{set}],"name":"new"}]}`},
	"createSets":            {body: `{"rows":[{"kind":"run","name":"new","group_id":{lab}}]}`},
	"createToken":           {body: `{"name":"new","scopes":["read"]}`},
	"createUser":            {body: `{"email":"new@example.org","name":"new"}`},
	"deleteGroup":           {path: map[string]string{"id": "{other}"}},
	"disableTotp":           {body: `{"password":"` + password + `"}`},
	"enrolTotp":             {body: `{"password":"` + password + `"}`},
	"forgotPassword":        {body: `{"email":"eve@example.org"}`},
	"importConfig":          {body: `{"name":"new","command":"-c clones -g germline/homo-sapiens.g"}`},
	"listAudit":             {query: "set_id={set}"},
	"listSetStates":         {query: "ids={set}"},
	"listTitles":            {query: "sets={set}&samples={sample}"},
	"newRecoveryCodes":      {body: `{"password":"` + password + `"}`},
	"replaceReads":          {body: `{"files":[{"name":"new.fastq"}]}`},
	"resetPassword":         {body: `{"token":"wrong","password":"some other words"}`},
	"run":                   {body: `{"config_id":{config},"sample_ids":[{sample}],"set_ids":[{set}]}`},
	"setAutoConfigsOfGroup": {body: `{"config_ids":[{config}]}`},
	"setAutoConfigsOfSet":   {body: `{"config_ids":[{config}]}`},
	"setGroupRights":        {body: `{"rights":["set:read"]}`},
	"setup":                 {body: `{"token":"wrong","email":"new@example.org","name":"new","password":"some other words"}`},
	"shareConfig":           {path: map[string]string{"group_id": "{other}"}},
	"sharePreProcess":       {path: map[string]string{"group_id": "{other}"}},
	"shareSet":              {path: map[string]string{"group_id": "{other}"}},
	"unshareConfig":         {path: map[string]string{"group_id": "{partner}"}},
	"unsharePreProcess":     {path: map[string]string{"group_id": "{partner}"}},
	"unshareSet":            {path: map[string]string{"group_id": "{partner}"}},
	"signIn":                {body: `{"email":"eve@example.org","password":"` + password + `"}`},
	"linkIdentity":          {body: `{"provider":"none","password":"` + password + `"}`},
	"unlinkIdentity":        {body: `{"password":"` + password + `"}`},
	"updateMe":              {body: `{"name":"other"}`},
	"requestExport":         {body: `{}`},
	"exportSets":            {query: "set_ids={set}"},
	"beginTransfer":         {body: `{"group_id":{lab},"name":"a.zip","size":5}`},
	"putTransferPiece":      {body: "hello", header: map[string]string{"Content-Type": "application/octet-stream"}},
	"runTransfer":           {body: `{}`},
	"erasePatient":          {body: `{}`},
	"updateNotification":    {body: `{"title":"a","body":"b"}`},
	"getResultFile":         {path: map[string]string{"name": "log"}},
	"attachSample":          {path: map[string]string{"id": "{run}"}},
	"updateConfig":          {body: `{"info":"new"}`},
	"updateGroup":           {body: `{"description":"new"}`},
	"updatePreProcess":      {body: `{"info":"new"}`},
	"updateSample":          {body: `{"info":"new"}`},
	"updateSet":             {body: `{"info":"new"}`},
	"updateUser":            {body: `{"name":"other"}`},

	// What people see of results; there are none, so that who may see gets 404 as
	// well: internal/service/fused_test.go has the rights.
	"align":                    {body: `{"sequences":[{"id":"a","sequence":"ACGT"}]}`},
	"analyzePublic":            {body: `{"sequences":"ACGTACGTACGTACGT"}`},
	"compare":                  {body: `{"sample_ids":[{sample}],"config_id":{config}}`},
	"exportResults":            {query: "set_ids={set}"},
	"importAnnotation":         {body: `{}`, match: `"0"`},
	"listContaminations":       {query: "config_id={config}"},
	"resolvePermalink":         {query: "path=/{set}-{config}"},
	"restoreAnnotation":        {match: `"0"`},
	"saveAnnotation":           {body: `{"body":{}}`, match: `"0"`},
	"searchClonotypes":         {body: `{"gene":"IGHV3-23"}`},
	"similarity":               {body: `{"sequences":[{"id":"a","sequence":"ACGT"}]}`},
	"getFused":                 {query: "config_id={config}"},
	"getColumnsOfFused":        {query: "config_id={config}"},
	"getCountsOfFused":         {query: "config_id={config}"},
	"exportFused":              {query: "config_id={config}"},
	"findClonesOfFused":        {query: "config_id={config}"},
	"findSequencesOfFused":     {query: "config_id={config}"},
	"getAxisOfFused":           {path: map[string]string{"name": "junction_aa"}, query: "config_id={config}"},
	"getClonesOfFused":         {query: "config_id={config}&ids=ACGT"},
	"getSequencesOfFused":      {query: "config_id={config}&ids=ACGT"},
	"getAxisOfComparison":      {path: map[string]string{"name": "junction_aa"}, query: "top=1"},
	"getClonesOfComparison":    {query: "ids=ACGT"},
	"getSequencesOfComparison": {query: "ids=ACGT"},
	"getAxisOfSingle":          {path: map[string]string{"name": "junction_aa"}, query: "top=1"},
	"getClonesOfSingle":        {query: "ids=ACGT"},
	"getSequencesOfSingle":     {query: "ids=ACGT"},
}

// furnished is a store with one object of each noun, and a way in for each
// caller.
type furnished struct {
	file   string                 // of the database
	ids    map[string]string      // "{set}" → "1"
	header map[string]http.Header // of each caller
	routes []route
}

type route struct {
	method, path, id string
	body             map[string]any // schema of the request's, nil for none
	query            []parameter
	doc              *document31
}

// document31 is what the test reads of the OpenAPI document.
type document31 struct {
	Paths map[string]map[string]struct {
		OperationID string
		Parameters  []parameter
		RequestBody struct {
			Required bool
			Content  map[string]struct{ Schema map[string]any }
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

// parameter is one of a route.
type parameter struct {
	Name, In string
	Required bool
	Schema   map[string]any
}

// wanted are the values of parameters that routes cannot do without, by name.
var wanted = map[string]string{"config_id": "{config}", "topics": "set:{set}", "ids": "0", "set_id": "{set}"}

// TestRights calls each route of the OpenAPI document as each kind of caller,
// and compares what they are answered with the table in testdata/rights.txt. A
// route that the table lacks fails it: with -update it is added, to be read.
func TestRights(t *testing.T) { //nolint:tparallel // "routes" holds the parallel ones, and ends when they have
	t.Parallel()
	f := furnish(t)
	var mu sync.Mutex
	lines := map[string]string{}
	t.Run("routes", func(t *testing.T) {
		for _, r := range f.routes {
			t.Run(r.id, func(t *testing.T) {
				t.Parallel()
				var b strings.Builder
				fmt.Fprintf(&b, "%-7s%-46s", r.method, strings.TrimPrefix(r.path, client.Prefix))
				if why := examples[r.id].skip; why != "" {
					b.WriteString(why)
				} else {
					for _, status := range f.answers(t, r) {
						fmt.Fprintf(&b, "%-9s", status)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				lines[r.id] = strings.TrimRight(b.String(), " ")
			})
		}
	})
	if t.Failed() {
		return
	}
	var b strings.Builder
	b.WriteString("# What each route answers to each kind of caller, written by TestRights (go test ./internal/api -run TestRights -update).\n")
	for _, c := range callers {
		fmt.Fprintf(&b, "# %-9s %s\n", c.name, c.about)
	}
	fmt.Fprintf(&b, "%-53s", "")
	for _, c := range callers {
		fmt.Fprintf(&b, "%-9s", c.name)
	}
	text := strings.TrimRight(b.String(), " ") + "\n"
	for _, r := range f.routes {
		text += lines[r.id] + "\n"
	}
	if *update {
		if err := errors.Join(os.MkdirAll(filepath.Dir(rightsFile), 0o755), os.WriteFile(rightsFile, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(rightsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text, "\n")); diff != "" {
		t.Errorf(`%s (-want +got):
%s
A new route, or new rights? Run with -update and read the lines that change: each status is a decision.
A 422 where a person should get through hides it: add a plausible call to examples in rights_test.go.`, rightsFile, diff)
	}
}

// furnish makes the store of the test, once.
func furnish(t *testing.T) *furnished {
	t.Helper()
	file := filepath.Join(t.TempDir(), "vidjil.db")
	st := newSite(t, "sqlite:"+file, siteConfig{})
	f := &furnished{file: file, ids: map[string]string{}, header: map[string]http.Header{"nobody": {}}}
	f.people(t, st)
	f.objects(t, st)
	text, err := api.OpenAPI(api.Config{Service: st.Service})
	if err != nil {
		t.Fatal(err)
	}
	doc := &document31{}
	if err := json.Unmarshal(text, doc); err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths {
		for method, op := range item {
			r := route{method: strings.ToUpper(method), path: path, id: op.OperationID, query: op.Parameters, doc: doc}
			if c, ok := op.RequestBody.Content["application/json"]; ok {
				r.body = c.Schema
			}
			f.routes = append(f.routes, r)
		}
	}
	slices.SortFunc(f.routes, func(a, b route) int {
		return strings.Compare(a.path+" "+a.method, b.path+" "+b.method)
	})
	if len(f.routes) < 20 {
		t.Fatalf("%d routes in the document", len(f.routes))
	}
	// The copies are of a closed database: nothing of it is in a journal.
	st.close()
	return f
}

func (f *furnished) put(name string, id int64) { f.ids["{"+name+"}"] = strconv.FormatInt(id, 10) }

// people makes groups and callers.
func (f *furnished) people(t *testing.T, w *site) {
	t.Helper()
	var rights []string
	groups, err := w.admin().Groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range groups.Kinds {
		rights = append(rights, k.Rights...)
	}
	lab := w.group("laboratory", 0, rights...)
	f.put("lab", lab.ID)
	f.put("other", w.group("other", 0).ID)
	f.put("partner", w.group("partner", 0).ID)
	f.put("eve", w.user(client.NewUser{Name: "eve"}).ID)
	ann := w.user(client.NewUser{Name: "ann", Groups: []int64{lab.ID}})
	f.put("ann", ann.ID)
	f.put("bob", w.user(client.NewUser{Name: "bob", Groups: []int64{lab.ID}}).ID)
	w.user(client.NewUser{Name: "watcher", Groups: []int64{lab.ID}})
	chief := w.user(client.NewUser{Name: "chief", Admin: true})
	f.put("chief", chief.ID)
	if err := w.admin().AddMember(t.Context(), lab.ID, client.Newcomer{UserID: 1}); err != nil {
		t.Fatal(err)
	}
	sign := func(caller, name string) *client.Client {
		c, cookie := w.browser(t, name)
		f.header[caller] = http.Header{"Cookie": {cookie}}
		return c
	}
	sign("stranger", "eve")
	sign("person", "ann")
	sign("watcher", "watcher")
	root := sign("admin", "root")
	if _, err := sign("acting", "chief").ActFor(t.Context(), ann.ID); err != nil {
		t.Fatal(err)
	}
	for caller, scope := range map[string]string{"read": "read", "write": "write", "upload": "upload", "scoped": "admin"} {
		made, err := root.CreateToken(t.Context(), client.NewToken{Name: scope, Scopes: []string{scope}})
		if err != nil {
			t.Fatal(err)
		}
		f.header[caller] = http.Header{"Authorization": {"Bearer " + made.Text}}
	}
}

// browser signs in and tells the cookie.
func (w *site) browser(t *testing.T, name string) (c *client.Client, cookie string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = client.New(client.Options{URL: w.URL, HTTP: &http.Client{Jar: jar}}); err != nil {
		t.Fatal(err)
	}
	if _, err = c.SignIn(t.Context(), client.Credentials{Email: name + "@example.org", Password: password}); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c, jar.Cookies(u)[0].String()
}

// objects makes one of each noun; those of new nouns are added here.
func (f *furnished) objects(t *testing.T, w *site) {
	t.Helper()
	ctx := t.Context()
	ann := w.signIn("ann")
	lab, err := strconv.ParseInt(f.ids["{lab}"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	partner, err := strconv.ParseInt(f.ids["{partner}"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := ann.CreateSets(ctx, client.NewSet{Kind: "patient", LastName: "Doe", GroupID: lab}, client.NewSet{Kind: "run", Name: "run 1", GroupID: lab})
	if err != nil {
		t.Fatal(err)
	}
	samples, err := ann.CreateSamples(ctx, client.NewSample{Sets: []int64{sets[0].ID}, Name: "s1", Files: []client.NewFile{{Name: "a.fastq"}}})
	if err != nil {
		t.Fatal(err)
	}
	config, err := ann.CreateConfig(ctx, client.NewConfig{Name: "ours", GroupID: lab, Program: "vidjil"})
	if err != nil {
		t.Fatal(err)
	}
	pre, err := ann.CreatePreProcess(ctx, client.NewPreProcess{Name: "ours", GroupID: lab})
	if err != nil {
		t.Fatal(err)
	}
	note, err := w.admin().CreateNotification(ctx, client.NewNotification{Title: "a", Body: "b"})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(w.admin().ShareSet(ctx, sets[0].ID, partner), w.admin().ShareConfig(ctx, config.ID, partner), w.admin().SharePreProcess(ctx, pre.ID, partner))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := ann.RequestBundle(ctx, client.NewBundle{})
	if err != nil {
		t.Fatal(err)
	}
	f.put("export", archive.ID)
	coming, err := ann.BeginTransfer(ctx, client.NewTransfer{GroupID: lab, Name: "a.zip", Size: 5})
	if err != nil {
		t.Fatal(err)
	}
	f.put("transfer", coming.ID)
	f.put("mail", w.deadMail())
	f.put("identity", w.linkedIdentity("ann"))
	if err := ann.FollowSet(ctx, sets[0].ID); err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]int64{"set": sets[0].ID, "run": sets[1].ID, "sample": samples[0].ID, "file": samples[0].Files[0].ID, "config": config.ID, "preprocess": pre.ID, "notification": note.ID} {
		f.put(name, id)
	}
	text := base64.StdEncoding.EncodeToString
	f.ids["{announced}"] = "file_id " + text([]byte(f.ids["{file}"])) + ",filename " + text([]byte("a.fastq"))
}

// answers calls a route as each caller, on a new store after each that changed
// one.
func (f *furnished) answers(t *testing.T, r route) []string {
	t.Helper()
	target, content := f.call(t, r)
	w := f.copy(t)
	var out []string
	for _, c := range callers {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		req, err := http.NewRequestWithContext(ctx, r.method, w.URL+target, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = f.header[c.name].Clone()
		if content != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		if match := examples[r.id].match; match != "" {
			req.Header.Set("If-Match", match)
		}
		for name, value := range examples[r.id].header {
			if id, ok := f.ids[value]; ok {
				value = id
			}
			req.Header.Set(name, value)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatalf("as %s: %v", c.name, err)
		}
		status := res.StatusCode
		cancel() // also ends what streams
		res.Body.Close()
		if status >= 500 && status != http.StatusServiceUnavailable {
			t.Errorf("as %s: got %d", c.name, status)
		}
		out = append(out, strconv.Itoa(status))
		if status < http.StatusBadRequest && r.method != http.MethodGet {
			w = f.copy(t)
		}
	}
	return out
}

// call is the address and content of an example.
func (f *furnished) call(t *testing.T, r route) (target, content string) {
	t.Helper()
	ex := examples[r.id]
	parts := strings.Split(r.path, "/")
	for i, part := range parts {
		name, ok := strings.CutPrefix(part, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		value := ex.path[name]
		if value == "" {
			value = nouns[parts[i-1]]
		}
		if value == "" {
			t.Fatalf("%s %s: what is {%s}? Add %q to nouns in rights_test.go, and an object to furnish", r.method, r.path, name, parts[i-1])
		}
		parts[i] = value
	}
	target, content = strings.Join(parts, "/"), ex.body
	query := url.Values{}
	for _, p := range r.query {
		if p.In == "query" && p.Required && ex.query == "" {
			value := wanted[p.Name]
			if value == "" {
				value = fmt.Sprint(r.doc.least(p.Schema))
			}
			query.Set(p.Name, value)
		}
	}
	if ex.query == "" {
		ex.query, _ = url.QueryUnescape(query.Encode()) // braces stay as they are
	}
	if ex.query != "" {
		target += "?" + ex.query
	}
	if content == "" && r.body != nil {
		text, err := json.Marshal(r.doc.least(r.body))
		if err != nil {
			t.Fatal(err)
		}
		content = string(text)
	}
	for name, id := range f.ids {
		target, content = strings.ReplaceAll(target, name, id), strings.ReplaceAll(content, name, id)
	}
	return target, content
}

// least is a value with the least that a schema asks for.
func (d *document31) least(schema map[string]any) any {
	if ref, ok := schema["$ref"].(string); ok {
		return d.least(d.Components.Schemas[ref[strings.LastIndexByte(ref, '/')+1:]])
	}
	if values, ok := schema["enum"].([]any); ok && len(values) > 0 {
		return values[0]
	}
	switch schema["type"] {
	case "string":
		return "x"
	case "integer", "number":
		return 1
	case "boolean":
		return false
	case "array":
		items, _ := schema["items"].(map[string]any)
		if n, _ := schema["minItems"].(float64); n > 0 {
			return []any{d.least(items)}
		}
		return []any{}
	}
	out := map[string]any{}
	required, _ := schema["required"].([]any)
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range required {
		if property, ok := properties[name.(string)].(map[string]any); ok {
			out[name.(string)] = d.least(property)
		}
	}
	return out
}

// copy opens a copy of the furnished store.
func (f *furnished) copy(t *testing.T) *site {
	t.Helper()
	text, err := os.ReadFile(f.file)
	if err != nil {
		t.Fatal(err)
	}
	to := storetest.SQLite(t)
	if err := os.WriteFile(strings.TrimPrefix(to, "sqlite:"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return newSite(t, to, siteConfig{Dir: t.TempDir()})
}
