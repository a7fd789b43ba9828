package metrics

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// full is a registry in which every series exists.
func full(t *testing.T, change func(*lab.Vitals)) *Metrics {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v := &lab.Vitals{
		At: now, Started: now.Add(-time.Hour), Failed: 2, DatabaseBytes: 7, Blobs: 3, BlobBytes: 300, OrphanedBytes: 30, Free: 99,
		Jobs: []lab.JobCount{
			{Kind: lab.JobAnalyze, Lane: lab.LaneLong, State: lab.JobQueued, N: 4, Since: now.Add(-90 * time.Second)},
			{Kind: lab.JobFuse, Lane: lab.LaneShort, State: lab.JobRunning, N: 1, Since: now},
		},
		Backup:      lab.BackupStatus{LastSuccess: now.Add(-30 * time.Minute), Seconds: 5, Bytes: 1000, AddedBytes: 10, Missing: 1, Error: "x"},
		BackupEvery: time.Hour, Checks: []lab.VitalCheck{{Name: "database", State: lab.Fine}, {Name: "disk", State: lab.Doubt}, {Name: "queue", State: lab.Failing}},
	}
	if change != nil {
		change(v)
	}
	m := New(Config{
		Version: "1.0", Commit: "abc", Verbs: []string{"select"}, Ways: []string{"password"}, Outcomes: []string{"ok", "refused"},
		Vitals: func(context.Context) *lab.Vitals { return v }, CertificateEnds: func() time.Time { return now.AddDate(0, 1, 0) },
	})
	m.Requested()("GET /api/v1/sets/{id}", "GET", 200)
	m.Requested()("GET /api/v1/sets/{id}", "GET", 500)
	m.Streaming()
	m.JobEnded(lab.JobAnalyze, lab.JobFailed, time.Minute)
	m.Analyzed(1000, 5000, 2*time.Second)
	m.SignedIn("password", "refused")
	m.Uploaded(77)
	m.Queried("select", time.Millisecond, false)
	return m
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	m := full(t, nil)
	text := scrape(t, m)
	for _, want := range []string{
		`vidjil_http_request_duration_seconds_count{method="GET",route="/api/v1/sets/{id}",status="200"} 1`,
		`vidjil_http_request_duration_seconds_count{method="GET",route="/api/v1/sets/{id}",status="500"} 1`,
		`vidjil_http_requests_in_flight 0`, `vidjil_event_streams 1`,
		`vidjil_jobs_ended_total{kind="analyze",state="failed"} 1`, `vidjil_jobs_ended_total{kind="export",state="failed"} 0`,
		`vidjil_analysis_reads_total 1000`, `vidjil_analysis_bytes_total 5000`, `vidjil_analysis_seconds_total 2`,
		`vidjil_analysis_reads_per_second_sum 500`, `vidjil_upload_bytes_total 77`, `vidjil_uploads_total 1`,
		`vidjil_sign_ins_total{outcome="refused",way="password"} 1`, `vidjil_sign_ins_total{outcome="ok",way="password"} 0`,
		`vidjil_sql_query_duration_seconds_count{failed="false",verb="select"} 1`,
		`vidjil_health{check="database"} 0`, `vidjil_health{check="disk"} 1`, `vidjil_health{check="queue"} 2`,
		`vidjil_jobs{kind="analyze",state="queued"} 4`, `vidjil_jobs{kind="import",state="waiting"} 0`, `vidjil_jobs_running{lane="short"} 1`,
		`vidjil_queue_oldest_seconds{lane="long"} 90`, `vidjil_queue_oldest_seconds{lane="short"} 0`, `vidjil_jobs_failed_recently 2`,
		`vidjil_disk_free_bytes 99`, `vidjil_blob_bytes 300`, `vidjil_backup_age_seconds 1800`, `vidjil_backup_interval_seconds 3600`,
		`vidjil_backup_duration_seconds 5`, `vidjil_backup_bytes 1000`, `vidjil_backup_missing_blobs 1`, `vidjil_backup_failing 1`,
		`vidjil_certificate_expiry_timestamp_seconds 1.7750448e+09`, `vidjil_build_info{commit="abc",`, `go_goroutines`,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("missing: %s", want)
		}
	}
	if got := m.Faults(); got != 1 {
		t.Errorf("faults: got %d, want 1", got)
	}
}

// What nobody knows is not there: a 0 would be a full disk, or no jobs.
func TestUnknown(t *testing.T) {
	t.Parallel()
	text := scrape(t, full(t, func(v *lab.Vitals) {
		v.Free, v.Checks = -1, []lab.VitalCheck{{Name: "database", State: lab.Failing}}
	}))
	for _, name := range []string{"vidjil_disk_free_bytes", "vidjil_jobs{", "vidjil_blob_bytes", "vidjil_backup_age_seconds"} {
		if strings.Contains(text, "\n"+name) {
			t.Errorf("%s is told, and nobody knows it", name)
		}
	}
	if !strings.Contains(text, `vidjil_health{check="database"} 2`) {
		t.Error("that the database is away is not told")
	}
	text = scrape(t, full(t, func(v *lab.Vitals) { v.Backup = lab.BackupStatus{} }))
	if strings.Contains(text, "\nvidjil_backup_age_seconds") || !strings.Contains(text, "\nvidjil_backup_interval_seconds 3600") {
		t.Error("a server without backups tells the age of one")
	}
}

// Labels come from closed sets, whatever the parts hand in.
func TestLabelsAreClosed(t *testing.T) {
	t.Parallel()
	m := full(t, nil)
	const marker = "MARKER"
	m.Requested()("", "GET", 404)
	m.Requested()("GET /x", "GET", 987)
	m.JobEnded(marker, marker, time.Second)
	m.SignedIn(marker, marker)
	m.Queried(marker, time.Second, true)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"route", "method", "status", "kind", "state", "lane", "way", "outcome", "verb", "failed", "check", "version", "commit", "go", "quantile"}
	for _, f := range families {
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				if !slices.Contains(allowed, l.GetName()) {
					t.Errorf("%s has the label %s", f.GetName(), l.GetName())
				}
				if strings.Contains(l.GetValue(), marker) || l.GetValue() == "987" {
					t.Errorf("%s: %s=%q is not of a closed set", f.GetName(), l.GetName(), l.GetValue())
				}
			}
		}
	}
}

// The dashboard and the alerts name only what there is.
func TestSamplesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	families, err := full(t, nil).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	have, used := map[string]bool{}, map[string]bool{}
	for _, f := range families {
		have[f.GetName()] = true
		if f.GetMetric()[0].GetHistogram() != nil {
			for _, end := range []string{"_bucket", "_sum", "_count"} {
				have[f.GetName()+end] = true
			}
		}
	}
	named := regexp.MustCompile(`\b(vidjil|process|go)_[a-z_]+\b`)
	for _, file := range []string{"dashboard.json", "alerts.yaml"} {
		text, err := os.ReadFile("../../packaging/monitoring/" + file)
		if err != nil {
			t.Fatal(err)
		}
		found := named.FindAllString(string(text), -1)
		if len(found) < 10 {
			t.Errorf("%s names %d numbers: too few to be the file", file, len(found))
		}
		for _, name := range found {
			used[name] = true
			if !have[name] {
				t.Errorf("%s names %s, which there is not", file, name)
			}
		}
		if file == "dashboard.json" && !json.Valid(text) {
			t.Error("dashboard.json is no JSON")
		}
	}
	// The page of docs lists them all.
	page, err := os.ReadFile("../../docs/admin/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if name := f.GetName(); strings.HasPrefix(name, "vidjil_") && !strings.Contains(string(page), "`"+name) {
			t.Errorf("docs/admin/monitoring.md does not explain %s", name)
		}
	}
}
