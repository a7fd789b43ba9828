package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
)

// pathKinds says what {id} in a path is, by what stands before it; other
// parameters of paths are known by their names, as in queries and bodies.
var pathKinds = map[string]string{
	"users": "user", "groups": "group", "sets": "set", "samples": "sample", "configs": "config", "pre-processes": "preprocess", "notifications": "notification",
	"jobs": "job", "results": "result", "sessions": "session", "tokens": "token", "uploads": "upload", "comparisons": "comparison", "mails": "mail", "identities": "identity", "exports": "export", "transfers": "transfer", "files": "file",
	"providers": everybodys,
}

// everybodys is the kind of what belongs to no laboratory: ways to sign in, from
// the settings.
const everybodys = "everybody's"

// idKinds says what a parameter or a property names, by its name, or by
// operation and name where the name alone does not tell.
var idKinds = map[string]string{
	"config_id": "config", "config_ids": "config", "config": "config", "set_id": "set", "set_ids": "set", "sets": "set", "set": "set", "sample_set_id": "set",
	"patient": "set", "patient_id": "set", "generic": "set", "run": "run", "run_id": "run", "sample_id": "sample", "sample_ids": "sample", "samples": "sample", "sample": "sample",
	"members": "user", "group_id": "group", "groups": "group", "parent_id": "group", "user_id": "user", "user": "user", "behalf_of": "user", "pre_process_id": "preprocess",
	"comparison_id": "comparison", "result_id": "result", "result_ids": "result", "custom": "result", "object_id": "sample", "file_id": "awaited",
	"listSetStates.ids": "set", "streamEvents.topics": "set", "resolvePermalink.path": "set", "beginUpload.Upload-Metadata": "awaited",
}

// noIDs are numbers that name nothing, or nothing that belongs to a laboratory.
var noIDs = map[string]string{
	"ids": "windows of clonotypes", "id": "a window, or the key of a sequence that was sent along", "version": "counts within a set, which the path names",
	"classification_id": "the same list for all of the server", "Last-Event-ID": "a place in a stream",
	"from": "a version", "to": "a version", "cursor": "a place in a list", "after": "a line of the log", "lines": "a count", "results": "a count", "in_days": "a time",
	"limit": "a count", "top": "a count", "days": "a count", "lane": "of a sequencer", "size": "bytes", "window": "letters", "quota_bytes": "bytes",
	"order": "a place in a list", "all_order": "a place in a list",
	"cdr3_mismatches": "letters", "min_overlap": "letters", "min_reads": "a count", "min_per_system": "a count", "first_reads": "a count", "sampled_reads": "a count",
	"number": "of a piece", "archive": "inside an archive", "here": "which the job asks the rights of: TestTransferMap in internal/service",
	"max_clones": "a count", "max_consensus": "a count", "max_designations": "a count",
}

// answersElse are the places where an id that nothing has is answered by
// something else than 404, by pattern over "operation: place"; an id of others
// must be answered alike there too.
var answersElse = []struct {
	pattern string
	status  int
	why     string
}{
	{`(Comparison|Single): query config_id$`, http.StatusOK, "not looked at: the path says which results"},
	{`^getAxisOf.*: query samples$`, http.StatusOK, "not looked at: an axis is of clonotypes"},
	{`Of(Fused|Comparison|Single): query samples$`, http.StatusUnprocessableEntity, "which of the samples of this result, by their numbers"},
	{`^listAudit: query (user_id|behalf_of|object_id)$`, http.StatusOK, "a filter, under which nothing is left"},
	{`^(listTitles|listSetStates): query `, http.StatusOK, "what is not there has no title and no state"},
	{`^(createConfig|createPreProcess|createSets|beginTransfer): body .*group_id$`, http.StatusForbidden, "the right is asked of a group by its number, before the group is"},
	{`AutoConfigsOfGroup: path id$|^importConfig: path id$`, http.StatusForbidden, "the right is asked of a group by its number, before the group is"},
	{`^createSamples: body rows`, http.StatusUnprocessableEntity, "a form: each field has its fault"},
	{`^updateSet: body group_id$`, http.StatusUnprocessableEntity, "a form: each field has its fault"},
	{`^detachSample: path id$`, http.StatusNoContent, "the sample is not in it already"},
	{`^addMember: body user_id$`, http.StatusUnprocessableEntity, "only administrators name people by number"},
	{`^importConfig: body `, http.StatusUnprocessableEntity, "a form: each field has its fault"},
}

// given are places that may name what belongs to others.
var given = map[string]string{
	"shareSet: path group_id": "sharing gives to a group of others", "shareConfig: path group_id": "the same", "sharePreProcess: path group_id": "the same",
	"unshareSet: path group_id": "what was given can be taken back", "unshareConfig: path group_id": "the same", "unsharePreProcess: path group_id": "the same",
	"saveAnnotation: body body.samples.[].sample_id": "a note about a number: it stays when the sample leaves the set, and tells nothing of it",
	"readNotification: path id":                      "notifications are written to everybody",
}

// bodies are those in which a place counts: other fields would be taken in its
// stead.
var bodies = map[string]string{
	"align: body set_id": `{"clonotypes":["ACGT"],"config_id":{config}}`, "align: body config_id": `{"clonotypes":["ACGT"],"set_id":{set}}`,
	"align: body comparison_id": `{"clonotypes":["ACGT"]}`, "align: body result_id": `{"clonotypes":["ACGT"]}`,
	"similarity: body set_id": `{"clonotypes":["ACGT"],"config_id":{config}}`, "similarity: body config_id": `{"clonotypes":["ACGT"],"set_id":{set}}`,
	"similarity: body comparison_id": `{"clonotypes":["ACGT"]}`, "similarity: body result_id": `{"clonotypes":["ACGT"]}`,
	"compare: body result_ids": `{}`, "addMember: body user_id": `{}`,
}

// call is a request.
type call struct {
	method, target, body string
	header               map[string]string
}

// reference is a place in a request where an object is named.
type reference struct {
	in   string   // path, query, header, body
	name string   // of the parameter
	at   []string // in a body: the properties down to it, "[]" for the first of a list
	list bool     // a list of ids
	text bool     // an id in a string
	kind string
}

func (r reference) String() string {
	return r.in + " " + strings.TrimPrefix(strings.Join(r.at, ".")+"."+r.name, ".")
}

// TestForeignIDs: whatever a person of one laboratory asks of an object of
// another, by any route and in any place of the request, is answered as if
// there were no such object, and changes nothing. Routes and their parameters
// come from the OpenAPI document, so a new one is tested without an edit here.
func TestForeignIDs(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	routes := routesOf(t, w)
	before := w.contents()
	tested := 0
	for _, r := range routes {
		refs := r.references(t)
		if len(refs) == 0 {
			continue
		}
		t.Run(r.id, func(t *testing.T) { // each compares the whole store before and after
			for _, ref := range refs {
				if given[r.id+": "+ref.String()] != "" {
					continue
				}
				tested++
				l.compareAnswers(t, w, r, ref)
				after := w.contents()
				if r.method == http.MethodGet || r.method == http.MethodPost && strings.Contains(r.path, "/fused/") || strings.HasPrefix(r.path, client.Prefix+"/comparisons/") {
					// What she read of her own beside it is in the audit.
					before["audit"], before["audit_head"] = after["audit"], after["audit_head"]
				}
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("%s %s: %s wrote (-before +after):\n%s", r.method, r.path, ref, diff)
					before = after
				}
			}
		})
	}
	t.Logf("%d routes, %d places where an object is named", len(routes), tested)
	if tested < 150 {
		t.Errorf("%d places where an object is named: most are not seen", tested)
	}
}

// compareAnswers asks with an id of the other laboratory and with one that
// nothing has.
func (l *twoLabs) compareAnswers(t *testing.T, w *site, r route, ref reference) {
	t.Helper()
	foreign, unknown := l.ann.ids[ref.kind], missing
	if ref.kind == "upload" {
		unknown = strings.Repeat("z", len(foreign))
	}
	if foreign == "" {
		t.Fatalf("%s: the laboratory has no %s", ref, ref.kind)
	}
	gotStatus, gotBody := l.nina.as(t, w, l.request(t, r, ref, foreign))
	wantStatus, wantBody := l.nina.as(t, w, l.request(t, r, ref, unknown))
	ids := regexp.MustCompile(`\b(` + foreign + `|` + unknown + `)\b`)
	request := regexp.MustCompile(`"(request_id|created_at)":"[^"]*"`) // a comparison is made anew by being asked for
	plain := func(s string) string { return request.ReplaceAllString(ids.ReplaceAllString(s, "ID"), "") }
	if gotStatus != wantStatus {
		t.Errorf("%s %s, %s: of others %d %s, of nobody %d %s", r.method, r.path, ref, gotStatus, gotBody, wantStatus, wantBody)
	} else if diff := cmp.Diff(plain(wantBody), plain(gotBody)); diff != "" {
		t.Errorf("%s %s, %s: answers differ (-of nobody +of others):\n%s", r.method, r.path, ref, diff)
	}
	if want := l.wantStatus(t, w, r, ref, gotStatus); gotStatus != want {
		t.Errorf("%s %s, %q: got %d %q, want %d", r.method, r.path, r.id+": "+ref.String(), gotStatus, gotBody, want)
	}
}

// wantStatus is how an id that nothing has is to be answered, when it was
// answered so.
func (l *twoLabs) wantStatus(t *testing.T, w *site, r route, ref reference, answered int) int {
	t.Helper()
	for _, e := range answersElse {
		if regexp.MustCompile(e.pattern).MatchString(r.id + ": " + ref.String()) {
			return e.status
		}
	}
	if answered == http.StatusForbidden {
		// A door may be closed to her whatever is behind it: as with her own.
		if status, _ := l.nina.as(t, w, l.request(t, r, reference{}, "")); status == http.StatusForbidden {
			return http.StatusForbidden
		}
	}
	return http.StatusNotFound
}

// request is a call of a route by nina with her own objects, but for one place.
func (l *twoLabs) request(t *testing.T, r route, ref reference, id string) *call {
	t.Helper()
	f := &furnished{ids: map[string]string{"{eve}": l.nina.ids["user"], "{lab}": l.nina.ids["group"], "{other}": l.nina.ids["group"], "{partner}": l.nina.ids["group"], "{bob}": l.nina.ids["user"], "{announced}": uploadMetadata(l.nina.ids["awaited"])}}
	for kind, own := range l.nina.ids {
		f.ids["{"+kind+"}"] = own
	}
	target, body := f.call(t, r)
	if special, ok := bodies[r.id+": "+ref.String()]; ok {
		if body = special; ref.in == "body" {
			for name, own := range f.ids {
				body = strings.ReplaceAll(body, name, own)
			}
		}
	}
	_, query, _ := strings.Cut(target, "?")
	c := &call{method: r.method, body: body, header: map[string]string{}}
	if body != "" {
		c.header["Content-Type"] = "application/json"
	}
	if examples[r.id].match != "" {
		c.header["If-Match"] = `"1"` // her annotation's version
	}
	for name, value := range examples[r.id].header {
		if known, ok := f.ids[value]; ok {
			value = known
		}
		c.header[name] = value
	}
	parts := strings.Split(r.path, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			parts[i] = l.inPath(r, ref, parts[i-1], name, id)
		}
	}
	c.target = strings.Join(parts, "/")
	switch ref.in {
	case "query":
		query = withQuery(r, ref, l.nina.ids, query, id)
	case "body":
		c.body = withProperty(t, r, ref, c.body, id)
		c.header["Content-Type"] = "application/json"
	case "header":
		c.header[ref.name] = uploadMetadata(id)
	}
	if query != "" {
		c.target += "?" + query
	}
	return c
}

// inPath is the value of a parameter of a path.
func (l *twoLabs) inPath(r route, ref reference, before, name, id string) string {
	if ref.in == "path" && ref.name == name {
		return id
	}
	if name == "file_id" || r.id == "attachFile" {
		return map[string]string{"file_id": l.nina.ids["awaited"], "id": l.nina.ids["waiting"]}[name]
	}
	if given := examples[r.id].path[name]; given != "" && !strings.HasPrefix(given, "{") {
		return given
	}
	kind := idKinds[name]
	if name == "id" {
		kind = pathKinds[before]
	}
	if own := l.nina.ids[kind]; own != "" {
		return own
	}
	if noIDs[name] != "" {
		return "1"
	}
	return nouns[before] // a name: of an axis, a source, a file
}

// withQuery names an object in a query.
func withQuery(r route, ref reference, own map[string]string, query, id string) string {
	values, _ := url.ParseQuery(query)
	switch r.id + "." + ref.name {
	case "streamEvents.topics":
		id = "set:" + id
	case "resolvePermalink.path":
		id = "/" + id + "-" + own["config"]
	case "listAudit.object_id":
		values.Set("object", "sample")
	}
	switch r.id {
	case "resolvePermalink":
		values.Del("path")
		if ref.name == "config" || ref.name == "config_id" {
			values.Set("set", own["set"])
		}
	case "exportSets":
		values = url.Values{}
	case "exportResults":
		values = url.Values{}
		if ref.name == "config_ids" {
			values.Set("set_ids", own["set"])
		}
	}
	values.Set(ref.name, id)
	return values.Encode()
}

// withProperty names an object in a body, and makes what is needed to get there.
func withProperty(t *testing.T, r route, ref reference, body, id string) string {
	t.Helper()
	var root any = map[string]any{}
	if body != "" {
		if err := json.Unmarshal([]byte(body), &root); err != nil {
			t.Fatalf("%s: %v in %s", r.id, err, body)
		}
	}
	object, schema := root.(map[string]any), r.doc.resolve(r.body)
	for _, name := range ref.at {
		if name == "[]" {
			continue // with the list before it
		}
		schema = r.doc.property(schema, name)
		if items, ok := schema["items"].(map[string]any); ok {
			schema = r.doc.resolve(items)
			list, _ := object[name].([]any)
			if len(list) == 0 {
				list = []any{r.doc.least(schema)}
			}
			object[name] = list
			object = list[0].(map[string]any)
			continue
		}
		if _, ok := object[name].(map[string]any); !ok {
			object[name] = r.doc.least(schema)
		}
		object = object[name].(map[string]any)
	}
	var value any = json.Number(id)
	if ref.text {
		value = id
	}
	if ref.list {
		value = []any{value}
	}
	object[ref.name] = value
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// references are the places of a route's requests where objects are named. A
// number whose meaning is not known fails the test: it may be one.
func (r route) references(t *testing.T) (list []reference) {
	t.Helper()
	segments := strings.Split(r.path, "/")
	for _, p := range r.query {
		ref := reference{in: p.In, name: p.Name}
		integer := ref.shape(p.Schema)
		kind := kindOf(r.id, p.Name)
		if p.In == "path" && p.Name == "id" {
			i := slices.Index(segments, "{id}")
			kind = pathKinds[segments[i-1]]
			integer = true
		}
		if kind == everybodys {
			continue
		}
		if ref.kind = kind; kind != "" {
			list = append(list, ref)
		} else if (noIDs[p.Name] == "" || p.In == "path" && p.Name == "id") && (integer || named.MatchString(p.Name)) {
			t.Errorf("%s %s: what is %s %q? Say it in pathKinds, idKinds or noIDs", r.method, r.path, p.In, p.Name)
		}
	}
	if r.body != nil {
		list = append(list, r.inBody(t, r.doc.resolve(r.body), nil)...)
	}
	return list
}

// named matches the names of properties that name objects.
var named = regexp.MustCompile(`(^|_)ids?$`)

// kindOf is the kind of object that a parameter of an operation names.
func kindOf(operation, name string) string {
	if kind := idKinds[operation+"."+name]; kind != "" {
		return kind
	}
	return idKinds[name]
}

// shape tells whether a value is one or more integers.
func (r *reference) shape(schema map[string]any) (integer bool) {
	types := fmt.Sprint(schema["type"])
	if strings.Contains(types, "array") {
		r.list = true
		items, _ := schema["items"].(map[string]any)
		types = fmt.Sprint(items["type"])
	}
	r.text = strings.Contains(types, "string")
	return strings.Contains(types, "integer")
}

// inBody walks the schema of a body.
func (r route) inBody(t *testing.T, schema map[string]any, at []string) (list []reference) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property := r.doc.property(schema, name)
		if len(at) > 6 {
			t.Fatalf("%s: a body without end at %v", r.id, at)
		}
		below := append(slices.Clone(at), name)
		items, _ := property["items"].(map[string]any)
		items = r.doc.resolve(items)
		switch {
		case property["properties"] != nil:
			list = append(list, r.inBody(t, property, below)...)
		case items["properties"] != nil:
			list = append(list, r.inBody(t, items, append(below, "[]"))...)
		default:
			ref := reference{in: "body", name: name, at: at}
			integer := ref.shape(property)
			if ref.kind = kindOf(r.id, name); ref.kind != "" && (integer || ref.text) {
				list = append(list, ref)
			} else if noIDs[name] == "" && (integer || named.MatchString(name)) {
				t.Errorf("%s %s: what is %v.%s in the body? Say it in idKinds or noIDs", r.method, r.path, at, name)
			}
		}
	}
	return list
}

// resolve follows a reference to a schema.
func (d *document31) resolve(schema map[string]any) map[string]any {
	if ref, ok := schema["$ref"].(string); ok {
		return d.resolve(d.Components.Schemas[ref[strings.LastIndexByte(ref, '/')+1:]])
	}
	return schema
}

// property is the schema of a property.
func (d *document31) property(schema map[string]any, name string) map[string]any {
	properties, _ := schema["properties"].(map[string]any)
	found, _ := properties[name].(map[string]any)
	return d.resolve(found)
}

// routes are all routes, in the order of their paths.
func (d *document31) routes() (list []route) {
	for path, item := range d.Paths {
		for method, op := range item {
			r := route{method: strings.ToUpper(method), path: path, id: op.OperationID, query: op.Parameters, doc: d}
			if c, ok := op.RequestBody.Content["application/json"]; ok {
				r.body = c.Schema
			}
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b route) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return list
}

// notThere are the routes that do not know the objects of twoLabs, though they
// are hers.
var notThere = map[string]string{
	"align": "twoLabs does not know the clonotypes of its results; the answer says that they are missing, and not the set", "similarity": "the same",
	"resolvePermalink: query generic": "her set is a patient",
	"getResultFile":                   "results of vidjil itself have no file beside them", "attachFile": "the source has no such folder",
}

// TestOwnIDs is the other half: by every route and place, a person's own
// objects are there. So that what TestForeignIDs sees is about the id, and not
// about something else that is wrong with its requests.
func TestOwnIDs(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	for _, r := range routesOf(t, w) {
		for _, ref := range r.references(t) {
			status, body := l.nina.as(t, w, l.request(t, r, ref, l.nina.ids[ref.kind]))
			if status < http.StatusBadRequest && r.method != http.MethodGet {
				w = l.open(t)
			}
			if status == http.StatusNotFound && notThere[r.id] == "" && notThere[r.id+": "+ref.String()] == "" {
				t.Errorf("%s %s, %s: got %d %s", r.method, r.path, r.id+": "+ref.String(), status, body)
			}
		}
	}
}
