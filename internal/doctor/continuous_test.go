package doctor_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/doctor"
	"vidjil.org/vidjil/internal/store/storetest"
)

// copied plants the state of a continuous copy.
func copied(change func(*backup.ContinuousState)) func(*ward) {
	return func(w *ward) {
		w.t.Helper()
		s := backup.ContinuousState{Target: "/copy", TargetID: "t", Database: "d", State: 7, At: now().Add(-2 * time.Second)}
		change(&s)
		text, err := json.Marshal(s)
		if err != nil {
			w.t.Fatal(err)
		}
		dir := filepath.Join(w.c.Data, ".continuous")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			w.t.Fatal(err)
		}
		w.file("state.json", text, dir)
		w.c.Continuous = "/copy"
	}
}

func continuousFaults() []fault {
	return []fault{
		{name: "no continuous copy was begun", plant: func(w *ward) { w.c.Continuous = "/copy" }, want: []string{"continuous.none"}},
		{name: "the continuous copy went elsewhere", plant: copied(func(s *backup.ContinuousState) { s.Target = "/old" }), want: []string{"continuous.none"}},
		{name: "the continuous copy does not work", plant: copied(func(s *backup.ContinuousState) { s.Error = "the disk is full" }), want: []string{"continuous.failed"}},
		{name: "the continuous copy is behind", plant: copied(func(s *backup.ContinuousState) { s.At = now().Add(-time.Hour) }), want: []string{"continuous.lag"}},
		{name: "the continuous copy lacks bytes", plant: copied(func(s *backup.ContinuousState) { s.Missing = 1 }), want: []string{"continuous.incomplete"}},
	}
}

// TestContinuousIsWell finds nothing in a copy that goes on, and in that of a
// server that was stopped long ago with all of it copied.
func TestContinuousIsWell(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*backup.ContinuousState){
		"working": func(*backup.ContinuousState) {},
		"stopped": func(s *backup.ContinuousState) { s.At, s.Ended = now().Add(-1000*time.Hour), true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, storetest.SQLite(t))
			copied(change)(w)
			r, err := doctor.Run(t.Context(), w.c)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Findings {
				t.Errorf("%s: %s", f.Code, f.Msg)
			}
		})
	}
}
