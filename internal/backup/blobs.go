package backup

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// blobs brings the blobs that the target has not into it, and returns those that
// the backup has. What is lost or damaged on the server is noted.
func (r *run) blobs(ctx context.Context, list []store.UsedBlob) (done []store.UsedBlob, err error) {
	var total int64
	for _, b := range list {
		total += b.Size
	}
	count := counter{Progress: Progress{Stage: "blobs", Of: int64(len(list)), OfBytes: total}, report: r.progress}
	var mu sync.Mutex
	missing := map[string]bool{}
	err = each(ctx, list, func(ctx context.Context, b store.UsedBlob) error {
		lost, added, err := r.blob(ctx, b)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if lost {
			missing[b.Digest] = true
		} else if added > 0 {
			r.m.Added, r.m.AddedBytes = r.m.Added+1, r.m.AddedBytes+added
		}
		count.add(b.Size)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		if missing[b.Digest] {
			r.m.Missing = append(r.m.Missing, b.Digest)
			continue
		}
		done = append(done, b)
		r.m.Blobs, r.m.Bytes = r.m.Blobs+1, r.m.Bytes+b.Size
	}
	return done, nil
}

// blob brings one blob into the target, unless it is there.
func (r *run) blob(ctx context.Context, b store.UsedBlob) (lost bool, added int64, err error) {
	d := blob.Digest(b.Digest)
	name := r.seal.name(d)
	if size, there := r.have[objectPath(name)]; there && size == r.seal.size(b.Size) {
		return false, 0, nil
	}
	f, err := r.Blobs.Open(ctx, d)
	if lab.CodeOf(err) == lab.NotFound {
		return true, 0, nil
	}
	if err != nil {
		return false, 0, err
	}
	defer f.Close()
	added, err = r.put(ctx, name, objectPath(name), blob.Checked(f, d))
	if errors.Is(err, blob.ErrDigest) {
		return true, 0, nil
	}
	return false, added, err
}

// counter adds up what was copied. It is not safe for concurrent use.
type counter struct {
	Progress
	report func(Progress)
	told   time.Time
}

func (c *counter) add(bytes int64) {
	c.Blobs, c.Bytes = c.Blobs+1, c.Bytes+bytes
	if now := time.Now(); now.Sub(c.told) > 100*time.Millisecond || c.Blobs == c.Of {
		c.told = now
		c.report(c.Progress)
	}
}

// each calls f for all blobs of a list, some at the same time, until one fails.
func each(ctx context.Context, list []store.UsedBlob, f func(context.Context, store.UsedBlob) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan store.UsedBlob)
	var all sync.WaitGroup
	for range min(copiers, len(list)) {
		all.Go(func() {
			for b := range work {
				if err := f(ctx, b); err != nil {
					cancel(fmt.Errorf("copy blob %s: %w", b.Digest, err))
				}
			}
		})
	}
feed:
	for _, b := range list {
		select {
		case work <- b:
		case <-ctx.Done():
			break feed
		}
	}
	close(work)
	all.Wait()
	return context.Cause(ctx)
}
