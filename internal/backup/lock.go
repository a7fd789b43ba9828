package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
)

// One process at a time writes to a target. A directory on a network and S3 have
// no locks that can be relied upon, so this one is an object: who wants to write
// puts one, looks, and gives way when there is another. Of two who come at once
// each may see the other, and then both give way. The holder renews its object;
// one that was not renewed for [lockDead], by the target's own clock, belongs to
// nobody, and so does one of a process of this machine that has ended.

const (
	lockRenew = time.Minute
	lockDead  = 10 * lockRenew
)

// holder is who holds a lock.
type holder struct {
	Host string    `json:"host"`
	PID  int       `json:"pid"`
	What string    `json:"what"`
	At   time.Time `json:"at"` // when it began
}

// lock takes the target's lock. The context that it returns ends when the lock is
// lost; unlock gives it back.
func (t *Target) lock(ctx context.Context, what string, log *slog.Logger) (_ context.Context, unlock func() error, err error) {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	me := holder{Host: host, PID: os.Getpid(), What: what, At: time.Now().UTC()}
	text, err := json.Marshal(me)
	if err != nil {
		return nil, nil, fmt.Errorf("lock target: %w", err)
	}
	name := lockFolder + "/" + strings.ToLower(rand.Text()) + ".json"
	renew := func(ctx context.Context) error {
		_, err := t.shelf.Put(ctx, name, bytes.NewReader(text))
		return err
	}
	if err := renew(ctx); err != nil {
		return nil, nil, err
	}
	release := func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return t.shelf.Delete(ctx, name)
	}
	if err := t.alone(ctx, name, host, log); err != nil {
		return nil, nil, errors.Join(err, release())
	}
	held, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keepLock(held, cancel, renew)
	}()
	return held, func() error {
		cancel(nil)
		<-ended
		return release()
	}, nil
}

// keepLock renews a lock until ctx is done. A target that cannot be reached for
// half the time after which others take the lock is lost.
func keepLock(ctx context.Context, lost context.CancelCauseFunc, renew func(context.Context) error) {
	tick := time.NewTicker(lockRenew)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := renew(ctx)
		if err == nil {
			renewed = time.Now()
		} else if time.Since(renewed) > lockDead/2 {
			lost(fmt.Errorf("renew the lock of the target: %w", err))
			return
		}
	}
}

// alone gives way to other holders, and removes the locks of dead ones.
func (t *Target) alone(ctx context.Context, mine, host string, log *slog.Logger) error {
	var others []blob.Object
	var now time.Time
	for o, err := range t.shelf.List(ctx, lockFolder) {
		if err != nil {
			return err
		}
		if o.Name == mine {
			now = o.PutAt
		} else {
			others = append(others, o)
		}
	}
	for _, o := range others {
		data, err := t.read(ctx, o.Name)
		if lab.CodeOf(err) == lab.NotFound {
			continue // given back in between
		}
		if err != nil {
			return err
		}
		var h holder
		if json.Unmarshal(data, &h) != nil {
			h = holder{Host: "an unknown machine"}
		}
		if now.Sub(o.PutAt) < lockDead && (h.Host != host || alive(h.PID)) {
			return &lab.Error{
				Code: lab.Conflict, Retry: lockRenew,
				Msg: fmt.Sprintf("%s is in use: a %s of process %d on %s, since %s; if that was killed, try again in %d minutes",
					t.Place, h.What, h.PID, h.Host, h.At.Format(time.RFC3339), lockDead/time.Minute),
			}
		}
		log.WarnContext(ctx, "removing the lock of a backup that ended without giving it back", "host", h.Host, "pid", h.PID)
		if err := t.shelf.Delete(ctx, o.Name); err != nil {
			return err
		}
	}
	return nil
}
