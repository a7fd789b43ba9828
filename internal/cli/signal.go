package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// signalError is the cause of a context that a signal cancelled.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return "stopped by signal: " + e.signal.String() }

func isSignal(err error, sig syscall.Signal) bool {
	e, ok := errors.AsType[*signalError](err)
	return ok && e.signal == sig
}

// withSignals returns a context that the first signal cancels, with a
// signalError as its cause. A second signal ends the process at once, for the
// person who does not want to wait. SIGPIPE counts: a reader that went away
// ("| head") must not leave unfinished files behind either. stop must be
// called; it waits for the goroutine.
//
// A server must call [ignoreBrokenPipes]: to it, a peer that went away is
// nothing unusual.
func withSignals(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case sig := <-caught:
			signal.Stop(caught)
			// A platform's signals are syscall.Signal; the comma is for the compiler.
			number, _ := sig.(syscall.Signal)
			cancel(&signalError{number})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(caught)
		cancel(nil)
		<-done
	}
}

// ignoreBrokenPipes is for commands that write to connections: the system sends
// SIGPIPE for those too, and a browser that closes a page must not stop the
// server. Who writes learns of it by the error of the write.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
