//go:build ignore

// Command upload sends a file of many gigabytes to a server of its own, kills
// the server with SIGKILL a few times on the way, and checks that the digest of
// what arrived is that of what was sent. The file is not on the disk: its bytes
// are computed where they are asked for.
//
//	make build && go run bench/upload.go [-gb 20] [-kills 3] [-dir DIRECTORY]
//
// It needs as much free disk as the file is large, and leaves nothing.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	"sync/atomic"
	"time"

	"vidjil.org/vidjil/client"
)

// recordBytes is the length of each record of the file.
const recordBytes = 512

// reads is a FASTQ file of records of equal length, at any offset.
type reads struct{ size int64 }

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

func (reads) record(i int64) []byte {
	random := rand.New(rand.NewPCG(uint64(i), 1))
	name := fmt.Sprintf("@r%016d\n", i)
	letters := (recordBytes - len(name) - len("\n+\n\n")) / 2
	b := append(make([]byte, 0, recordBytes), name...)
	for k := 0; k < letters; k += 32 {
		for bits, j := random.Uint64(), 0; j < min(32, letters-k); j, bits = j+1, bits>>2 {
			b = append(b, "ACGT"[bits&3])
		}
	}
	b = append(b, "\n+\n"...)
	b = append(b, bytes.Repeat([]byte("I"), letters)...)
	b = append(b, '\n')
	for len(b) < recordBytes { // one letter may be left: an empty line ends no record
		b = append(b, '\n')
	}
	return b
}

// server is a child process on a data directory, which may be started anew.
type server struct {
	dir, addr string
	cmd       *exec.Cmd
	peak      int64 // largest resident size seen, in kB
}

// start runs the server until it says that it listens, and returns the end of
// its setup link, if it printed one.
func (s *server) start() (token string, err error) {
	s.cmd = exec.Command("bin/vidjil", "serve", "--data", s.dir, "--addr", s.addr, "--workers", "-1", "--log", "none")
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := s.cmd.Start(); err != nil {
		return "", err
	}
	seen := make(chan string, 1)
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			if _, end, ok := strings.Cut(sc.Text(), "setup#"); ok {
				seen <- end
			}
		}
	}()
	for range 600 {
		if answer, err := http.Get("http://" + s.addr + "/healthz"); err == nil {
			answer.Body.Close()
			select {
			case token = <-seen:
			case <-time.After(time.Second):
			}
			return token, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", errors.New("the server does not answer")
}

var residentPeak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// kill ends the server at once; how much memory it took is noted first.
func (s *server) kill() {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if m := residentPeak.FindSubmatch(text); m != nil {
		kb, _ := strconv.ParseInt(string(m[1]), 10, 64)
		s.peak = max(s.peak, kb)
	}
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func main() {
	gb := flag.Float64("gb", 20, "size of the file in GB (10^9 bytes)")
	kills := flag.Int("kills", 3, "how often the server is killed on the way")
	dir := flag.String("dir", "var/bench/upload", "where the server keeps its data; it is removed")
	flag.Parse()
	log.SetFlags(0)
	if err := run(*gb, *kills, *dir); err != nil {
		log.Fatal(err)
	}
}

func run(gb float64, kills int, dir string) (err error) {
	file := reads{size: int64(gb*1e9) / recordBytes * recordBytes}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &server{dir: dir, addr: "127.0.0.1:8199"}
	token, err := s.start()
	if err != nil {
		return err
	}
	defer func() { s.kill() }()
	jar, _ := cookiejar.New(nil)
	c, err := client.New(client.Options{URL: "http://" + s.addr, HTTP: &http.Client{Jar: jar}})
	if err != nil {
		return err
	}
	ctx := context.Background()
	id, err := announce(ctx, c, token, file.size)
	if err != nil {
		return err
	}
	digest := make(chan string, 1)
	go func() {
		h := sha256.New()
		io.Copy(h, io.NewSectionReader(file, 0, file.size))
		digest <- hex.EncodeToString(h.Sum(nil))
	}()
	var sent atomic.Int64
	ended := make(chan struct{})
	go func() { // kills the server at equal shares of the way
		for i := 1; i <= kills; i++ {
			for sent.Load() < file.size*int64(i)/int64(kills+1) {
				select {
				case <-ended:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
			s.kill()
			fmt.Printf("killed at %.1f GB\n", float64(sent.Load())/1e9)
			if _, err := s.start(); err != nil {
				log.Print(err)
			}
		}
	}()
	start := time.Now()
	status, err := c.Upload(ctx, id, "large.fastq", file, file.size, client.UploadOptions{Progress: func(n int64) { sent.Store(n) }})
	close(ended)
	if err != nil {
		return err
	}
	took := time.Since(start)
	want := <-digest
	if status.SHA256 != want {
		return fmt.Errorf("the server has %s, want %s", status.SHA256, want)
	}
	s.kill()
	fmt.Printf("%.1f GB in %.0f s: %.0f MB/s with %d kills; the digest is right; the server took at most %d MB\n",
		float64(file.size)/1e9, took.Seconds(), float64(file.size)/1e6/took.Seconds(), kills, s.peak/1000)
	return nil
}

// announce makes an account, a set and a sample with one file, and returns the
// number of the file.
func announce(ctx context.Context, c *client.Client, token string, size int64) (int64, error) {
	who := client.Setup{Token: token, Email: "bench@example.org", Name: "Bench", Password: "a long enough password"}
	if _, err := c.Setup(ctx, who); err != nil {
		return 0, err
	}
	sets, err := c.CreateSets(ctx, client.NewSet{Kind: "run", Name: "bench"})
	if err != nil {
		return 0, err
	}
	samples, err := c.CreateSamples(ctx, client.NewSample{
		Sets:  []int64{sets[0].ID},
		Files: []client.NewFile{{Role: "reads", Name: "large.fastq", Size: size}},
	})
	if err != nil {
		return 0, err
	}
	return samples[0].Files[0].ID, nil
}
