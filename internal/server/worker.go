package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/source"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/trace"
)

// workers run the jobs of a store. The zero value has none.
type workers struct {
	pool   *job.Pool
	keeper *pipeline.Keeper
}

// workersConfig is what workers need of a server.
type workersConfig struct {
	Config
	name    string // tells the pool from others, and is the same after a restart
	lanes   []lab.Lane
	store   *store.Store
	blobs   blob.Store
	uses    *service.Service
	sources *source.Sources
	watch   *watch
}

// startWorkers starts a pool, unless the number of workers is negative, and the
// keeper of the house, who is content with a pool elsewhere.
func startWorkers(ctx context.Context, c workersConfig) (w workers, err error) {
	if c.Settings.Workers.Count >= 0 {
		p, err := pipeline.New(pipeline.Config{
			Store: c.store, Blobs: c.blobs, OpenSource: openSource(c.sources), Version: c.Version, Chores: chores(c.uses, c.Settings.Retention), Watcher: c.watch.metrics,
		})
		if err != nil {
			return w, err
		}
		handlers := p.Handlers()
		handlers[lab.JobExport] = c.uses.MakeBundle
		handlers[lab.JobTransfer] = c.uses.Transfer
		w.pool, err = job.New(job.Config{
			Store: c.store, Handlers: handlers, Log: c.Log, Workers: c.Settings.Workers.Count, Lanes: c.lanes, Name: c.name, Grace: workersGrace,
			Watcher: c.watch.metrics, Trace: c.watch.tracer,
		})
		if err != nil {
			return w, err
		}
		if err := w.pool.Start(ctx); err != nil {
			w.pool = nil
			return w, err
		}
	}
	w.keeper = &pipeline.Keeper{Store: c.store, Log: c.Log}
	return w, w.keeper.Start(ctx)
}

// workersGrace is how long jobs may go on when the server stops. It is shorter
// than shutdownGrace, so that they can still be put back.
const workersGrace = shutdownGrace - 5*time.Second

func (w *workers) stop(ctx context.Context) error {
	if w.keeper != nil {
		w.keeper.Stop()
	}
	if w.pool != nil {
		return w.pool.Stop(ctx)
	}
	return nil
}

// openSource opens files of mounted folders for the pipeline.
func openSource(s *source.Sources) func(ctx context.Context, source, path string) (io.ReadCloser, int64, error) {
	if s == nil {
		return nil
	}
	return func(ctx context.Context, source, path string) (io.ReadCloser, int64, error) {
		f, e, err := s.Open(ctx, source, path)
		return f, e.Size, err
	}
}

// keptFor is how long something is kept; what is kept for ever, longer than any
// of us.
func keptFor(d config.Duration) time.Duration {
	if d == config.Off {
		return 100 * 365 * 24 * time.Hour
	}
	return d.D()
}

// chores are what keeps the house in order. What is forgotten comes before the
// blobs that it referred to.
func chores(uses *service.Service, keep config.Retention) []pipeline.Chore {
	trash, comparisons, orphans := keptFor(keep.Trash), keptFor(keep.Comparisons), keptFor(keep.Orphans)
	return []pipeline.Chore{
		{Name: "trash", Do: func(ctx context.Context, log io.Writer) error {
			sets, samples, err := uses.PurgeTrash(ctx, uses.Now().Add(-trash))
			fmt.Fprintf(log, "Removed from the trash: %d sets, %d samples.\n", sets, samples)
			return err
		}},
		{Name: "results", Do: func(ctx context.Context, log io.Writer) error {
			n, err := uses.PurgeResults(ctx, uses.Now().Add(-trash))
			fmt.Fprintf(log, "Removed for good: %d deleted results.\n", n)
			return err
		}},
		{Name: "reads", Do: func(ctx context.Context, log io.Writer) error {
			n, bytes, err := uses.PurgeReads(ctx)
			fmt.Fprintf(log, "Removed the reads of %d samples, whose time is over: %d MB.\n", n, bytes/1e6)
			return err
		}},
		{Name: "superseded results", Do: func(ctx context.Context, log io.Writer) error {
			n, err := uses.PurgeOldResults(ctx)
			fmt.Fprintf(log, "Deleted %d results of which there are newer ones, and whose time is over.\n", n)
			return err
		}},
		{Name: "comparisons", Do: func(ctx context.Context, log io.Writer) error {
			n, err := uses.PurgeComparisons(ctx, uses.Now().Add(-comparisons))
			fmt.Fprintf(log, "Forgot %d comparisons.\n", n)
			return err
		}},
		{Name: "mounted folders", Do: func(ctx context.Context, log io.Writer) error {
			gone, back, err := uses.CheckSources(ctx)
			fmt.Fprintf(log, "Files of mounted folders: %d are gone, %d are back.\n", gone, back)
			return err
		}},
		{Name: "blobs", Do: func(ctx context.Context, log io.Writer) error {
			c, err := uses.CollectBlobs(ctx, orphans)
			fmt.Fprintf(log, "Bytes without use: %d files found, %d removed after %d days, and %d that were never in use: %d MB. Of interrupted writing: %d removed.\n",
				c.Orphaned, c.Removed, orphans/(24*time.Hour), c.Strays, c.Bytes>>20, c.Leftover)
			return err
		}},
		{Name: "sessions", Do: func(ctx context.Context, _ io.Writer) error { return uses.PurgeSessions(ctx) }},
		{Name: "mails", Do: func(ctx context.Context, log io.Writer) error {
			n, err := uses.PurgeMails(ctx)
			fmt.Fprintf(log, "Forgot %d mails that were sent or given up.\n", n)
			return err
		}},
		{Name: "archives", Do: func(ctx context.Context, log io.Writer) error {
			n, err := uses.PurgeBundles(ctx)
			fmt.Fprintf(log, "Removed %d archives of people's data, whose time is over.\n", n)
			return err
		}},
		{Name: "transfers", Do: func(ctx context.Context, log io.Writer) error {
			n, err := uses.PurgeTransfers(ctx)
			fmt.Fprintf(log, "Removed %d archives of other servers that nobody went on with.\n", n)
			return err
		}},
		{Name: "audit", Do: func(ctx context.Context, log io.Writer) error {
			n, err := uses.PurgeAudit(ctx)
			fmt.Fprintf(log, "Removed %d entries of the audit, whose time is over.\n", n)
			return err
		}},
	}
}

// poolName is the name of the pool inside a server: leases that it left behind
// when it was killed are taken back as soon as it is started again.
func poolName(data string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	if abs, err := filepath.Abs(data); err == nil {
		data = abs
	}
	sum := sha256.Sum256([]byte(data))
	return fmt.Sprintf("serve-%x@%s", sum[:4], host)
}

// RunWorker works on the jobs of a server until ctx is done: on its database and
// its blobs, both of which it must reach.
func RunWorker(ctx context.Context, c Config) (err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Settings = c.Settings.WithDefaults()
	if err := c.Settings.Check(); err != nil {
		return err
	}
	if c.Settings.Workers.Count < 0 {
		return lab.Errorf(lab.Usage, "a worker wants at least one job at a time")
	}
	if _, err := os.Stat(c.Settings.Data); err != nil {
		return lab.Errorf(lab.NotFound, "data directory: %w", err)
	}
	var lanes []lab.Lane
	for _, l := range c.Settings.Workers.Lanes {
		lanes = append(lanes, lab.Lane(l))
	}
	c.Log = slog.New(trace.Handler(c.Log.Handler()))
	eyes := watch{}
	if err := eyes.openWatch(ctx, &c); err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Config{
		URL: databaseURL(&c.Settings), Log: c.Log, BeforeMigrate: store.RefuseMigration, Slow: c.Settings.Log.SlowQuery.D(), Watcher: eyes.metrics,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	blobs, err := openBlobs(ctx, &c.Settings)
	if err != nil {
		return err
	}
	sources, err := source.New(c.Settings.Sources)
	if err != nil {
		return err
	}
	uses := service.New(service.Config{
		Store: st, Blobs: blobs, Sources: sources, Log: c.Log, Version: c.Version, Now: time.Now, Retention: retention(&c.Settings.Retention),
	})
	defer uses.Stop()
	w, err := startWorkers(ctx, workersConfig{Config: c, name: c.Settings.Workers.Name, lanes: lanes, store: st, blobs: blobs, uses: uses, sources: sources, watch: &eyes})
	if err != nil {
		return err
	}
	c.Settings.Monitor.URL = "" // the server reports, for all
	if err := eyes.startWatch(ctx, &c, uses); err != nil {
		return errors.Join(err, w.stop(ctx))
	}
	c.Log.Info("working")
	<-ctx.Done()
	c.Log.Info("stopping", "cause", context.Cause(ctx))
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	return errors.Join(w.stop(grace), eyes.stopWatch(grace))
}
