//go:build ignore

// Command transfer moves an archive of a gigabyte of reads between two servers of
// its own, as their administrators do: reads are uploaded to the one, exported
// over its data and over the network, and imported into the other in both ways.
// It prints how long each step took and the most memory that each process held.
//
//	make build && go run bench/transfer.go [-mb 1000] [-dir DIRECTORY]
//
// It needs four times the size on the disk, and leaves nothing.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vidjil.org/vidjil/client"
)

// files is the number of samples over which the reads are spread.
const files = 10

// reads are records of noise, at any offset: a size of its own for each seed.
type reads struct {
	size int64
	seed uint64
}

const recordBytes = 512

func (r reads) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && off < r.size {
		record := r.record(off / recordBytes)
		k := copy(p[n:min(len(p), n+int(r.size-off))], record[off%recordBytes:])
		n, off = n+k, off+int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r reads) record(i int64) []byte {
	chance := rand.New(rand.NewPCG(uint64(i), r.seed))
	const letters = (recordBytes - len("@r0000000000000000\n") - len("\n+\n\n")) / 2
	b := fmt.Appendf(make([]byte, 0, recordBytes), "@r%016d\n", i)
	for k := 0; k < letters; k += 32 {
		for bits, j := chance.Uint64(), 0; j < min(32, letters-k); j, bits = j+1, bits>>2 {
			b = append(b, "ACGT"[bits&3])
		}
	}
	b = append(b, "\n+\n"...)
	for range letters {
		b = append(b, 'I')
	}
	for len(b) < recordBytes {
		b = append(b, '\n')
	}
	return b
}

// server is a child process with its people.
type server struct {
	name, data, url, token string
	cmd                    *exec.Cmd
	c                      *client.Client
}

func start(name, dir, addr string) (*server, error) {
	s := &server{name: name, data: filepath.Join(dir, name), url: "http://" + addr, token: filepath.Join(dir, name+".token")}
	s.cmd = exec.Command("bin/vidjil", "serve", "--data", s.data, "--addr", addr, "--workers", "1", "--log", "none")
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	setup := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, end, ok := strings.Cut(lines.Text(), "setup#"); ok {
				setup <- end
			}
		}
	}()
	select {
	case link := <-setup:
		return s, s.furnish(link)
	case <-time.After(time.Minute):
		return s, errors.New("the server prints no setup link")
	}
}

// furnish makes an account with a token that may do everything in a group.
func (s *server) furnish(link string) (err error) {
	ctx := context.Background()
	jar, _ := cookiejar.New(nil)
	if s.c, err = client.New(client.Options{URL: s.url, HTTP: &http.Client{Jar: jar}}); err != nil {
		return err
	}
	if _, err := s.c.Setup(ctx, client.Setup{Token: link, Email: "bench@example.org", Name: "Bench", Password: "a long enough password"}); err != nil {
		return err
	}
	who, err := s.c.Whoami(ctx)
	if err != nil {
		return err
	}
	g, err := s.c.CreateGroup(ctx, client.NewGroup{Name: "laboratory", Members: []int64{who.User.ID}})
	if err != nil {
		return err
	}
	if g.ID != group {
		return fmt.Errorf("the group has the number %d", g.ID)
	}
	if _, err := s.c.SetRights(ctx, g.ID, "set:create", "set:read", "set:edit", "set:upload", "set:anon"); err != nil {
		return err
	}
	token, err := s.c.CreateToken(ctx, client.NewToken{Name: "bench", Scopes: []string{"read", "write", "upload"}})
	if err != nil {
		return err
	}
	return os.WriteFile(s.token, []byte(token.Text), 0o600)
}

// group is the number of the first group that a person makes.
const group = 3

// fill makes a run of samples with reads.
func (s *server) fill(size int64) error {
	ctx := context.Background()
	sets, err := s.c.CreateSets(ctx, client.NewSet{Kind: "run", Name: "bench", GroupID: group})
	if err != nil {
		return err
	}
	for i := range files {
		r := reads{size: size / files, seed: uint64(i)}
		name := fmt.Sprintf("s%d.fastq", i)
		samples, err := s.c.CreateSamples(ctx, client.NewSample{Sets: []int64{sets[0].ID}, Files: []client.NewFile{{Role: "reads", Name: name, Size: r.size}}})
		if err != nil {
			return err
		}
		if _, err := s.c.Upload(ctx, samples[0].Files[0].ID, name, r, r.size, client.UploadOptions{}); err != nil {
			return err
		}
	}
	return nil
}

var residentPeak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the most memory that the server has held, in MB, since this was asked
// the last time.
func (s *server) peak() int64 {
	proc := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	text, _ := os.ReadFile(proc + "status")
	_ = os.WriteFile(proc+"clear_refs", []byte("5"), 0)
	m := residentPeak.FindSubmatch(text)
	if m == nil {
		return 0
	}
	kb, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return kb / 1000
}

func (s *server) stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// step runs a command and prints a row of the report.
func step(name string, size int64, at []*server, args ...string) error {
	for _, s := range at {
		s.peak()
	}
	cmd := exec.Command("bin/vidjil", args...)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	took := time.Since(began).Seconds()
	memory := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss / 1000 // kB on Linux
	of := "–"
	for _, s := range at {
		of = fmt.Sprintf("%d MB", s.peak())
	}
	fmt.Printf("| %s | %.1f s | %.0f MB/s | %d MB | %s |\n", name, took, float64(size)/1e6/took, memory, of)
	return nil
}

func main() {
	mb := flag.Int64("mb", 1000, "bytes of reads, in MB (10^6)")
	dir := flag.String("dir", "var/bench/transfer", "where the servers keep their data; it is removed")
	port := flag.Int("port", 8197, "the first of two ports")
	flag.Parse()
	log.SetFlags(0)
	if err := run(*mb*1e6/recordBytes*recordBytes, *dir, *port); err != nil {
		log.Fatal(err)
	}
}

func run(size int64, dir string, port int) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	from, err := start("from", dir, fmt.Sprintf("127.0.0.1:%d", port))
	if from != nil {
		defer from.stop()
	}
	if err != nil {
		return err
	}
	to, err := start("to", dir, fmt.Sprintf("127.0.0.1:%d", port+1))
	if to != nil {
		defer to.stop()
	}
	if err != nil {
		return err
	}
	if err := from.fill(size); err != nil {
		return err
	}
	file := filepath.Join(dir, "sets.zip")
	number := strconv.Itoa(group)
	near, far := func(s *server) []string { return []string{"--data", s.data} }, func(s *server) []string {
		return []string{"--server", s.url, "--token-file", s.token}
	}
	fmt.Println("| step | time | rate | memory of the command | memory of the server |\n|---|--:|--:|--:|--:|")
	for _, x := range []struct {
		name string
		at   []*server
		args []string
	}{
		{"export, `--data`", nil, append([]string{"export", "group", number, "--reads", "-o", file}, near(from)...)},
		{"export, `--server`", []*server{from}, append([]string{"export", "group", number, "--reads", "-o", file}, far(from)...)},
		{"dry run, `--data`", nil, append([]string{"import", file, "--group", number, "--dry-run"}, near(to)...)},
		{"import, `--data`", nil, append([]string{"import", file, "--group", number}, near(to)...)},
		{"import, `--server`", []*server{to}, append([]string{"import", file, "--group", number, "--copy-known"}, far(to)...)},
		{"check of the stored files, `--data`", nil, append([]string{"export", "group", number, "--check"}, near(to)...)},
	} {
		if err := step(x.name, size, x.at, x.args...); err != nil {
			return err
		}
	}
	return nil
}
