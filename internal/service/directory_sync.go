package service

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// SyncDirectory asks the directory about everybody whom it has proven: who has
// left is shut out, groups are as they are there, who is back may sign in again.
// When it knows most of them no more at once, that is a fault of the settings
// and nobody is shut out.
func (s *Service) SyncDirectory(ctx context.Context) error {
	var list []lab.Identity
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Identities(ctx, lab.IssuerLDAP)
		return err
	})
	if err != nil {
		return err
	}
	claims, leaving := make([]lab.Claim, len(list)), 0
	for i := range list {
		claims[i], err = s.Directory.Lookup(ctx, list[i].Subject)
		switch lab.CodeOf(err) {
		case "":
		case lab.NotFound:
			claims[i] = lab.Claim{Issuer: list[i].Issuer, Subject: list[i].Subject, Disabled: true}
		case lab.Unavailable:
			return nil // nobody may search: people are looked at when they sign in
		default:
			return err
		}
		if !list[i].Gone && !s.DirectoryRealm.admits(&claims[i]) {
			leaving++
		}
	}
	if leaving > manyLeave && leaving*2 > len(list) {
		return lab.Errorf(lab.Conflict, "%d of %d people are in the directory no more: nobody is shut out, look at its settings", leaving, len(list))
	}
	var errs []error
	for i := range claims {
		errs = append(errs, s.write(ctx, func(tx *store.Tx) error {
			_, _, err := s.admit(ctx, tx, nil, &s.DirectoryRealm, &claims[i])
			return err
		}))
	}
	return errors.Join(errs...)
}

// manyLeave is how many may leave at once without a doubt about the settings.
const manyLeave = 4

// Syncer asks the directory from time to time. One runs in each server that has
// a directory.
type Syncer struct {
	Service *Service
	// Every is the time between two; 0 is an hour.
	Every time.Duration

	cancel context.CancelFunc
	ended  chan struct{}
}

// Start begins; the first look is at once. A nil Syncer does nothing.
func (y *Syncer) Start(ctx context.Context) {
	if y == nil {
		return
	}
	if y.Every == 0 {
		y.Every = time.Hour
	}
	ctx, y.cancel = context.WithCancel(context.WithoutCancel(ctx))
	y.ended = make(chan struct{})
	go y.run(ctx)
}

func (y *Syncer) run(ctx context.Context) {
	defer close(y.ended)
	tick := time.NewTicker(y.Every)
	defer tick.Stop()
	for {
		if err := y.Service.SyncDirectory(ctx); err != nil && ctx.Err() == nil {
			y.Service.Log.LogAttrs(ctx, slog.LevelWarn, "ask the directory about its people", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Stop ends it and waits. It may be called twice, and without Start.
func (y *Syncer) Stop() {
	if y == nil || y.cancel == nil {
		return
	}
	y.cancel()
	<-y.ended
}
