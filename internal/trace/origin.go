package trace

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/propagation"
)

// Origin is the request that a job comes from, as it is kept with the job. The
// zero value is no request: the server's own jobs.
type Origin struct {
	Request string `json:"request,omitempty"` // its id
	Parent  string `json:"trace,omitempty"`   // traceparent of W3C Trace Context
}

// scope is what the context of a request holds.
type scope struct {
	request string
	tracer  *Tracer
}

type scopeKey struct{}

func scopeOf(ctx context.Context) scope {
	s, _ := ctx.Value(scopeKey{}).(scope)
	return s
}

// Begin is the context of a request by its id; t may be nil.
func Begin(ctx context.Context, t *Tracer, request string) context.Context {
	return context.WithValue(ctx, scopeKey{}, scope{request: request, tracer: t})
}

// Request is the id of the request that the context belongs to, "" for none.
func Request(ctx context.Context) string { return scopeOf(ctx).request }

const parentKey = "traceparent"

// OriginOf is what a job keeps of the context in which it was asked for.
func OriginOf(ctx context.Context) Origin {
	s := scopeOf(ctx)
	o := Origin{Request: s.request}
	if s.tracer != nil {
		carrier := propagation.MapCarrier{}
		propagation.TraceContext{}.Inject(ctx, carrier)
		o.Parent = carrier[parentKey]
	}
	return o
}

// Resume is the context of a job: its lines have the request's id, and its spans
// are part of the request's trace. t may be nil.
func Resume(ctx context.Context, t *Tracer, o Origin) context.Context {
	ctx = Begin(ctx, t, o.Request)
	if t != nil && o.Parent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{parentKey: o.Parent})
	}
	return ctx
}

// Silent is the context without the trace: for what goes on beside the steps and
// would only hide them.
func Silent(ctx context.Context) context.Context { return Begin(ctx, nil, Request(ctx)) }

// requestKey is the attribute of the log with the id of a request.
const requestKey = "request_id"

// Handler adds the id of the request to each line that is logged with its
// context.
func Handler(next slog.Handler) slog.Handler { return &handler{next: next} }

type handler struct{ next slog.Handler }

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	id := Request(ctx)
	if id == "" {
		return h.next.Handle(ctx, r)
	}
	said := false
	r.Attrs(func(a slog.Attr) bool {
		said = a.Key == requestKey
		return !said
	})
	if !said {
		r = r.Clone()
		r.AddAttrs(slog.String(requestKey, id))
	}
	return h.next.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{next: h.next.WithAttrs(attrs)}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{next: h.next.WithGroup(name)}
}
