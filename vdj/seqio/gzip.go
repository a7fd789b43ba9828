package seqio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"vidjil.org/vidjil/vdj/internal/inflate"
)

const (
	gzipMagic = "\x1f\x8b"
	// gzipFixed is the part of the header that every member has (RFC 1952).
	gzipFixed = 10
	// gzipFooterSize is CRC32 and ISIZE.
	gzipFooterSize = 8
)

// Flags of a gzip header that say which fields follow.
const (
	gzipHasSum     = 1 << 1
	gzipHasExtra   = 1 << 2
	gzipHasName    = 1 << 3
	gzipHasComment = 1 << 4
)

var (
	errTruncatedGzip = &fault{ErrTruncated, "the compressed data end too early (truncated gzip): the file was cut, copy or download it again"}
	errGzipChecksum  = &fault{ErrDamaged, "the gzip checksum does not match: the file is damaged, copy or download it again"}
	errGzipHeader    = &fault{ErrDamaged, "the gzip header is invalid: the file is damaged, copy or download it again"}
)

// gzipFault puts the errors of gzip and deflate into words.
func gzipFault(err error) error {
	switch {
	case err == nil || err == io.EOF:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errTruncatedGzip
	case errors.Is(err, inflate.ErrCorrupt):
		return &fault{ErrDamaged, "the gzip data are invalid (" + err.Error() + "): the file is damaged, copy or download it again"}
	}
	return err
}

// gzipReader reads gzip members one after another until the end of src, which may be NUL padding.
type gzipReader struct {
	src      *bufio.Reader
	inflater inflate.Reader
	sum      uint32 // CRC32 of the text of the member
	size     uint32 // and its length, modulo 2^32
	open     bool   // inside a member
	members  int    // begun
}

func (g *gzipReader) Read(p []byte) (int, error) {
	if !g.open {
		if err := g.nextMember(); err != nil {
			return 0, gzipFault(err)
		}
	}
	n, err := g.inflater.Read(p)
	g.sum = crc32.Update(g.sum, crc32.IEEETable, p[:n])
	g.size += uint32(n)
	if err == io.EOF {
		err = g.footer()
		g.open = err != nil // an error stays
	}
	return n, gzipFault(err)
}

// nextMember starts the next member; io.EOF when there is none.
func (g *gzipReader) nextMember() error {
	if g.members > 0 {
		if err := checkPadding(g.src); err != nil {
			return err
		}
	}
	if err := g.header(); err != nil {
		return noEOF(err) // at least one byte is there
	}
	g.inflater.Reset(g.src)
	g.sum, g.size, g.open = 0, 0, true
	g.members++
	return nil
}

// header reads the header of a member; what it says besides (name, time, system) is of no use here.
func (g *gzipReader) header() error {
	var fixed [gzipFixed]byte
	if err := g.read(fixed[:]); err != nil {
		return err
	}
	const deflate = 8
	if string(fixed[:2]) != gzipMagic || fixed[2] != deflate {
		return errGzipHeader
	}
	sum := crc32.ChecksumIEEE(fixed[:])
	flags := fixed[3]
	if flags&gzipHasExtra != 0 {
		var size [2]byte
		if err := g.read(size[:]); err != nil {
			return err
		}
		extra := make([]byte, binary.LittleEndian.Uint16(size[:]))
		if err := g.read(extra); err != nil {
			return err
		}
		sum = crc32.Update(crc32.Update(sum, crc32.IEEETable, size[:]), crc32.IEEETable, extra)
	}
	for _, has := range []byte{gzipHasName, gzipHasComment} {
		if flags&has == 0 {
			continue
		}
		for {
			c, err := g.src.ReadByte()
			if err != nil {
				return err
			}
			sum = crc32.Update(sum, crc32.IEEETable, []byte{c})
			if c == 0 {
				break
			}
		}
	}
	if flags&gzipHasSum == 0 {
		return nil
	}
	var stated [2]byte
	if err := g.read(stated[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint16(stated[:]) != uint16(sum) {
		return errGzipHeader
	}
	return nil
}

func (g *gzipReader) read(p []byte) error {
	_, err := io.ReadFull(g.src, p)
	return err
}

// footer checks the text of a member against its footer.
func (g *gzipReader) footer() error {
	var stated [gzipFooterSize]byte
	if err := g.read(stated[:]); err != nil {
		return noEOF(err)
	}
	if binary.LittleEndian.Uint32(stated[:]) != g.sum || binary.LittleEndian.Uint32(stated[4:]) != g.size {
		return errGzipChecksum
	}
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
