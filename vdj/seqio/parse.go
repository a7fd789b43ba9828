package seqio

import (
	"bytes"
	"fmt"
)

// Record is one read. Its slices lie in the Data of its block and live as long.
type Record struct {
	Name []byte // what follows '@' or '>' up to the end of the line
	Seq  []byte // upper-case IUPAC letters
	Qual []byte // Phred+33, as long as Seq; nil where the source has no qualities
}

// Parse appends the records of the block to records[:0], without those that sampling leaves out; their
// number is Reads minus the number returned. It checks every record, kept or not, and stops at the first
// one that breaks the rules with a *ParseError, returning the records before it.
//
// Parse may be called from any goroutine, once per block at a time. It rewrites Data in place, so that
// parsing again gives the same records.
func (b *Block) Parse(records []Record) ([]Record, error) {
	records = records[:0]
	var seen spread
	var rec Record
	number := b.FirstRead
	for p := 0; p < len(b.Data); number++ {
		start := p
		var err error
		if b.Format == FASTA || b.Format == BAM && b.Data[p] == '>' {
			p, err = b.parseFASTA(p, number, &rec)
		} else {
			p, err = b.parseFASTQ(p, number, &rec)
		}
		if b.limit > 0 && (err != nil || p-start > b.limit) && b.recordLength(start) > b.limit {
			err = b.fault(start, number, ErrRecordTooLong, tooLong(b.limit).msg)
		}
		if err != nil {
			return records, err
		}
		if inQualitySample(number) {
			seen.add(rec.Qual)
		}
		if b.stride.keeps(number) {
			records = append(records, rec)
		}
	}
	if b.qualities != nil {
		b.qualities.merge(seen)
	}
	return records, nil
}

// recordLength is the length of the text record at p.
func (b *Block) recordLength(p int) int {
	if b.Format == FASTA {
		return fastaLength(b.Data[p:])
	}
	return fastqLength(b.Data[p:])
}

// parseFASTQ reads the record at p and returns the position after it. Only records with LF line ends whose
// '+' and last line end stand where the length of the sequence says pass here; all others are left to
// parseFASTQLines.
func (b *Block) parseFASTQ(p int, number int64, rec *Record) (int, error) {
	data := b.Data
	n := bytes.IndexByte(data[p:], '\n')
	if n < 1 || data[p] != '@' || data[p+n-1] == '\r' {
		return b.parseFASTQLines(p, number, rec)
	}
	s := p + n + 1
	length := bytes.IndexByte(data[s:], '\n')
	if length < 0 {
		return b.parseFASTQLines(p, number, rec)
	}
	q := s + length + 3
	end := q + length
	if end >= len(data) || data[end] != '\n' || data[q-1] != '\n' || data[q-2] != '+' {
		return b.parseFASTQLines(p, number, rec)
	}
	seq, qual := data[s:s+length:s+length], data[q:end:end]
	if !isPrintable(qual) || !isPlain(seq) && normalise(seq) >= 0 {
		return b.parseFASTQLines(p, number, rec)
	}
	rec.Name, rec.Seq, rec.Qual = data[p+1:s-1:s-1], seq, qual
	return end + 1, nil
}

// parseFASTQLines reads any record at p, line by line, and finds the words for what is wrong with it.
func (b *Block) parseFASTQLines(p int, number int64, rec *Record) (int, error) {
	name, s, ok := b.line(p)
	switch {
	case len(name) == 0 || name[0] != '@':
		return p, b.fault(p, number, ErrRecord, notARecord(name, '@'))
	case !ok:
		return p, b.cut(p, number, "in its name")
	}
	seq, plus, ok := b.line(s)
	if !ok {
		return p, b.cut(p, number, "in its sequence")
	}
	third, q, ok := b.line(plus)
	if len(third) == 0 && !ok {
		return p, b.cut(p, number, "after its sequence")
	}
	if len(third) == 0 || third[0] != '+' {
		return p, b.fault(plus, number, ErrRecord,
			"the third line does not start with '+': either the line is missing, or sequences are wrapped over several lines, which FASTQ here may not be: write each on one line")
	}
	if !ok && len(seq) > 0 {
		return p, b.cut(p, number, "before its qualities")
	}
	qual, end, ok := b.line(q)
	if !ok && len(qual) < len(seq) {
		return p, b.cut(p, number, fmt.Sprintf("in its qualities, %d for %d letters", len(qual), len(seq)))
	}
	if i := firstUnprintable(qual); i >= 0 {
		return p, b.fault(q+i, number, ErrRecord, fmt.Sprintf("quality %s is outside '!' to '~'", showByte(qual[i])))
	}
	if len(qual) != len(seq) {
		return p, b.fault(q, number, ErrRecord, fmt.Sprintf("%d qualities for %d letters: they must be as many", len(qual), len(seq)))
	}
	if i := normalise(seq); i >= 0 {
		return p, b.fault(s+i, number, ErrRecord, badLetter(seq[i]))
	}
	rec.Name, rec.Seq, rec.Qual = name[1:], seq, qual
	return end, nil
}

// parseFASTA reads the record at p, which starts with '>', and returns the position after it. The lines of
// the sequence are joined at the place of the first one, and what becomes free after them is blanked, so
// that the text stays a valid record with the same meaning.
func (b *Block) parseFASTA(p int, number int64, rec *Record) (int, error) {
	name, s, _ := b.line(p)
	if len(name) == 0 || name[0] != '>' {
		return p, b.fault(p, number, ErrRecord, notARecord(name, '>'))
	}
	if i := bytes.IndexByte(name, '\r'); i >= 0 {
		return p, b.fault(p+i, number, ErrRecord, oldMac)
	}
	end, at, copied := s, s, false
	for end < len(b.Data) && b.Data[end] != '>' {
		text, next, _ := b.line(end)
		if len(text) > 0 && text[0] != '#' && text[0] != ';' {
			if !isPlain(text) {
				if i := normalise(text); i >= 0 {
					return p, b.fault(end+i, number, ErrRecord, badLetter(text[i]))
				}
			}
			if at == s {
				s, at = end, end // no line yet: the sequence starts here, after any comments
			}
			if at != end {
				copy(b.Data[at:], text)
				copied = true
			}
			at += len(text)
		}
		end = next
		if b.Format == BAM {
			break // one line; the next record may be FASTQ
		}
	}
	if copied {
		for i := at; i < end; i++ {
			b.Data[i] = '\n'
		}
	}
	rec.Name, rec.Seq, rec.Qual = name[1:], b.Data[s:at:at], nil
	return end, nil
}

// line returns the line at p without its line end, the position of the next one, and whether it has a line end.
func (b *Block) line(p int) (text []byte, next int, ended bool) {
	n := bytes.IndexByte(b.Data[p:], '\n')
	if n < 0 {
		n, next = len(b.Data)-p, len(b.Data)
	} else {
		next, ended = p+n+1, true
	}
	if n > 0 && b.Data[p+n-1] == '\r' {
		n--
	}
	return b.Data[p : p+n : p+n], next, ended
}

// fault makes the error of the record with the given number in the sample, at position p of the block.
func (b *Block) fault(p int, number int64, kind error, msg string) *ParseError {
	return &ParseError{
		File:   b.Source,
		Record: b.sourceRead + number - b.FirstRead + 1,
		Offset: b.Offset + int64(p),
		Msg:    msg,
		Err:    kind,
	}
}

// cut makes the error of a file that ends inside the record at p.
func (b *Block) cut(p int, number int64, where string) *ParseError {
	e := b.fault(p, number, ErrTruncated, "the file ends inside this record, "+where+": it was cut, copy or export it again")
	if bytes.IndexByte(b.Data[p:], '\r') >= 0 && bytes.IndexByte(b.Data[p:], '\n') < 0 {
		e.Msg, e.Err = oldMac, ErrRecord
	}
	return e
}

const oldMac = "CR inside a line: lines that end with CR alone (old Mac) must be converted with tr '\\r' '\\n'"

// notARecord describes a line that should be the first of a record.
func notARecord(line []byte, mark byte) string {
	switch {
	case len(line) == 0:
		return "a blank line stands where a record should start"
	case line[0] == 0:
		return "NUL bytes stand where a record should start: the file is damaged, copy or export it again"
	}
	return fmt.Sprintf("the record starts with %s instead of %q: a line is missing or too much here or shortly before", showByte(line[0]), mark)
}

// badLetter describes a byte that is no IUPAC letter.
func badLetter(c byte) string {
	what := showByte(c) + " is not a nucleotide letter (IUPAC)"
	switch {
	case c == '-' || c == '.':
		return what + ": remove gaps, give unaligned sequences"
	case c == ' ' || c == '\t':
		return what + ": remove blanks inside sequences"
	case c == 0:
		return what + ": the file is damaged, copy or export it again"
	case c == '*' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
		return what + ": give nucleotides, not amino acids"
	case c == '\r':
		return oldMac
	}
	return what
}

// showByte names a byte, readable whatever it is.
func showByte(c byte) string {
	if c > ' ' && c < 0x7f {
		return fmt.Sprintf("'%c'", c)
	}
	return fmt.Sprintf("byte 0x%02x", c)
}
