// Package storetest gives tests a database of each kind: SQLite in a directory
// of the test, PostgreSQL in a private cluster that lives as long as the test
// binary. It is for tests only.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Each runs a test on SQLite and on PostgreSQL, each time with the URL of an
// empty database. Without PostgreSQL the second is skipped with the reason,
// unless VIDJIL_TEST_ALL is set: then it fails.
func Each(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Postgres(t))
	})
}

// SQLite returns the URL of an empty database.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "vidjil.db")
}

var (
	cluster = sync.OnceValues(start)
	counter atomic.Int64
)

// Postgres returns the URL of an empty database, which goes with the test. The
// cluster is that of TEST_POSTGRES_URL when it is set, otherwise one that is
// started from Debian's programs.
func Postgres(t testing.TB) string {
	t.Helper()
	running, err := cluster()
	if err != nil {
		if os.Getenv("VIDJIL_TEST_ALL") != "" {
			t.Fatalf("PostgreSQL: %v", err)
		}
		t.Skipf("SKIP PostgreSQL: %v", err)
	}
	base := running.url
	name := fmt.Sprintf("vidjil_test_%d_%d", os.Getpid(), counter.Add(1))
	admin(t, base, "CREATE DATABASE "+name)
	t.Cleanup(func() { admin(t, base, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func admin(t testing.TB, base, query string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		t.Fatalf("connect to PostgreSQL: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// server is a running cluster.
type server struct {
	url string
	// lifeline is the end of a pipe that stays open as long as it is referred
	// to: the server stops when it closes, however this process ends.
	lifeline io.Closer
}

// start makes and starts a cluster on a socket in a directory of its own.
func start() (server, error) {
	if u := os.Getenv("TEST_POSTGRES_URL"); u != "" {
		return server{url: u}, nil
	}
	bin, err := programs()
	if err != nil {
		return server{}, err
	}
	dir, err := os.MkdirTemp("", "vidjil-pg-")
	if err != nil {
		return server{}, err
	}
	cred, err := owner(dir)
	if err != nil {
		return server{}, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "vidjil", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	initdb.SysProcAttr, initdb.Dir = &syscall.SysProcAttr{Credential: cred}, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return server{}, fmt.Errorf("initdb: %w: %s", err, out)
	}
	// The shell ends the server when its standard input ends, however this
	// process does.
	script := `"$0" -D "$1" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200 >"$2/log" 2>&1 &
pid=$!; read -r _; kill -INT $pid; wait $pid; rm -rf "$2"`
	shell := exec.Command("/bin/sh", "-c", script, filepath.Join(bin, "postgres"), data, dir)
	shell.SysProcAttr, shell.Dir = &syscall.SysProcAttr{Credential: cred, Setpgid: true}, dir
	lifeline, err := shell.StdinPipe()
	if err != nil {
		return server{}, err
	}
	if err := shell.Start(); err != nil {
		return server{}, fmt.Errorf("start PostgreSQL: %w", err)
	}
	base := (&url.URL{Scheme: "postgres", User: url.User("vidjil"), Path: "/postgres", RawQuery: "host=" + url.QueryEscape(dir)}).String()
	return server{base, lifeline}, wait(base, filepath.Join(dir, "log"))
}

// programs finds the newest PostgreSQL of Debian's packages, or that on the PATH.
func programs() (string, error) {
	list, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is good
	slices.SortFunc(list, func(a, b string) int { return version(b) - version(a) })
	if len(list) > 0 {
		return filepath.Dir(list[0]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("neither TEST_POSTGRES_URL nor its programs (apt install postgresql)")
	}
	return filepath.Dir(path), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4]) // 0 sorts last
	return n
}

// owner is who runs the cluster: PostgreSQL refuses to be root.
func owner(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nobody else than we are
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, errors.New("running as root, and there is no user postgres to start it as")
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2, os.Chmod(dir, 0o700), os.Chown(dir, int(uid), int(gid))); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// wait tries to connect until the server answers.
func wait(base, log string) error {
	deadline := time.Now().Add(time.Minute)
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		conn, err := pgx.Connect(ctx, base)
		if err == nil {
			err = conn.Close(ctx)
		}
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log) // what there is of it
			return fmt.Errorf("PostgreSQL does not answer: %w: %s", err, text)
		}
		time.Sleep(20 * time.Millisecond) // a new process has no other sign of being ready
	}
}
