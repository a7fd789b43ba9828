package trace

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"vidjil.org/vidjil/internal/lab"
)

// Config says where traces go.
type Config struct {
	// Endpoint is the URL of a collector that takes OTLP over HTTP, as
	// "http://127.0.0.1:4318"; without a path, /v1/traces is added. "" is no
	// traces.
	Endpoint string
	// Header is one that the collector wants, as "Authorization: Bearer TOKEN".
	Header string
	// CAFile has the certificate of the collector's authority, PEM; "" is those
	// of the machine.
	CAFile string
	// Sample is which part of the traces is sent, from 0 to 1; 0 is all. A trace is
	// sent as a whole, with the steps of its jobs, or not at all.
	Sample float64
	// Version is the program's.
	Version string
	// Log receives that the collector does not take them; nil is nothing.
	Log *slog.Logger
}

// Tracer sends spans to a collector, some seconds later and in parcels. It is
// safe for concurrent use; nil sends nothing.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// New prepares the way to the collector, which is not asked yet: one that is away
// does not keep a server from starting. Without an endpoint the tracer is nil.
func New(ctx context.Context, c Config) (*Tracer, error) {
	if c.Endpoint == "" {
		return nil, nil //nolint:nilnil // no traces is no fault, and a nil tracer works
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	opts := []otlptracehttp.Option{
		otlptracehttp.WithEndpointURL(endpoint(c.Endpoint)), otlptracehttp.WithTimeout(10 * time.Second),
	}
	if name, value, ok := strings.Cut(c.Header, ":"); ok {
		opts = append(opts, otlptracehttp.WithHeaders(map[string]string{strings.TrimSpace(name): strings.TrimSpace(value)}))
	}
	if c.CAFile != "" {
		roots, err := readRoots(c.CAFile)
		if err != nil {
			return nil, err
		}
		opts = append(opts, otlptracehttp.WithTLSClientConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}))
	}
	out, err := otlptracehttp.New(ctx, opts...)
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "trace.endpoint: %w", err)
	}
	if c.Sample == 0 {
		c.Sample = 1
	}
	p := sdktrace.NewTracerProvider(
		// By the id of the trace, so that several servers and workers choose alike; a
		// job does as the request that it comes from.
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(c.Sample))),
		// A page makes dozens of steps with its statements: those of some seconds
		// of a busy server wait here, and more are dropped.
		sdktrace.WithBatcher(&exporter{SpanExporter: out, log: c.Log}, sdktrace.WithMaxQueueSize(1<<15), sdktrace.WithMaxExportBatchSize(2048)),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "vidjil"), attribute.String("service.version", c.Version))),
	)
	return &Tracer{provider: p, tracer: p.Tracer("vidjil.org/vidjil")}, nil
}

// endpoint is where a collector takes traces, when only its address is given.
func endpoint(text string) string {
	if u, err := url.Parse(text); err == nil && (u.Path == "" || u.Path == "/") {
		return strings.TrimSuffix(text, "/") + "/v1/traces"
	}
	return text
}

func readRoots(name string) (*x509.CertPool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "trace.ca_file: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, lab.Errorf(lab.Invalid, "trace.ca_file %s holds no certificate", name)
	}
	return roots, nil
}

// Close sends what is left. It may be called on nil.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// exporter notes in our log what the library would write to standard error.
type exporter struct {
	sdktrace.SpanExporter
	log *slog.Logger
}

func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := e.SpanExporter.ExportSpans(ctx, spans); err != nil {
		e.log.WarnContext(ctx, "the collector did not take traces", "spans", len(spans), "error", err)
	}
	return nil
}

// Span is a step. A nil one does nothing.
type Span struct{ span trace.Span }

// Start begins a step within that of the context. The step is what the context
// that it returns belongs to.
func Start(ctx context.Context, name string, attrs ...slog.Attr) (context.Context, *Span) {
	t := scopeOf(ctx).tracer
	if t == nil {
		return ctx, nil
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithAttributes(values(attrs)...))
	return ctx, &Span{span}
}

// Rename gives a step the name that was not known when it began.
func (s *Span) Rename(name string) {
	if s != nil {
		s.span.SetName(name)
	}
}

// End ends a step. Of an error the code is noted: its text may name somebody.
func (s *Span) End(err error, attrs ...slog.Attr) {
	if s == nil {
		return
	}
	s.span.SetAttributes(values(attrs)...)
	if err != nil {
		code := string(lab.CodeOf(err))
		s.span.SetStatus(codes.Error, code)
		s.span.SetAttributes(attribute.String("error.type", code))
	}
	s.span.End()
}

// values copies attributes: what is handed to the library escapes, and those of a
// Start without a tracer shall not.
func values(attrs []slog.Attr) []attribute.KeyValue {
	list := make([]attribute.KeyValue, 0, len(attrs))
	for _, a := range attrs {
		switch v := a.Value.Resolve(); v.Kind() {
		case slog.KindInt64:
			list = append(list, attribute.Int64(a.Key, v.Int64()))
		case slog.KindFloat64:
			list = append(list, attribute.Float64(a.Key, v.Float64()))
		case slog.KindBool:
			list = append(list, attribute.Bool(a.Key, v.Bool()))
		case slog.KindDuration:
			list = append(list, attribute.Float64(a.Key, v.Duration().Seconds()))
		default:
			list = append(list, attribute.String(a.Key, v.String()))
		}
	}
	return list
}
