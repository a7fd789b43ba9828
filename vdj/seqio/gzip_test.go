package seqio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"sync/atomic"
	"testing"
)

// withHeader puts another header before the data of a gzip member.
func withHeader(member []byte, flags byte, fields ...[]byte) []byte {
	header := append([]byte(gzipMagic), 8, flags, 1, 2, 3, 4, 0, 255)
	for _, f := range fields {
		header = append(header, f...)
	}
	if flags&gzipHasSum != 0 {
		header = binary.LittleEndian.AppendUint16(header, uint16(crc32.ChecksumIEEE(header)))
	}
	return append(header, member[gzipFixed:]...) // the standard library writes no more than that
}

func TestGzipHeader(t *testing.T) {
	t.Parallel()
	want := fastqText(20, 50)
	member := gzipped(want)
	extra := []byte{5, 0, 'X', 'Y', 1, 0, 'z'}
	name, comment := []byte("reads.fastq\x00"), []byte("a comment\x00")
	all := byte(gzipHasExtra | gzipHasName | gzipHasComment | gzipHasSum)
	whole := withHeader(member, all, extra, name, comment)
	read := func(data []byte) ([]byte, error) {
		src := memory("a", data)
		s, err := openStream(src, 1, new(atomic.Int64))
		if err != nil {
			return nil, err
		}
		defer func() { _ = s.close() }() // only read from
		return io.ReadAll(s.text)
	}
	for name, data := range map[string][]byte{
		"plain": member, "text flag": withHeader(member, 1), "extra": withHeader(member, gzipHasExtra, extra),
		"name": withHeader(member, gzipHasName, name), "comment": withHeader(member, gzipHasComment, comment),
		"sum": withHeader(member, gzipHasSum), "all": whole,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read(data)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
			}
		})
	}
	broken := bytes.Clone(whole)
	broken[gzipFixed+3] ^= 1
	if _, err := read(broken); !errors.Is(err, ErrDamaged) {
		t.Errorf("wrong checksum of the header: error %v", err)
	}
	for n := len(gzipMagic) + 2; n < len(whole)-len(member)+gzipFixed+1; n++ {
		if got, err := read(whole[:n]); !errors.Is(err, ErrTruncated) || len(got) > 0 {
			t.Errorf("cut after %d bytes: %d bytes of text, error %v", n, len(got), err)
		}
	}
}
