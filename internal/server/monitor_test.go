package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/monitor"
)

// TestRunMonitor: a real monitor hears of two real servers over HTTP, and of one
// that was stopped no more.
func TestRunMonitor(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	said, ended := make(chan string, 10), make(chan error, 1)
	go func() {
		ended <- RunMonitor(ctx, Config{Settings: settings(data), Say: func(format string, args ...any) { said <- fmt.Sprintf(format, args...) }})
	}()
	var url string
	select {
	case line := <-said:
		_, url, _ = strings.Cut(line, "the monitor is at ")
	case err := <-ended:
		t.Fatalf("the monitor ended: %v", err)
	}
	servers := map[string]*running{}
	for _, name := range []string{"a.example.org", "b.example.org"} {
		token, err := monitor.NewToken(data, name, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		servers[name] = run(t, Config{Version: "9.9.9", Settings: settings(t.TempDir(), func(c *config.Config) {
			c.Monitor = config.Monitor{URL: url, Token: token, Every: config.Duration(time.Second)}
		})})
	}
	list := func() map[string]monitor.Server {
		t.Helper()
		status, text := fetch(t, http.DefaultClient, url+"/api/servers")
		var in struct{ Servers []monitor.Server }
		if err := json.Unmarshal([]byte(text), &in); err != nil || status != http.StatusOK {
			t.Fatalf("got %d %s (%v)", status, text, err)
		}
		got := map[string]monitor.Server{}
		for _, s := range in.Servers {
			got[s.Name] = s
		}
		return got
	}
	// Reports come by the second; waited for is that they do, by asking.
	until := func(what string, ok func(map[string]monitor.Server) bool) {
		t.Helper()
		limit := time.After(time.Minute)
		for !ok(list()) {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-limit:
				t.Fatalf("%s: got %+v", what, list())
			}
		}
	}
	until("both report", func(got map[string]monitor.Server) bool {
		return got["a.example.org"].Report != nil && got["b.example.org"].Report != nil
	})
	a := list()["a.example.org"]
	if a.State != monitor.Well || a.Report.Version != "9.9.9" || a.Report.DiskFree <= 0 || len(a.Report.Checks) < 5 {
		t.Errorf("report: got %+v, %+v", a, a.Report)
	}
	servers["b.example.org"].stopOrFail(t)
	before := list()
	until("a goes on", func(got map[string]monitor.Server) bool {
		return got["a.example.org"].Seen.After(before["a.example.org"].Seen)
	})
	if got := list()["b.example.org"].Seen; got != before["b.example.org"].Seen {
		t.Errorf("b was stopped, and was seen at %s", got)
	}
	servers["a.example.org"].stopOrFail(t)
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("stopped: %v", err)
	}
}
