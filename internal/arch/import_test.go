package arch

import (
	"path"
	"slices"
	"strings"
	"testing"
)

// rule says what the packages that match Package may import of this module and
// from outside the standard library, and why. Patterns are paths below the
// module; "x/..." matches x and all below it.
//
// A library in Libraries belongs to that row alone, so that replacing it means
// changing one place. Tests may import more: see testLibraries.
type rule struct {
	Package   string
	May       []string
	Libraries []string
	Why       string
}

// rules is the architecture. The first matching row counts; a package that no
// row matches fails, so that each new package gets a sentence here.
var rules = []rule{
	{
		Package: "cmd/vidjil", May: []string{"internal/cli"},
		Why: "main is a door: what the program does can be tested without a process",
	},
	{
		Package: "packaging/...",
		Why:     "programs of the release, which look at what was built and at files: they know nothing of what is in it",
	},
	{
		Package: "internal/cli", May: []string{"client", "internal/backup", "internal/blob", "internal/config", "internal/content", "internal/directory", "internal/doctor", "internal/lab", "internal/monitor", "internal/server", "internal/service", "internal/source", "internal/store", "internal/transfer", "vdj/airr", "vdj/clonotype", "vdj/curated", "vdj/designation", "vdj/germline", "vdj/seqio", "vdj/simulate", "vdj/vidjilfile"},
		Libraries: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term"},
		Why:       "the command line joins the engine's public packages and the server, and holds no biology; what it needs of the engine, every user of the Go API can have too",
	},
	{
		Package: "client",
		Why:     "what laboratories' programs import: the API's types and calls, nothing of the server",
	},
	{
		Package: "internal/server", May: []string{"client", "internal/...", "web"},
		Libraries: []string{"github.com/caddyserver/certmagic", "go.uber.org/zap"},
		Why:       "it joins the parts of a server, starts them in order and stops them in the opposite one",
	},
	{
		Package: "internal/backup", May: []string{"internal/blob", "internal/lab", "internal/store"},
		Libraries: []string{"github.com/benbjohnson/litestream", "github.com/superfly/ltx", "golang.org/x/crypto/argon2"},
		Why:       "a backup is the database and the bytes to which it refers: it needs no use case, and runs beside a server or without one. Argon2 makes keys of passphrases; litestream copies changes of SQLite, and ltx is the form of them",
	},
	{
		Package: "internal/transfer", May: []string{"internal/lab"},
		Why: "the form of the archives in which sets move: rows and bytes, whatever store they are of and whoever may have them",
	},
	{
		Package: "internal/doctor", May: []string{"internal/backup", "internal/blob", "internal/lab", "internal/pipeline", "internal/service", "internal/store"},
		Why: "it looks at everything that a server keeps, and puts right what is safe by the means of the use cases",
	},
	{
		Package: "internal/trace", May: []string{"internal/lab"}, Libraries: []string{"go.opentelemetry.io/otel"},
		Why: "what one request caused is known by its context: each layer adds its steps, and nobody else knows where they go",
	},
	{
		Package: "internal/metrics", May: []string{"internal/lab"}, Libraries: []string{"github.com/prometheus/client_golang"},
		Why: "parts tell it of what they do through interfaces of their own, so that none of them knows of Prometheus",
	},
	{
		Package: "internal/monitor", May: []string{"internal/lab"},
		Why: "it runs on another machine than the servers that it hears of: it has nothing of them but reports",
	},
	{
		Package: "internal/config", May: []string{"internal/lab"}, Libraries: []string{"github.com/pelletier/go-toml/v2"},
		Why: "settings come from one place and know nothing of the parts that they are for; the TOML library is used for the line of each value, which loaders of maps lose",
	},
	{
		Package: "internal/demo", May: []string{"client", "internal/lab", "vdj/germline", "vdj/simulate"},
		Why: "it fills a server as a person does: through the API",
	},
	{
		Package: "internal/api", May: []string{"client", "internal/access", "internal/content", "internal/lab", "internal/service", "internal/source", "internal/trace", "internal/upload"},
		Libraries: []string{"github.com/danielgtaylor/huma", "github.com/klauspost/compress/gzhttp", "golang.org/x/time"},
		Why:       "HTTP knows use cases and their words; never the store, so that no handler goes round a right",
	},
	{
		Package: "internal/service", May: []string{"internal/access", "internal/auth", "internal/blob", "internal/content", "internal/events", "internal/job", "internal/lab", "internal/logbook", "internal/mail", "internal/pairing", "internal/pipeline", "internal/samplesheet", "internal/source", "internal/store", "internal/transfer", "internal/upload", "vdj/..."},
		Why: "a use case asks access, changes the store and enqueues its jobs in one transaction",
	},
	{
		Package: "internal/pipeline", May: []string{"internal/blob", "internal/content", "internal/job", "internal/lab", "internal/store", "internal/trace", "vdj/..."},
		Why: "what jobs do, and which jobs a request takes; it joins the engine with blobs and rows, and asks nobody's rights",
	},
	{
		Package: "internal/service/resulttest", May: []string{"internal/blob", "internal/lab", "internal/pipeline", "internal/store", "vdj/..."},
		Libraries: []string{"github.com/apache/arrow-go/v18/arrow"},
		Why:       "results without workers, for tests of what is done with them; it reads the columns back that browsers load",
	},
	{
		Package: "internal/store/...", May: []string{"internal/lab", "internal/trace"},
		Libraries: []string{"github.com/jackc/pgx", "github.com/pressly/goose", "github.com/uptrace/bun", "modernc.org/sqlite"},
		Why:       "the only place that speaks SQL; it knows nouns, not rights. storetest gives tests databases of each kind",
	},
	{
		Package: "internal/job", May: []string{"internal/lab", "internal/store", "internal/trace"},
		Why: "the queue leases what the store holds; what jobs do is handed in, and who may ask for them is decided above",
	},
	{
		Package: "web",
		Why:     "the built client's files, embedded where they lie; the rest of the directory is TypeScript",
	},
	{
		Package: "docs",
		Why:     "the manual's pages, embedded where they lie; the rest of the directory is prose",
	},
	{
		Package: "internal/help", May: []string{"docs"},
		Why: "how the manual is served; it is the same for everybody, and rendering it takes no library: see docs/decisions",
	},
	{
		Package: "internal/webui", May: []string{"web"},
		Why: "how the client is served; it is the same for everybody and knows no API",
	},
	{
		Package: "internal/events", May: []string{"internal/lab", "internal/store"},
		Why: "it tells that something changed; who may know what is asked by the use cases that pass it on",
	},
	{
		Package: "internal/mail", May: []string{"internal/lab"}, Libraries: []string{"github.com/wneessen/go-mail"},
		Why: "letters are numbers and links in the words of a language; who gets them, and when, is decided by the use cases",
	},
	{
		Package: "internal/logbook",
		Why:     "the last lines of the log in memory; it stands between the logger and its handler and knows nobody's words",
	},
	{
		Package: "internal/lab",
		Why:     "the words of the application depend on nothing, so that everything may depend on them",
	},
	{
		Package: "internal/access", May: []string{"internal/lab"},
		Why: "who may do what is decided by pure functions, so that the whole of it can be printed and read as a table",
	},
	{
		Package: "internal/auth", May: []string{"internal/lab"}, Libraries: []string{"golang.org/x/crypto", "golang.org/x/text", "github.com/pquerna/otp"},
		Why: "proof of identity needs no storage: what is to be kept is handed back to the caller",
	},
	{
		Package: "internal/directory", May: []string{"internal/lab"}, Libraries: []string{"github.com/go-ldap/ldap/v3"},
		Why: "an LDAP directory says who somebody is; what that means for accounts here is decided by the use cases",
	},
	{
		Package: "internal/directory/slapdtest",
		Why:     "a real directory for tests of those who ask one",
	},
	{
		Package: "internal/openid", May: []string{"internal/lab"}, Libraries: []string{"github.com/coreos/go-oidc/v3", "golang.org/x/oauth2"},
		Why: "as internal/directory, with providers of OpenID Connect",
	},
	{
		Package: "internal/blob", May: []string{"internal/lab"},
		Libraries: []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
		Why:       "bytes by their digest; what they are and who refers to them is the database's, where they lie is nobody else's",
	},
	{
		Package: "internal/blob/blobtest", May: []string{"internal/blob", "internal/lab"},
		Why: "what every store of blobs must do, for the tests of each",
	},
	{
		Package: "internal/upload", May: []string{"internal/blob", "internal/content", "internal/lab"},
		Libraries: []string{"github.com/tus/tusd/v2", "golang.org/x/exp"},
		Why:       "the protocol and the bytes on their way; people, samples and quotas are asked about through its Ledger. x/exp/slog is tusd's logger",
	},
	{
		Package: "internal/content", May: []string{"internal/lab", "vdj/seqio"},
		Why: "a look at the first bytes, for the server and the command line; reading whole files is that of the formats' packages",
	},
	{
		Package: "internal/pairing", May: []string{"internal/lab"},
		Why: "names of files become samples by rules that a test can list: no disk, no database",
	},
	{
		Package: "internal/samplesheet", May: []string{"internal/lab"}, Libraries: []string{"github.com/xuri/excelize/v2"},
		Why: "sheets of sequencers, workbooks and pasted tables become rows; what a row means for patients and sets is the service's",
	},
	{
		Package: "internal/source", May: []string{"internal/lab"},
		Why: "mounted folders are read inside their roots only, by one package, so that the promise can be checked",
	},
	{
		Package: "internal/arch",
		Why:     "it reads source text, not packages",
	},
	{
		Package: "vdj/internal/base",
		Why:     "letters and their 2-bit codes are the floor of the engine",
	},
	{
		Package: "vdj/internal/seed", May: []string{"vdj/internal/base", "vdj/germline"},
		Why: "the k-mer index is built from germline genes; it sees letters, not reads or files",
	},
	{
		Package: "vdj/internal/align", May: []string{"vdj/internal/base"},
		Why: "an alignment kernel knows two sequences and a scoring",
	},
	{
		Package: "vdj/internal/batch", May: []string{"vdj/seqio"}, Libraries: []string{"golang.org/x/sync"},
		Why: "the pipeline moves blocks between goroutines and keeps their order; what is done to them is handed in",
	},
	{
		Package: "vdj/internal/...", May: []string{"vdj/internal/base", "vdj/internal/seed", "vdj/internal/align", "vdj/germline"},
		Why: "kernels know letters and genes; designation and clonotype are built from them, never the other way round",
	},
	{
		Package: "vdj/germline/internal/...", May: []string{"vdj/germline", "vdj/germline/internal/...", "vdj/internal/base"},
		Why: "parts of reading reference sets, and the makers of the embedded tables, which run when a table is remade",
	},
	{
		Package: "vdj/germline", May: []string{"vdj/internal/base"},
		Why: "reference facts come before any analysis of them",
	},
	{
		Package: "vdj/internal/inflate",
		Why:     "bytes to bytes, as fast as one core can: it knows neither letters nor file headers",
	},
	{
		Package: "vdj/seqio", May: []string{"vdj/internal/base", "vdj/internal/inflate"},
		Libraries: []string{"github.com/klauspost/compress"},
		Why:       "reads come in without knowing what will be looked for in them; formats and compression are its own business",
	},
	{
		Package: "vdj/designation", May: []string{"vdj/germline", "vdj/internal/..."},
		Why: "one sequence and one germline set: no reads, files or counts, so that any sequence can be designated",
	},
	{
		Package: "vdj/clonotype", May: []string{"vdj/designation", "vdj/germline", "vdj/seqio", "vdj/internal/..."},
		Why: "reads to clonotypes; formats of results are written elsewhere from its Result",
	},
	{
		Package: "vdj/pairs", May: []string{"vdj/seqio", "vdj/internal/base", "vdj/internal/batch"},
		Why: "mates become one read by their letters and qualities alone, before anybody looks for genes in them",
	},
	{
		Package: "vdj/multialign", May: []string{"vdj/internal/base"},
		Why: "it compares the sequences that it is given, whatever they are; what they mean is known to who shows them",
	},
	{
		Package: "vdj/airr", May: []string{"vdj/clonotype", "vdj/designation", "vdj/germline"},
		Why: "a format reads the engine's results; the engine does not know its formats",
	},
	{
		Package: "vdj/vidjilfile", May: []string{"vdj/airr", "vdj/clonotype", "vdj/designation", "vdj/germline"},
		Why: "as airr; it converts to and from AIRR, so it may see that package and not the reverse",
	},
	{
		Package: "vdj/repertoire", May: []string{"vdj/airr", "vdj/vidjilfile"},
		Why: "samples side by side are made of results, whoever made them: no engine, no germline set; results come through its Source, so that it knows no store",
	},
	{
		Package: "vdj/repertoire/sourcetest", May: []string{"vdj/repertoire", "vdj/vidjilfile"},
		Why: "what every source of clonotypes must do, for the tests of each",
	},
	{
		Package: "vdj/columns", May: []string{"vdj/repertoire", "vdj/vidjilfile"}, Libraries: []string{"github.com/apache/arrow-go/v18"},
		Why: "it turns fused results into the columns that browsers load, and nobody else knows of Arrow",
	},
	{
		Package: "vdj/clonetable", May: []string{"vdj/airr", "vdj/internal/base", "vdj/repertoire", "vdj/vidjilfile"},
		Libraries: []string{"github.com/klauspost/compress/zstd"},
		Why:       "clonotypes at rest are those of vidjilfile and read as sources of repertoire; where tables lie and who may read them is the server's. Its blocks are zstd, whoever wrote the reads",
	},
	{
		Package: "vdj/simulate", May: []string{"vdj/curated", "vdj/germline", "vdj/internal/base"},
		Why: "truth must not come from the code that it judges: no seed, alignment or designation; its tables and normal form are those of curated",
	},
	{
		Package: "vdj/curated", May: []string{"vdj/germline"},
		Why: "a judge reads files that any program may have written; our own types would favour our own program",
	},
}

// testLibraries may be imported by tests only, those of any package.
var testLibraries = []string{"github.com/google/go-cmp", "pgregory.net/rapid", "github.com/rogpeppe/go-internal", "github.com/johannesboyne/gofakes3", "github.com/emersion/go-smtp", "github.com/emersion/go-sasl", "github.com/oauth2-proxy/mockoidc", "github.com/xuri/excelize/v2", "go.opentelemetry.io/proto/otlp", "google.golang.org/protobuf"}

// refusal keeps a part of the standard library out of packages.
type refusal struct {
	Package string
	Imports []string
	Except  []string
	Why     string
}

var refusals = []refusal{
	{
		Package: "vdj/...", Imports: []string{"log", "log/slog", "os/exec", "database/sql", "plugin"}, Except: []string{"vdj/germline/internal/..."},
		Why: "a library returns errors and results; it neither logs nor starts programs, so that results depend on its inputs alone",
	},
	{
		Package: "vdj/...", Imports: []string{"net/http", "net"}, Except: []string{"vdj/germline"},
		Why: "the engine works without a network; only germline can fetch a set, when asked",
	},
	{
		Package: "vdj/...", Imports: []string{"flag"}, Except: []string{"vdj/germline/internal/..."},
		Why: "options are structs; the command line belongs to internal/cli",
	},
	{
		Package: "internal/lab", Imports: []string{"database/sql", "net/http", "log", "os"},
		Why: "the domain names things; outlets store, serve and log them (log/slog is there for the one method by which lab.Private refuses to be logged)",
	},
	{
		Package: "...", Imports: []string{"unsafe", "C", "math/rand", "io/ioutil", "encoding/gob"},
		Why: "the program is static and portable, seeds reproduce (math/rand/v2), and files are read by others for decades",
	},
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if f.ignored {
			continue // a generator outside the build
		}
		r := ruleOf(f.pkg)
		if r == nil {
			t.Errorf("%s: no rule for package %s: add a row with its reason to the table", f.path, f.pkg)
			continue
		}
		for _, imported := range f.imports {
			if !f.test {
				checkImport(t, f, r, imported)
			} else if lib := libraryOf(imported); lib != "" && !matchAny(append(testLibraries, r.Libraries...), lib) {
				t.Errorf("%s: a test imports %s; tests may use %s", f.path, imported, strings.Join(testLibraries, ", "))
			}
		}
	}
}

func checkImport(t *testing.T, f source, r *rule, imported string) {
	t.Helper()
	if own, ok := strings.CutPrefix(imported, module+"/"); ok {
		inside := strings.HasPrefix(own, f.pkg+"/internal/")
		if !inside && !matchAny(r.May, own) {
			t.Errorf("%s: %s may not import %s: %s", f.path, f.pkg, own, r.Why)
		}
		return
	}
	if lib := libraryOf(imported); lib != "" {
		if !matchAny(r.Libraries, lib) {
			t.Errorf("%s: %s may not import the library %s; %s", f.path, f.pkg, lib, owner(lib))
		}
		return
	}
	for _, no := range refusals {
		if match(no.Package, f.pkg) && !matchAny(no.Except, f.pkg) && slices.Contains(no.Imports, imported) {
			t.Errorf("%s: %s may not import %s: %s", f.path, f.pkg, imported, no.Why)
		}
	}
}

// TestRules checks the tables themselves.
func TestRules(t *testing.T) {
	t.Parallel()
	owners := map[string]string{}
	for _, r := range rules {
		if r.Why == "" {
			t.Errorf("rule for %s has no reason", r.Package)
		}
		if strings.HasPrefix(r.Package, "vdj/") {
			for _, may := range r.May {
				if !strings.HasPrefix(may, "vdj/") {
					t.Errorf("rule for %s allows %s: the public API of the engine imports nothing outside vdj", r.Package, may)
				}
			}
		}
		for _, lib := range r.Libraries {
			if owners[lib] != "" {
				t.Errorf("library %s belongs to %s and to %s", lib, owners[lib], r.Package)
			}
			owners[lib] = r.Package
		}
	}
	for _, no := range refusals {
		if no.Why == "" {
			t.Errorf("refusal for %s has no reason", no.Package)
		}
	}
}

// TestRulesCatch proves that the table can fail.
func TestRulesCatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pkg, imported string
		allowed       bool
	}{
		{"vdj/seqio", "vdj/internal/base", true},
		{"vdj/seqio", "vdj/germline", false},
		{"vdj/germline", "vdj/designation", false},
		{"vdj/designation", "vdj/internal/align", true},
		{"vdj/designation", "internal/lab", false},
		{"internal/lab", "vdj/germline", false},
		{"cmd/vidjil", "vdj/germline", false},
		{"vdj/simulate", "vdj/internal/seed", false},
	} {
		if got := matchAny(ruleOf(tt.pkg).May, tt.imported); got != tt.allowed {
			t.Errorf("%s imports %s: got allowed = %t, want %t", tt.pkg, tt.imported, got, tt.allowed)
		}
	}
	if ruleOf("vdj/unheard") != nil {
		t.Error("a package without a row has a rule")
	}
	if got, want := libraryOf("encoding/json"), ""; got != want {
		t.Errorf("libraryOf standard library: got %q, want %q", got, want)
	}
}

func ruleOf(pkg string) *rule {
	for i := range rules {
		if match(rules[i].Package, pkg) {
			return &rules[i]
		}
	}
	return nil
}

// libraryOf is the import path when it is one of a library outside the standard
// library and this module, else empty.
func libraryOf(imported string) string {
	first, _, _ := strings.Cut(imported, "/")
	if first == path.Dir(module) || !strings.Contains(first, ".") {
		return ""
	}
	return imported
}

func owner(lib string) string {
	for _, r := range rules {
		if matchAny(r.Libraries, lib) {
			return "it belongs to " + r.Package
		}
	}
	return "it belongs to no package: a new library needs a decision (docs/decisions)"
}

// match tells whether a path is the pattern's, or lies below it. A library's
// pattern is its module, so its packages lie below.
func match(pattern, p string) bool {
	if pattern == "..." {
		return true
	}
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return p == base || strings.HasPrefix(p, base+"/")
	}
	return p == pattern || strings.Contains(strings.SplitN(pattern, "/", 2)[0], ".") && strings.HasPrefix(p, pattern+"/")
}

func matchAny(patterns []string, p string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, p) })
}
