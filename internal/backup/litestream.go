package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/benbjohnson/litestream"
	"github.com/benbjohnson/litestream/file"
	"github.com/superfly/ltx"

	"vidjil.org/vidjil/internal/lab"
)

// This file is all that the program knows of the library litestream, whose API
// may change with each of its versions. The library's own goroutines are not
// started: [Continuous] says when something is done, and in which order.

// How finely the past can be chosen: each capture for an hour, then one a minute.
const (
	finePoints   = time.Hour
	coarsePoints = time.Minute
)

// replica copies the changes of an SQLite database that others write to.
type replica struct {
	db    *litestream.DB
	all   *litestream.Store
	fine  *litestream.CompactionLevel
	log   *slog.Logger
	folds time.Time // when it was last tidied
}

// openReplica attaches to a database. meta is a folder of its own, for what was
// captured and not sent, and dir is where it is sent.
func openReplica(database, meta, dir string, keep time.Duration, log *slog.Logger) (*replica, error) {
	if strings.ContainsAny(database, "?#%") { // the library puts it into a URL as it is
		return nil, lab.Errorf(lab.Usage, "the database cannot be copied continuously from %s: its name has one of ? # %%", database)
	}
	db := litestream.NewDB(database)
	db.SetMetaPath(meta)
	db.MonitorInterval, db.ShutdownSyncTimeout = 0, 0
	client := clock{file.NewReplicaClient(dir)}
	db.Replica = litestream.NewReplicaWithClient(db, client)
	db.Replica.MonitorEnabled = false
	client.Replica = db.Replica
	fine := &litestream.CompactionLevel{Level: 1, Interval: coarsePoints}
	all := litestream.NewStore([]*litestream.DB{db}, litestream.CompactionLevels{{Level: 0}, fine})
	all.SetL0Retention(finePoints)
	all.SnapshotInterval, all.SnapshotRetention = min(24*time.Hour, keep), keep
	log = slog.New(warnings{log.Handler()})
	all.Logger = log
	db.SetLogger(log)
	if err := db.Open(); err != nil {
		return nil, fmt.Errorf("copy database continuously: %w", err)
	}
	return &replica{db: db, all: all, fine: fine, log: log}, nil
}

// capture takes what was committed since the last time, and returns the number
// of the state that it has then. Nothing is sent yet.
func (r *replica) capture(ctx context.Context) (uint64, error) {
	if err := r.db.Sync(ctx); err != nil {
		return 0, fmt.Errorf("capture changes of the database: %w", err)
	}
	pos, err := r.db.Pos()
	if err != nil {
		return 0, fmt.Errorf("capture changes of the database: %w", err)
	}
	return uint64(pos.TXID), nil
}

// send sends what was captured.
func (r *replica) send(ctx context.Context) error {
	if err := r.db.Replica.Sync(ctx); err != nil {
		return fmt.Errorf("send changes of the database: %w", err)
	}
	return nil
}

// tidy joins changes, makes copies of the whole now and then, and removes what
// is older than is kept. It does something once in a while only.
func (r *replica) tidy(ctx context.Context, now time.Time) error {
	if now.Sub(r.folds) < coarsePoints {
		return nil
	}
	r.folds = now
	for _, level := range []*litestream.CompactionLevel{r.fine, r.all.SnapshotLevel()} {
		_, err := r.all.CompactDB(ctx, r.db, level)
		if err != nil && !errors.Is(err, litestream.ErrNoCompaction) && !errors.Is(err, litestream.ErrCompactionTooEarly) {
			return fmt.Errorf("join changes of the database: %w", err)
		}
	}
	if err := r.all.EnforceSnapshotRetention(ctx, r.db); err != nil {
		return fmt.Errorf("remove old changes of the database: %w", err)
	}
	if err := r.db.EnforceL0RetentionByTime(ctx); err != nil {
		return fmt.Errorf("remove old changes of the database: %w", err)
	}
	return nil
}

// close detaches from the database, and sends what was committed last.
func (r *replica) close(ctx context.Context) error { return r.db.Close(ctx) }

// lostTrack tells that what was captured is damaged, and that the database must
// be copied anew.
func lostTrack(err error) bool {
	var e *litestream.LTXError
	return errors.As(err, &e) && e.IsAutoRecoverable()
}

// change is a file of a replica: it brings the database from the state before
// First to the state Last.
type change struct {
	First, Last uint64
	At          time.Time // of the state Last
	Size        int64
}

// changes lists the files of a replica.
func changes(ctx context.Context, dir string) (list []change, err error) {
	client := clock{file.NewReplicaClient(dir)}
	for level := range litestream.SnapshotLevel + 1 {
		it, err := client.LTXFiles(ctx, level, 0, true)
		if err != nil {
			return nil, fmt.Errorf("list changes of the database: %w", err)
		}
		for it.Next() {
			f := it.Item()
			list = append(list, change{First: uint64(f.MinTXID), Last: uint64(f.MaxTXID), At: f.CreatedAt, Size: f.Size})
		}
		if err := errors.Join(it.Err(), it.Close()); err != nil {
			return nil, fmt.Errorf("list changes of the database: %w", err)
		}
	}
	return list, nil
}

// rebuild makes the database of one state. The number and not the time is asked
// for: then the library does not take a state before a gap for that of the time.
func rebuild(ctx context.Context, dir string, state uint64, path string) error {
	r := litestream.NewReplicaWithClient(nil, clock{file.NewReplicaClient(dir)})
	o := litestream.NewRestoreOptions()
	o.OutputPath, o.TXID = path, ltx.TXID(state)
	return r.Restore(ctx, o)
}

// clock is a folder of changes whose times are those written into them: times of
// files are lost when somebody copies the folder.
type clock struct{ *file.ReplicaClient }

// LTXFiles lists the files of a level.
func (c clock) LTXFiles(ctx context.Context, level int, seek ltx.TXID, exact bool) (ltx.FileIterator, error) {
	it, err := c.ReplicaClient.LTXFiles(ctx, level, seek, exact)
	if err != nil || !exact {
		return it, err
	}
	var list []*ltx.FileInfo
	for it.Next() {
		f := it.Item()
		head, err := litestream.FetchLTXHeader(ctx, c.ReplicaClient, f)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a server that works has just removed it
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Base(c.LTXFilePath(level, f.MinTXID, f.MaxTXID)), err), it.Close())
		}
		f.CreatedAt = time.UnixMilli(head.Timestamp).UTC()
		list = append(list, f)
	}
	return ltx.NewFileInfoSliceIterator(list), errors.Join(it.Err(), it.Close())
}

// warnings hands on what is a warning at least: the library tells each minute
// that it did its work.
type warnings struct{ slog.Handler }

// Enabled tells whether a level is handed on.
func (h warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the level.
func (h warnings) WithAttrs(list []slog.Attr) slog.Handler {
	return warnings{h.Handler.WithAttrs(list)}
}

// WithGroup keeps the level.
func (h warnings) WithGroup(name string) slog.Handler { return warnings{h.Handler.WithGroup(name)} }

// forgetOld removes what was captured for other places, or before track was lost.
func forgetOld(meta, keep string) error {
	list, err := os.ReadDir(meta)
	if err != nil {
		return fmt.Errorf("look for old changes: %w", err)
	}
	for _, e := range list {
		if e.IsDir() && e.Name() != keep {
			if err := os.RemoveAll(filepath.Join(meta, e.Name())); err != nil {
				return fmt.Errorf("remove old changes: %w", err)
			}
		}
	}
	return nil
}
