package seqio

import (
	"errors"
	"strconv"
	"strings"
)

// Kinds of bad input, for [errors.Is].
var (
	// ErrEmpty says that a source holds no record at all.
	ErrEmpty = errors.New("no sequence in this file")
	// ErrTruncated says that a source ends too early: inside its compressed data or inside a record.
	ErrTruncated = errors.New("file is cut")
	// ErrDamaged says that compressed data do not decompress to what was compressed.
	ErrDamaged = errors.New("file is damaged")
	// ErrFormat says that a source is not FASTA, FASTQ or BAM.
	ErrFormat = errors.New("not FASTA, FASTQ or BAM")
	// ErrRecord says that one record breaks the rules of its format.
	ErrRecord = errors.New("invalid record")
	// ErrRecordTooLong says that one record exceeds Options.MaxRecordBytes.
	ErrRecordTooLong = errors.New("record too long")
	// ErrUnknownSize says that reads cannot be sampled because the size of a source is unknown.
	ErrUnknownSize = errors.New("size of input unknown")
)

// ParseError is a fault in the data of one source.
type ParseError struct {
	File   string // name of the source
	Record int64  // 1-based number of the record in the source; in BAM, skipped alignments count
	Offset int64  // 0-based byte in the decompressed source
	Msg    string // what is wrong and what to do about it
	Err    error  // kind of fault (ErrTruncated …) or the reader's own error
}

// Error tells where, what, and what to do.
func (e *ParseError) Error() string {
	var s strings.Builder
	s.WriteString(e.File)
	s.WriteString(": record ")
	s.WriteString(strconv.FormatInt(e.Record, 10))
	s.WriteString(", byte ")
	s.WriteString(strconv.FormatInt(e.Offset, 10))
	s.WriteString(": ")
	s.WriteString(e.Msg)
	return s.String()
}

// Unwrap gives the kind of fault.
func (e *ParseError) Unwrap() error { return e.Err }

// fault is a kind of bad input with its message, before it is known where it stands.
type fault struct {
	kind error
	msg  string
}

func (f *fault) Error() string { return f.msg }
func (f *fault) Unwrap() error { return f.kind }
