package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vidjil.org/vidjil/internal/lab"
)

// Vitals asks how the server is.
type Vitals func(ctx context.Context) *lab.Vitals

// askTime is how long the parts of a server have to tell how they are.
const askTime = 15 * time.Second

// vitals are the numbers of the moment, asked for when somebody reads.
type vitals struct{ c Config }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("vidjil_"+name, help, labels, nil)
}

// The numbers of the moment.
var (
	descUp        = desc("health", "Answer of each check: 0 ok, 1 warning, 2 error.", "check")
	descStart     = desc("start_timestamp_seconds", "When the server was started.")
	descJobs      = desc("jobs", "Jobs that live, by kind and state.", "kind", "state")
	descRunning   = desc("jobs_running", "Jobs that run, by lane.", "lane")
	descWait      = desc("queue_oldest_seconds", "How long the job waits that has waited longest, of those that could run, by lane.", "lane")
	descFailed    = desc("jobs_failed_recently", "Jobs that failed for good in the last 24 hours.")
	descDatabase  = desc("database_bytes", "Size of the database.")
	descBlobs     = desc("blobs", "Files of reads and results.")
	descBlobBytes = desc("blob_bytes", "Their bytes.")
	descOrphaned  = desc("blob_orphaned_bytes", "Bytes of those that nothing refers to; they are removed after a delay.")
	descFree      = desc("disk_free_bytes", "What the disk of reads and results still takes; not there when nobody knows, as with S3.")

	descBackupOn      = desc("backup_interval_seconds", "Time between two backups that the server makes: what is lost at worst. 0 is that it makes none.")
	descBackupLast    = desc("backup_last_success_timestamp_seconds", "When the newest good backup was made; not there when there is none.")
	descBackupAge     = desc("backup_age_seconds", "Age of the newest good backup; not there when there is none.")
	descBackupTime    = desc("backup_duration_seconds", "How long it took.")
	descBackupBytes   = desc("backup_bytes", "What it holds.")
	descBackupAdded   = desc("backup_added_bytes", "What it added to the target.")
	descBackupMissing = desc("backup_missing_blobs", "Files that it could not have, as they are lost or damaged on the server.")
	descBackupFailing = desc("backup_failing", "1 when the last try came to nothing.")

	descCertificate = desc("certificate_expiry_timestamp_seconds", "Until when the certificate of the server is good; not there without TLS.")
)

// Describe implements [prometheus.Collector].
func (v *vitals) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descUp, descStart, descJobs, descRunning, descWait, descFailed, descDatabase, descBlobs, descBlobBytes, descOrphaned, descFree,
		descBackupOn, descBackupLast, descBackupAge, descBackupTime, descBackupBytes, descBackupAdded, descBackupMissing, descBackupFailing,
		descCertificate,
	} {
		out <- d
	}
}

// Collect implements [prometheus.Collector].
func (v *vitals) Collect(out chan<- prometheus.Metric) {
	set := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if v.c.CertificateEnds != nil {
		if t := v.c.CertificateEnds(); !t.IsZero() {
			set(descCertificate, seconds(t))
		}
	}
	if v.c.Vitals == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	now := v.c.Vitals(ctx)
	for _, c := range now.Checks {
		level := map[string]float64{lab.Fine: 0, lab.Doubt: 1, lab.Failing: 2}[c.State]
		set(descUp, level, c.Name)
	}
	set(descStart, seconds(now.Started))
	if now.Free >= 0 {
		set(descFree, float64(now.Free))
	}
	if !now.Seen() {
		return
	}
	v.queue(now, set)
	set(descDatabase, float64(now.DatabaseBytes))
	set(descBlobs, float64(now.Blobs))
	set(descBlobBytes, float64(now.BlobBytes))
	set(descOrphaned, float64(now.OrphanedBytes))
	v.backup(now, set)
}

func (v *vitals) queue(now *lab.Vitals, set func(*prometheus.Desc, float64, ...string)) {
	type key struct {
		kind  string
		state lab.JobState
	}
	counts, running := map[key]int64{}, map[lab.Lane]int64{}
	for _, k := range kinds() {
		for _, s := range []lab.JobState{lab.JobWaiting, lab.JobQueued, lab.JobRunning} {
			counts[key{string(k), s}] = 0
		}
	}
	for _, j := range now.Jobs {
		counts[key{kind(j.Kind), j.State}] += j.N
		if j.State == lab.JobRunning {
			running[j.Lane] += j.N
		}
	}
	for k, n := range counts {
		set(descJobs, float64(n), k.kind, string(k.state))
	}
	for _, lane := range []lab.Lane{lab.LaneShort, lab.LaneLong} {
		set(descRunning, float64(running[lane]), string(lane))
		set(descWait, now.OldestQueued(lane).Seconds(), string(lane))
	}
	set(descFailed, float64(now.Failed))
}

func (v *vitals) backup(now *lab.Vitals, set func(*prometheus.Desc, float64, ...string)) {
	b := &now.Backup
	set(descBackupOn, now.BackupEvery.Seconds())
	set(descBackupFailing, bit(b.Error != ""))
	if b.LastSuccess.IsZero() {
		return
	}
	set(descBackupLast, seconds(b.LastSuccess))
	set(descBackupAge, now.At.Sub(b.LastSuccess).Seconds())
	set(descBackupTime, b.Seconds)
	set(descBackupBytes, float64(b.Bytes))
	set(descBackupAdded, float64(b.AddedBytes))
	set(descBackupMissing, float64(b.Missing))
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func bit(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
