package seqio

import (
	"bytes"
	"compress/flate"
	stdgzip "compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// shared gives the path of a file beside the checkout, and skips the test when it is not there.
func shared(t testing.TB, elements ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared"}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no shared data: %v", err)
	}
	return path
}

// memory is a source of known size in memory.
func memory(name string, data []byte) Source {
	return Source{Name: name, Size: int64(len(data)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

// pipe is a source of unknown size.
func pipe(data []byte) Source {
	s := memory("-", data)
	s.Size = 0
	return s
}

// read is a record that lives on.
type read struct{ Name, Seq, Qual string }

func copyReads(reads []read, records []Record) []read {
	for _, r := range records {
		reads = append(reads, read{string(r.Name), string(r.Seq), string(r.Qual)})
	}
	return reads
}

// tester is what testing and rapid have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// readAll reads and parses all blocks, checking what every reading must fulfil.
func readAll(t tester, sources []Source, opt Options) ([]read, *Reader, error) {
	t.Helper()
	r, err := NewReader(sources, opt)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	var all []read
	var b Block
	var records []Record
	cut := int64(0)
	for i := 0; ; i++ {
		err := r.Next(&b)
		if err == io.EOF {
			break
		}
		if err != nil {
			if again := r.Next(&b); !errors.Is(again, err) {
				t.Errorf("after error %v, Next gave %v", err, again)
			}
			return all, r, err
		}
		if b.Index != i || b.FirstRead != cut || b.Reads == 0 {
			t.Fatalf("block %d starts at read %d with %d reads, want block %d at read %d", b.Index, b.FirstRead, b.Reads, i, cut)
		}
		cut += int64(b.Reads)
		records, err = b.Parse(records)
		all = copyReads(all, records)
		if err != nil {
			return all, r, err
		}
		if opt.SampledReads == 0 && len(records) != b.Reads {
			t.Fatalf("block %d: cut %d records, parsed %d", i, b.Reads, len(records))
		}
		if r.Reads() != cut {
			t.Fatalf("Reads() = %d after %d records", r.Reads(), cut)
		}
	}
	return all, r, nil
}

// fastqText makes n random reads of the given length with a few N.
func fastqText(n, length int) []byte {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	var text []byte
	rec := Record{Seq: make([]byte, length), Qual: make([]byte, length)}
	for i := range n {
		for j := range length {
			rec.Seq[j] = "ACGT"[rng.IntN(4)]
			rec.Qual[j] = "FFFFFFF:,#"[rng.IntN(10)]
		}
		if i%20 == 0 {
			rec.Seq[rng.IntN(length)] = 'N'
		}
		rec.Name = fmt.Appendf(nil, "M01:72:000-A1:1:1101:%d:%d 1:N:0:1", 1000+i%9000, i)
		text = AppendFASTQ(text, rec)
	}
	return text
}

func gzipped(data []byte) []byte {
	var out bytes.Buffer
	w, err := stdgzip.NewWriterLevel(&out, stdgzip.BestSpeed)
	if err != nil {
		panic(err)
	}
	w.Write(data)
	w.Close()
	return out.Bytes()
}

func zstandard(data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(data, nil)
}

var bgzfEnd = []byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x00\x1b\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00")

// bgzipped packs data into BGZF members of the given text size, with the end-of-file block.
func bgzipped(data []byte, size int) []byte {
	var out []byte
	w, err := flate.NewWriter(nil, flate.BestSpeed) // costs a megabyte: one for all members
	if err != nil {
		panic(err)
	}
	for len(data) > 0 {
		n := min(size, len(data))
		out = append(out, bgzfBlock(w, data[:n], crc32.ChecksumIEEE(data[:n]), uint32(n))...)
		data = data[n:]
	}
	return append(out, bgzfEnd...)
}

func bgzfBlock(w *flate.Writer, text []byte, sum, size uint32) []byte {
	var packed bytes.Buffer
	w.Reset(&packed)
	w.Write(text)
	w.Close()
	out := []byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x00")
	out = binary.LittleEndian.AppendUint16(out, uint16(18+packed.Len()+8-1))
	out = append(out, packed.Bytes()...)
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, size)
}

// alignment is a BAM record to be written.
type alignment struct {
	name  string
	flags uint16
	seq   string
	qual  []byte // Phred, nil = missing
}

// bamText makes the decompressed bytes of a BAM file.
func bamText(alignments ...alignment) []byte {
	out := []byte("BAM\x01")
	header := "@HD\tVN:1.6\n@SQ\tSN:14\tLN:107043718\n"
	out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
	out = append(out, header...)
	out = binary.LittleEndian.AppendUint32(out, 1)
	out = binary.LittleEndian.AppendUint32(out, 3)
	out = append(out, "14\x00"...)
	out = binary.LittleEndian.AppendUint32(out, 107043718)
	for _, a := range alignments {
		rec := bamRecord(a)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(rec)))
		out = append(out, rec...)
	}
	return out
}

func bamRecord(a alignment) []byte {
	rec := make([]byte, bamFixedBytes)
	rec[8] = byte(len(a.name) + 1)
	binary.LittleEndian.PutUint16(rec[12:], 1)
	binary.LittleEndian.PutUint16(rec[14:], a.flags)
	binary.LittleEndian.PutUint32(rec[16:], uint32(len(a.seq)))
	rec = append(rec, a.name...)
	rec = append(rec, 0)
	rec = binary.LittleEndian.AppendUint32(rec, uint32(len(a.seq))<<4)
	for i := 0; i < len(a.seq); i += 2 {
		code := byte(bytes.IndexByte([]byte(bamLetters), a.seq[i])) << 4
		if i+1 < len(a.seq) {
			code |= byte(bytes.IndexByte([]byte(bamLetters), a.seq[i+1]))
		}
		rec = append(rec, code)
	}
	if a.qual == nil {
		return append(rec, bytes.Repeat([]byte{0xff}, len(a.seq))...)
	}
	rec = append(rec, a.qual...)
	return append(rec, "NHC\x01"...)
}
