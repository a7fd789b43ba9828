package seqio

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// rawBufferBytes is what is read of a source at once. Reads larger than this bypass the buffer.
	rawBufferBytes = 256 << 10
	// zstdWindowBytes bounds the memory of a zstd stream; it is the limit of the zstd program, too.
	zstdWindowBytes = 128 << 20

	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// countingReader adds what is read of a source to counters. total is shared with the Reader's BytesRead.
type countingReader struct {
	r     io.Reader
	here  int64
	total *atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.here += int64(n)
	c.total.Add(int64(n))
	return n, err
}

// stream is one opened source, decompressed.
type stream struct {
	raw   io.ReadCloser
	count countingReader
	buf   *bufio.Reader
	text  io.Reader   // decompressed bytes
	bgzf  *bgzfReader // not nil for BGZF
	zstd  *zstd.Decoder
}

// openStream opens a source and finds its compression. threads is the number of goroutines for BGZF.
func openStream(src Source, threads int, total *atomic.Int64) (*stream, error) {
	raw, err := src.Open()
	if err != nil {
		return nil, err
	}
	s := &stream{raw: raw, count: countingReader{r: raw, total: total}}
	s.buf = bufio.NewReaderSize(&s.count, rawBufferBytes)
	if err := s.decompress(threads); err != nil {
		_ = s.close() // the first error tells more
		return nil, err
	}
	return s, nil
}

func (s *stream) decompress(threads int) error {
	magic, err := s.buf.Peek(4)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case bytes.HasPrefix(magic, []byte(gzipMagic)):
		if bgzfSize(s.buf) > 0 {
			s.bgzf = newBGZFReader(s.buf, threads)
			s.text = s.bgzf
			return nil
		}
		s.text = &gzipReader{src: s.buf}
	case isZstd(magic):
		// No goroutines of its own: with two, BenchmarkZstd stays at 1.0 GB/s.
		s.zstd, err = zstd.NewReader(s.buf, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindowBytes))
		if err != nil {
			return err
		}
		s.text = zstdReader{s.zstd}
	default:
		s.text = s.buf
	}
	return nil
}

// isZstd knows zstd by its magic, or by that of a skippable frame, which pzstd puts in front.
func isZstd(magic []byte) bool {
	return string(magic) == zstdMagic || len(magic) == 4 && magic[0]&0xf0 == 0x50 && string(magic[1:]) == "\x2a\x4d\x18"
}

// consumed is the number of compressed bytes behind what text has given, as far as it can be told; it is the
// same on every run.
func (s *stream) consumed() int64 {
	if s.bgzf != nil {
		return s.bgzf.consumed()
	}
	return s.count.here - int64(s.buf.Buffered())
}

func (s *stream) close() error {
	if s.bgzf != nil {
		s.bgzf.close()
	}
	if s.zstd != nil {
		s.zstd.Close()
	}
	return s.raw.Close()
}

var errTruncatedGzip = &fault{ErrTruncated, "the compressed data end too early (truncated gzip): the file was cut, copy or download it again"}

// gzipFault puts the errors of gzip and deflate into words.
func gzipFault(err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errTruncatedGzip
	case errors.Is(err, gzip.ErrChecksum):
		return &fault{ErrDamaged, "the gzip checksum does not match: the file is damaged, copy or download it again"}
	case errors.Is(err, gzip.ErrHeader):
		return &fault{ErrDamaged, "the gzip header is invalid: the file is damaged, copy or download it again"}
	}
	if text := err.Error(); len(text) > 6 && text[:6] == "flate:" {
		return &fault{ErrDamaged, "the gzip data are invalid (" + text + "): the file is damaged, copy or download it again"}
	}
	return err
}

// gzipReader reads gzip members one after another until the end of src, which may be NUL padding.
type gzipReader struct {
	src  *bufio.Reader
	z    *gzip.Reader
	open bool // inside a member
}

func (g *gzipReader) Read(p []byte) (int, error) {
	if !g.open {
		if err := g.nextMember(); err != nil {
			return 0, gzipFault(err)
		}
	}
	n, err := g.z.Read(p)
	if err == io.EOF {
		g.open, err = false, nil
	}
	return n, gzipFault(err)
}

// nextMember starts the next member; io.EOF when there is none.
func (g *gzipReader) nextMember() error {
	if g.z != nil {
		if err := checkPadding(g.src); err != nil {
			return err
		}
	}
	var err error
	if g.z == nil {
		g.z, err = gzip.NewReader(g.src)
	} else {
		err = g.z.Reset(g.src)
	}
	if err != nil {
		if err == io.EOF { // at least one byte is there
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	g.z.Multistream(false)
	g.open = true
	return nil
}

// checkPadding is called between gzip members: nil if another one starts, io.EOF if nothing follows but NUL
// padding (tapes, some object stores), and a fault for anything else.
func checkPadding(src *bufio.Reader) error {
	magic, err := src.Peek(2)
	if len(magic) == 0 {
		return err
	}
	if string(magic) == gzipMagic || string(magic) == gzipMagic[:1] {
		return nil
	}
	for {
		c, err := src.ReadByte()
		if err != nil {
			return err
		}
		if c != 0 {
			return &fault{ErrDamaged, "something that is not gzip follows the compressed data (trailing garbage): the file is damaged or two files were joined, one of them not compressed"}
		}
	}
}

// zstdReader puts the errors of zstd into words.
type zstdReader struct{ z *zstd.Decoder }

func (r zstdReader) Read(p []byte) (int, error) {
	n, err := r.z.Read(p)
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, &fault{ErrTruncated, "the compressed data end too early (truncated zstd): the file was cut, copy or download it again"}
	case errors.Is(err, zstd.ErrMagicMismatch):
		return n, &fault{ErrDamaged, "something that is not zstd follows the compressed data (trailing garbage): the file is damaged"}
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return n, &fault{ErrFormat, "the zstd window exceeds 128 MB (compressed with --long): decompress with 'zstd -dc --long=31' and pipe it to '-'"}
	}
	return n, &fault{ErrDamaged, "the zstd data are invalid (" + err.Error() + "): the file is damaged, copy or download it again"}
}
