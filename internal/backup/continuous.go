package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Continuous copies an SQLite database and its bytes, while a server runs, into
// a directory from which the server can be brought back as it was at any time
// within the last days:
//
//	vidjil-continuous.json        what it is
//	database/<id>/ltx/…           changes of the database, in the form of litestream
//	database/<id>/state.json      how far they reach
//	objects/ab/<digest>           bytes of reads and results
//	gone/<digest>                 since when no database knows bytes
//	locks/<random>.json           who writes to it now
//
// In each round it captures what was committed, then copies the bytes that the
// captured state refers to, and only then sends the changes: a state is in the
// directory when its bytes are. A server that was brought back, or whose
// database lost track, begins a database of its own beside the ones before.
//
// Nothing in it is sealed. It is no replacement for backups: what is damaged on
// the server is copied as it is.
type Continuous struct {
	Source Source
	Place  string        // a directory that is no target of backups
	Keep   time.Duration // how far back; 0 is DefaultContinuousKeep
	// NoReads leaves reads out, as of [Options].
	NoReads bool
	Every   time.Duration // time between two rounds: what is lost at worst; 0 is a second
	// Told is called after each round; nil is nobody.
	Told func(ContinuousState)

	cancel context.CancelFunc
	ended  chan struct{}
	once   sync.Once
}

// DefaultContinuousKeep is how far back states are kept.
const DefaultContinuousKeep = 7 * 24 * time.Hour

// ContinuousState is how far a continuous copy reaches. The server's own is in its
// data directory, and each database in the target has one.
type ContinuousState struct {
	Target   string `json:"target"`
	TargetID string `json:"target_id"`
	// Database is the name of the database in the target.
	Database string `json:"database,omitempty"`
	// State is the number of the last state that is in the target.
	State uint64 `json:"state"`
	// At is a time before which all that was committed is in the target.
	At time.Time `json:"at"`
	// Ended tells that the server stopped with all of it in the target.
	Ended bool `json:"ended"`
	// Missing is the number of blobs that could not be copied, as the server has
	// lost them.
	Missing int `json:"missing"`
	// NoReads tells that reads are left out.
	NoReads bool `json:"no_reads,omitempty"`
	// Error is why the last round came to nothing, "" when it did not.
	Error string `json:"error,omitempty"`
}

const (
	continuousName   = "vidjil-continuous.json"
	databaseFolder   = "database"
	goneFolder       = "gone"
	stateName        = "state.json"
	continuousFolder = ".continuous" // in the data directory
	continuousRetry  = 20 * time.Second
	continuousFormat = 1
	tellEvery        = 10 * time.Second // when nothing changes
	sweepEvery       = time.Hour
	// recentBlobs is how long after its beginning a transaction may commit for its
	// blobs to be seen at once; others are seen once an hour.
	recentBlobs = 10 * time.Minute
	lastRound   = 30 * time.Second // a server that stops does not wait longer
)

// Start begins. A directory that cannot be reached is tried again and again: it
// is no reason for a server not to start.
func (c *Continuous) Start(ctx context.Context) error {
	if c.Source.Store.Dialect() != store.SQLite {
		return lab.Errorf(lab.Usage, "only an SQLite database is copied continuously: PostgreSQL has its own continuous archiving (WAL archiving, pgBackRest, Barman)")
	}
	if strings.HasPrefix(c.Place, "s3://") {
		return lab.Errorf(lab.Usage, "a continuous copy goes to a directory, and not to %s", c.Place)
	}
	if c.Every == 0 {
		c.Every = time.Second
	}
	if c.Keep == 0 {
		c.Keep = DefaultContinuousKeep
	}
	if c.Source.Now == nil {
		c.Source.Now = time.Now
	}
	if c.Source.Log == nil {
		c.Source.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Join(c.Source.Data, continuousFolder), 0o700); err != nil {
		return lab.Errorf(lab.Unwritable, "copy database continuously: %w", err)
	}
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.ended = make(chan struct{})
	go c.run(ctx)
	return nil
}

// Stop makes a last round and ends it, before the store is closed and after all
// who write to it have stopped. It may be called twice, and before Start.
func (c *Continuous) Stop() {
	if c != nil && c.cancel != nil {
		c.once.Do(c.cancel)
		<-c.ended
	}
}

func (c *Continuous) run(ctx context.Context) {
	defer close(c.ended)
	for ctx.Err() == nil {
		err := c.session(ctx)
		if err == nil {
			continue
		}
		c.Source.Log.LogAttrs(ctx, slog.LevelError, "copy database continuously", slog.String("error", err.Error()))
		s, _ := ContinuousStatus(c.Source.Data) // one that cannot be read begins anew
		s.Target, s.Error = c.Place, err.Error()
		if err := c.putState(&s); err != nil {
			c.Source.Log.LogAttrs(ctx, slog.LevelError, "note state of continuous copy", slog.String("error", err.Error()))
		}
		c.tell(s)
		wait(ctx, min(continuousRetry, 100*c.Every))
	}
}

func (c *Continuous) tell(s ContinuousState) {
	if c.Told != nil {
		c.Told(s)
	}
}

// wait waits, or for the end of a context.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// ContinuousStatus tells how far the continuous copy of the server with a data
// directory reaches. There is none when it is a [lab.NotFound] error.
func ContinuousStatus(data string) (s ContinuousState, err error) {
	text, err := os.ReadFile(filepath.Join(data, continuousFolder, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return s, lab.Errorf(lab.NotFound, "the database was never copied continuously")
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read state of continuous copy: %w", err)
	}
	return s, nil
}

// putState writes it in the data directory.
func (c *Continuous) putState(s *ContinuousState) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write state of continuous copy: %w", err)
	}
	file := filepath.Join(c.Source.Data, continuousFolder, stateName)
	part := file + ".part"
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return lab.Errorf(lab.Unwritable, "write state of continuous copy: %w", err)
	}
	return os.Rename(part, file)
}

// session copies until the context ends or something does not work.
func (c *Continuous) session(stop context.Context) (err error) {
	ctx := context.WithoutCancel(stop)
	t, err := Open(ctx, c.Place, "", true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	id, err := t.prepareContinuous(ctx, c.Source.Version, c.Source.Now())
	if err != nil {
		return err
	}
	held, unlock, err := t.lock(ctx, "continuous", c.Source.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	w := copying{c: c, run: run{Source: c.Source, Options: Options{NoReads: c.NoReads}, target: t}}
	if err := w.open(ctx, id); err != nil {
		return err
	}
	err = w.rounds(stop, held)
	if lostTrack(err) {
		c.Source.Log.LogAttrs(ctx, slog.LevelWarn, "the continuous copy lost track: the whole database is copied anew")
		err = errors.Join(err, w.forget())
	}
	return err
}

// prepareContinuous makes a directory the target of continuous copies when it is
// empty, and returns its id.
func (t *Target) prepareContinuous(ctx context.Context, version string, now time.Time) (string, error) {
	r, err := t.continuous(ctx)
	if lab.CodeOf(err) != lab.NotFound {
		return r.ID, err
	}
	list, err := os.ReadDir(t.Place)
	if err != nil {
		return "", lab.Errorf(lab.Unwritable, "copy database continuously: %w", err)
	}
	for _, e := range list {
		if e.Name() != "lost+found" {
			return "", lab.Errorf(lab.Conflict, "%s holds %s: a continuous copy needs a directory of its own", t.Place, e.Name())
		}
	}
	r = continuousTarget{Format: continuousFormat, ID: newID(now), Program: version, CreatedAt: now.UTC()}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write %s: %w", continuousName, err)
	}
	_, err = t.shelf.Put(ctx, continuousName, bytes.NewReader(append(text, '\n')))
	return r.ID, err
}

// continuousTarget says what a directory is.
type continuousTarget struct {
	Format    int       `json:"format"`
	ID        string    `json:"id"`
	Program   string    `json:"program"`
	CreatedAt time.Time `json:"created_at"`
}

// continuous reads what a directory is.
func (t *Target) continuous(ctx context.Context) (r continuousTarget, err error) {
	text, err := t.read(ctx, continuousName)
	if lab.CodeOf(err) == lab.NotFound {
		return r, lab.Errorf(lab.NotFound, "%s is no continuous copy: it has no %s", t.Place, continuousName)
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil || r.Format < 1 {
		return r, lab.Errorf(lab.Invalid, "%s in %s is damaged", continuousName, t.Place)
	}
	if r.Format > continuousFormat {
		return r, lab.Errorf(lab.Conflict, "%s was made by a newer vidjil", t.Place)
	}
	return r, nil
}

// databaseDir is where the changes of a database are.
func databaseDir(place, id string) string { return filepath.Join(place, databaseFolder, id) }

// sqliteFile is the file of a database's URL.
func sqliteFile(url string) string { return strings.TrimPrefix(url, store.SQLite+":") }
