package clonetable

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// A chunk ends after so many clonotypes, or bytes, whatever comes first. 4096
// sequences of 250 letters, packed, fill the second-level cache of a core, and a
// chunk is the least that is unpacked to read one clonotype.
const (
	chunkRows  = 4096
	chunkBytes = 16 << 20
)

// Write writes the table of a result, whose head is everything but its
// clonotypes; these come in the order of their rank. The head may be of one
// sample only: see [repertoire.FromFile] for others. It is read when the
// clonotypes have ended, so that whoever makes them may still complete it.
//
// A few chunks are held in memory at a time. The same input gives the same
// bytes.
func Write(w io.Writer, head *vidjilfile.File, clones iter.Seq2[*vidjilfile.Clone, error]) error {
	out := NewWriter(w, head)
	for c, err := range clones {
		if err == nil {
			err = out.Append(c)
		}
		if err != nil {
			out.Discard()
			return err
		}
	}
	return out.Close()
}

// WriteFile writes the table of a file in memory, of one sample.
func WriteFile(w io.Writer, f *vidjilfile.File) error {
	return Write(w, f, func(yield func(*vidjilfile.Clone, error) bool) {
		for i := range f.Clones {
			if !yield(&f.Clones[i], nil) {
				return
			}
		}
	})
}

// WriteSource writes the table of a source of clonotypes, as
// [repertoire.FromFile] makes one of each sample of a file.
func WriteSource(ctx context.Context, w io.Writer, src repertoire.Source) error {
	rows := 0
	err := src.Scan(ctx, 0, func(*repertoire.Row) error { rows++; return nil })
	if err != nil {
		return err
	}
	return Write(w, src.Head(), func(yield func(*vidjilfile.Clone, error) bool) {
		var some []int
		for from := 0; from < rows; from += chunkRows {
			some = some[:0]
			for i := from; i < min(from+chunkRows, rows); i++ {
				some = append(some, i)
			}
			clones, err := src.Clones(ctx, some)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range clones {
				if !yield(&clones[i], nil) {
					return
				}
			}
		}
	})
}

// Writer writes a table clonotype by clonotype; see [Write]. It belongs to one
// goroutine. After the last clonotype, either Close or Discard must be called.
type Writer struct {
	w      io.Writer
	head   *vidjilfile.File
	offset int64
	footer footer
	err    error

	chunk *gathering
	// packing is the chunk that another goroutine packs meanwhile.
	packing sync.WaitGroup
	packed  *gathering
}

// gathering is a chunk on its way into the file.
type gathering struct {
	cols columnsOf
	rest restWriter
	info chunk
	out  [numColumns][]byte // packed blocks
	zip  *zstd.Encoder
	raw  []byte
	err  error
}

// NewWriter returns a writer of a table with that head, whose Clones are not
// written.
func NewWriter(w io.Writer, head *vidjilfile.File) *Writer {
	out := &Writer{w: w, head: head, chunk: newGathering(), packed: newGathering()}
	if n := head.Samples.Number; n > 1 {
		out.err = fmt.Errorf("write a table of clonotypes: the result has %d samples: each needs a table of its own", n)
		return out
	}
	out.write(binary.LittleEndian.AppendUint32([]byte(magic), version))
	return out
}

func newGathering() *gathering {
	g := &gathering{}
	for i := range g.cols {
		g.cols[i].kind = columns[i].kind
	}
	// Options that are constants cannot be refused.
	g.zip, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	return g
}

// write writes bytes and returns where they begin.
func (w *Writer) write(b []byte) int64 {
	at := w.offset
	if w.err == nil && len(b) > 0 {
		n := 0
		n, w.err = w.w.Write(b)
		w.offset += int64(n)
	}
	return at
}

// Append adds a clonotype. It does not keep it.
func (w *Writer) Append(c *vidjilfile.Clone) error {
	if w.err == nil && !fits(c.Top) {
		w.err = fmt.Errorf("write a table of clonotypes: clonotype %d has rank %d", w.footer.rows+1, c.Top)
	}
	if w.err != nil {
		return w.err
	}
	g := w.chunk
	rest := g.cols.add(c)
	if g.info.rows == 0 {
		g.info.first = w.footer.rows
	}
	if w.err = g.rest.add(&rest); w.err != nil {
		return w.err
	}
	reads := 0
	if len(c.Reads) > 0 {
		reads = c.Reads[0]
	}
	g.info.mostReads = max(g.info.mostReads, int64(reads))
	if n := len(c.ID); n >= MinSequence && (g.info.shortestID == 0 || n < g.info.shortestID) {
		g.info.shortestID = n
	}
	g.info.rows++
	w.footer.rows++
	if g.info.rows == chunkRows || g.size() >= chunkBytes {
		w.turn()
	}
	return w.err
}

func (g *gathering) size() int {
	n := g.rest.buf.Len()
	for _, c := range [...]column{colID, colSequence, colQuality, colName, colCoverageInfo, colJunctionAA, colCDR3AA} {
		n += g.cols[c].size()
	}
	return n
}

// turn lets the chunk be packed while the next one is gathered, and writes the
// one before.
func (w *Writer) turn() {
	w.settle()
	w.chunk, w.packed = w.packed, w.chunk
	if g := w.packed; g.info.rows > 0 {
		w.packing.Go(g.pack)
	}
}

// settle writes the chunk that was packed, if there is one.
func (w *Writer) settle() {
	w.packing.Wait()
	g := w.packed
	if g.info.rows == 0 {
		return
	}
	if w.err == nil {
		w.err = g.err
	}
	for i := range g.info.blocks {
		if b := &g.info.blocks[i]; b.packing != packedNone {
			b.offset = w.write(g.out[i])
		}
	}
	w.footer.chunks = append(w.footer.chunks, g.info)
	g.info = chunk{}
}

// pack makes the blocks of a chunk and empties its columns.
func (g *gathering) pack() {
	g.err = g.rest.finish(&g.cols[colRest])
	g.info.blocks = make([]block, numColumns)
	for i := range g.cols {
		b := &g.cols[i]
		if b.filled {
			g.raw = b.encode(g.raw[:0])
			g.out[i], g.info.blocks[i] = packBlock(g.out[i][:0], g.raw, columns[i].plain, g.zip)
		}
		b.reset()
	}
}

// packBlock appends the block to a buffer, compressed unless plain is asked for
// or compression gains nothing.
func packBlock(to, raw []byte, plain bool, zip *zstd.Encoder) ([]byte, block) {
	b := block{packing: packedZstd, length: len(raw)}
	if !plain {
		to = zip.EncodeAll(raw, to)
	}
	if plain || len(to) >= len(raw) {
		b.packing = packedPlain
		to = append(to[:0], raw...)
	}
	b.stored, b.sum = len(to), sum(to)
	return to, b
}

// Discard ends a table that is not wanted any more: what was written is no
// table.
func (w *Writer) Discard() { w.packing.Wait() }

// Close writes what is left, the head and the footer. It does not close the
// stream.
func (w *Writer) Close() error {
	w.turn()
	w.turn()
	w.settle()
	if w.err != nil {
		return w.err
	}
	var head bytes.Buffer
	if err := vidjilfile.NewWriter(&head, w.head).Close(); err != nil {
		return fmt.Errorf("write a table of clonotypes: head: %w", err)
	}
	if head.Len() > maxBlock {
		return fmt.Errorf("write a table of clonotypes: the head has %d bytes, more than %d", head.Len(), maxBlock)
	}
	packed, b := packBlock(nil, head.Bytes(), false, w.chunk.zip)
	b.offset = w.write(packed)
	w.footer.head, w.footer.fileVersion, w.footer.recombined = b, w.head.Version, recombined(w.head)
	directory := w.footer.encode()
	at := w.write(directory)
	end := binary.LittleEndian.AppendUint64(nil, uint64(at))
	end = binary.LittleEndian.AppendUint64(end, uint64(len(directory)))
	end = binary.LittleEndian.AppendUint32(end, sum(directory))
	w.write(append(end, magic...))
	if w.err != nil {
		return fmt.Errorf("write a table of clonotypes: %w", w.err)
	}
	return nil
}

// recombined is the number of reads of the sample with a recombination, 0 when
// the head does not tell.
func recombined(head *vidjilfile.File) int64 {
	if s := head.Reads.Segmented; len(s) > 0 && s[0] > 0 {
		return int64(s[0])
	}
	n := int64(0)
	for _, reads := range head.Reads.Germline {
		if len(reads) > 0 && reads[0] > 0 {
			n += int64(reads[0])
		}
	}
	return n
}

// restWriter makes the JSON of what clonotypes have beside their columns. It is
// that of a .vidjil file, one clonotype a line, so that the format has one
// writer.
type restWriter struct {
	buf  bytes.Buffer
	json *vidjilfile.Writer
	has  []bool // by row of the chunk
	n    int    // how many have one
}

func (r *restWriter) add(c *vidjilfile.Clone) error {
	some := !nothing(c)
	r.has = append(r.has, some)
	if !some {
		return nil
	}
	if r.json == nil {
		r.json = vidjilfile.NewWriter(&r.buf, &vidjilfile.File{})
	}
	r.n++
	return r.json.Write(c)
}

// finish puts the texts into the column and makes room for the next chunk.
func (r *restWriter) finish(to *builder) error {
	if r.json != nil {
		if err := r.json.Close(); err != nil {
			return err
		}
	}
	_, lines, found := strings.Cut(r.buf.String(), restStart)
	if r.n > 0 && !found {
		return fmt.Errorf("write a table of clonotypes: no clonotypes in the JSON of the rest")
	}
	left := r.n
	for _, some := range r.has {
		if !some {
			to.text("")
			continue
		}
		line, after, _ := strings.Cut(lines, "\n")
		lines = after
		line = strings.TrimSuffix(line, ",")
		if left--; left == 0 {
			line = strings.TrimSuffix(line, "]")
		}
		to.text(line)
	}
	*r = restWriter{buf: r.buf, has: r.has[:0]}
	r.buf.Reset()
	return nil
}

// restStart stands before the first clonotype in what vidjilfile.Writer writes.
const restStart = "\n\"clones\":[\n"
