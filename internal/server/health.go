package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/lab"
)

// probes are the addresses for machines that watch the process. They answer
// without TLS behind a proxy and without the path below which everything is.
const (
	probeAlive  = "/livez"   // the process answers
	probeHealth = "/healthz" // and so does its database
	probeReady  = "/readyz"  // and all that people need
)

func isProbe(path string) bool {
	return path == probeAlive || path == probeHealth || path == probeReady
}

// probeTime is how long a probe may take.
const probeTime = 10 * time.Second

// health adds the probes. What is wrong is told to administrators only.
func (s *server) health(mux *http.ServeMux) {
	mux.HandleFunc("GET "+probeAlive, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, readiness{Status: lab.Fine}) })
	mux.HandleFunc("GET "+probeHealth, func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), probeTime)
		defer cancel()
		if s.uses.Ping(ctx) != nil { // the log has it
			answer(w, http.StatusServiceUnavailable, readiness{Status: lab.Failing})
			return
		}
		answer(w, http.StatusOK, readiness{Status: lab.Fine})
	})
	mux.HandleFunc("GET "+probeReady, func(w http.ResponseWriter, r *http.Request) {
		s.ready(w, r, func() bool { return api.Asker(s.uses, s.secure, r).Administer() })
	})
}

// readiness is the answer of a probe.
type readiness struct {
	Status string           `json:"status"` // ok; warning or error; unready
	Checks []lab.VitalCheck `json:"checks,omitempty"`
	// Queue is the age in seconds of the job of each lane that has waited longest.
	Queue map[lab.Lane]float64 `json:"queue_oldest_seconds,omitempty"`
	Free  *int64               `json:"disk_free_bytes,omitempty"`
}

// ready tells whether people can be sent here: a server whose database or files
// are away is no good to them. With ?strict any error counts, as a queue that
// nobody works on: pages still open then, and whoever watches wants to know.
func (s *watch) ready(w http.ResponseWriter, r *http.Request, mayKnow func() bool) {
	ctx, cancel := context.WithTimeout(r.Context(), probeTime)
	defer cancel()
	v := s.vitals.ask(ctx)
	out, status := readiness{Status: v.State()}, http.StatusOK
	for _, c := range v.Checks {
		if c.State == lab.Failing && (c.Name == "database" || c.Name == "blobs" || r.URL.Query().Has("strict")) {
			status = http.StatusServiceUnavailable
		}
	}
	if mayKnow() {
		out.Checks = v.Checks
		out.Queue = map[lab.Lane]float64{}
		for _, lane := range []lab.Lane{lab.LaneShort, lab.LaneLong} {
			out.Queue[lane] = v.OldestQueued(lane).Seconds()
		}
		if v.Free >= 0 {
			out.Free = &v.Free
		}
	} else {
		out.Status = map[int]string{http.StatusOK: lab.Fine}[status]
		if out.Status == "" {
			out.Status = lab.Failing
		}
	}
	answer(w, status, out)
}

func answer(w http.ResponseWriter, status int, out readiness) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) //nolint:errchkjson // whoever asked is gone
}
