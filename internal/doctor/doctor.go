// Package doctor examines everything that a server keeps and names what is wrong:
// what it is, which objects it concerns, and what to do. It can put right what is
// safe: what loses nothing, and what the server would do by itself in time.
//
// It works beside a running server, whose own work in progress is not a finding.
// It must not decide what is wrong with a laboratory's data, nor change what
// people made, nor bring a schema up to date. Findings hold numbers of objects
// and digests, never names.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // something is lost, broken or open to others
	Warning Severity = "warning" // nothing is lost yet
)

// Finding is something that is wrong.
type Finding struct {
	Code     string   `json:"code"` // "blob.missing": stable, for scripts
	Severity Severity `json:"severity"`
	Msg      string   `json:"message"`
	Object   string   `json:"object,omitempty"` // noun of IDs
	IDs      []string `json:"ids,omitempty"`    // of the objects concerned
	Do       string   `json:"do"`               // what to do
	Fixable  bool     `json:"fixable"`          // by --fix
	Fixed    string   `json:"fixed,omitempty"`  // what --fix did; "" for nothing
}

// Skipped is a check that was not made.
type Skipped struct {
	Check string `json:"check"`
	Why   string `json:"why"`
}

// Report is what an examination found.
type Report struct {
	At       time.Time `json:"at"`
	Checks   []string  `json:"checks"` // that were made
	Skipped  []Skipped `json:"skipped"`
	Findings []Finding `json:"findings"`
}

// Clean tells whether nothing is wrong, or nothing any more.
func (r *Report) Clean() bool {
	for i := range r.Findings {
		if r.Findings[i].Fixed == "" {
			return false
		}
	}
	return true
}

// Config says what is examined, and how. Only Store, Blobs and Data must be set.
type Config struct {
	Store *store.Store
	Blobs blob.Store
	Data  string // the data directory
	// Version is that of the program, to notice workers of another one.
	Version string
	// Deep reads all blobs and compares them with their digests: as fast as the
	// disk reads them.
	Deep bool
	// Fix puts right what is safe.
	Fix bool
	// CertFile and KeyFile are the certificate of TLS, when it is not a generated
	// one.
	CertFile, KeyFile string
	// SecretFiles are files outside the program's own that hold secrets, by their
	// absolute names: that of the settings when a password stands in it.
	SecretFiles []string
	// Address is HOST:PORT that the server listens on, and Plain that it speaks no
	// TLS there; "" is not known.
	Address string
	Plain   bool
	// BackupEvery is how old the last backup may be; 0 is an hour. NoBackups says
	// that somebody else makes them.
	BackupEvery time.Duration
	NoBackups   bool
	// Continuous is where the database is copied continuously; "" is nowhere.
	Continuous string
	// UploadsKept is how long an upload may stand still; 0 is a week.
	UploadsKept time.Duration
	// Sources are mounted folders, by name.
	Sources map[string]string
	// Mail and Directory tell whether the mail server and those who prove people's
	// identities do what the server needs of them; nil is that there are none.
	Mail, Directory func(context.Context) error
	// Free tells the free and the whole space of the disk of a directory in bytes;
	// nil asks the system.
	Free func(dir string) (free, size int64, err error)
	// Skew tells how far this machine's clock is ahead of the database's; nil asks
	// the database.
	Skew func(context.Context) (time.Duration, error)
	Now  func() time.Time // nil is time.Now
}

// exam is an examination that is going on.
type exam struct {
	Config
	report  *Report
	uses    *service.Service
	damaged bool // the database: queries may fail
}

// check is one thing that is looked at.
type check struct {
	name string
	run  func(*exam, context.Context) error
}

// skip is the error of a check that cannot be made, and why.
type skip string

func (s skip) Error() string { return string(s) }

// checks are all of them, in the order in which they are made. One that changes
// something comes before those that see the change.
func checks() []check {
	return []check{
		{"database", (*exam).integrity},
		{"audit", (*exam).audit},
		{"jobs", (*exam).jobs},
		{"rows", (*exam).rows},
		{"fused results", (*exam).fused},
		{"uploads", (*exam).uploads},
		{"bytes", (*exam).bytes},
		{"bytes without use", (*exam).strays},
		{"digests", (*exam).digests},
		{"workers", (*exam).workers},
		{"people", (*exam).people},
		{"backups", (*exam).backups},
		{"continuous copy", (*exam).continuous},
		{"address", (*exam).address},
		{"permissions", (*exam).permissions},
		{"disk", (*exam).disk},
		{"clock", (*exam).clock},
		{"certificate", (*exam).certificate},
		{"mounted folders", (*exam).sources},
		{"mail", (*exam).mail},
		{"directory", (*exam).directory},
	}
}

// Run examines a server. Its error is one of examining; what is wrong with the
// server is in the report.
func Run(ctx context.Context, c Config) (*Report, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.BackupEvery == 0 {
		c.BackupEvery = time.Hour
	}
	if c.UploadsKept == 0 {
		c.UploadsKept = 7 * 24 * time.Hour
	}
	if c.Free == nil {
		c.Free = diskSpace
	}
	if c.Skew == nil {
		c.Skew = c.Store.ClockSkew
	}
	e := &exam{Config: c, report: &Report{At: c.Now().UTC(), Checks: []string{}, Skipped: []Skipped{}, Findings: []Finding{}}}
	e.uses = service.New(service.Config{Store: c.Store, Blobs: c.Blobs, Now: c.Now, Log: slog.New(slog.DiscardHandler), Version: c.Version})
	defer e.uses.Stop()
	ok, err := e.schema(ctx)
	if err != nil {
		return nil, fmt.Errorf("examine schema: %w", err)
	}
	e.report.Checks = append(e.report.Checks, "schema")
	for _, k := range checks() {
		if !ok && !withoutRows(k.name) {
			e.report.Skipped = append(e.report.Skipped, Skipped{k.name, "the schema is not that of this program"})
			continue
		}
		err := k.run(e, ctx)
		if why, skipped := errors.AsType[skip](err); skipped {
			e.report.Skipped = append(e.report.Skipped, Skipped{k.name, string(why)})
			continue
		}
		if err != nil && e.damaged {
			e.report.Skipped = append(e.report.Skipped, Skipped{k.name, "the database is damaged"})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("examine %s: %w", k.name, err)
		}
		e.report.Checks = append(e.report.Checks, k.name)
	}
	return e.report, nil
}

// withoutRows names the checks that need no table of ours.
func withoutRows(name string) bool {
	switch name {
	case "database", "address", "permissions", "disk", "certificate", "mounted folders", "mail", "directory":
		return true
	}
	return false
}

// schema compares the database's schema with that of the program.
func (e *exam) schema(ctx context.Context) (ok bool, err error) {
	v, err := e.Store.Schema(ctx)
	switch {
	case err != nil:
		return false, err
	case v.Newer():
		e.add(Finding{
			Code: "schema.newer", Severity: Error, Msg: fmt.Sprintf("the database has schema %d, of a newer program; this one knows %d", v.Have, v.Known),
			Do: "use the newer program, or restore the backup made before its first start",
		})
	case v.Pending():
		e.add(Finding{
			Code: "schema.pending", Severity: Warning, Msg: fmt.Sprintf("the database has schema %d, and this program wants %d", v.Have, v.Known),
			Do: "start the server with this program: it backs up and migrates; then examine again",
		})
	}
	return v.Have == v.Known, nil
}

// add notes a finding.
func (e *exam) add(f Finding) { e.report.Findings = append(e.report.Findings, f) }

// addFixable notes a finding that can be put right, and does that when asked; fix
// tells what it did.
func (e *exam) addFixable(ctx context.Context, f Finding, fix func(context.Context) (string, error)) error {
	f.Fixable = true
	if e.Fix {
		done, err := fix(ctx)
		if err != nil {
			return fmt.Errorf("put right %s: %w", f.Code, err)
		}
		f.Fixed = done
	}
	e.add(f)
	return nil
}

// most is how many ids a finding names.
const most = 100

// ids are the numbers of objects as texts, the first ones.
func ids(list []int64) []string {
	texts := make([]string, 0, min(len(list), most))
	for _, id := range list[:min(len(list), most)] {
		texts = append(texts, strconv.FormatInt(id, 10))
	}
	return texts
}

func rowIDs(list []store.IDRow) []string {
	numbers := make([]int64, len(list))
	for i, r := range list {
		numbers[i] = r.ID
	}
	return ids(numbers)
}
