package monitor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// ReportPath is where a monitor takes reports, below its address.
const ReportPath = "/api/report"

// Report is how a server is.
type Report struct {
	Version string    `json:"version"`
	Commit  string    `json:"commit,omitempty"`
	Started time.Time `json:"started"`
	Status  string    `json:"status"` // ok, warning, error: the worst of the checks

	Checks []lab.VitalCheck `json:"checks"`

	Queued        int64   `json:"queued"` // jobs
	Running       int64   `json:"running"`
	QueueOldest   float64 `json:"queue_oldest_seconds"`
	FailedJobs    int64   `json:"failed_jobs_24h"`
	Faults        int64   `json:"faults"`          // requests that ended with an error of the server, since its start
	DiskFree      int64   `json:"disk_free_bytes"` // -1: not known
	BlobBytes     int64   `json:"blob_bytes"`
	DatabaseBytes int64   `json:"database_bytes"`

	BackupAt    time.Time `json:"backup_at,omitzero"` // the newest good one
	BackupEvery float64   `json:"backup_interval_seconds"`
}

// NewReport is the report of vitals.
func NewReport(v *lab.Vitals, version, commit string, faults int64) *Report {
	return &Report{
		Version: version, Commit: commit, Started: v.Started.UTC(), Status: v.State(), Checks: v.Checks,
		Queued: v.Count(lab.JobQueued), Running: v.Count(lab.JobRunning),
		QueueOldest: max(v.OldestQueued(lab.LaneShort), v.OldestQueued(lab.LaneLong)).Seconds(),
		FailedJobs:  v.Failed, Faults: faults, DiskFree: v.Free, BlobBytes: v.BlobBytes, DatabaseBytes: v.DatabaseBytes,
		BackupAt: v.Backup.LastSuccess.UTC(), BackupEvery: v.BackupEvery.Seconds(),
	}
}

// Reporter tells a monitor each minute how the server is. URL, Token and Gather
// must be set.
type Reporter struct {
	// URL is the monitor's, without [ReportPath].
	URL   string
	Token string
	// CAFile has the certificate of the monitor or of its authority, PEM; "" is
	// those that the machine knows.
	CAFile string
	// Every is the time between two reports; 0 is a minute.
	Every time.Duration
	// Gather makes a report.
	Gather func(ctx context.Context) *Report
	Log    *slog.Logger // nil is nothing

	client *http.Client
	failed bool // the last report did not get through, and the log says so
	cancel context.CancelFunc
	ended  chan struct{}
}

// reportTime is how long a report may take.
const reportTime = 20 * time.Second

// Start begins; the first report is at once.
func (r *Reporter) Start(ctx context.Context) error {
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	if r.Every == 0 {
		r.Every = time.Minute
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: 2 * time.Minute, ForceAttemptHTTP2: true}
	if r.CAFile != "" {
		text, err := os.ReadFile(r.CAFile)
		if err != nil {
			return lab.Errorf(lab.Invalid, "monitor.ca_file: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			return lab.Errorf(lab.Invalid, "monitor.ca_file %s holds no certificate", r.CAFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	// The token goes to the address of the settings and nowhere else.
	r.client = &http.Client{Transport: transport, Timeout: reportTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.ended = make(chan struct{})
	go r.run(ctx)
	return nil
}

// Stop ends it. It may be called twice, and before Start.
func (r *Reporter) Stop() {
	if r.cancel != nil {
		r.cancel()
		<-r.ended
	}
}

func (r *Reporter) run(ctx context.Context) {
	defer close(r.ended)
	defer r.client.CloseIdleConnections()
	tick := time.NewTicker(r.Every)
	defer tick.Stop()
	for {
		err := r.send(ctx)
		if ctx.Err() != nil {
			return
		}
		switch {
		case err != nil && !r.failed:
			r.Log.WarnContext(ctx, "the monitor did not take the report", "error", err)
		case err == nil && r.failed:
			r.Log.InfoContext(ctx, "the monitor takes reports again")
		}
		r.failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// send sends one report.
func (r *Reporter) send(ctx context.Context) error {
	text, err := json.Marshal(r.Gather(ctx))
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(r.URL, "/")+ReportPath, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+r.Token)
	req.Header.Set("Content-Type", "application/json")
	res, err := r.client.Do(req)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		said, _ := io.ReadAll(io.LimitReader(res.Body, 200)) // what there is of it
		return fmt.Errorf("report: the monitor answers %s: %s", res.Status, strings.TrimSpace(string(said)))
	}
	return nil
}
