package lab_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"vidjil.org/vidjil/internal/lab"
)

func TestErrorf(t *testing.T) {
	t.Parallel()
	err := lab.Errorf(lab.NotFound, "read germline %s: %w", "mouse.g", fs.ErrNotExist)
	if got, want := err.Error(), "read germline mouse.g: file does not exist"; got != want {
		t.Errorf("message: got %q, want %q", got, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
}

func TestErrorWithoutMessage(t *testing.T) {
	t.Parallel()
	err := &lab.Error{Code: lab.Invalid, Err: errors.New("record 3: no quality")}
	if got, want := err.Error(), "record 3: no quality"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	usage := lab.Errorf(lab.Usage, "--reads must be positive")
	for name, tt := range map[string]struct {
		err  error
		want lab.Code
	}{
		"nil":       {nil, ""},
		"plain":     {errors.New("x"), lab.Internal},
		"direct":    {usage, lab.Usage},
		"wrapped":   {fmt.Errorf("simulate: %w", usage), lab.Usage},
		"outermost": {lab.Errorf(lab.Invalid, "sample 2: %w", usage), lab.Invalid},
		"in a join": {errors.Join(errors.New("x"), usage), lab.Usage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := lab.CodeOf(tt.err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
