package seqio

import "bytes"

// Block is a run of whole records of one source, in the source's order. Reader.Next fills it and reuses its
// buffer; after that it belongs to one goroutine, which calls Parse.
type Block struct {
	Index     int    // 0-based number of the block in the sample
	FirstRead int64  // 0-based number of its first record in the sample
	Reads     int    // number of records, before sampling leaves some out
	Source    string // name of the source
	Offset    int64  // of its first record in the decompressed source, in bytes
	Format    Format
	Data      []byte // text of the records

	sourceRead int64         // 0-based number of its first record in its source, for errors
	limit      int           // longest record in bytes, 0 = any
	stride     stride        // which reads are kept
	qualities  *sharedSpread // where Parse reports the qualities that it saw
}

// cutFASTQ returns the end of the last whole record of four lines in data, and the number of these records.
func cutFASTQ(data []byte) (end, reads int) {
	lines := bytes.Count(data, newline)
	end = len(data)
	for range lines%4 + 1 {
		end = bytes.LastIndexByte(data[:end], '\n')
		if end < 0 {
			return 0, 0
		}
	}
	return end + 1, lines / 4
}

// cutFASTA returns the start of the last record in data, which may go on after data, and the number of
// records before it. Nothing is looked for before from, which an earlier call has searched.
func cutFASTA(data []byte, from int) (end, reads int) {
	i := bytes.LastIndex(data[max(from-1, 0):], recordStart)
	if i < 0 {
		return 0, 0
	}
	end = max(from-1, 0) + i + 1
	return end, countFASTA(data[:end])
}

var (
	newline     = []byte{'\n'}
	recordStart = []byte("\n>")
)

// countFASTA counts the records of a text that starts with one.
func countFASTA(data []byte) int {
	n := 0
	for p := 0; p < len(data); {
		n++
		p += fastaLength(data[p:])
	}
	return n
}

// fastaLength is the length of the first record of data, which starts with '>': up to the next '>' at the
// start of a line.
func fastaLength(data []byte) int {
	for p := 1; ; {
		i := bytes.IndexByte(data[p:], '>')
		if i < 0 {
			return len(data)
		}
		p += i
		if data[p-1] == '\n' {
			return p
		}
		p++
	}
}

// fastqLength is the length of the first record of data: four lines, or all that is left.
func fastqLength(data []byte) int {
	p := 0
	for range 4 {
		i := bytes.IndexByte(data[p:], '\n')
		if i < 0 {
			return len(data)
		}
		p += i + 1
	}
	return p
}

// truncate keeps the first n records of the block.
func (b *Block) truncate(n int) {
	if n >= b.Reads {
		return
	}
	p := 0
	for range n {
		p += b.recordLength(p)
	}
	b.Data, b.Reads = b.Data[:p], n
}

// endsBlank tells whether the last line of data is blank: the last quality of an empty read, or blank lines
// that end a file and have been counted as a record.
func endsBlank(data []byte) bool {
	if len(data) == 0 || data[len(data)-1] != '\n' {
		return false
	}
	data = data[:len(data)-1]
	return isBlank(data[bytes.LastIndexByte(data, '\n')+1:])
}

// blankRecord finds the first record of FASTQ that starts with a blank line, or returns data's length.
func blankRecord(data []byte) (start, index int) {
	for start < len(data) && !isBlank(data[start:start+1]) {
		start += fastqLength(data[start:])
		index++
	}
	return start, index
}

// isBlank tells whether there is nothing but white space.
func isBlank(data []byte) bool {
	for _, c := range data {
		if c != '\n' && c != '\r' && c != ' ' && c != '\t' {
			return false
		}
	}
	return true
}
