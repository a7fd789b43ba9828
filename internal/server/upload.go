package server

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/upload"
)

// sweepEvery is the time between two looks for uploads that have expired or are
// no longer wanted.
const sweepEvery = 10 * time.Minute

// uploads takes uploads. The zero value takes none.
type uploads struct {
	receiver *upload.Receiver
	others   *others
	log      *slog.Logger
	expire   time.Duration
	cancel   context.CancelFunc
	ended    chan struct{}
}

// startUploads takes up what the last run of the server left, and looks after
// uploads from then on. What cannot be taken up now is tried again later: it does
// not keep the server from starting.
func startUploads(ctx context.Context, c Config, blobs blob.Store, uses *service.Service, secure bool) (u uploads, err error) {
	u.log, u.ended, u.expire = c.Log, make(chan struct{}), keptFor(c.Settings.Retention.Uploads)
	u.others = &others{uses: uses, base: c.Settings.HTTP.Base(), secure: secure, refuse: api.RefuseUpload(c.Log), transport: peerTransport(), log: c.Log}
	u.receiver, err = upload.New(blobs, api.Ledger(uses), upload.Config{
		MaxBytes: int64(c.Settings.Limits.Upload), ReserveBytes: int64(c.Settings.Limits.DiskReserve), Expire: u.expire, Elsewhere: u.others.elsewhere,
		Dir: filepath.Join(c.Settings.Data, "uploads"), Path: api.UploadPath, Logger: c.Log, Refuse: api.RefuseUpload(c.Log),
	})
	if err != nil {
		return uploads{}, err
	}
	if err := u.receiver.Recover(ctx); err != nil {
		c.Log.ErrorContext(ctx, "take up uploads", "error", err)
	}
	ctx, u.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go u.sweep(ctx, uses)
	return u, nil
}

func (u *uploads) sweep(ctx context.Context, uses *service.Service) {
	defer close(u.ended)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	gathered := func(ctx context.Context, id string) (bool, error) {
		_, err := u.receiver.Status(ctx, id)
		if lab.CodeOf(err) == lab.NotFound {
			return false, nil
		}
		return err == nil, err
	}
	for {
		_, err := u.receiver.Sweep(ctx, time.Now())
		err = errors.Join(err, uses.Announce(ctx), uses.ForgetNodes(ctx, uses.Now().Add(-u.expire)), uses.TidyUploads(ctx, gathered))
		if err != nil && ctx.Err() == nil {
			u.log.ErrorContext(ctx, "sweep uploads", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// stop ends it. Requests must have ended.
func (u *uploads) stop() error {
	if u.receiver == nil {
		return nil
	}
	u.cancel()
	<-u.ended
	u.others.transport.CloseIdleConnections()
	return u.receiver.Close()
}
