package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"vidjil.org/vidjil/internal/lab"
)

var (
	errPanic     = errors.New("handler panicked")
	errCrossSite = lab.Errorf(lab.Forbidden, "this request came from a page of another site")
)

// writeProblem answers with an error where no huma handler does.
func (a *api) writeProblem(ctx context.Context, w http.ResponseWriter, err error) {
	p := a.problem(ctx, err)
	w.Header().Set("Content-Type", p.ContentType(""))
	if after := retryAfter(ended(ctx, err)); after != "" {
		w.Header().Set("Retry-After", after)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) //nolint:errchkjson // whoever asked is gone
}
