package job

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// Sizes of logs, in bytes. A log is for reading; what a program writes for
// machines is an output file.
const (
	maxLog  = 1 << 20  // of an attempt: what is kept from the start on
	maxTail = 16 << 10 // and what is kept of the end when there is more
	piece   = 32 << 10 // is written to the store at once, without waiting for the next beat
)

// journal collects what a handler logs until the next beat takes it along. It is
// safe for concurrent use.
type journal struct {
	mu      sync.Mutex
	buffer  []byte // not taken yet
	taken   int    // bytes taken so far
	dropped int    // bytes that went neither to buffer nor are in tail
	tail    []byte
	full    chan struct{} // told when there is a piece; nil for nobody
}

// Write never fails.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := max(0, min(len(p), maxLog-j.taken-len(j.buffer)))
	if len(j.tail) > 0 || j.dropped > 0 {
		n = 0
	}
	j.buffer = append(j.buffer, p[:n]...)
	j.tail = append(j.tail, p[n:]...)
	if over := len(j.tail) - maxTail; over > 0 {
		j.dropped += over
		j.tail = append(j.tail[:0], j.tail[over:]...)
	}
	if len(j.buffer) >= piece {
		select {
		case j.full <- struct{}{}:
		default:
		}
	}
	return len(p), nil
}

// take returns what is there, up to the last end of a line unless that is long
// ago.
func (j *journal) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := bytes.LastIndexByte(j.buffer, '\n') + 1
	if n == 0 && len(j.buffer) >= piece {
		for n = len(j.buffer); n > 0 && !utf8.RuneStart(j.buffer[n-1]); n-- {
		}
		n = max(n-1, 0)
	}
	text := string(j.buffer[:n])
	j.buffer = append(j.buffer[:0], j.buffer[n:]...)
	j.taken += n
	return clean(text)
}

// takeAll returns all that is left, with a note of what was cut.
func (j *journal) takeAll() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var b strings.Builder
	b.Write(j.buffer)
	if j.dropped > 0 {
		fmt.Fprintf(&b, "\n[%d bytes were cut here: only the first %d and the last %d of an attempt are kept]\n", j.dropped, maxLog, maxTail)
	}
	b.Write(j.tail)
	text := b.String()
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	j.taken += len(j.buffer)
	j.buffer, j.tail, j.dropped = nil, nil, 0
	return clean(text)
}

// putBack undoes a take whose text could not be written.
func (j *journal) putBack(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.buffer = append([]byte(text), j.buffer...)
	j.taken = max(j.taken-len(text), 0)
}

// clean makes any bytes text that both databases take.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
