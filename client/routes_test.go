package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"vidjil.org/vidjil/client"
)

// TestCallsAskTheirRoute: what is asked of the server, for calls that the pages
// make and no test of the API does.
func TestCallsAskTheirRoute(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		call func(ctx context.Context, c *client.Client) error
		want string
	}{
		"archives":        {func(ctx context.Context, c *client.Client) error { _, err := c.Bundles(ctx); return err }, "GET /api/v1/me/exports"},
		"an archive":      {func(ctx context.Context, c *client.Client) error { return drained(c.Bundle(ctx, 7)) }, "GET /api/v1/me/exports/7/content"},
		"without archive": {func(ctx context.Context, c *client.Client) error { return c.DeleteBundle(ctx, 7) }, "DELETE /api/v1/me/exports/7"},
		"use of a config": {func(ctx context.Context, c *client.Client) error { _, err := c.ConfigUse(ctx, 3); return err }, "GET /api/v1/configs/3/use"},
		"log": {
			func(ctx context.Context, c *client.Client) error {
				_, err := c.ServerLog(ctx, client.LogQuery{Level: "warn", After: 12})
				return err
			},
			"GET /api/v1/log?after=12&level=warn",
		},
		"server": {func(ctx context.Context, c *client.Client) error { _, err := c.Server(ctx); return err }, "GET /api/v1/server"},
		"states of sets": {func(ctx context.Context, c *client.Client) error {
			_, err := c.SetStates(ctx, []int64{1, 20})
			return err
		}, "GET /api/v1/sets/states?ids=1%2C20"},
		"titles": {
			func(ctx context.Context, c *client.Client) error {
				_, err := c.Titles(ctx, []int64{1}, []int64{2, 3})
				return err
			},
			"GET /api/v1/titles?samples=2%2C3&sets=1",
		},
		"without transfer": {func(ctx context.Context, c *client.Client) error { return c.DeleteTransfer(ctx, 4) }, "DELETE /api/v1/transfers/4"},
		"usage of people":  {func(ctx context.Context, c *client.Client) error { _, err := c.UsageOfPeople(ctx); return err }, "GET /api/v1/usage/people"},
		"own usage":        {func(ctx context.Context, c *client.Client) error { return drained(c.OwnUsageTable(ctx)) }, "GET /api/v1/me/usage.tsv"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r.Method + " " + r.URL.RequestURI()
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, "{}")
			}))
			defer s.Close()
			c, err := client.New(client.Options{URL: s.URL})
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.call(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("asked %s, want %s", got, tt.want)
			}
		})
	}
}

// drained reads a download to its end.
func drained(d client.Download, err error) error {
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, d.Body)
	return errors.Join(err, d.Body.Close())
}
