// Package batch runs a pipeline of three steps over items: made in order by one
// goroutine, worked on by several, consumed in the same order by the caller.
//
// Order never depends on the number of workers, items are reused, and at most a
// fixed number are under way, so that memory is bounded.
package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
)

// Steps of a pipeline over items of type T.
type Steps[T any] struct {
	// New makes an item; a few are made and reused.
	New func() *T
	// Produce fills the next item; io.EOF ends the pipeline.
	Produce func(*T) error
	// Work does the costly part; worker is 0 … Workers-1, for scratch memory.
	Work func(worker int, item *T) error
	// Consume takes the items in the order of Produce.
	Consume func(*T) error
	Workers int
}

// itemsPerWorker is how many items may wait for each worker: enough to bridge
// the jitter of the producer's decompression, few enough to stay in cache.
const itemsPerWorker = 3

type slot[T any] struct {
	item *T
	err  error
	done chan struct{}
}

// Run runs the pipeline to its end and returns the first error in the order of
// the items, or the cause of the context's end. All goroutines have ended when
// it returns. A panic in one of them becomes one of the caller's.
func Run[T any](ctx context.Context, s Steps[T]) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	n := s.Workers*itemsPerWorker + 2
	free := make(chan *slot[T], n)
	for range n {
		free <- &slot[T]{item: s.New(), done: make(chan struct{}, 1)}
	}
	work := make(chan *slot[T], n)
	order := make(chan *slot[T], n)
	var wg sync.WaitGroup
	var produceErr error
	wg.Go(func() {
		defer close(work)
		defer close(order)
		produceErr = produce(ctx, s.Produce, free, work, order)
	})
	for w := range s.Workers {
		wg.Go(func() {
			for x := range work {
				if ctx.Err() == nil {
					x.err = guard(func() error { return s.Work(w, x.item) })
				}
				x.done <- struct{}{}
			}
		})
	}
	err := consume(ctx, s.Consume, free, order)
	cancel(err)
	for x := range order { // let the producer and the workers end
		<-x.done
	}
	wg.Wait()
	for _, e := range []error{err, produceErr} {
		if p, ok := errors.AsType[*panicked](e); ok {
			panic(p.Error())
		}
	}
	switch {
	case err != nil:
		return err
	case !errors.Is(produceErr, io.EOF):
		return produceErr
	}
	return nil
}

// panicked is a panic in a goroutine of the pipeline. Run panics with it in the
// goroutine of its caller, who can recover: nobody else could.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("%v\n\n%s", p.value, p.stack) }

func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{v, debug.Stack()}
		}
	}()
	return f()
}

func produce[T any](ctx context.Context, next func(*T) error, free <-chan *slot[T], work, order chan<- *slot[T]) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case x := <-free:
			x.err = nil
			if err := guard(func() error { return next(x.item) }); err != nil {
				return err
			}
			work <- x // never blocks: no more slots than room
			order <- x
		}
	}
}

func consume[T any](ctx context.Context, take func(*T) error, free chan<- *slot[T], order <-chan *slot[T]) error {
	for x := range order {
		<-x.done
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if x.err != nil {
			return x.err
		}
		if err := take(x.item); err != nil {
			return err
		}
		free <- x
	}
	return nil
}
