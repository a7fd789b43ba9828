package service

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// busy lets a few requests at a time do work that takes processors, so that the
// server answers others meanwhile; those beyond wait for their turn.
type busy struct {
	turns chan struct{}
	queue chan struct{}
}

// newBusy makes room for n at a time, and for some that wait.
func newBusy(n, waiting int) *busy {
	return &busy{turns: make(chan struct{}, n), queue: make(chan struct{}, n+waiting)}
}

// enter waits for a turn. The caller ends it by done.
func (b *busy) enter(ctx context.Context) (done func(), err error) {
	select {
	case b.queue <- struct{}{}:
	default:
		e := lab.Errorf(lab.Unavailable, "too many people ask for this at the moment; try again in a few seconds")
		e.Retry = 5 * time.Second
		return nil, e
	}
	select {
	case b.turns <- struct{}{}:
		return func() { <-b.turns; <-b.queue }, nil
	case <-ctx.Done():
		<-b.queue
		return nil, context.Cause(ctx)
	}
}
