package server

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
)

// paper is what somebody writes on from several sides.
type paper struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// otlpReceiver takes traces as a collector does.
type otlpReceiver struct {
	mu    sync.Mutex
	spans []*otlp.Span
	raw   paper
	auth  string
}

func (o *otlpReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &in)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.auth = r.Header.Get("Authorization")
	o.raw.Write(body)
	for _, of := range in.GetResourceSpans() {
		for _, scope := range of.GetScopeSpans() {
			o.spans = append(o.spans, scope.GetSpans()...)
		}
	}
}

// named finds a span whose name begins so, in a trace ("" is any).
func (o *otlpReceiver) named(trace, begin string) *otlp.Span {
	i := slices.IndexFunc(o.spans, func(s *otlp.Span) bool {
		return strings.HasPrefix(s.GetName(), begin) && (trace == "" || hex.EncodeToString(s.GetTraceId()) == trace)
	})
	if i < 0 {
		return nil
	}
	return o.spans[i]
}

// watched is a server that tells all it can, to everybody who listens.
type watched struct {
	*scenario
	log, reports paper
	traces       otlpReceiver
	numbers      string // the address of the metrics
}

func watchedServer(t *testing.T) *watched {
	t.Helper()
	w := &watched{scenario: &scenario{t: t, data: t.TempDir(), jars: map[string]http.CookieJar{}}}
	traces := httptest.NewServer(&w.traces)
	t.Cleanup(traces.Close)
	reports := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(&w.reports, r.Body)
		out.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(reports.Close)
	w.server = run(t, Config{
		Version: "1.2.3", Log: slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Settings: settings(w.data, func(c *config.Config) {
			c.Workers.Count, c.Log.SlowQuery = 2, 1
			c.Trace = config.Trace{Endpoint: traces.URL, Header: "Authorization: Bearer of-the-collector"}
			c.Metrics = config.Metrics{Addr: "127.0.0.1:0", Token: "number-token"}
			c.Monitor = config.Monitor{URL: reports.URL, Token: "vjm_x", Every: config.Duration(time.Second)}
		}),
	})
	_, w.numbers, _ = strings.Cut(w.server.said, "numbers for a Prometheus are at ")
	w.numbers = strings.TrimSuffix(strings.Fields(w.numbers)[0], "/metrics")
	return w
}

// work lets people do what has names and sequences in it.
func (w *watched) work() {
	ctx := w.t.Context()
	w.setUp()
	w.people()
	w.sets()
	reads, err := os.ReadFile("../../testdata/demo.fastq.gz")
	w.must("read the demonstration", err)
	w.samples, err = w.as("ann").CreateSamples(ctx,
		client.NewSample{Sets: []int64{w.patient.ID}, Info: "of Zdenka", Files: []client.NewFile{{Name: "Quxberg_1.fastq.gz"}}},
		client.NewSample{Sets: []int64{w.patient.ID}, Files: []client.NewFile{{Name: "Quxberg_2.fastq.gz"}}})
	w.must("announce samples", err)
	for i, s := range w.samples {
		_, err = w.as("ann").Upload(ctx, s.Files[0].ID, "Quxberg.fastq.gz", bytes.NewReader(reads), int64(len(reads)), client.UploadOptions{})
		w.must("upload "+itoa(int64(i)), err)
	}
	w.progress()
	_, err = w.as("ann").Sets(ctx, "patient", client.Page{Q: "quxberg zdenka"})
	w.must("search", err)
	_, err = w.as("ann").SearchClones(ctx, client.CloneSearch{Gene: "IGHV", Limit: 2})
	w.must("search clonotypes", err)
	_, err = w.as("ann").SignIn(ctx, client.Credentials{Email: "ann@example.org", Password: "Quxberg-is-wrong"})
	w.refused("a wrong password", err, "unauthenticated")
	_, err = w.as("ann").Set(ctx, 4711)
	w.refused("a set that there is not", err, "not_found")
}

// get asks the address of the metrics.
func (w *watched) get(path, token string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.numbers+path, http.NoBody)
	w.must("ask", err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r)
	w.must("ask", err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	w.must("ask", err)
	return res.StatusCode, string(text)
}

// TestWatching is a laboratory at work on a server that tells all that it can:
// what is told is there, and nobody's name or sequence is in it.
func TestWatching(t *testing.T) {
	t.Parallel()
	w := watchedServer(t)
	w.work()
	numbers := w.checkNumbers()
	ready := w.checkProbes()
	w.server.stopOrFail(t)
	w.checkLog()
	w.checkTraces()
	if !strings.Contains(w.reports.String(), `"version":"1.2.3"`) {
		t.Error("nothing was reported")
	}
	told := map[string]string{"log": w.log.String(), "traces": w.traces.raw.String(), "numbers": numbers, "probe": ready, "reports": w.reports.String()}
	sequence := regexp.MustCompile(`(?i)[acgt]{16}`)
	for where, text := range told {
		if len(text) < 100 {
			t.Errorf("%s: %d bytes, too few to mean something", where, len(text))
		}
		for _, secret := range []string{"quxberg", "zdenka", "1980-02-03", "example.org", "seven quiet", scenarioPassword} {
			if i := strings.Index(strings.ToLower(text), secret); i >= 0 {
				t.Errorf("%s: %q is in it: …%q…", where, secret, text[max(0, i-200):min(len(text), i+60)])
			}
		}
		if found := sequence.FindString(text); found != "" {
			t.Errorf("%s: a sequence is in it: %s", where, found)
		}
	}
}

func (w *watched) checkNumbers() string {
	for _, token := range []string{"", "wrong"} {
		if status, _ := w.get("/metrics", token); status != http.StatusUnauthorized {
			w.t.Errorf("/metrics with token %q: got %d, want 401", token, status)
		}
	}
	status, text := w.get("/metrics", "number-token")
	if status != http.StatusOK {
		w.t.Fatalf("/metrics: got %d", status)
	}
	for _, want := range []string{
		`vidjil_jobs_ended_total{kind="analyze",state="done"} 2`, `vidjil_analysis_reads_per_second_count 2`,
		`vidjil_uploads_total 2`, `vidjil_sign_ins_total{outcome="refused",way="password"} 1`, `vidjil_sign_ins_total{outcome="ok",way="password"} 3`,
		`vidjil_http_request_duration_seconds_count{method="GET",route="/api/v1/sets/{id}",status="404"}`, `vidjil_health{check="database"} 0`, `vidjil_blobs `,
		`vidjil_build_info{commit="",go="`, `vidjil_sql_query_duration_seconds_count{failed="false",verb="insert"}`,
	} {
		if !strings.Contains(text, want) {
			w.t.Errorf("numbers: missing %s", want)
		}
	}
	// Of a route its pattern: numbers of objects would be endless series.
	if found := regexp.MustCompile(`route="[^"]*/\d[^"]*"`).FindString(text); found != "" {
		w.t.Errorf("numbers: %s is no pattern", found)
	}
	return text
}

func (w *watched) checkProbes() string {
	for _, path := range []string{probeAlive, probeHealth, probeReady, probeReady + "?strict"} {
		if status, text := fetch(w.t, http.DefaultClient, w.server.url+path); status != http.StatusOK || strings.TrimSpace(text) != `{"status":"ok"}` {
			w.t.Errorf("%s for anybody: got %d %s", path, status, text)
		}
	}
	for name, knows := range map[string]bool{"ann": false, "admin": true} {
		_, text := fetch(w.t, &http.Client{Jar: w.jars[name]}, w.server.url+probeReady)
		if strings.Contains(text, `"checks"`) != knows {
			w.t.Errorf("%s for %s: got %s", probeReady, name, text)
		}
	}
	status, text := w.get(probeReady, "number-token")
	var r readiness
	if err := json.Unmarshal([]byte(text), &r); err != nil || status != http.StatusOK || len(r.Checks) < 5 || r.Free == nil {
		w.t.Errorf("%s: got %d %s (%v)", probeReady, status, text, err)
	}
	return text
}

// line is a line of the log.
type line struct {
	Msg, Kind, Query, Path, Method string
	RequestID                      string `json:"request_id"`
}

func (w *watched) checkLog() {
	requests, queries := map[string]line{}, 0
	var jobs []line
	for text := range strings.Lines(w.log.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			w.t.Fatalf("%s: %v", text, err)
		}
		switch l.Msg {
		case "request":
			if l.RequestID == "" || strings.Contains(l.Path, "?") {
				w.t.Errorf("a request without id, or with its query: %s", text)
			}
			requests[l.RequestID] = l
		case "job begins", "job ends":
			if l.Kind == "analyze" {
				jobs = append(jobs, l)
			}
		case "slow query":
			queries++
			if l.Query == "" {
				w.t.Errorf("a query without text: %s", text)
			}
		}
	}
	if queries < 100 {
		w.t.Errorf("got %d slow queries of a threshold of nothing", queries)
	}
	if len(jobs) != 4 {
		w.t.Errorf("lines of analyses: got %d, want 4", len(jobs))
	}
	for _, j := range jobs {
		if r := requests[j.RequestID]; !strings.Contains(r.Path, "/uploads/") {
			w.t.Errorf("%s of an analysis: its request %q is %s %s, want the upload", j.Msg, j.RequestID, r.Method, r.Path)
		}
	}
}

func (w *watched) checkTraces() {
	t, o := w.t, &w.traces
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.auth != "Bearer of-the-collector" {
		t.Errorf("header of the collector: got %q", o.auth)
	}
	analysis := o.named("", "job analyze")
	if analysis == nil {
		t.Fatalf("no span of an analysis among %d", len(o.spans))
	}
	trace := hex.EncodeToString(analysis.GetTraceId())
	parent := func(s *otlp.Span) *otlp.Span {
		i := slices.IndexFunc(o.spans, func(p *otlp.Span) bool { return bytes.Equal(p.GetSpanId(), s.GetParentSpanId()) })
		if i < 0 {
			return nil
		}
		return o.spans[i]
	}
	if p := parent(analysis); p == nil || p.GetName() != "finishUpload" {
		t.Errorf("the analysis belongs to %v, want the use case of the upload", p)
	} else if up := parent(p); up == nil || !strings.Contains(up.GetName(), "/uploads/") {
		t.Errorf("the use case belongs to %v, want the upload", up)
	}
	for _, name := range []string{"beginUpload", "allowUpload", "inspectUpload"} {
		if s := o.named("", name); s == nil || parent(s) == nil || !strings.Contains(parent(s).GetName(), "/uploads/") {
			t.Errorf("%s: got %v, want a step of an upload", name, s)
		}
	}
	for _, stage := range []string{"gather reads", "write clonotypes", "judge quality"} {
		if s := o.named(trace, stage); s == nil || !bytes.Equal(s.GetParentSpanId(), analysis.GetSpanId()) {
			t.Errorf("%s: got %v, want a step of the analysis", stage, s)
		}
	}
	use := o.named("", "createSamples")
	if use == nil {
		t.Fatal("no span of a use case")
	}
	if p := parent(use); p == nil || p.GetName() != "HTTP POST /api/v1/samples" {
		t.Errorf("the use case belongs to %v", p)
	}
	if !slices.ContainsFunc(o.spans, func(s *otlp.Span) bool {
		return s.GetName() == "sql select" && bytes.Equal(s.GetParentSpanId(), use.GetSpanId())
	}) {
		t.Error("no statement of the use case")
	}
}
