package pipeline

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// collect does the chores: each of them, whatever becomes of the others.
func (p *Pipeline) collect(ctx context.Context, r *job.Run) error {
	chores := append([]Chore{{"prepared reads", p.dropPrepared(r)}}, p.Chores...)
	var first error
	for i, c := range chores {
		r.Progress(float64(i)/float64(len(chores)), 0, c.Name)
		err := c.Do(ctx, r.Log())
		if stopped := context.Cause(ctx); stopped != nil {
			return stopped
		}
		if err == nil {
			continue
		}
		r.Printf("%s: not done.", c.Name)
		if first == nil {
			first = fmt.Errorf("collect %s: %w", c.Name, err)
		}
	}
	return first
}

// dropPrepared forgets merged reads that nobody will analyse any more.
func (p *Pipeline) dropPrepared(r *job.Run) func(context.Context, io.Writer) error {
	return func(ctx context.Context, _ io.Writer) error {
		return p.Store.Write(ctx, func(tx *store.Tx) error {
			n, err := tx.DropOldPrepared(ctx)
			if n > 0 {
				r.Printf("Forgot the merged reads of %d samples, whose reads were replaced or removed.", n)
			}
			return err
		})
	}
}

// CollectEvery is the time between two collect jobs.
const CollectEvery = 6 * time.Hour

// Keeper enqueues the jobs that nobody asks for.
type Keeper struct {
	Store *store.Store
	Log   *slog.Logger
	Every time.Duration // between collect jobs; 0 is CollectEvery

	cancel context.CancelFunc
	ended  chan struct{}
}

// Start begins; the first look is at once.
func (k *Keeper) Start(ctx context.Context) error {
	if k.Every == 0 {
		k.Every = CollectEvery
	}
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	k.ended = make(chan struct{})
	go func() {
		defer close(k.ended)
		// More often than the jobs: of several servers on one database each sees
		// what the others did.
		tick := time.NewTicker(max(k.Every/6, time.Millisecond))
		defer tick.Stop()
		for {
			if err := k.look(ctx); err != nil && ctx.Err() == nil {
				k.Log.LogAttrs(ctx, slog.LevelError, "enqueue collect job", slog.String("error", err.Error()))
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return nil
}

// look enqueues a collect job when the last one is old enough.
func (k *Keeper) look(ctx context.Context) error {
	return k.Store.Write(ctx, func(tx *store.Tx) error {
		last, err := tx.Jobs(ctx, store.JobFilter{Kinds: []lab.JobKind{lab.JobCollect}, Limit: 1})
		if err != nil || len(last) > 0 && last[0].CreatedAt.After(tx.Now.Add(-k.Every)) {
			return err
		}
		_, _, err = job.Enqueue(ctx, tx, lab.Job{Kind: lab.JobCollect, Key: "collect", Priority: -1})
		return err
	})
}

// Stop ends it. It may be called twice, and without Start.
func (k *Keeper) Stop() {
	if k.cancel == nil {
		return
	}
	k.cancel()
	<-k.ended
}
