package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestStreamsAreBounded: one account, whether by its person or by a token that
// leaked, cannot make the server look after streams without end; others are not
// held up by it, and what is closed counts no more.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	token := func(c *client.Client) string {
		made, err := c.CreateToken(t.Context(), client.NewToken{Name: "t", Scopes: []string{"read"}})
		if err != nil {
			t.Fatal(err)
		}
		return made.Text
	}
	one, other := token(w.admin()), token(w.person("ben"))
	status := func(ctx context.Context, token string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"/api/v1/events?topics=jobs", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req) //nolint:bodyclose // closed with its context
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for i := range 100 {
		if got := status(ctx, one); got != http.StatusOK {
			t.Fatalf("stream %d: got status %d", i, got)
		}
	}
	if got := status(ctx, one); got != http.StatusTooManyRequests {
		t.Errorf("one more: got status %d, want %d", got, http.StatusTooManyRequests)
	}
	if got := status(ctx, other); got != http.StatusOK {
		t.Errorf("of another account: got status %d", got)
	}
	cancel()
	// The server learns of it when its connections tell, soon.
	for end := time.Now().Add(30 * time.Second); ; {
		last, stop := context.WithCancel(t.Context())
		got := status(last, one)
		stop()
		if got == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("when all are closed: got status %d", got)
		}
	}
}

// TestStopping: a request that the server itself ends, as it stops, is answered so
// that clients and balancers send it again; one whose sender is gone is not the
// server's fault.
func TestStopping(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	made, err := w.admin().CreateToken(t.Context(), client.NewToken{Name: "t", Scopes: []string{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		cause  error
		status int
		after  string
	}{
		"the server stops": {&lab.Error{Code: lab.Unavailable, Msg: "the server is stopping", Retry: 5 * time.Second}, http.StatusServiceUnavailable, "5"},
		"its sender went":  {nil, 499, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(tt.cause)
			req := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/sets?kind=patient", nil)
			req.Header.Set("Authorization", "Bearer "+made.Text)
			rec := httptest.NewRecorder()
			api.New(api.Config{Service: w.Service}).ServeHTTP(rec, req)
			if rec.Code != tt.status || rec.Header().Get("Retry-After") != tt.after {
				t.Errorf("got status %d, Retry-After %q, want %d, %q: %s", rec.Code, rec.Header().Get("Retry-After"), tt.status, tt.after, rec.Body)
			}
		})
	}
}
