package metrics

import (
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vidjil.org/vidjil/internal/lab"
)

// Config says what there is to tell. All fields may be left out.
type Config struct {
	Version, Commit string
	// Verbs, Ways and Outcomes are the words by which statements and attempts to
	// sign in are counted; others count as "other".
	Verbs, Ways, Outcomes []string
	// Vitals asks how the server is; it may take some milliseconds.
	Vitals Vitals
	// CertificateEnds is until when the certificate is good; the zero time is that
	// it is not known.
	CertificateEnds func() time.Time
}

// Metrics counts. It is safe for concurrent use; its methods are what the parts
// of a server call their Watcher.
type Metrics struct {
	c        Config
	registry *prometheus.Registry

	requests *prometheus.HistogramVec
	inFlight prometheus.Gauge
	streams  prometheus.Gauge
	jobs     *prometheus.CounterVec
	jobTime  *prometheus.HistogramVec

	analyzedReads, analyzedBytes, analyzedTime prometheus.Counter
	readRate, byteRate                         prometheus.Histogram

	uploads, uploaded prometheus.Counter
	signIns           *prometheus.CounterVec
	queries           *prometheus.HistogramVec

	faults atomic.Int64
}

// other stands for a word that is not in its set.
const other = "other"

// New makes a registry of its own: what libraries count by themselves is not in
// it.
func New(c Config) *Metrics {
	m := &Metrics{c: c, registry: prometheus.NewRegistry()}
	m.make()
	m.registry.MustRegister(
		m.requests, m.inFlight, m.streams, m.jobs, m.jobTime, m.analyzedReads, m.analyzedBytes, m.analyzedTime, m.readRate, m.byteRate,
		m.uploads, m.uploaded, m.signIns, m.queries,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&vitals{c: c},
	)
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "vidjil_build_info", Help: "The program; always 1."}, []string{"version", "commit", "go"})
	info.WithLabelValues(c.Version, c.Commit, runtime.Version()).Set(1)
	m.registry.MustRegister(info)
	m.begin()
	return m
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
}

func histogram(name, help string, buckets []float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
}

// make makes the numbers that are counted.
func (m *Metrics) make() {
	// Pages feel slow from 100 ms on; uploads and analyses take minutes and hours.
	web := []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60}
	m.requests = prometheus.NewHistogramVec(histogram("vidjil_http_request_duration_seconds", "Requests, by route, method and status, and how long they took. Streams of events are not in it.", web), []string{"route", "method", "status"})
	m.inFlight = gauge("vidjil_http_requests_in_flight", "Requests that are being answered, streams of events among them.")
	m.streams = gauge("vidjil_event_streams", "Pages that are open and follow events.")
	m.jobs = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vidjil_jobs_ended_total", Help: "Attempts at jobs that ended, by the state into which the job came; queued is to be tried again."}, []string{"kind", "state"})
	m.jobTime = prometheus.NewHistogramVec(histogram("vidjil_job_duration_seconds", "How long attempts at jobs took.", []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600, 14400}), []string{"kind"})
	m.analyzedReads = counter("vidjil_analysis_reads_total", "Reads that analyses went through.")
	m.analyzedBytes = counter("vidjil_analysis_bytes_total", "Bytes of the files that analyses read, as they are stored.")
	m.analyzedTime = counter("vidjil_analysis_seconds_total", "Time that analyses took to read and to gather clonotypes.")
	m.readRate = prometheus.NewHistogram(histogram("vidjil_analysis_reads_per_second", "Throughput of each analysis, in reads.", prometheus.ExponentialBuckets(1000, 2.5, 10)))
	m.byteRate = prometheus.NewHistogram(histogram("vidjil_analysis_bytes_per_second", "Throughput of each analysis, in bytes of its files.", prometheus.ExponentialBuckets(100e3, 2.5, 10)))
	m.uploads = counter("vidjil_uploads_total", "Files that were uploaded to their end.")
	m.uploaded = counter("vidjil_upload_bytes_total", "Bytes of these files.")
	m.signIns = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vidjil_sign_ins_total", Help: "Attempts to sign in, by way and outcome; of API tokens only those that were refused."}, []string{"way", "outcome"})
	m.queries = prometheus.NewHistogramVec(histogram("vidjil_sql_query_duration_seconds", "Statements to the database, by their first word and whether they failed.", []float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5}), []string{"verb", "failed"})
}

// begin makes the series of closed sets at 0: an alert on an increase sees the
// first one too.
func (m *Metrics) begin() {
	for _, k := range kinds() {
		for _, s := range []lab.JobState{lab.JobDone, lab.JobFailed, lab.JobCancelled, lab.JobQueued} {
			m.jobs.WithLabelValues(string(k), string(s))
		}
	}
	for _, w := range m.c.Ways {
		for _, o := range m.c.Outcomes {
			m.signIns.WithLabelValues(w, o)
		}
	}
}

func kinds() []lab.JobKind {
	return []lab.JobKind{lab.JobPreProcess, lab.JobAnalyze, lab.JobImport, lab.JobFuse, lab.JobCollect, lab.JobExport}
}

// kind is the label of a kind of job.
func kind(k lab.JobKind) string {
	if slices.Contains(kinds(), k) {
		return string(k)
	}
	return other
}

// word is a label of a closed set.
func word(set []string, text string) string {
	if slices.Contains(set, text) {
		return text
	}
	return other
}

// Handler answers a Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 20 * time.Second, ErrorHandling: promhttp.ContinueOnError})
}

// Faults is how many requests ended with an error of the server since the start.
func (m *Metrics) Faults() int64 { return m.faults.Load() }

// streams tells the routes of streams, which last for hours: their end says
// nothing of how fast the server is.
func streams(route string) bool {
	return strings.HasSuffix(route, "/events") || strings.HasSuffix(route, "/log/follow")
}

// Requested counts a request.
func (m *Metrics) Requested() func(route, method string, status int) {
	began := time.Now()
	m.inFlight.Inc()
	return func(route, method string, status int) {
		m.inFlight.Dec()
		if status >= http.StatusInternalServerError {
			m.faults.Add(1)
		}
		if _, path, ok := strings.Cut(route, " "); ok {
			route = path // patterns may begin with their method
		}
		if streams(route) {
			return
		}
		code := other
		if http.StatusText(status) != "" || status == 499 {
			code = strconv.Itoa(status)
		}
		if route == "" {
			route = "none"
		}
		m.requests.WithLabelValues(route, method, code).Observe(time.Since(began).Seconds())
	}
}

// Streaming counts a stream of events.
func (m *Metrics) Streaming() func() {
	m.streams.Inc()
	return m.streams.Dec
}

// JobEnded counts an attempt at a job.
func (m *Metrics) JobEnded(k lab.JobKind, state lab.JobState, took time.Duration) {
	s := other
	if slices.Contains(lab.JobStates(), state) {
		s = string(state)
	}
	m.jobs.WithLabelValues(kind(k), s).Inc()
	m.jobTime.WithLabelValues(kind(k)).Observe(took.Seconds())
}

// Analyzed counts an analysis.
func (m *Metrics) Analyzed(reads, bytes int64, took time.Duration) {
	m.analyzedReads.Add(float64(reads))
	m.analyzedBytes.Add(float64(bytes))
	m.analyzedTime.Add(took.Seconds())
	if s := took.Seconds(); s > 0 {
		m.readRate.Observe(float64(reads) / s)
		m.byteRate.Observe(float64(bytes) / s)
	}
}

// SignedIn counts an attempt to sign in.
func (m *Metrics) SignedIn(way, outcome string) {
	m.signIns.WithLabelValues(word(m.c.Ways, way), word(m.c.Outcomes, outcome)).Inc()
}

// Uploaded counts a file.
func (m *Metrics) Uploaded(bytes int64) {
	m.uploads.Inc()
	m.uploaded.Add(float64(bytes))
}

// Queried counts a statement.
func (m *Metrics) Queried(verb string, took time.Duration, failed bool) {
	m.queries.WithLabelValues(word(m.c.Verbs, verb), strconv.FormatBool(failed)).Observe(took.Seconds())
}
