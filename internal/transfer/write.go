package transfer

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"
)

// Format and Version are at the head of each manifest. The version grows with
// each change that an older program would misread.
const (
	Format  = "vidjil-archive"
	Version = 1
)

// Manifest says what an archive holds. It is the last member, as the digests of
// the others are known only when they were written, and nothing is written twice;
// the comment of the ZIP file has its own digest.
type Manifest struct {
	Format    string    `json:"format"`
	Version   int       `json:"version"`
	Program   string    `json:"program"` // that wrote it, with its version
	CreatedAt time.Time `json:"created_at"`
	// Server is the random name that a server gives itself: with a row's number it
	// says where the row comes from.
	Server string `json:"server"`
	// Anonymous says that no set tells who the patient is.
	Anonymous bool `json:"anonymous"`
	// Reads says that files of reads are inside, where there were any.
	Reads  bool           `json:"reads"`
	Counts map[string]int `json:"counts"` // rows by noun
	// LeftOut says, for people, what the archive does not have and why.
	LeftOut []string `json:"left_out,omitempty"`
	Members []Member `json:"members"`
}

// Member is a file in an archive.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes, unpacked
	Digest string `json:"sha256"`
}

const (
	manifestName  = "manifest.json"
	blobFolder    = "blobs/"
	commentPrefix = "sha256:"
)

// Writer writes an archive from its beginning to its end, so that it can go
// straight to somebody who downloads it.
type Writer struct {
	zip     *zip.Writer
	at      time.Time
	members []Member
	known   map[string]bool // digests of blobs that were written
	counts  map[string]int
}

// NewWriter begins an archive; at is the time that its members get.
func NewWriter(w io.Writer, at time.Time) *Writer {
	z := zip.NewWriter(w)
	// A level above the fastest: rows are few beside reads and results.
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	return &Writer{zip: z, at: at.UTC(), known: map[string]bool{}, counts: map[string]int{}}
}

// member begins a member; end notes it once it was written.
func (w *Writer) member(name string, method uint16) (out io.Writer, end func() Member, err error) {
	to, err := w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: w.at})
	if err != nil {
		return nil, nil, fmt.Errorf("write %s: %w", name, err)
	}
	c := &counter{to: to, sum: sha256.New()}
	return c, func() Member { return Member{name, c.n, hex.EncodeToString(c.sum.Sum(nil))} }, nil
}

type counter struct {
	to  io.Writer
	sum hash.Hash
	n   int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// Content writes all rows.
func (w *Writer) Content(c *Content) error {
	for _, put := range []func() error{
		func() error { return putRows(w, "people", c.People) },
		func() error { return putRows(w, "configs", c.Configs) },
		func() error { return putRows(w, "pre_processes", c.PreProcesses) },
		func() error { return putRows(w, "sets", c.Sets) },
		func() error { return putRows(w, "samples", c.Samples) },
		func() error { return putRows(w, "files", c.Files) },
		func() error { return putRows(w, "results", c.Results) },
		func() error { return putRows(w, "logs", c.Logs) },
		func() error { return putRows(w, "annotations", c.Annotations) },
	} {
		if err := put(); err != nil {
			return err
		}
	}
	return nil
}

func putRows[T any](w *Writer, noun string, rows []T) error {
	out, end, err := w.member(noun+rowsSuffix, zip.Deflate)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(out, 1<<16)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	for i := range rows {
		if err := e.Encode(&rows[i]); err != nil {
			return fmt.Errorf("write %s: %w", noun, err)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", noun, err)
	}
	w.members = append(w.members, end())
	w.counts[noun] = len(rows)
	return nil
}

// Has tells whether the bytes of a digest are in the archive already.
func (w *Writer) Has(digest string) bool { return w.known[digest] }

// Blob writes bytes, which must have the digest. They are not compressed: reads
// and results are already.
func (w *Writer) Blob(digest string, r io.Reader) error {
	out, end, err := w.member(blobFolder+digest, zip.Store)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, r); err != nil {
		return fmt.Errorf("write blob %s: %w", digest, err)
	}
	m := end()
	if m.Digest != digest {
		return fmt.Errorf("write blob %s: the bytes have the digest %s", digest, m.Digest)
	}
	w.members, w.known[digest] = append(w.members, m), true
	return nil
}

// Close writes the manifest, of which format, version, counts and members are
// filled in, and ends the archive.
func (w *Writer) Close(m Manifest) error {
	m.Format, m.Version, m.Counts, m.Members = Format, Version, w.counts, w.members
	m.CreatedAt = m.CreatedAt.UTC()
	out, end, err := w.member(manifestName, zip.Deflate)
	if err != nil {
		return err
	}
	e := json.NewEncoder(out)
	e.SetIndent("", " ")
	if err := e.Encode(&m); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	if err := w.zip.SetComment(commentPrefix + end().Digest); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return w.zip.Close()
}
