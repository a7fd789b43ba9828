// Package api is the HTTP side of internal/service: one file per noun. A
// handler decodes a typed input, calls one use case and encodes its output;
// the OpenAPI document comes from those types.
//
// Routes are registered with what they need of who asks (anybody, a signed-in
// person, an administrator); rights on objects are decided by the use cases.
// The package never sees the store, and errors leave it through problem.go
// only.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/trace"
)

// Config is what the API works with.
type Config struct {
	Service *service.Service
	Log     *slog.Logger
	Version string
	// SecureCookies marks cookies for HTTPS only; set unless the server speaks
	// plain HTTP on a loopback address.
	SecureCookies bool
	// Uploads takes uploads below UploadPath; nil: there are none.
	Uploads http.Handler
	// Watcher is told of requests; nil is nobody.
	Watcher Watcher
	// Trace is where the steps of requests go; nil is nowhere.
	Trace *trace.Tracer
	// Limits are how often one network address may ask what anybody may ask.
	Limits Limits
}

// api holds what handlers share.
type api struct {
	Config
	huma   huma.API
	proofs *limiter                            // attempts to prove who one is
	public *limiter                            // analyses of pasted sequences
	open   *seats                              // streams of events
	pack   func(http.Handler) http.HandlerFunc // compresses
}

// need says who may call a route at all.
type need int

const (
	anyone need = iota // also people who are not signed in
	person             // signed in, or with a token
	admin              // an administrator, as themselves
)

// New returns the handler of all routes below [client.Prefix].
func New(c Config) http.Handler {
	_, h := build(c)
	return h
}

func build(c Config) (*api, http.Handler) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Watcher == nil {
		c.Watcher = unwatched{}
	}
	ownErrors()
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig("Vidjil", c.Version)
	cfg.Formats = textFormats()
	cfg.Info.Description = "Everything that the web client does, and laboratories' scripts can do."
	cfg.OpenAPIPath = client.Prefix + "/openapi"
	// The library's pages load from another server, and its hooks put the
	// request's Host into answers.
	cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", nil
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token, as vjt_12_…"},
		"session": {Type: "apiKey", In: "cookie", Name: cookieName(c.SecureCookies)},
	}
	a := &api{
		Config: c, huma: humago.New(mux, cfg), proofs: newLimiter(c.Limits.Proofs, Limit{Burst: 30, Every: 2 * time.Second}),
		public: newLimiter(c.Limits.Public, Limit{Burst: 20, Every: 6 * time.Second}), open: newSeats(mostStreams), pack: packer(),
	}
	a.routes()
	a.uploads(mux)
	a.documentation(mux)
	return a, a.middleware(a.unknown(mux))
}

// routes is all there is, noun by noun.
func (a *api) routes() {
	a.health()
	a.server()
	a.setup()
	a.session()
	a.providers()
	a.me()
	a.users()
	a.groups()
	a.audit()
	a.configs()
	a.preProcesses()
	a.sets()
	a.samples()
	a.files()
	a.sources()
	a.plans()
	a.trash()
	a.titles()
	a.tags()
	a.notifications()
	a.mails()
	a.follows()
	a.usage()
	a.bundles()
	a.erasures()
	a.retention()
	a.serverLog()
	a.jobs()
	a.runs()
	a.results()
	a.fused()
	a.exports()
	a.transfers()
	a.annotations()
	a.quality()
	a.cloneSearch()
	a.alignments()
	a.genes()
	a.permalinks()
	a.events()
}

// register adds a route: it checks what the route needs, calls the handler and
// gives its error the form in which errors leave.
func register[I, O any](a *api, n need, op huma.Operation, handle func(context.Context, *service.Actor, *I) (*O, error)) {
	checkInput(reflect.TypeFor[I]())
	op.Path = client.Prefix + op.Path
	if n != anyone {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = 1 << 20
	}
	if op.BodyReadTimeout == 0 {
		op.BodyReadTimeout = 30 * time.Second
	}
	// Who may not call the route at all is told so before anything is read of
	// what they sent.
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		if err := n.check(actorOf(ctx.Context())); err != nil {
			_, w := humago.Unwrap(ctx)
			a.writeProblem(ctx.Context(), w, err)
			return
		}
		next(ctx)
	})
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		// A handler calls one use case, so this is its step.
		step, span := trace.Start(ctx, op.OperationID)
		out, err := handle(step, actorOf(ctx), in)
		span.End(err)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return out, nil
	})
}

// checkInput panics when a part of an input would never be decoded: the library
// does not look into embedded types whose names are not exported, and the
// handler would go on with an id of 0.
func checkInput(t reflect.Type) {
	for f := range t.Fields() {
		if !f.Anonymous || f.Type.Kind() != reflect.Struct {
			continue
		}
		checkInput(f.Type)
		for part := range f.Type.Fields() {
			tag := part.Tag
			for _, name := range []string{"path", "query", "header", "cookie"} {
				if _, ok := tag.Lookup(name); ok && !f.IsExported() {
					panic("input of a route: " + f.Type.String() + " is embedded and must be exported")
				}
			}
		}
	}
}

// ownErrors makes the library write errors as problem.go does. It is a setting
// of the whole process, made once.
var ownErrors = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return foreignProblem(status, msg, errs)
	}
	huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return foreignProblem(status, msg, errs)
	}
})

// op is the short form of an operation.
func op(method, path, id, tag, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Tags: []string{tag}, Summary: summary}
}

// created is op for what makes something: 201.
func created(path, id, tag, summary string) huma.Operation {
	o := op(http.MethodPost, path, id, tag, summary)
	o.DefaultStatus = http.StatusCreated
	return o
}

// body is an answer or request that is one JSON value.
type body[T any] struct{ Body T }

// empty is an answer or request without content.
type empty struct{}
