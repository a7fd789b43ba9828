package seqio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Flags of BAM records (SAM specification, section 1.4).
const (
	bamPaired        = 0x1
	bamReverse       = 0x10
	bamFirst         = 0x40
	bamLast          = 0x80
	bamSecondary     = 0x100
	bamSupplementary = 0x800
)

const (
	bamFixedBytes = 32 // of a record, after its size and before its name
	bamMaxQuality = '~' - '!'
)

// bamReader reads the records of a BAM stream that is already decompressed.
type bamReader struct {
	src        *bufio.Reader
	limit      int    // longest record in bytes
	offset     int64  // bytes read
	alignments int64  // records read
	record     []byte // buffer
	word       [4]byte
}

func newBAMReader(text io.Reader, limit int) *bamReader {
	return &bamReader{src: bufio.NewReaderSize(text, bgzfMaxBlock), limit: limit}
}

// readFull fills p.
func (b *bamReader) readFull(p []byte) error {
	n, err := io.ReadFull(b.src, p)
	b.offset += int64(n)
	return err
}

func (b *bamReader) readInt32() (int32, error) {
	err := b.readFull(b.word[:])
	return int32(binary.LittleEndian.Uint32(b.word[:])), err
}

// skip reads over n bytes without keeping them: the header of a BAM file may hold megabytes of references.
func (b *bamReader) skip(n int32) error {
	if n < 0 {
		return &fault{ErrDamaged, "the BAM header has a negative length: the file is damaged"}
	}
	done, err := b.src.Discard(int(n))
	b.offset += int64(done)
	return err
}

// readHeader reads over magic, text and references.
func (b *bamReader) readHeader() error {
	if err := b.skip(int32(len(bamMagic))); err != nil {
		return bamFault(err)
	}
	if err := b.skipCounted(); err != nil {
		return bamFault(err)
	}
	references, err := b.readInt32()
	if err != nil {
		return bamFault(err)
	}
	for range references {
		if err := b.skipCounted(); err != nil {
			return bamFault(err)
		}
		if err := b.skip(4); err != nil {
			return bamFault(err)
		}
	}
	return nil
}

// skipCounted reads over a length and so many bytes.
func (b *bamReader) skipCounted() error {
	n, err := b.readInt32()
	if err != nil {
		return err
	}
	return b.skip(n)
}

func bamFault(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return &fault{ErrTruncated, "the BAM file ends too early: it was cut, copy or download it again"}
	}
	return err
}

// next reads one record into b.record; io.EOF after the last one.
func (b *bamReader) next() error {
	size, err := b.readInt32()
	switch {
	case err == io.EOF:
		return io.EOF
	case err != nil:
		return bamFault(err)
	}
	if size < bamFixedBytes+1 {
		return &fault{ErrDamaged, "the BAM record is too short to be one: the file is damaged"}
	}
	if int64(size) > int64(b.limit) {
		return tooLong(b.limit)
	}
	// The buffer grows with what is really there: a damaged length alone must not claim memory.
	const step = 1 << 20
	b.record = b.record[:0]
	for left := int(size); left > 0; {
		n := min(left, step)
		at := len(b.record)
		if cap(b.record) < at+n {
			b.record = append(make([]byte, 0, max(at+n, 2*at)), b.record...)
		}
		b.record = b.record[:at+n]
		if err := b.readFull(b.record[at:]); err != nil {
			return bamFault(err)
		}
		left -= n
	}
	b.alignments++
	return nil
}

// nextBAM renders alignments into the block until it is full and tells whether it is the last one of its source.
// On error it sets r.err; b then holds the reads before the fault.
func (r *Reader) nextBAM(b *Block) (last bool) {
	b.Offset = r.bam.offset
	b.limit = 0 // checked here, on the binary record
	for len(b.Data) < r.opt.BlockBytes {
		start := r.bam.offset
		err := r.bam.next()
		if err == io.EOF {
			return true
		}
		if err != nil {
			r.fail(err, r.bam.alignments, start)
			return false
		}
		data, primary, err := appendAlignment(b.Data, r.bam.record)
		if err != nil {
			r.fail(err, r.bam.alignments-1, start)
			return false
		}
		if !primary {
			r.skipped.Add(1)
			continue
		}
		b.Data = data
		b.Reads++
		if r.opt.FirstReads > 0 && r.reads+int64(b.Reads) == r.opt.FirstReads {
			return false
		}
	}
	return false
}

// appendAlignment appends a BAM record to dst as FASTQ, or FASTA where it has no qualities, in the orientation
// of the sequencer; not if it is secondary or supplementary.
func appendAlignment(dst, rec []byte) (_ []byte, primary bool, err error) {
	nameLength := int(rec[8])
	operations := int(binary.LittleEndian.Uint16(rec[12:]))
	flags := binary.LittleEndian.Uint16(rec[14:])
	length := int64(int32(binary.LittleEndian.Uint32(rec[16:])))
	seqStart := int64(bamFixedBytes + nameLength + 4*operations)
	qualStart := seqStart + (length+1)/2
	if nameLength == 0 || length < 0 || qualStart+length > int64(len(rec)) {
		return dst, false, &fault{ErrDamaged, "the lengths in the BAM record contradict each other: the file is damaged"}
	}
	if flags&(bamSecondary|bamSupplementary) != 0 {
		return dst, false, nil
	}
	name := rec[bamFixedBytes : bamFixedBytes+nameLength]
	if bytes.IndexByte(name, 0) != nameLength-1 || !isPrintable(name[:nameLength-1]) {
		return dst, false, &fault{ErrDamaged, "the name of the BAM record is not printable text: the file is damaged"}
	}
	qual := rec[qualStart : qualStart+length]
	missing := true
	for _, q := range qual {
		if q != 0xff {
			missing = false
			break
		}
	}
	mark := byte('@')
	if missing {
		mark = '>'
	}
	dst = append(dst, mark)
	dst = append(dst, name[:nameLength-1]...)
	if flags&bamPaired != 0 {
		switch flags & (bamFirst | bamLast) {
		case bamFirst:
			dst = append(dst, "/1"...)
		case bamLast:
			dst = append(dst, "/2"...)
		}
	}
	dst = append(dst, '\n')
	reverse := flags&bamReverse != 0
	dst, err = appendNibbles(dst, rec[seqStart:qualStart], int(length), reverse)
	if err != nil || missing {
		return append(dst, '\n'), true, err
	}
	dst = append(dst, "\n+\n"...)
	dst, err = appendQualities(dst, qual, reverse)
	return append(dst, '\n'), true, err
}

// Letters of BAM's 4-bit codes, and those of their complements. '=' (as in the reference) cannot be decoded.
const (
	bamLetters     = "=ACMGRSVTWYHKDBN"
	bamComplements = "=TGKCYSBAWRDMHVN"
)

// appendNibbles appends the letters of a packed sequence, or of its reverse complement.
func appendNibbles(dst, packed []byte, length int, reverse bool) ([]byte, error) {
	start := len(dst)
	if reverse {
		for i := length - 1; i >= 0; i-- {
			dst = append(dst, bamComplements[packed[i/2]>>(4*(^i&1))&15])
		}
	} else {
		for i := range length {
			dst = append(dst, bamLetters[packed[i/2]>>(4*(^i&1))&15])
		}
	}
	if bytes.IndexByte(dst[start:], '=') >= 0 {
		return dst, &fault{ErrRecord, "the sequence has '=' for letters equal to the reference: write them out with 'samtools calmd' without -e"}
	}
	return dst, nil
}

// appendQualities appends qualities as Phred+33 text.
func appendQualities(dst, qual []byte, reverse bool) ([]byte, error) {
	start := len(dst)
	dst = append(dst, qual...)
	text := dst[start:]
	for i, q := range text {
		if q > bamMaxQuality {
			return dst, &fault{ErrRecord, fmt.Sprintf("quality %d is above %d", q, bamMaxQuality)}
		}
		text[i] = q + '!'
	}
	if reverse {
		for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
			text[i], text[j] = text[j], text[i]
		}
	}
	return dst, nil
}
