package upload

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
)

// statusChecksum is what the tus protocol answers to bytes with another sum.
const statusChecksum = 460

// statuses maps codes to HTTP statuses. Clients of the tus protocol try again, a
// few times, after 409, 423 and all from 500 on, and after no other one.
var statuses = map[lab.Code]int{
	lab.Usage:           http.StatusBadRequest,
	lab.Invalid:         http.StatusBadRequest,
	lab.Unauthenticated: http.StatusUnauthorized,
	lab.Forbidden:       http.StatusForbidden,
	lab.NotFound:        http.StatusNotFound,
	lab.Conflict:        http.StatusConflict,
	lab.Stale:           http.StatusPreconditionFailed,
	lab.TooLarge:        http.StatusRequestEntityTooLarge,
	lab.TooMany:         http.StatusTooManyRequests,
	lab.NoSpace:         http.StatusInsufficientStorage,
	lab.Unavailable:     http.StatusServiceUnavailable,
	lab.Unreachable:     http.StatusServiceUnavailable,
}

// statusOf is the HTTP status of an error.
func statusOf(err error) int {
	if r, ok := errors.AsType[refusal](err); ok {
		return int(r)
	}
	switch {
	case errors.Is(err, blob.ErrDigest):
		return statusChecksum
	case errors.Is(err, ErrContent):
		return http.StatusUnsupportedMediaType
	}
	if status, ok := statuses[lab.CodeOf(err)]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// refusal is the HTTP status of an upload that was refused before.
type refusal int

func (r refusal) Error() string { return "refused with status " + strconv.Itoa(int(r)) }

// exchange is what the receiver and tusd, which hands on no requests, know
// together of one request.
type exchange struct {
	request *http.Request
	control *http.ResponseController
	upload  Upload  // of a POST, once the Ledger has agreed
	created bool    // a POST: the upload is there
	outcome *record // of an upload that is finished
	err     error   // why the request is refused
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	ex, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		panic("upload: a request that did not come through ServeHTTP")
	}
	return ex
}

// fail keeps an error for the answer and gives tusd one with its status.
func (ex *exchange) fail(err error) error {
	ex.err = err
	return handler.NewError("ERR_REFUSED", "refused", statusOf(err))
}

// wait lifts the time limit of the answer: storing a large file on another
// machine takes minutes.
func (ex *exchange) wait() {
	_ = ex.control.SetWriteDeadline(time.Time{}) // not all writers have one
}

// ServeHTTP serves the folder Config.Path and what is below.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	ctx := q.Context()
	path, ok := strings.CutPrefix(q.URL.Path, strings.TrimSuffix(r.cfg.Path, "/"))
	id := strings.Trim(path, "/")
	w.Header().Set("Cache-Control", "no-store")
	if !ok || id != "" && !idForm.MatchString(id) {
		r.cfg.Refuse(w, q, http.StatusNotFound, unknownUpload())
		return
	}
	if id != "" {
		if err := r.ledger.Allow(ctx, q, id); err != nil {
			r.refuseRequest(w, q, statusOf(err), err)
			return
		}
		if r.passedOn(w, q, id) {
			return
		}
		if q.Method == http.MethodGet {
			r.serveStatus(w, q, id)
			return
		}
	}
	q = overridden(q)
	ex := &exchange{request: q, control: http.NewResponseController(w)}
	a := &answer{ResponseWriter: w, ex: ex, receiver: r}
	if id != "" {
		r.serve(id, 1)
		defer r.serve(id, -1)
	}
	defer func() {
		if ex.upload.ID != "" {
			r.serve(ex.upload.ID, -1)
		}
	}()
	r.tus.ServeHTTP(a, q.WithContext(context.WithValue(ctx, exchangeKey{}, ex)))
	if a.status == 0 {
		return
	}
	err := ex.err
	if err == nil {
		err = tusError(a.status, string(a.text))
	}
	r.refuseRequest(w, q, a.status, err)
}

// passedOn has another server answer for an upload that it gathers, and tells
// whether there is one.
func (r *Receiver) passedOn(w http.ResponseWriter, q *http.Request, id string) bool {
	if r.cfg.Elsewhere == nil {
		return false
	}
	other, err := r.cfg.Elsewhere(q.Context(), id)
	if err != nil {
		r.refuseRequest(w, q, statusOf(err), err)
		return true
	}
	if other == nil {
		return false
	}
	// As for wait: it may store a large file before it answers.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // not all writers have one
	other.ServeHTTP(w, q)
	return true
}

// overridden is a request with the method that it means: some networks let no
// PATCH and DELETE through.
func overridden(q *http.Request) *http.Request {
	const header = "X-Http-Method-Override"
	method := q.Header.Get(header)
	if q.Method != http.MethodPost || method == "" {
		return q
	}
	q = q.Clone(q.Context())
	q.Header.Del(header)
	q.Method = method
	return q
}

func (r *Receiver) refuseRequest(w http.ResponseWriter, q *http.Request, status int, err error) {
	if status >= http.StatusInternalServerError && status != http.StatusInsufficientStorage {
		r.cfg.Logger.ErrorContext(q.Context(), "upload request", "method", q.Method, "status", status, "error", err)
	}
	r.cfg.Refuse(w, q, status, err)
}

// tusError says what tusd found wrong by itself. Its texts below 500 are fixed.
func tusError(status int, text string) error {
	text = strings.TrimSpace(text)
	if _, after, ok := strings.Cut(text, ": "); ok {
		text = after
	}
	switch {
	case status == http.StatusNotFound:
		return unknownUpload()
	case status == http.StatusConflict:
		return lab.Errorf(lab.Conflict, "the upload is at another place: ask for it by HEAD and go on from there")
	case status < http.StatusInternalServerError && text != "":
		return lab.Errorf(lab.Invalid, "%s", text)
	case status < http.StatusInternalServerError:
		return lab.Errorf(lab.Invalid, "%s", strings.ToLower(http.StatusText(status)))
	}
	return &lab.Error{Code: lab.Unavailable, Msg: "the upload was interrupted; it can be resumed", Err: errors.New(text)}
}

func (r *Receiver) serveStatus(w http.ResponseWriter, q *http.Request, id string) {
	s, err := r.Status(q.Context(), id)
	if err != nil {
		r.refuseRequest(w, q, statusOf(err), err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(s); err != nil {
		r.cfg.Logger.DebugContext(q.Context(), "upload status", "upload", id, "error", err)
	}
}

// answer is the writer that tusd gets. It holds back refusals, for which tusd has
// words of its own, and adds to the rest what only we know.
type answer struct {
	http.ResponseWriter

	ex       *exchange
	receiver *Receiver
	status   int // of a refusal; 0 otherwise
	text     []byte
}

// Unwrap gives [http.ResponseController] the writer of the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	h := a.Header()
	if a.ex.created {
		// tusd writes the address as the server sees it; behind a proxy that is
		// another one than the client's.
		h.Set("Location", a.receiver.cfg.Path+a.ex.upload.ID)
	}
	if status >= http.StatusBadRequest {
		a.status = status
		h.Del("Content-Length")
		h.Del("Content-Type")
		return
	}
	if rec := a.ex.outcome; rec != nil {
		h.Set("Upload-Digest", "sha256:"+string(rec.Digest))
		h.Set("Upload-Content", string(rec.Content))
		h.Set("Upload-Duplicate", strconv.FormatBool(rec.Duplicate))
	}
	if limit := a.receiver.cfg.MaxBytes; limit > 0 && a.ex.request.Method == http.MethodOptions {
		h.Set("Tus-Max-Size", strconv.FormatInt(limit, 10))
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		return a.ResponseWriter.Write(p)
	}
	a.text = append(a.text, p...)
	return len(p), nil
}

// writeProblem answers as RFC 9457 has it.
func writeProblem(w http.ResponseWriter, _ *http.Request, status int, err error) {
	problem := struct {
		Title  string   `json:"title"`
		Status int      `json:"status"`
		Detail string   `json:"detail"`
		Code   lab.Code `json:"code"`
	}{http.StatusText(status), status, "internal error", lab.CodeOf(err)}
	if e, ok := errors.AsType[*lab.Error](err); ok {
		problem.Detail = e.Msg
	}
	if problem.Title == "" {
		problem.Title = "Checksum Mismatch"
	}
	data, err := json.Marshal(problem)
	if err != nil {
		data = nil // strings and a number: cannot be
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // the connection may be gone
}
