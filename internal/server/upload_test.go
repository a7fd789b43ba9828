package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/store/storetest"
)

// The variables that make the test binary a server, which another process can
// kill.
const (
	processDir  = "VIDJIL_TEST_SERVER"
	processAddr = "VIDJIL_TEST_SERVER_ADDR"
	processDB   = "VIDJIL_TEST_SERVER_DATABASE"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(processDir); dir != "" {
		err := Run(context.Background(), Config{
			Settings: settings(dir, func(c *config.Config) { c.HTTP.Addr, c.Database = os.Getenv(processAddr), os.Getenv(processDB) }),
			Say: func(format string, args ...any) {
				fmt.Fprintf(os.Stdout, strings.ReplaceAll(format, "\n", " ")+"\n", args...)
			},
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// startProcess starts a server in another process and returns what it has said.
func startProcess(t *testing.T, dir, addr, database string) (kill func(), link string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), processDir+"="+dir, processAddr+"="+addr, processDB+"="+database)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // "signal: killed"
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "vidjil is at ") {
		kill()
		t.Fatalf("the server said %q", lines.Text())
	}
	if _, err := os.Stat(filepath.Join(dir, "set up")); err == nil {
		return kill, ""
	}
	if !lines.Scan() {
		kill()
		t.Fatal("the server gave no setup link")
	}
	return kill, lines.Text()
}

// freeAddr is an address that a server can have, and have again.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// setUp makes the first administrator by the link, and returns a script of
// theirs and a sample that expects a file.
func setUp(t *testing.T, url, link string, size int, via http.RoundTripper) (*client.Client, client.Sample) {
	t.Helper()
	ctx := t.Context()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Options{URL: url, HTTP: &http.Client{Jar: jar, Transport: via}})
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "#")
	if _, err := c.Setup(ctx, client.Setup{Token: strings.TrimSpace(token), Email: "root@example.org", Name: "Root", Password: "seven quiet horses"}); err != nil {
		t.Fatalf("setup: %v", err)
	}
	made, err := c.CreateToken(ctx, client.NewToken{Name: "script", Scopes: []string{"read", "write", "upload", "admin"}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := c.CreateGroup(ctx, client.NewGroup{Name: "laboratory"})
	if err != nil {
		t.Fatal(err)
	}
	script, err := client.New(client.Options{URL: url, Token: made.Text, HTTP: &http.Client{Transport: via}})
	if err != nil {
		t.Fatal(err)
	}
	sets, err := script.CreateSets(ctx, client.NewSet{Kind: "run", GroupID: g.ID, Name: "run"})
	if err != nil {
		t.Fatal(err)
	}
	samples, err := script.CreateSamples(ctx, client.NewSample{Sets: []int64{sets[0].ID}, Files: []client.NewFile{{Name: "a.fastq", Size: int64(size)}}})
	if err != nil {
		t.Fatal(err)
	}
	return script, samples[0]
}

// manyReads is n bytes of reads.
func manyReads(n int) []byte {
	var b bytes.Buffer
	state := uint32(7)
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "@read%d\n", i)
		for range 100 {
			state = state*1664525 + 1013904223
			b.WriteByte("ACGT"[state>>30])
		}
		b.WriteString("\n+\n" + strings.Repeat("I", 100) + "\n")
	}
	return b.Bytes()
}

// interrupted uploads data and stops the server when half of it was sent: no more
// is until it takes no connections. The upload goes on by itself when the server
// is back.
func interrupted(t *testing.T, c *client.Client, s client.Sample, data []byte, addr string, stop, start func()) {
	t.Helper()
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	var stopped atomic.Bool
	ended := make(chan struct{})
	opt := client.UploadOptions{SHA256: digest, PieceBytes: 1 << 30, Backoff: 20 * time.Millisecond, Patience: time.Minute}
	opt.Progress = func(sent int64) {
		if sent > int64(len(data)/2) && stopped.CompareAndSwap(false, true) {
			go func() {
				defer close(ended)
				stop()
				start()
			}()
			for answers(addr) {
				select {
				case <-ended: // it was too quick for us
					return
				default:
				}
			}
		}
	}
	got, err := c.Upload(t.Context(), s.Files[0].ID, "a.fastq", bytes.NewReader(data), int64(len(data)), opt)
	if err != nil {
		t.Fatal(err)
	}
	<-ended
	if got.State != "finished" || got.SHA256 != digest {
		t.Errorf("upload: got %+v", got)
	}
	after, err := c.Sample(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if f := after.Files[0]; f.State != "present" || f.Digest != digest || f.Size != int64(len(data)) {
		t.Errorf("file: got %+v", f)
	}
	content, err := c.FileContent(t.Context(), s.Files[0].ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	var back bytes.Buffer
	_, err = back.ReadFrom(content)
	if err := errors.Join(err, content.Close()); err != nil || !bytes.Equal(back.Bytes(), data) {
		t.Errorf("download: got %d bytes, %v", back.Len(), err)
	}
}

func answers(addr string) bool {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// TestUploadSurvivesKill: kill -9 in the middle of a request.
func TestUploadSurvivesKill(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, database string) {
		dir, addr, data := t.TempDir(), freeAddr(t), manyReads(24<<20)
		kill, link := startProcess(t, dir, addr, database)
		c, s := setUp(t, "http://"+addr, link, len(data), nil)
		if err := os.WriteFile(filepath.Join(dir, "set up"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		interrupted(t, c, s, data, addr, kill, func() { kill, _ = startProcess(t, dir, addr, database) })
		kill()
	})
}

// TestUploadSurvivesRestart: an orderly stop in the middle of a request.
func TestUploadSurvivesRestart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, database string) {
		c := settings(t.TempDir(), func(c *config.Config) { c.HTTP.Addr, c.Database = freeAddr(t), database })
		data := manyReads(24 << 20)
		first := run(t, Config{Settings: c})
		said := first.said
		for !strings.Contains(said, "#") {
			said += first.line()
		}
		script, s := setUp(t, first.url, said, len(data), nil)
		stop := func() {
			if err := first.stop(); err != nil {
				t.Error(err)
			}
		}
		interrupted(t, script, s, data, c.HTTP.Addr, stop, func() { run(t, Config{Settings: c}) })
	})
}
