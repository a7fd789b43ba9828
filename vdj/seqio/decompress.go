package seqio

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

const (
	// rawBufferBytes is what is read of a source at once. Reads larger than this bypass the buffer.
	rawBufferBytes = 256 << 10
	// zstdWindowBytes bounds the memory of a zstd stream; it is the limit of the zstd program, too.
	zstdWindowBytes = 128 << 20

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
	gzip  *gzipReader // not nil for gzip that is no BGZF
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
		s.gzip = &gzipReader{src: s.buf}
		s.text = s.gzip
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
	n := s.count.here - int64(s.buf.Buffered())
	if s.gzip != nil {
		n -= s.gzip.inflater.Ahead()
	}
	return n
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
