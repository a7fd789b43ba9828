package cli

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/seqio"
)

// reads are the files of one sample, digested while they are read.
type reads struct {
	sources []seqio.Source
	files   []*readFile
}

// readFile is one file of reads.
type readFile struct {
	name string // as the user wrote it
	size int64  // bytes, still compressed; 0 when not known

	mu     sync.Mutex
	digest string // SHA-256 of the whole file; empty until its end was read
}

// newReads prepares files; "-" is standard input.
func newReads(names []string, s *streams) (*reads, error) {
	r := &reads{}
	stdin := false
	for _, name := range names {
		source := seqio.File(name)
		if name == "-" {
			if stdin {
				return nil, lab.Errorf(lab.Usage, "standard input can be read once only")
			}
			stdin = true
			source.Open = func() (io.ReadCloser, error) { return io.NopCloser(s.in), nil }
		}
		f := &readFile{name: name, size: source.Size}
		open := source.Open
		source.Open = func() (io.ReadCloser, error) {
			raw, err := open()
			if err != nil {
				return nil, readError(name, err)
			}
			return &digestReader{ReadCloser: raw, file: f, sum: sha256.New()}, nil
		}
		r.sources, r.files = append(r.sources, source), append(r.files, f)
	}
	return r, nil
}

// digestReader digests what is read of a file. When reads are sampled the
// reader opens a file twice, first for a look at its start: each time gets a
// sum of its own, and only one that came to the end counts.
type digestReader struct {
	io.ReadCloser

	file *readFile
	sum  hash.Hash
}

func (d *digestReader) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	d.sum.Write(p[:n])
	if err == io.EOF {
		d.file.mu.Lock()
		defer d.file.mu.Unlock()
		d.file.digest = hex.EncodeToString(d.sum.Sum(nil))
	}
	return n, err
}

// sha256 is the digest of the whole file; empty when its end was not read.
func (f *readFile) sha256() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.digest
}

// looksPaired names two files that look like the two ends of the same
// fragments: their names differ in R1 and R2 alone.
func looksPaired(names []string) (first, second string, ok bool) {
	seen := map[string]string{}
	for _, name := range names {
		key := strings.NewReplacer("_R1", "_R#", "_R2", "_R#").Replace(filepath.Base(name))
		if other, twice := seen[key]; twice && other != name && strings.Contains(key, "_R#") {
			return other, name, true
		}
		seen[key] = name
	}
	return "", "", false
}

// readLines gives the lines of a small text file of a user, without their ends.
func readLines(path string, s *streams, line func(n int, text string) error) error {
	in, err := openInput(path, s)
	if err != nil {
		return err
	}
	defer in.Close()
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 1<<20)
	n := 0
	for sc.Scan() {
		n++
		if err := line(n, strings.TrimRight(sc.Text(), "\r")); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return readError(path, err)
	}
	return nil
}
