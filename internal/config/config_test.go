package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/lab"
)

// write makes a file in a directory of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestOrder: each place is stronger than the one before, value by value.
func TestOrder(t *testing.T) {
	t.Parallel()
	file := write(t, "v.toml", "[http]\naddr = \":1\"\nsocket_mode = \"0600\"\nidle_timeout = \"3m\"\n[mail]\nuser = \"u\"\npassword = \"of the file\"\n[sources]\na = \"/a\"\n\"b.c\" = \"below\"\n")
	secret := write(t, "mail.password", "of the credential\n")
	in := Input{
		File:    file,
		Environ: []string{"VIDJIL_HTTP__ADDR=:2", "VIDJIL_HTTP__IDLE_TIMEOUT=4m", "VIDJIL_SOURCES__D=/d", "CREDENTIALS_DIRECTORY=" + filepath.Dir(secret), "VIDJIL_SERVER=https://elsewhere", "VIDJIL_PORT=tcp://10.0.0.1:80", "PATH=/bin"},
		Flags:   map[string]any{"http.addr": ":3", "sources.a": "/of/the/option"},
	}
	l, err := Load(in)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{}.WithDefaults()
	want.HTTP.Addr, want.HTTP.SocketMode, want.HTTP.IdleTimeout = ":3", "0600", Duration(4*time.Minute)
	want.Mail.User, want.Mail.Password = "u", "of the credential"
	want.Sources = map[string]string{"a": "/of/the/option", "b.c": filepath.Join(filepath.Dir(file), "below"), "d": "/d"}
	if diff := cmp.Diff(want, l.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	for key, want := range map[string]string{
		"http.addr": "--addr", "http.socket_mode": file + ":3", "http.idle_timeout": "VIDJIL_HTTP__IDLE_TIMEOUT",
		"mail.password": secret, "sources.a": "--source", "sources.b.c": file + ":10", "http.header_timeout": "default",
	} {
		s, ok := l.Sources[key]
		if !ok {
			s.Origin = FromDefault
		}
		if got := s.String(); got != want {
			t.Errorf("source of %s: got %s, want %s", key, got, want)
		}
	}
}

// TestWhichFile: an option, a variable, or the one in the data directory.
func TestWhichFile(t *testing.T) {
	t.Parallel()
	data := filepath.Dir(write(t, FileName, "healthcare = true\n"))
	other := write(t, "other.toml", "[mail]\nsubject = \"other\"\n")
	tests := []struct {
		name           string
		in             Input
		want           string
		health, others bool
	}{
		{"none", Input{}, "", false, false},
		{"of the data directory, by an option", Input{Flags: map[string]any{"data": data}}, filepath.Join(data, FileName), true, false},
		{"of the data directory, by a variable", Input{Environ: []string{"VIDJIL_DATA=" + data}}, filepath.Join(data, FileName), true, false},
		{"named", Input{File: other, Flags: map[string]any{"data": data}}, other, false, true},
		{"named by a variable", Input{Environ: []string{"VIDJIL_CONFIG=" + other}, Flags: map[string]any{"data": data}}, other, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, err := Load(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if l.File != tt.want || l.Healthcare != tt.health || (l.Mail.Subject == "other") != tt.others {
				t.Errorf("got file %q, healthcare %t, subject %q", l.File, l.Healthcare, l.Mail.Subject)
			}
		})
	}
	if _, err := Load(Input{File: "none.toml"}); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("a named file that is not there: got %v", err)
	}
}

// TestFaults: all of them at once, each with its place.
func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		file string
		in   Input
		code lab.Code
		want []string // $ is the file
	}{
		{"no TOML", "a = [", Input{}, lab.Invalid, []string{"$:1:"}},
		{"twice", "healthcare = true\nhealthcare = false", Input{}, lab.Invalid, []string{"$:2:1:"}},
		{"names and their neighbours", "adr = 1\nhelthcare = true\n[htpp]\naddr = \":1\"\n[tls.acme]\nemial = \"x\"\n[quite.another]\n", Input{}, lab.Invalid, []string{
			"6 settings are wrong",
			"$:1: adr: there is no such setting; did you mean http.addr?", "$:2: helthcare: there is no such setting; did you mean healthcare?",
			"$:3: htpp: there is no such table; did you mean http?", "$:4: htpp.addr: there is no such setting; did you mean http.addr?",
			"$:6: tls.acme.emial: there is no such setting; did you mean tls.acme.email?", "$:7: quite.another: there is no such table\n",
		}},
		{"kinds", "database = 5\nhealthcare = \"maybe\"\n[http]\nheader_timeout = 5\nidle_timeout = \"5 minutes\"\ntrusted_proxies = [1]\n[limits]\nsign_ins = 1.5\nupload = \"many\"\n[sources]\na = 1\n[mail]\npassword = 1\n", Input{}, lab.Invalid, []string{
			"$:1: database: want a text", "$:2: healthcare: want true or false: maybe", "$:4: http.header_timeout: want a time in quotation marks", `$:5: http.idle_timeout: want a time, as 90s`,
			"$:6: http.trusted_proxies: want texts", "$:8: limits.sign_ins: want a whole number: 1.5", "$:9: limits.upload: want a number of bytes", "$:11: sources.a: want a text", "$:13: mail.password: want a text",
		}},
		{"node with a path", "[http]\nnode_url = \"http://10.0.0.5:8080/vidjil\"\n", Input{}, lab.Invalid, []string{`$:2: http.node_url: want a server without a path, as http://10.0.0.5:8080: "http://10.0.0.5:8080/vidjil"`}},
		{"node without a scheme", "[http]\nnode_url = \"10.0.0.5:8080\"\n", Input{}, lab.Invalid, []string{"$:2: http.node_url: want a server without a path"}},
		{"values that do not go together", "[http]\naddr = \"nowhere\"\npublic_url = \"http://a.example/x\"\nbase_path = \"/y\"\ntrusted_proxies = [\"10.0.0.0/33\"]\n[tls]\nmode = \"acme\"\ncert = \"c.pem\"\nacme = { domains = [\"a b\"], directory = \"http://x\" }\n[mail]\nhost = \"m\"\nuser = \"u\"\n[limits]\nsession = \"1h\"\nsign_ins = 0\n", Input{}, lab.Invalid, []string{
			"$:2: http.addr: want HOST:PORT", "$:3: http.public_url: its path is /x, and http.base_path is /y", "$:3: http.public_url: the server speaks TLS", `$:5: http.trusted_proxies: want a network, as 10.0.0.0/8, or an address: "10.0.0.0/33"`,
			"$:8: tls.cert: tls.key goes with it", `$:8: tls.cert: it is not used with tls.mode = "acme"`, "$:9: tls.acme.domains: want a name", "$:9: tls.acme.directory: want https://",
			"mail.from: a mail server wants to know", "$:12: mail.user: mail.user and mail.password go together", "$:14: limits.session: want at least limits.session_idle, 12h", "$:15: limits.sign_ins: want at least 1: 0",
		}},
		{"lists of tables", "[[sources]]\na = \"x\"\n", Input{}, lab.Invalid, []string{"$:1: sources: a table in [[double]] brackets"}},
		{"options and variables", "", Input{
			Environ: []string{"VIDJIL_HTTP__ADR=:1", "VIDJIL_TELEMETRY=true", "VIDJIL_MAIL__PASSWORD_FILE=/nowhere", "VIDJIL_LOG__LEVEL=loud"},
			Flags:   map[string]any{"tls.cert": "c.pem", "workers.count": "-2", "workers.lanes": []string{"fast"}},
		}, lab.Usage, []string{
			"VIDJIL_HTTP__ADR: there is no such setting; did you mean http.addr?", "VIDJIL_TELEMETRY: there is none: the program sends nothing", "VIDJIL_MAIL__PASSWORD_FILE: open /nowhere",
			`VIDJIL_LOG__LEVEL: want one of debug, info, warn, error: "loud"`, "--tls-cert: tls.key goes with it", "--workers: want a number of jobs", `--lane: want one of short, long: "fast"`,
		}},
		{"a secret twice", "", Input{Environ: []string{"VIDJIL_MAIL__PASSWORD=a", "VIDJIL_MAIL__PASSWORD_FILE=/dev/null"}}, lab.Usage, []string{"VIDJIL_MAIL__PASSWORD_FILE: VIDJIL_MAIL__PASSWORD gives it too"}},
		{"secrets are not told", "database = \"mysql://u:hidden@h\"\n[mail]\npassword = [\"hidden\"]\n", Input{}, lab.Invalid, []string{"$:1: database: want sqlite:PATH", "$:3: mail.password: want a text in quotation marks"}},
		{"off where nothing can be", "[limits]\nsession = \"off\"\n[retention]\ntrash = \"off\"\n", Input{}, lab.Invalid, []string{"$:2: limits.session: want a time: off is not possible here"}},
		{"directory", "[directory.ldap]\nurl = \"http://x\"\nuser_filter = \"(uid=x)\"\n[directory.oidc]\nissuer = \"http://x\"\n", Input{}, lab.Invalid, []string{
			"$:2: directory.ldap.url: want ldaps://", "directory.ldap.base_dn: it is missing", "$:3: directory.ldap.user_filter: want {name}", "$:5: directory.oidc.issuer: want https://", "directory.oidc.client_id: it is missing",
		}},
		{"socket", "[http]\nsocket = \"s\"\nsocket_mode = \"rw\"\nredirect_addr = \":80\"\n[tls]\nmode = \"self-signed\"\n", Input{}, lab.Invalid, []string{
			"http.public_url: a server on a socket cannot know", `$:3: http.socket_mode: want permissions, as 0660: "rw"`, "$:6: tls.mode: a server on a socket leaves TLS to the proxy",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.file != "" {
				tt.in.File = write(t, "v.toml", tt.file)
			}
			_, err := Load(tt.in)
			if got := lab.CodeOf(err); err == nil || got != tt.code {
				t.Fatalf("got %q (%v), want %q", got, err, tt.code)
			}
			text := err.Error() + "\n"
			for _, want := range tt.want {
				if want = strings.ReplaceAll(want, "$", tt.in.File); !strings.Contains(text, want) {
					t.Errorf("%q is not said:\n%s", want, text)
				}
			}
			if strings.Contains(text, "hidden") {
				t.Errorf("a secret is said:\n%s", text)
			}
		})
	}
}

func TestTLSMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"loopback", func(*Config) {}, TLSOff},
		{"everywhere", func(c *Config) { c.HTTP.Addr = ":8443" }, TLSSelfSigned},
		{"everywhere, off", func(c *Config) { c.HTTP.Addr, c.TLS.Mode = ":8443", "off" }, TLSOff},
		{"files", func(c *Config) { c.TLS.Cert = "c" }, TLSFiles},
		{"names", func(c *Config) { c.TLS.ACME.Domains = []string{"a.example"} }, TLSACME},
		{"socket", func(c *Config) { c.HTTP.Socket, c.HTTP.Addr = "s", ":8443" }, TLSOff},
		{"IPv6 loopback", func(c *Config) { c.HTTP.Addr = "[::1]:80" }, TLSOff},
	} {
		c := Config{}.WithDefaults()
		tt.change(&c)
		if got := c.TLSMode(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		h    HTTP
		want string
	}{
		{HTTP{}, ""},
		{HTTP{BasePath: "/"}, ""},
		{HTTP{BasePath: "/vidjil/"}, "/vidjil"},
		{HTTP{PublicURL: "https://a.example"}, ""},
		{HTTP{PublicURL: "https://a.example/x/y/"}, "/x/y"},
		{HTTP{PublicURL: "https://a.example", BasePath: "/x"}, "/x"},
	} {
		if got := tt.h.Base(); got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.h, got, tt.want)
		}
	}
}

// TestShow: every setting once, secrets masked, and as TOML it can be read again.
func TestShow(t *testing.T) {
	t.Parallel()
	file := write(t, "v.toml", "database = \"postgres://ada:hidden@db/vidjil?sslmode=require\"\n[mail]\nhost = \"m\"\nfrom = \"a@example.org\"\nuser = \"u\"\npassword = \"hidden\"\nadmins = [\"a@example.org\", \"b@example.org\"]\n[sources]\n\"x y\" = \"/a\\\"b\"\n[retention]\ntrash = \"1d12h\"\n[limits]\nupload = \"20GiB\"\n")
	l, err := Load(Input{File: file})
	if err != nil {
		t.Fatal(err)
	}
	list := l.Settings()
	seen := map[string]Setting{}
	for _, s := range list {
		seen[s.Key] = s
	}
	if got, want := len(seen), len(list); got != want {
		t.Errorf("%d keys in %d settings", got, want)
	}
	for key, want := range map[string]string{
		"database": "postgres://ada:********@db/vidjil?sslmode=require", "mail.password": Masked, "sources.x y": `"/a\"b"`,
		"retention.trash": `"36h"`, "limits.upload": `"20GiB"`, "mail.admins": `["a@example.org", "b@example.org"]`, "blobs": "", "telemetry": "false", "workers.count": "0",
	} {
		if got := seen[key].Text(); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var toml bytes.Buffer
	if err := l.WriteTOML(&toml); err != nil {
		t.Fatal(err)
	}
	for _, each := range []string{string(text), toml.String()} {
		if strings.Contains(each, "hidden") {
			t.Errorf("a secret is shown:\n%s", each)
		}
	}
	again, err := Load(Input{
		File: write(t, "again.toml", toml.String()), Flags: map[string]any{"database": l.Database, "mail.password": l.Mail.Password},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l.Config, again.Config); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
}

// TestExample: the file that people begin with is the defaults, and so is what it
// says when the marks of comments are taken away.
func TestExample(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteExample(&b); err != nil {
		t.Fatal(err)
	}
	want := Config{}.WithDefaults()
	for _, line := range []bool{false, true} {
		text := b.String()
		if line {
			var all []string
			for l := range strings.SplitSeq(text, "\n") {
				if bare, ok := strings.CutPrefix(l, "# "); ok && strings.Contains(l, " = ") && !strings.HasPrefix(bare, "name = ") && !strings.Contains(bare, "tls = \\") && startsLower(bare) {
					l = bare
				}
				all = append(all, l)
			}
			text = strings.Join(all, "\n")
		}
		l, err := Load(Input{File: write(t, "v.toml", text)})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want, l.Config, cmp.Comparer(func(a, b []string) bool { return strings.Join(a, ",") == strings.Join(b, ",") })); diff != "" {
			t.Errorf("marks taken away %t (-want +got):\n%s", line, diff)
		}
		if line && len(l.Sources) < 80 {
			t.Errorf("%d settings were read", len(l.Sources))
		}
	}
}

// startsLower tells a setting, "addr = …", from a sentence.
func startsLower(line string) bool {
	name, _, _ := strings.Cut(line, " = ")
	return !strings.Contains(name, " ")
}

// TestTags: each setting can be explained, named in all places, and has a default
// that it takes.
func TestTags(t *testing.T) {
	t.Parallel()
	fields, sections := walk(reflect.TypeFor[Config](), "", nil)
	env, flags := map[string]string{}, map[string]string{}
	for _, f := range fields {
		if f.Doc == "" || !strings.ContainsAny(f.Doc[len(f.Doc)-1:], ".…)") || f.Kind() == "" {
			t.Errorf("%s: no sentence about it: %q", f.Key, f.Doc)
		}
		if strings.ToLower(f.Key) != f.Key || strings.Contains(f.Key, "__") {
			t.Errorf("%s: the name has no variable", f.Key)
		}
		if env[f.Env()] != "" || f.Flag != "" && flags[f.Flag] != "" {
			t.Errorf("%s: its variable or option is taken", f.Key)
		}
		env[f.Env()], flags[f.Flag] = f.Key, f.Key
	}
	for _, s := range sections {
		if s.doc == "" {
			t.Errorf("%s: no sentence about it", s.key)
		}
	}
	if err := (Config{}).WithDefaults().Check(); err != nil {
		t.Errorf("the defaults are wrong: %v", err)
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Duration{
		"90s": Duration(90 * time.Second), "30d": Duration(30 * day), "1d12h": Duration(36 * time.Hour), " 2M ": Duration(2 * time.Minute), "off": Off, "Never": Off,
	} {
		var got Duration
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "0s", "-1h", "1w", "d", "1.5d", "99999d99999999h", "1h1d"} {
		var got Duration
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64Range(1, int64(100*365*day)).Draw(t, "duration"))
		var back Duration
		if err := back.UnmarshalText([]byte(d.String())); err != nil || back != d {
			t.Errorf("%d: %s is read as %d, %v", d, d, back, err)
		}
		s := Size(rapid.Int64Range(0, 1<<62).Draw(t, "size"))
		var size Size
		if err := size.UnmarshalText([]byte(s.String())); err != nil || size != s {
			t.Errorf("%d: %s is read as %d, %v", s, s, size, err)
		}
	})
}

// FuzzFile: whatever stands in a file, it is a config or an error with a code.
func FuzzFile(f *testing.F) {
	f.Add("[http]\naddr = \":1\"\n")
	f.Add("a.b = {c = [1, 2]}\n[[x]]\ny = 1\n[sources]\n\"\" = \"\"")
	f.Add("[sources.a]\nb = 1\nsources = 1979-05-27")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Load(Input{File: write(t, "v.toml", text)})
		if err != nil && lab.CodeOf(err) != lab.Invalid && lab.CodeOf(err) != lab.Usage {
			t.Errorf("code %q: %v", lab.CodeOf(err), err)
		}
		if err == nil {
			l.Settings()
		}
	})
}
