package seqio

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"runtime/debug"
	"sync"

	"vidjil.org/vidjil/vdj/internal/inflate"
)

// BGZF is gzip whose members hold at most 64 KiB each and say their own compressed size in an extra field
// "BC" (SAM specification, section 4.1), so that they can be cut apart without inflating and inflated apart.
const (
	bgzfMaxBlock   = 1 << 16
	gzipHeaderSize = 12 // up to and with XLEN, when the extra field is there
	// bgzfQueue is how many members are under way, at least: 64 cut half a block of text ahead and cost
	// at most 8 MB.
	bgzfQueue = 64
)

// bgzfMember is one member on its way from compressed to text.
type bgzfMember struct {
	packed []byte // whole member
	header int    // bytes of packed before the deflate data
	text   []byte
	err    error
	done   chan struct{} // one element when text or err is set
}

// bgzfReader inflates a BGZF stream in several goroutines and gives the text in order. The caller's goroutine
// reads the members from the source, so that no goroutine can hang on a slow pipe.
type bgzfReader struct {
	src     *bufio.Reader
	work    chan *bgzfMember
	workers sync.WaitGroup
	queue   []*bgzfMember // under way, oldest first; a ring of fixed size
	head, n int

	rest      []byte      // of the text of the member that left the queue last
	tail      *gzipReader // ordinary gzip members after BGZF ones
	srcErr    error       // why no more members are read
	delivered int64       // compressed bytes of the members that left the queue
	ratio     float64     // compressed bytes per byte of the text of the last of them
	sawEnd    bool        // the last member given out was empty: the end-of-file block
}

// bgzfSize tells the size of the BGZF member at the front of src, or 0 if that is no BGZF member.
func bgzfSize(src *bufio.Reader) int {
	size, _ := bgzfHeader(src)
	return size
}

// bgzfHeader tells the size of the member at the front of src and that of its header.
func bgzfHeader(src *bufio.Reader) (size, header int) {
	const onlyExtra = 4 // FLG with no more than FEXTRA
	fixed, err := src.Peek(gzipHeaderSize)
	if err != nil || string(fixed[:3]) != gzipMagic+"\x08" || fixed[3] != onlyExtra {
		return 0, 0
	}
	header = gzipHeaderSize + int(binary.LittleEndian.Uint16(fixed[10:]))
	all, err := src.Peek(header)
	if err != nil {
		return 0, 0
	}
	for extra := all[gzipHeaderSize:]; len(extra) >= 4; {
		length := int(binary.LittleEndian.Uint16(extra[2:]))
		if len(extra) < 4+length {
			return 0, 0
		}
		if extra[0] == 'B' && extra[1] == 'C' && length == 2 {
			size = int(binary.LittleEndian.Uint16(extra[4:])) + 1
			if size < header+gzipFooterSize {
				return 0, 0
			}
			return size, header
		}
		extra = extra[4+length:]
	}
	return 0, 0
}

func newBGZFReader(src *bufio.Reader, threads int) *bgzfReader {
	size := max(bgzfQueue, 4*threads)
	r := &bgzfReader{src: src, work: make(chan *bgzfMember, size), queue: make([]*bgzfMember, size)}
	for i := range r.queue {
		r.queue[i] = &bgzfMember{done: make(chan struct{}, 1)}
	}
	for range threads {
		r.workers.Go(func() { inflateMembers(r.work) })
	}
	return r
}

// consumed is about the number of compressed bytes behind the text given out.
func (r *bgzfReader) consumed() int64 {
	return r.delivered - int64(float64(len(r.rest))*r.ratio)
}

// close ends the workers and waits for them.
func (r *bgzfReader) close() {
	close(r.work)
	r.workers.Wait()
}

func (r *bgzfReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.tail != nil {
			return r.tail.Read(p)
		}
		r.fill()
		if r.n == 0 {
			if r.srcErr != errPlainMember {
				return 0, r.srcErr
			}
			r.tail = &gzipReader{src: r.src}
			continue
		}
		m := r.queue[r.head]
		<-m.done
		if m.err != nil {
			m.done <- struct{}{} // stays in error
			return 0, m.err
		}
		r.head, r.n = (r.head+1)%len(r.queue), r.n-1
		r.rest = m.text
		r.delivered += int64(len(m.packed))
		r.ratio = float64(len(m.packed)) / float64(max(len(m.text), 1))
		r.sawEnd = len(m.text) == 0
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// errPlainMember says that an ordinary gzip member follows: someone joined files of both kinds.
var errPlainMember = &fault{ErrFormat, "not a BGZF member"}

// fill hands members to the workers until the queue is full or the source gives no more. It is called when all
// of rest has been given out, since it may reuse the slot that rest lies in.
func (r *bgzfReader) fill() {
	for r.srcErr == nil && r.n < len(r.queue) {
		m := r.queue[(r.head+r.n)%len(r.queue)]
		if r.srcErr = r.readMember(m); r.srcErr != nil {
			return
		}
		r.n++
		r.work <- m
	}
}

// readMember reads the next member; io.EOF when there is none.
func (r *bgzfReader) readMember(m *bgzfMember) error {
	if err := checkPadding(r.src); err != nil {
		return err
	}
	size, header := bgzfHeader(r.src)
	if size == 0 {
		if _, err := r.src.Peek(gzipHeaderSize + 6); err != nil {
			return gzipFault(noEOF(err))
		}
		return errPlainMember
	}
	if cap(m.packed) < size {
		m.packed = make([]byte, bgzfMaxBlock)
	}
	m.packed, m.header = m.packed[:size], header
	_, err := io.ReadFull(r.src, m.packed)
	return gzipFault(noEOF(err))
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// inflateMembers is one worker.
func inflateMembers(work <-chan *bgzfMember) {
	var inflater inflate.Reader
	for m := range work {
		m.err = m.inflateSafely(&inflater)
		m.done <- struct{}{}
	}
}

// inflateSafely makes a panic an error: nobody could recover it in a goroutine of
// the reader, and the bytes are anybody's.
func (m *bgzfMember) inflateSafely(inflater *inflate.Reader) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("inflate BGZF block: fault of the program: %v\n%s", v, debug.Stack())
		}
	}()
	return gzipFault(m.inflate(inflater))
}

func (m *bgzfMember) inflate(inflater *inflate.Reader) error {
	footer := m.packed[len(m.packed)-gzipFooterSize:]
	size := binary.LittleEndian.Uint32(footer[4:])
	if size > bgzfMaxBlock {
		return &fault{ErrDamaged, "a BGZF block says that it holds more than 64 KiB: the file is damaged, copy or download it again"}
	}
	if m.text == nil {
		m.text = make([]byte, bgzfMaxBlock)
	}
	m.text = m.text[:size]
	inflater.ResetBytes(m.packed[m.header : len(m.packed)-gzipFooterSize])
	if _, err := io.ReadFull(inflater, m.text); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return errBGZFLength
		}
		return err
	}
	var more [1]byte
	if n, err := inflater.Read(more[:]); n != 0 || err != io.EOF {
		return errBGZFLength
	}
	if crc32.ChecksumIEEE(m.text) != binary.LittleEndian.Uint32(footer) {
		return &fault{ErrDamaged, "the checksum of a BGZF block does not match: the file is damaged, copy or download it again"}
	}
	return nil
}

var errBGZFLength = &fault{ErrDamaged, "a BGZF block does not hold what its header says: the file is damaged, copy or download it again"}
