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
)

// Error is an error that was written for the person who reads it.
type Error struct {
	Code Code
	Msg  string // one sentence without final full stop; what to do, where that helps
	Err  error  // the cause; nil when there is none
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
