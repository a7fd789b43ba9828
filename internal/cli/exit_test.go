package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/seqio"
)

func TestExitStatus(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want int
	}{
		"unknown":      {errors.New("x"), 1},
		"usage":        {lab.Errorf(lab.Usage, "x"), 2},
		"invalid":      {fmt.Errorf("a: %w", lab.Errorf(lab.Invalid, "x")), 3},
		"not found":    {fmt.Errorf("open reads.fq: %w", fs.ErrNotExist), 4},
		"broken reads": {fmt.Errorf("analyze: %w", &seqio.ParseError{File: "a.fq", Msg: "x"}), 3},
		"no reads":     {fmt.Errorf("a.fq: %w", seqio.ErrEmpty), 3},
		"unwritable":   {lab.Errorf(lab.Unwritable, "x"), 5},
		"problems":     {lab.Errorf(lab.Problems, "x"), 6},
		"unreachable":  {lab.Errorf(lab.Unreachable, "x"), 7},
		"interrupt":    {&signalError{syscall.SIGINT}, 130},
		"terminate":    {fmt.Errorf("analyze: %w", &signalError{syscall.SIGTERM}), 143},
		"closed pipe":  {lab.Errorf(lab.Unwritable, "write: %w", syscall.EPIPE), 141},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := exitStatus(tt.err); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestExitTable: statuses are a promise to scripts.
func TestExitTable(t *testing.T) {
	t.Parallel()
	codes, statuses := map[lab.Code]bool{}, map[int]bool{}
	for _, e := range exits() {
		if codes[e.code] || statuses[e.status] {
			t.Errorf("code %q or status %d stands twice", e.code, e.status)
		}
		codes[e.code], statuses[e.status] = true, true
	}
	for _, code := range []lab.Code{lab.Internal, lab.Usage, lab.Invalid, lab.NotFound, lab.Unwritable, lab.Problems, lab.Unreachable} {
		if !codes[code] {
			t.Errorf("code %q has no exit status", code)
		}
	}
}

// TestSignal sends this process a hang-up, which only withSignals listens to.
//
//nolint:paralleltest // the signal reaches every listener of the process
func TestSignal(t *testing.T) {
	ctx, stop := withSignals(context.Background())
	defer stop()
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(syscall.SIGHUP); err != nil {
		t.Skipf("no signals here: %v", err)
	}
	<-ctx.Done()
	if !isSignal(context.Cause(ctx), syscall.SIGHUP) {
		t.Errorf("cause: got %v, want a hang-up", context.Cause(ctx))
	}
}

//nolint:paralleltest // TestSignal would reach it
func TestSignalStop(t *testing.T) {
	ctx, stop := withSignals(context.Background())
	stop()
	stop()
	if _, ok := errors.AsType[*signalError](context.Cause(ctx)); ok || ctx.Err() == nil {
		t.Errorf("after stop: got cause %v", context.Cause(ctx))
	}
}

// TestServersIgnoreBrokenPipes: a peer that went away does not stop a server; a
// hang-up, sent after it, does.
//
//nolint:paralleltest // the signals reach every listener of the process
func TestServersIgnoreBrokenPipes(t *testing.T) {
	ctx, stop := withSignals(context.Background())
	defer stop()
	ignoreBrokenPipes()
	defer signal.Reset(syscall.SIGPIPE)
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGPIPE, syscall.SIGHUP} {
		if err := self.Signal(sig); err != nil {
			t.Skipf("no signals here: %v", err)
		}
	}
	<-ctx.Done()
	if !isSignal(context.Cause(ctx), syscall.SIGHUP) {
		t.Errorf("cause: got %v, want the hang-up", context.Cause(ctx))
	}
}
