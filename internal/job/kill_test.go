package job_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// The killing test: the test binary itself, started with a role in its
// environment, is a server that takes orders or a worker. They are killed, or
// stopped for longer than their lease and let go on, at random moments. The
// tables orders and ledger say what must have happened.

const (
	roleVar   = "VIDJIL_JOB_TEST_ROLE"
	urlVar    = "VIDJIL_JOB_TEST_URL"
	dirVar    = "VIDJIL_JOB_TEST_DIR"
	nameVar   = "VIDJIL_JOB_TEST_NAME"
	lastVar   = "VIDJIL_JOB_TEST_LAST"
	killJobs  = 200
	killLease = time.Second
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVar) {
	case "worker":
		os.Exit(status(beWorker()))
	case "server":
		os.Exit(status(beServer()))
	default:
		os.Exit(m.Run())
	}
}

func status(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// beServer takes the orders that are not in yet: the row of an order and its job
// are one transaction. It ends when all are in.
func beServer() error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: os.Getenv(urlVar)})
	if err != nil {
		return err
	}
	last, err := strconv.Atoi(os.Getenv(lastVar))
	if err != nil {
		return err
	}
	for {
		var n int
		err := s.Write(ctx, func(tx *store.Tx) error {
			if err := tx.NewRaw("SELECT coalesce(max(n), 0) FROM orders").Scan(ctx, &n); err != nil || n == last {
				return err
			}
			got, _, err := job.Enqueue(ctx, tx, lab.Job{
				Kind: lab.JobAnalyze, GroupID: int64(n % 5), Args: strconv.Itoa(n + 1), Key: fmt.Sprint("order ", n+1), MaxAttempts: 50,
				Lane: []lab.Lane{lab.LaneShort, lab.LaneLong}[n%2],
			})
			if err != nil {
				return err
			}
			_, err = tx.NewRaw("INSERT INTO orders (n, job_id) VALUES (?, ?)", n+1, got[0].ID).Exec(ctx)
			return err
		})
		if err != nil && lab.CodeOf(err) != lab.Unavailable {
			return err
		}
		if err == nil && n == last {
			return s.Close()
		}
	}
}

// beWorker works until its standard input ends. Each job leaves a file while it
// runs, takes some milliseconds, and writes the ledger when it is done; every
// fourth one also has a follow-up in the same transaction.
func beWorker() error {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{URL: os.Getenv(urlVar)})
	if err != nil {
		return err
	}
	dir := os.Getenv(dirVar)
	work := func(ctx context.Context, r *job.Run) error {
		name := filepath.Join(dir, fmt.Sprintf("%d-%d", r.Job.ID, r.Job.Attempt))
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			return err
		}
		for i := range 5 {
			r.Progress(float64(i)/5, int64(i), "working")
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(4 * time.Millisecond): // the work
			}
		}
		r.Finish(func(ctx context.Context, tx *store.Tx) error {
			if n, err := strconv.Atoi(r.Job.Args); err == nil && n%4 == 0 {
				if _, _, err := job.Enqueue(ctx, tx, lab.Job{Kind: lab.JobFuse, GroupID: 9, Args: r.Job.Args + " fused", MaxAttempts: 50}); err != nil {
					return err
				}
			}
			_, err := tx.NewRaw("INSERT INTO ledger (job_id, args, attempt) VALUES (?, ?, ?)", r.Job.ID, r.Job.Args, r.Job.Attempt).Exec(ctx)
			return err
		})
		return nil
	}
	p, err := job.New(job.Config{
		Store: s, Handlers: handlers(work), Name: os.Getenv(nameVar), Workers: 3, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Lease: killLease, Beat: killLease / 5, Flush: killLease / 10, Poll: killLease / 10,
	})
	if err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it, or ends
	if err := p.Stop(ctx); err != nil {
		return err
	}
	return s.Close()
}

// process is a child in one of the roles.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	log   *os.File
}

func spawn(t *testing.T, role, url, dir, name string, last int) *process {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(dir, "log-"+name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVar+"="+role, urlVar+"="+url, dirVar+"="+dir, nameVar+"="+name, lastVar+"="+strconv.Itoa(last))
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{cmd, stdin, log}
}

// kill ends the process as a power cut does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.log.Close()
}

// end ends it in peace.
func (p *process) end(t *testing.T) {
	t.Helper()
	p.stdin.Close()
	if err := p.cmd.Wait(); err != nil {
		text, _ := os.ReadFile(p.log.Name())
		t.Errorf("a process that was to end in peace: %v\n%s", err, text[max(0, len(text)-2000):])
	}
	p.log.Close()
}

func TestKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIP kills processes for some seconds: not with -short")
	}
	for name, tt := range map[string]struct {
		url     func(t testing.TB) string
		workers int
	}{
		"sqlite":                {storetest.SQLite, 1},
		"sqlite, three workers": {storetest.SQLite, 3},
		"postgres":              {storetest.Postgres, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const seed = 20261123
			killing(t, tt.url(t), tt.workers, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

// killing enqueues and works all orders while processes die, and then reads the
// ledger.
func killing(t *testing.T, url string, workers int, random *rand.Rand) {
	b, dir := newBench(t, url), t.TempDir()
	b.write(func(ctx context.Context, tx *store.Tx) error {
		for _, q := range []string{
			"CREATE TABLE orders (n BIGINT PRIMARY KEY, job_id BIGINT NOT NULL UNIQUE)",
			"CREATE TABLE ledger (job_id BIGINT NOT NULL, args TEXT NOT NULL, attempt BIGINT NOT NULL)", // nothing unique: twice would be seen
		} {
			if _, err := tx.NewRaw(q).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	list := make([]*process, workers)
	start := func(i int) { list[i] = spawn(t, "worker", url, dir, fmt.Sprint("worker-", i), 0) }
	for i := range list {
		start(i)
	}
	server := spawn(t, "server", url, dir, "server", killJobs)
	t.Cleanup(func() {
		for _, p := range append(list, server) {
			p.kill()
		}
	})

	kills, pauses := 0, 0
	deadline := time.Now().Add(2 * time.Minute)
	for round := 0; ; round++ {
		done, total := counts(t, b)
		if total == killJobs+killJobs/4 && done == total {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %d kills: %d jobs of %d are done:\n%s", kills, done, total, stuck(t, b))
		}
		// A moment later, or as soon as some more are done.
		wait(t, b, time.Duration(30+random.IntN(250))*time.Millisecond, done+1+random.IntN(20))
		i := random.IntN(workers + 1)
		switch {
		case i == workers:
			server.kill()
			kills++
			server = spawn(t, "server", url, dir, "server", killJobs)
		case random.IntN(4) == 0:
			// Longer than its lease: when it goes on, its jobs are others'.
			p := list[i].cmd.Process
			_ = p.Signal(syscall.SIGSTOP)
			wait(t, b, killLease+killLease/2, 1<<30)
			_ = p.Signal(syscall.SIGCONT)
			pauses++
		default:
			list[i].kill()
			kills++
			start(i)
		}
	}
	server.stdin.Close()
	for _, p := range list {
		p.end(t)
	}
	t.Logf("%d kills, %d pauses", kills, pauses)
	if kills < 5 {
		t.Errorf("only %d kills: the test is too gentle", kills)
	}
	readLedger(t, b, dir, kills+pauses)
}

// readLedger checks that each order was done exactly once, with its follow-up,
// that nothing is left, and that each attempt more than one has its cause.
func readLedger(t *testing.T, b *bench, dir string, disturbances int) {
	b.write(func(ctx context.Context, tx *store.Tx) error {
		var rows []struct {
			Args    string
			N       int
			Attempt int
		}
		if err := tx.NewRaw("SELECT args, count(*) AS n, max(attempt) AS attempt FROM ledger GROUP BY args").Scan(ctx, &rows); err != nil {
			return err
		}
		seen := map[string]bool{}
		attempts := 0
		for _, r := range rows {
			seen[r.Args] = true
			attempts += r.Attempt
			if r.N != 1 {
				t.Errorf("order %q was done %d times", r.Args, r.N)
			}
		}
		for n := 1; n <= killJobs; n++ {
			if !seen[strconv.Itoa(n)] {
				t.Errorf("order %d was never done", n)
			}
			if n%4 == 0 && !seen[strconv.Itoa(n)+" fused"] {
				t.Errorf("order %d has no follow-up", n)
			}
		}
		if want := killJobs + killJobs/4; len(rows) != want {
			t.Errorf("ledger: got %d orders, want %d", len(rows), want)
		}
		left, err := tx.Jobs(ctx, store.JobFilter{States: []lab.JobState{lab.JobWaiting, lab.JobQueued, lab.JobRunning, lab.JobFailed, lab.JobCancelled}})
		if len(left) > 0 {
			t.Errorf("%d jobs are not done, first %+v", len(left), left[0])
		}
		// A kill or pause of one process costs no more attempts than it has
		// places.
		extra := attempts - len(rows)
		if extra > 3*disturbances {
			t.Errorf("%d attempts too many for %d disturbances", extra, disturbances)
		}
		if extra == 0 {
			t.Error("no attempt was interrupted: the test is too gentle")
		}
		files, err2 := filepath.Glob(filepath.Join(dir, "[0-9]*"))
		t.Logf("%d attempts at %d jobs, %d starts", attempts, len(rows), len(files))
		if err == nil {
			err = err2
		}
		return err
	})
}

func counts(t *testing.T, b *bench) (done, total int) {
	t.Helper()
	err := b.Read(t.Context(), func(tx *store.Tx) error {
		return tx.NewRaw("SELECT count(*) FILTER (WHERE state = 'done'), count(*) FROM jobs").Scan(t.Context(), &done, &total)
	})
	if err != nil {
		t.Fatal(err)
	}
	return done, total
}

// wait waits for a time, or until so many jobs are done: then the moment is one
// of the queue's, not of the clock's.
func wait(t *testing.T, b *bench, d time.Duration, done int) {
	t.Helper()
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-end.C:
			return
		case <-tick.C:
			if n, _ := counts(t, b); n >= done {
				return
			}
		}
	}
}

// stuck tells of the jobs that are not done.
func stuck(t *testing.T, b *bench) string {
	t.Helper()
	var text strings.Builder
	w := bufio.NewWriter(&text)
	b.write(func(ctx context.Context, tx *store.Tx) error {
		list, err := tx.Jobs(ctx, store.JobFilter{States: []lab.JobState{lab.JobWaiting, lab.JobQueued, lab.JobRunning, lab.JobFailed}, Limit: 20})
		for _, j := range list {
			fmt.Fprintf(w, "%+v\n", j)
		}
		return err
	})
	w.Flush()
	return text.String()
}
