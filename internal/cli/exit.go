package cli

import (
	"errors"
	"io/fs"
	"syscall"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/seqio"
)

// exit ties a code to the exit status of the process.
type exit struct {
	code    lab.Code
	status  int
	meaning string
}

// exits is the one table of exit statuses. Scripts depend on it: statuses are
// added, never changed. The root's help and the manual page print it.
func exits() []exit {
	return []exit{
		{"", 0, "done"},
		{lab.Internal, 1, "a fault of the program; please report it"},
		{lab.Usage, 2, "wrong options or arguments"},
		{lab.Invalid, 3, "an input is broken or is not of a known format"},
		{lab.NotFound, 4, "no such file, germline set, system or gene"},
		{lab.Unwritable, 5, "an output cannot be written"},
		{lab.Problems, 6, "a check ran to its end and found problems"},
		{lab.Unreachable, 7, "a service on the network does not answer"},
		{lab.Conflict, 8, "what is there already does not allow it, as a name that is taken"},
		{lab.Unauthenticated, 9, "a server does not know who asks: the token is missing, wrong or has expired"},
		{lab.Forbidden, 10, "a server knows who asks, and the right is missing"},
		{lab.NoSpace, 11, "a disk or a quota is full"},
	}
}

// signalStatus is the base of the status of a process that a signal ended, by
// the convention of shells: 130 for an interrupt, 143 for a termination.
const signalStatus = 128

// exitStatus maps an error to the status of the process.
func exitStatus(err error) int {
	if s, ok := errors.AsType[*signalError](err); ok {
		return signalStatus + int(s.signal)
	}
	if errors.Is(err, syscall.EPIPE) {
		return signalStatus + int(syscall.SIGPIPE)
	}
	code := codeOf(err)
	for _, e := range exits() {
		if e.code == code {
			return e.status
		}
	}
	return 1
}

// codeOf is the code of an error that a command returned. Packages under vdj do
// not know lab's codes; their errors are recognised here.
func codeOf(err error) lab.Code {
	if code := lab.CodeOf(err); code != lab.Internal {
		return code
	}
	if errors.Is(err, fs.ErrNotExist) {
		return lab.NotFound
	}
	if _, ok := errors.AsType[*seqio.ParseError](err); ok || errors.Is(err, seqio.ErrEmpty) {
		return lab.Invalid
	}
	return lab.Internal
}
