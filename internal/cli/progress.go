package cli

import (
	"fmt"
	"io"
	"time"
)

// progress draws one line on a terminal, again and again. It belongs to one
// goroutine. Where there is no terminal it draws nothing.
type progress struct {
	w     io.Writer // nil: draw nothing
	now   func() time.Time
	start time.Time
	last  time.Time
	drawn bool
}

// redrawAfter is fast enough to look alive and slow enough to cost nothing.
const redrawAfter = 100 * time.Millisecond

func newProgress(s *streams) *progress {
	p := &progress{now: time.Now}
	if s.live {
		p.w = s.err
	}
	p.start = p.now()
	return p
}

// readProgress is how far the reading of a sample has come.
type readProgress struct {
	reads, recombined int64
	bytes, of         int64 // of the files, still compressed; of is 0 when not known
}

// due tells whether it is time to draw.
func (p *progress) due() bool { return p.w != nil && p.now().Sub(p.last) >= redrawAfter }

// reading draws the line of a sample that is being read.
func (p *progress) reading(r readProgress) {
	if p.due() {
		p.draw(r.line(p.now().Sub(p.start)))
	}
}

// line says how far, how fast and how long still.
func (r readProgress) line(elapsed time.Duration) string {
	seconds := max(elapsed.Seconds(), 0.001)
	text := fmt.Sprintf("%s reads, %s/s, %.0f MB/s, %.1f %% recombined",
		grouped(r.reads), grouped(int64(float64(r.reads)/seconds)), float64(r.bytes)/1e6/seconds, percent(r.recombined, r.reads))
	if r.of > 0 && r.bytes > 0 {
		done := min(1, float64(r.bytes)/float64(r.of))
		left := time.Duration(float64(elapsed) * (1 - done) / done)
		text = fmt.Sprintf("%3.0f %%  %s, %s left", 100*done, text, clock(left))
	}
	return text
}

// counting draws the line of a step whose size is known.
func (p *progress) counting(what string, n, of int) {
	if p.due() {
		p.draw(fmt.Sprintf("%3.0f %%  %s of %s %s", percent(int64(n), int64(of)), grouped(int64(n)), grouped(int64(of)), what))
	}
}

func (p *progress) draw(text string) {
	p.last, p.drawn = p.now(), true
	fmt.Fprintf(p.w, "\r%s\x1b[K", text)
}

// clear takes the line away; what is printed next starts at the left.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

// clock is a time span as a watch shows it: "1:05" or "2:03:09".
func clock(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// percent is n of total in percent; 0 of nothing.
func percent(n, total int64) float64 {
	if total == 0 {
		return 0
	}
	return 100 * float64(n) / float64(total)
}

// grouped writes a number with its thousands set apart: "1,970,000".
func grouped(n int64) string {
	text := fmt.Sprint(n)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(text) - 3; i > first; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
