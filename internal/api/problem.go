package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// status is the one table of codes and HTTP statuses.
func status(code lab.Code) int {
	switch code {
	case lab.Invalid, lab.Usage:
		return http.StatusUnprocessableEntity
	case lab.Unauthenticated:
		return http.StatusUnauthorized
	case lab.Forbidden:
		return http.StatusForbidden
	case lab.NotFound:
		return http.StatusNotFound
	case lab.Conflict, lab.Problems:
		return http.StatusConflict
	case lab.Stale:
		return http.StatusPreconditionFailed
	case lab.TooLarge:
		return http.StatusRequestEntityTooLarge
	case lab.TooMany:
		return http.StatusTooManyRequests
	case lab.NoSpace:
		return http.StatusInsufficientStorage
	case lab.Unavailable, lab.Unreachable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// problem gives an error the form in which it leaves. Text that was not written
// for people goes to the log, and the person gets the id to find it there.
func (a *api) problem(ctx context.Context, err error) *client.Problem {
	if p, ok := errors.AsType[*client.Problem](err); ok {
		return p
	}
	request := actorOf(ctx).RequestID
	if err = ended(ctx, err); errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return &client.Problem{Title: "Client Closed Request", Status: 499, Detail: "the request was given up", Code: string(lab.Unavailable), RequestID: request}
	}
	code := lab.CodeOf(err)
	s := status(code)
	if s == http.StatusInternalServerError {
		a.Log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("request_id", request), slog.String("error", err.Error()))
		a.Service.ReportFault(request)
		return &client.Problem{Title: http.StatusText(s), Status: s, Detail: "internal error; the server's log knows more of request " + request, Code: string(lab.Internal), RequestID: request}
	}
	var e *lab.Error
	errors.As(err, &e)
	return &client.Problem{Title: http.StatusText(s), Status: s, Detail: e.Error(), Code: string(code), RequestID: request, Errors: faults(e.Fields)}
}

// failure is problem as a handler returns it: with the time after which to try
// again, where that is known.
func (a *api) failure(ctx context.Context, err error) error {
	p := a.problem(ctx, err)
	if after := retryAfter(ended(ctx, err)); after != "" {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {after}})
	}
	return p
}

// ended is why a request was ended, if it was the server that did so, as when it
// stops: then one may ask again. Any other error stays what it is.
func ended(ctx context.Context, err error) error {
	if cause, ok := errors.AsType[*lab.Error](context.Cause(ctx)); ok && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

// retryAfter is the value of the header, "" when there is none.
func retryAfter(err error) string {
	e, ok := errors.AsType[*lab.Error](err)
	if !ok || e.Retry <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(math.Ceil(e.Retry.Seconds())), 10)
}

// foreignProblem is an error of the HTTP library: input that does not fit the
// types, or a fault. Values are not repeated: one may be a password.
func foreignProblem(status int, msg string, errs []error) *client.Problem {
	p := &client.Problem{Title: http.StatusText(status), Status: status, Detail: msg, Code: string(lab.Invalid)}
	if status >= http.StatusInternalServerError {
		p.Code, p.Detail = string(lab.Internal), "internal error"
		return p
	}
	for _, err := range errs {
		if d, ok := err.(huma.ErrorDetailer); ok {
			detail := d.ErrorDetail()
			p.Errors = append(p.Errors, client.Fault{Field: strings.TrimPrefix(detail.Location, "body."), Message: detail.Message})
		}
	}
	if len(p.Errors) > 0 {
		p.Detail = p.Errors[0].Field + ": " + p.Errors[0].Message
		if n := len(p.Errors) - 1; n > 0 {
			p.Detail += fmt.Sprintf(" (and %d more)", n)
		}
	}
	return p
}

// check answers who does not fulfil a need.
func (n need) check(who *service.Actor) error {
	if n == anyone {
		return nil
	}
	if !who.Known() {
		return lab.Errorf(lab.Unauthenticated, "sign in first")
	}
	if n == admin && !who.Administer() {
		return lab.Errorf(lab.Forbidden, "only administrators may do this")
	}
	return nil
}

func faults(list []lab.Fault) []client.Fault {
	var out []client.Fault
	for _, f := range list {
		out = append(out, client.Fault{Field: f.Field, Message: f.Msg})
	}
	return out
}
