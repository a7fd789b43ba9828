package backup_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/store"
)

// followed is the program that is killed: it writes without end while it copies
// continuously, and tells each name whose state the target has.
func followed(ctx context.Context) error {
	st, err := store.OpenAsIs(store.Config{URL: os.Getenv(killURL)})
	if err != nil {
		return err
	}
	blobs, err := blob.OpenDir(os.Getenv(killData) + "/blobs")
	if err != nil {
		return err
	}
	states := make(chan backup.ContinuousState)
	c := backup.Continuous{
		Source: backup.Source{Store: st, Database: os.Getenv(killURL), Blobs: blobs, Data: os.Getenv(killData)}, Place: os.Getenv(killTarget),
		Every: 5 * time.Millisecond, Told: func(s backup.ContinuousState) { states <- s },
	}
	if err := c.Start(ctx); err != nil {
		return err
	}
	for i := 0; ; i++ {
		name := fmt.Sprintf("%s%d", os.Getenv(killTo), i)
		err := st.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE users SET name = ? WHERE id = 1", name)
			return err
		})
		if err != nil {
			return err
		}
		for written := time.Now(); ; {
			s := <-states
			if s.Error != "" {
				return fmt.Errorf("round: %s", s.Error)
			}
			if s.At.After(written) {
				break
			}
		}
		fmt.Fprintln(os.Stdout, name, time.Now().UnixNano())
	}
}

// TestContinuousKill kills a server again and again while it writes: each start
// goes on with the copy, and all that was told can be brought back.
func TestContinuousKill(t *testing.T) {
	t.Parallel()
	s := newCopiedSite(t)
	s.src.Store.Close()
	told := map[string]time.Time{}
	for turn := range 4 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), killWhat+"=continuous", killData+"="+s.src.Data, killURL+"="+s.src.Database, killTarget+"="+s.target, killTo+"="+fmt.Sprintf("turn%d-", turn))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 3 + 5*turn {
			if !lines.Scan() {
				t.Fatalf("turn %d ended: %v", turn, cmd.Wait())
			}
			var name string
			var at int64
			if _, err := fmt.Sscan(lines.Text(), &name, &at); err != nil {
				t.Fatal(err)
			}
			told[name] = time.Unix(0, at)
		}
		_ = cmd.Process.Kill() // kill -9
		_ = cmd.Wait()         // "signal: killed"
	}
	points, err := backup.Points(t.Context(), s.open())
	if err != nil || len(points) != 1 || points[0].Ended {
		t.Fatalf("got %+v, %v: want one database, that has not ended", points, err)
	}
	for name, when := range told {
		got, rows, _ := s.restoreAt(when)
		// The program may have written the next name before the time was noted.
		turn, n, _ := strings.Cut(name, "-")
		var i int
		if _, err := fmt.Sscan(n, &i); err != nil {
			t.Fatal(err)
		}
		users := strings.Join(rows["users"], "\n")
		if !strings.Contains(users, "name="+name+" ") && !strings.Contains(users, fmt.Sprintf("name=%s-%d ", turn, i+1)) {
			t.Errorf("at the time of %s (state of %s): got %s", name, got.Manifest.CreatedAt, users)
		}
	}
}

// BenchmarkContinuous measures what a copy costs those who write: short
// transactions, one after another, without one and with one.
func BenchmarkContinuous(b *testing.B) {
	for _, with := range []bool{false, true} {
		b.Run(fmt.Sprintf("copied=%t", with), func(b *testing.B) {
			data := b.TempDir()
			url := "sqlite:" + data + "/vidjil.db"
			st, err := store.Open(b.Context(), store.Config{URL: url})
			if err != nil {
				b.Fatal(err)
			}
			defer st.Close()
			blobs, err := blob.OpenDir(data + "/blobs")
			if err != nil {
				b.Fatal(err)
			}
			var lag, rounds, most time.Duration
			c := &backup.Continuous{
				Source: backup.Source{Store: st, Database: url, Blobs: blobs, Data: data}, Place: b.TempDir() + "/target",
				Told: func(s backup.ContinuousState) {
					if s.Error != "" {
						b.Error(s.Error)
					}
					took := time.Since(s.At)
					lag, rounds, most = lag+took, rounds+1, max(most, took)
				},
			}
			if with {
				if err := c.Start(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			defer c.Stop()
			var worst time.Duration
			text := strings.Repeat("x", 200)
			for b.Loop() {
				began := time.Now()
				err := st.Write(b.Context(), func(tx *store.Tx) error {
					_, err := tx.ExecContext(b.Context(), "INSERT INTO settings (name, value) VALUES (hex(randomblob(8)), ?)", text)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				worst = max(worst, time.Since(began))
			}
			c.Stop()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
			b.ReportMetric(float64(worst.Microseconds())/1000, "worst-ms")
			if rounds > 0 {
				b.ReportMetric(float64((lag/rounds).Microseconds())/1000, "round-ms")
				b.ReportMetric(float64(most.Microseconds())/1000, "longest-round-ms")
			}
		})
	}
}
