package upload

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
)

// serverDir names the variable that makes the test binary a server, which
// another process can kill.
const serverDir = "VIDJIL_TEST_UPLOAD_SERVER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serverDir); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve runs a server on the folders below dir and prints its address.
func serve(dir string) error {
	blobs, err := blob.OpenDir(filepath.Join(dir, "blobs"))
	if err != nil {
		return err
	}
	r, err := New(blobs, fileLedger{filepath.Join(dir, "ledger")}, Config{Dir: filepath.Join(dir, "uploads")})
	if err != nil {
		return err
	}
	if err := r.Recover(context.Background()); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/v1/uploads/", r)
	l, err := listen()
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, l.Addr())
	return http.Serve(l, mux)
}

// fileLedger writes down what it is told, a line for each call.
type fileLedger struct{ file string }

func (l fileLedger) note(words ...string) error {
	f, err := os.OpenFile(l.file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, strings.Join(words, " "))
	return err
}

func (l fileLedger) Begin(context.Context, *http.Request, Upload) (string, error) {
	return "u1", l.note("begin", "u1")
}

func (l fileLedger) Allow(context.Context, *http.Request, string) error { return nil }

func (l fileLedger) Finish(_ context.Context, id string, f Received) error {
	return l.note("finish", id, string(f.Blob.Digest))
}

func (l fileLedger) Abandon(_ context.Context, id, reason string) error {
	return l.note("abandon", id, reason)
}

// process is a server that can be killed.
type process struct {
	cmd *exec.Cmd
	url string
}

func startProcess(t *testing.T, dir string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), serverDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server gave no address: %v", err)
	}
	return &process{cmd, "http://" + strings.TrimSpace(addr) + "/api/v1/uploads/"}
}

// kill is kill -9.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() // "signal: killed"
}

func request(ctx context.Context, method, url string, body io.Reader, header ...string) (*reply, error) {
	q, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return &reply{resp.StatusCode, resp.Header, data}, err
}

func (p *process) offset(t *testing.T) int {
	t.Helper()
	resp, err := request(t.Context(), "HEAD", p.url+"u1", nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("HEAD: %v, %v", resp, err)
	}
	return atoi(resp.Header.Get("Upload-Offset"))
}

// arrived waits until the server says that it has written at least n bytes.
func (p *process) arrived(t *testing.T, n int64) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		resp, err := request(t.Context(), "GET", p.url+"u1", nil)
		if err != nil {
			t.Fatal(err)
		}
		var s Status
		if err := json.Unmarshal(resp.body, &s); err != nil {
			t.Fatal(err)
		}
		if s.Offset >= n {
			return
		}
	}
	t.Fatalf("%d bytes have not arrived after a minute", n)
}

// TestKill uploads through a real server that is killed with kill -9 in the
// middle of requests, and once when all has arrived.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// Over two checkpoints, so that a killed request leaves one and a tail.
	data := fastq(1, checkpointBytes*5/2)
	p := startProcess(t, dir)
	resp, err := request(t.Context(), "POST", p.url, nil, "Upload-Length", strconv.Itoa(len(data)),
		"Upload-Metadata", metadata("filename", "a.fastq", "sha256", string(digestOf(data))))
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("POST: %v, %v", resp, err)
	}
	offset := 0
	for _, part := range []float64{0.1, 0.55, 0.9} {
		goal := int(part * float64(len(data)))
		body, feed := io.Pipe()
		answered := make(chan error)
		go func() {
			_, err := request(t.Context(), "PATCH", p.url+"u1", body, "Upload-Offset", strconv.Itoa(offset), "Content-Type", "application/offset+octet-stream")
			answered <- err
		}()
		if _, err := feed.Write(data[offset:goal]); err != nil {
			t.Fatal(err)
		}
		p.arrived(t, int64(goal)-1<<20) // the rest may be on its way
		p.kill(t)
		feed.Close()
		if err := <-answered; err == nil {
			t.Error("a killed server answered")
		}
		p = startProcess(t, dir)
		next := p.offset(t)
		if next < goal-1<<20 || next > goal {
			t.Errorf("killed at %d: got offset %d", goal, next)
		}
		offset = next
	}
	resp, err = request(t.Context(), "PATCH", p.url+"u1", bytes.NewReader(data[offset:]), "Upload-Offset", strconv.Itoa(offset), "Content-Type", "application/offset+octet-stream")
	if err != nil || resp.StatusCode != http.StatusNoContent {
		t.Fatalf("last PATCH: %v, %v", resp, err)
	}
	p.kill(t)
	p = startProcess(t, dir)
	if got := p.offset(t); got != len(data) {
		t.Errorf("after the end: got offset %d, want %d", got, len(data))
	}
	p.kill(t)

	log, err := os.ReadFile(filepath.Join(dir, "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "begin u1\nfinish u1 " + string(digestOf(data)) + "\n"; string(log) != want {
		t.Errorf("the ledger was told\n%swant\n%s", log, want)
	}
	blobs, err := blob.OpenDir(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	if err := blob.Verify(t.Context(), blobs, digestOf(data)); err != nil {
		t.Error(err)
	}
}

// TestRecoverComplete: the program was killed after the last byte and before it
// could say so; no client comes back.
func TestRecoverComplete(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 50_000)
	url := b.begin(len(data))
	wantStatus(t, b.patch(url, 0, data[:20_000]), http.StatusNoContent)
	if err := os.WriteFile(filepath.Join(b.cfg.Dir, "u1.part"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	b.restart()
	if b.r.dir.boot == "" {
		t.Skip("this system does not tell its boots: bytes that were not synced are sent again")
	}
	noError(t, b.r.Recover(t.Context()))
	b.kept(url, data)
	if _, err := b.blobs.Stat(t.Context(), digestOf(data)); lab.CodeOf(err) != "" {
		t.Error(err)
	}
}

// BenchmarkReceive is a file through HTTP on the loopback: received, hashed,
// synced and stored.
func BenchmarkReceive(b *testing.B) {
	data := fastq(1, 256<<20)
	dir := b.TempDir()
	blobs, err := blob.OpenDir(filepath.Join(dir, "blobs"))
	if err != nil {
		b.Fatal(err)
	}
	defer blobs.Close()
	l := newLedger()
	r, err := New(blobs, l, Config{Dir: filepath.Join(dir, "uploads")})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	listener, err := listen()
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: r}
	defer server.Close()
	go func() { _ = server.Serve(listener) }()
	b.SetBytes(int64(len(data)))
	for i := 0; b.Loop(); i++ {
		for k := range 12 { // other letters in the first read: new bytes
			data[8+k] = "ACGT"[i>>(2*k)&3]
		}
		resp, err := request(b.Context(), "POST", "http://"+listener.Addr().String()+"/api/v1/uploads/", bytes.NewReader(data),
			"Upload-Length", strconv.Itoa(len(data)), "Upload-Metadata", metadata("filename", "a.fastq"), "Content-Type", "application/offset+octet-stream")
		if err != nil || resp.StatusCode != http.StatusCreated {
			b.Fatalf("%v, %v", resp, err)
		}
	}
}
