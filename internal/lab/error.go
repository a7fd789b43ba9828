// Package lab holds the words of the laboratory: the types and rules that the
// command line, the server and the workers share, starting with the one error
// type of the application.
//
// It imports the standard library only and must not know of SQL, HTTP, a
// terminal or a logger: those translate, this names.
package lab

import (
	"errors"
	"fmt"
	"time"
)

// Code says what kind of trouble an [Error] is. Each outlet maps codes in
// exactly one table: the command line to exit status, the server to HTTP
// status, the workers to the outcome of a job.
type Code string

// The codes.
const (
	Internal    Code = "internal"    // a fault of the program
	Usage       Code = "usage"       // wrong options or arguments
	Invalid     Code = "invalid"     // input that is not what it should be
	NotFound    Code = "not_found"   // no such file, gene, system, set …
	Unwritable  Code = "unwritable"  // an output cannot be written
	Problems    Code = "problems"    // a check ran to its end and found problems
	Unreachable Code = "unreachable" // a service on the network does not answer

	Unauthenticated Code = "unauthenticated" // it is not known who asks
	Forbidden       Code = "forbidden"       // known, but without the right
	Conflict        Code = "conflict"        // what is there does not allow it: a name is taken, an object in use
	Stale           Code = "stale"           // somebody else changed the object in between
	TooLarge        Code = "too_large"       // more bytes or rows than are taken
	TooMany         Code = "too_many"        // too many attempts in a short time
	NoSpace         Code = "no_space"        // a quota or a disk is full
	Unavailable     Code = "unavailable"     // switched off, stopping or not ready
)

// Error is an error that was written for the person who reads it.
type Error struct {
	Code Code
	Msg  string // one sentence without final full stop; what to do, where that helps
	Err  error  // the cause; nil when there is none
	// Fields are the faults of an input, each at its place; nil when the input
	// as a whole is meant.
	Fields []Fault
	// Retry is after how long it makes sense to try again; 0 when that is not known.
	Retry time.Duration
}

// Fault is what is wrong at one place of an input.
type Fault struct {
	Field string `json:"field"` // as "rows[2].birth": names of the API, rows from 0
	Msg   string `json:"message"`
}

// Errorf makes an Error whose message is formatted. An operand of %w becomes
// the cause.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Msg: err.Error(), Err: errors.Unwrap(err)}
}

// Error is the message; the cause is part of it when the author of the message
// put it there.
func (e *Error) Error() string {
	if e.Msg == "" && e.Err != nil {
		return e.Err.Error()
	}
	return e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of the outermost Error in err's chain. Any other error is
// [Internal]; nil has the empty code.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Faults gathers what is wrong with an input, so that a person learns all of it
// at once. Its zero value is ready.
type Faults struct{ list []Fault }

// Add notes a fault of a field.
func (f *Faults) Add(field, format string, args ...any) {
	f.list = append(f.list, Fault{Field: field, Msg: fmt.Sprintf(format, args...)})
}

// Require notes a fault of the field unless ok.
func (f *Faults) Require(ok bool, field, format string, args ...any) {
	if !ok {
		f.Add(field, format, args...)
	}
}

// Err is nil when nothing was noted; otherwise an [Invalid] error that names
// the first fault and carries all of them.
func (f *Faults) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	msg := f.list[0].Field + ": " + f.list[0].Msg
	if n := len(f.list) - 1; n > 0 {
		msg += fmt.Sprintf(" (and %d more)", n)
	}
	return &Error{Code: Invalid, Msg: msg, Fields: f.list}
}
