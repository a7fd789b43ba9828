package seqio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync/atomic"
)

// Defaults of Options.
const (
	// DefaultBlockBytes holds about 1900 FASTQ reads of 250 nt: 0.2 ms of Parse, so that handing a block over
	// costs nothing, and a few dozen blocks under way take little memory.
	DefaultBlockBytes = 1 << 20
	// DefaultMaxRecordBytes is several times the longest nanopore reads (4 million letters and as many
	// qualities). A block holds up to twice as much before a longer record is refused.
	DefaultMaxRecordBytes = 64 << 20
)

// Options tell how a sample is read. The zero value reads all of it.
type Options struct {
	BlockBytes     int   // aimed size of a block of text; 0 = DefaultBlockBytes
	MaxRecordBytes int   // longest record, in bytes of its text; 0 = DefaultMaxRecordBytes
	Threads        int   // goroutines that inflate BGZF; 0 = GOMAXPROCS
	FirstReads     int64 // stop after so many reads; 0 = all
	// SampledReads keeps about so many reads, evenly spread over the sample (over its first FirstReads, if
	// given); 0 = all. The number of reads of the sample is estimated from the first 16 MiB of text of each
	// source and its size, exactly if it is shorter; Block.Parse then keeps every k-th read, k = estimate /
	// SampledReads, not necessarily whole. The same reads are kept on every run. All sources must have a size.
	SampledReads int64
}

// Validate reports all fields with impossible values.
func (o Options) Validate() error {
	var errs []error
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"BlockBytes", int64(o.BlockBytes)},
		{"MaxRecordBytes", int64(o.MaxRecordBytes)},
		{"Threads", int64(o.Threads)},
		{"FirstReads", o.FirstReads},
		{"SampledReads", o.SampledReads},
	} {
		if f.value < 0 {
			errs = append(errs, fmt.Errorf("%s is %d: it may not be negative", f.name, f.value))
		}
	}
	return errors.Join(errs...)
}

func (o Options) withDefaults() Options {
	if o.BlockBytes == 0 {
		o.BlockBytes = DefaultBlockBytes
	}
	if o.MaxRecordBytes == 0 {
		o.MaxRecordBytes = DefaultMaxRecordBytes
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	return o
}

// Reader cuts the sources of one sample into blocks. Its methods are for one goroutine, except those that
// say otherwise.
type Reader struct {
	opt       Options
	sources   []Source // those not yet opened
	total     int64    // bytes of all sources, 0 if unknown
	bytesRead atomic.Int64
	stride    stride
	qualities sharedSpread
	noEnd     bool // a BGZF source of text had no end-of-file block

	err     error // what Next returns from now on
	blocks  int
	reads   int64 // records cut so far
	skipped atomic.Int64

	// State of the open source.
	name   string
	stream *stream
	format Format
	carry  []byte // text read but not yet given in a block
	offset int64  // of carry in the decompressed source
	here   int64  // records cut from this source
	bam    *bamReader
}

// NewReader makes a reader of the sources in their order. It opens none of them, unless reads are sampled,
// which needs a look into each.
func NewReader(sources []Source, opt Options) (*Reader, error) {
	if err := opt.Validate(); err != nil {
		return nil, fmt.Errorf("read options: %w", err)
	}
	if len(sources) == 0 {
		return nil, errors.New("read sample: no source given")
	}
	r := &Reader{opt: opt.withDefaults(), sources: slices.Clone(sources)}
	for _, s := range sources {
		if s.Size <= 0 {
			r.total = 0
			break
		}
		r.total += s.Size
	}
	if opt.SampledReads > 0 {
		var err error
		if r.stride, err = planSampling(sources, opt); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// BytesRead is the number of bytes of the sources, still compressed, read so far. Safe for concurrent use.
func (r *Reader) BytesRead() int64 { return r.bytesRead.Load() }

// consumed is the part of the open source behind the blocks given so far.
func (r *Reader) consumed() int64 {
	if r.stream == nil {
		return 0
	}
	return r.stream.consumed()
}

// TotalBytes is the size of all sources, still compressed; 0 if that of one is unknown. Safe for concurrent use.
func (r *Reader) TotalBytes() int64 { return r.total }

// Reads is the number of records in the blocks given so far, those that sampling leaves out among them.
func (r *Reader) Reads() int64 { return r.reads }

// Skipped is the number of secondary and supplementary BAM alignments, which are no reads of their own. Safe
// for concurrent use.
func (r *Reader) Skipped() int64 { return r.skipped.Load() }

// Phred64Suspected tells whether the qualities of the blocks parsed so far look like Phred+64: in at least
// 100 reads none below '@', some above 'J', none above 'i'. All of the first 4096 reads are looked at, then one
// in 64. Nothing is converted. Safe for concurrent use.
func (r *Reader) Phred64Suspected() bool { return r.qualities.looksPhred64() }

// MissingEndBlock tells whether a BGZF source of text ended without an end-of-file block. It may then have
// been cut exactly between two records, which is improbable, or its writer never wrote the block.
func (r *Reader) MissingEndBlock() bool { return r.noEnd }

// Close ends the reading, at any time, and waits for the goroutines that it started. Closing again does nothing.
func (r *Reader) Close() error {
	if r.err == nil {
		r.err = errors.New("read sample: reader is closed")
	}
	return r.closeSource()
}

func (r *Reader) closeSource() error {
	if r.stream == nil {
		return nil
	}
	s := r.stream
	r.stream = nil
	if err := s.close(); err != nil {
		return fmt.Errorf("close %s: %w", r.name, err)
	}
	return nil
}

// Next fills b with the next block of records, reusing its buffer. It returns io.EOF after the last one, and
// after an error the same error again.
func (r *Reader) Next(b *Block) error {
	if r.opt.FirstReads > 0 && r.reads >= r.opt.FirstReads {
		r.end(io.EOF) // whatever may be wrong further on
	}
	for r.err == nil {
		if r.stream == nil {
			r.openNext()
			continue
		}
		*b = Block{
			Index: r.blocks, FirstRead: r.reads, Source: r.name, Offset: r.offset, Format: r.format,
			Data: b.Data[:0], sourceRead: r.here, limit: r.opt.MaxRecordBytes, stride: r.stride, qualities: &r.qualities,
		}
		var last bool
		if r.format == BAM {
			last = r.nextBAM(b)
		} else {
			last = r.nextText(b)
		}
		if last && r.err == nil {
			r.endSource(int64(b.Reads))
		}
		if b.Reads == 0 {
			continue
		}
		if r.opt.FirstReads > 0 {
			b.truncate(int(min(int64(b.Reads), r.opt.FirstReads-r.reads)))
		}
		r.blocks++
		r.reads += int64(b.Reads)
		r.here += int64(b.Reads)
		return nil
	}
	*b = Block{Data: b.Data[:0]}
	return r.err
}

// end makes Next return err from now on.
func (r *Reader) end(err error) {
	closed := r.closeSource()
	if err == io.EOF && closed != nil {
		err = closed
	}
	r.err = err
}

// fail ends the reading with an error of the open source that stands at its given record and byte.
func (r *Reader) fail(err error, record, offset int64) {
	var f *fault
	if !errors.As(err, &f) {
		r.end(fmt.Errorf("read %s: %w", r.name, err))
		return
	}
	r.end(&ParseError{File: r.name, Record: record + 1, Offset: offset, Msg: f.msg, Err: f.kind})
}

// openNext opens the next source up to its first record; without one, the reading ends.
func (r *Reader) openNext() {
	if len(r.sources) == 0 {
		r.end(io.EOF)
		return
	}
	src := r.sources[0]
	r.sources = r.sources[1:]
	r.name, r.offset, r.here, r.carry = src.Name, 0, 0, r.carry[:0]
	s, err := openStream(src, r.opt.Threads, &r.bytesRead)
	if err != nil {
		r.fail(err, 0, 0)
		return
	}
	r.stream = s
	r.findStart()
}

// findStart reads the source as far as its format shows, and leaves its first record at the front of its text.
func (r *Reader) findStart() {
	var head []byte
	for size := 4096; ; size *= 2 {
		if size > r.opt.MaxRecordBytes+4096 {
			r.fail(&fault{ErrFormat, "not FASTA, FASTQ or BAM: comments only, up to the longest record allowed"}, 0, 0)
			return
		}
		var ended bool
		var err error
		head, ended, err = readUpTo(r.stream.text, head, size)
		if err != nil {
			// What came before the fault may be whole reads: they are given, and the fault is met again.
			ended = true
			r.stream.text = failingReader{err}
		}
		format, skip, more, refused := detect(head, ended)
		switch {
		case refused != nil:
			r.fail(refused, 0, int64(skip))
			return
		case more:
			continue
		case format == FormatUnknown && err != nil:
			r.fail(err, 0, int64(len(head)))
			return
		case format == FormatUnknown:
			r.end(fmt.Errorf("read %s: %w", r.name, ErrEmpty))
			return
		}
		r.format, r.offset = format, int64(skip)
		r.stream.text = &headedReader{head: head[skip:], rest: r.stream.text}
		if format == BAM {
			r.bam = newBAMReader(r.stream.text, r.opt.MaxRecordBytes)
			if err := r.bam.readHeader(); err != nil {
				r.fail(err, 0, r.bam.offset)
			}
		}
		return
	}
}

// headedReader gives head, then what rest gives.
type headedReader struct {
	head []byte
	rest io.Reader
}

func (h *headedReader) Read(p []byte) (int, error) {
	if len(h.head) == 0 {
		return h.rest.Read(p)
	}
	n := copy(p, h.head)
	h.head = h.head[n:]
	return n, nil
}

// failingReader gives an error that was met too early.
type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// readUpTo appends to buf from text until it holds size bytes, growing it where needed.
func readUpTo(text io.Reader, buf []byte, size int) (_ []byte, ended bool, err error) {
	if cap(buf) < size {
		buf = append(make([]byte, 0, size), buf...)
	}
	for empty := 0; len(buf) < size; {
		n, err := text.Read(buf[len(buf):size])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, true, nil
		case err != nil:
			return buf, false, err
		case n > 0:
			empty = 0
		default:
			if empty++; empty == 100 {
				return buf, false, io.ErrNoProgress
			}
		}
	}
	return buf, false, nil
}

// endSource is called when a source has no more blocks; cut is the number of records of the last one.
func (r *Reader) endSource(cut int64) {
	if bgzf := r.stream.bgzf; bgzf != nil && bgzf.tail == nil && !bgzf.sawEnd {
		if r.format == BAM {
			r.fail(&fault{ErrTruncated, "the BAM file lacks its end-of-file block: it was cut, copy or download it again"}, r.bam.alignments, r.bam.offset)
			return
		}
		r.noEnd = true
	}
	if r.here+cut == 0 {
		r.end(fmt.Errorf("read %s: %w", r.name, ErrEmpty))
		return
	}
	if err := r.closeSource(); err != nil {
		r.end(err)
	}
}

// nextText cuts the next block of FASTA or FASTQ and tells whether it is the last one of its source. On error
// it sets r.err; b then still holds the whole records before the fault.
func (r *Reader) nextText(b *Block) (last bool) {
	b.Data = append(b.Data, r.carry...)
	r.carry = r.carry[:0]
	searched := 0
	for size := max(r.opt.BlockBytes, len(b.Data)+1); ; size *= 2 {
		var ended bool
		var err error
		b.Data, ended, err = readUpTo(r.stream.text, b.Data, size)
		if err != nil {
			r.failInText(b, err)
			return false
		}
		if ended {
			r.cutLast(b)
			return true
		}
		end := 0
		if r.format == FASTA {
			end, b.Reads = cutFASTA(b.Data, searched)
		} else {
			end, b.Reads = cutFASTQ(b.Data)
		}
		if b.Reads > 0 {
			r.keepRest(b, end)
			return r.format == FASTQ && endsBlank(b.Data) && r.cutBlank(b)
		}
		if len(b.Data) > r.opt.MaxRecordBytes {
			r.fail(tooLong(r.opt.MaxRecordBytes), r.here, b.Offset)
			b.Data = b.Data[:0]
			return false
		}
		searched = len(b.Data)
	}
}

func tooLong(limit int) *fault {
	return &fault{ErrRecordTooLong, fmt.Sprintf("the record is longer than %d bytes: line ends are missing, or the limit on records must be raised", limit)}
}

// keepRest ends the block at end and keeps what follows for the next one.
func (r *Reader) keepRest(b *Block, end int) {
	r.carry = append(r.carry[:0], b.Data[end:]...)
	b.Data = b.Data[:end]
	r.offset = b.Offset + int64(end)
}

// cutLast makes the block of all that is left of a source, without blank lines at its end.
func (r *Reader) cutLast(b *Block) {
	if r.format == FASTA {
		b.Reads = countFASTA(b.Data)
		return
	}
	end, reads := cutFASTQ(b.Data)
	b.Reads = reads
	start := end
	if endsBlank(b.Data[:end]) {
		start, b.Reads = blankRecord(b.Data[:end])
	}
	if isBlank(b.Data[start:]) {
		b.Data = b.Data[:start]
		return
	}
	b.Reads = (bytes.Count(b.Data, newline) + 4) / 4 // the last record lacks its line end, or more
	if b.Data[len(b.Data)-1] == '\n' {
		b.Reads = (bytes.Count(b.Data, newline) + 3) / 4
	}
}

// cutBlank is called when the last line of a block of FASTQ is blank. If a record of the block starts with a
// blank line, the block is cut there and all that follows must be blank up to the end of the source; cutBlank
// tells whether that is so.
func (r *Reader) cutBlank(b *Block) bool {
	start, index := blankRecord(b.Data)
	if start == len(b.Data) {
		return false
	}
	blank := isBlank(b.Data[start:])
	b.Data, b.Reads = b.Data[:start], index
	at := r.offset + int64(len(r.carry))
	for blank = blank && isBlank(r.carry); blank; blank = isBlank(r.carry) {
		var ended bool
		var err error
		r.carry, ended, err = readUpTo(r.stream.text, r.carry[:0], rawBufferBytes)
		at += int64(len(r.carry))
		switch {
		case err != nil && isBlank(r.carry):
			r.fail(err, r.here+int64(index), at)
			return false
		case ended && isBlank(r.carry):
			return true
		}
	}
	r.fail(&fault{ErrRecord, notARecord(nil, '@')}, r.here+int64(index), b.Offset+int64(start))
	return false
}

// failInText ends the reading with an error met while text was read after b.Data, whose whole records are kept.
func (r *Reader) failInText(b *Block, err error) {
	at := b.Offset + int64(len(b.Data))
	end := 0
	if r.format == FASTA {
		end, b.Reads = cutFASTA(b.Data, 0)
	} else {
		end, b.Reads = cutFASTQ(b.Data)
		if endsBlank(b.Data[:end]) {
			if start, index := blankRecord(b.Data[:end]); isBlank(b.Data[start:]) {
				end, b.Reads = start, index
			}
		}
	}
	b.Data = b.Data[:end]
	r.fail(err, r.here+int64(b.Reads), at)
}
