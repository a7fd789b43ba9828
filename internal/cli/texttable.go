package cli

import (
	"strings"
	"unicode/utf8"
)

// style is how a cell looks on a terminal: the parameters of an ANSI "select
// graphic rendition" sequence. The empty style is plain.
type style string

const (
	bold  style = "1"
	faint style = "2"
)

// paint puts text in a style.
func (s style) paint(text string) string {
	if s == "" || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// textCell is a cell of a textTable.
type textCell struct {
	text  string
	style style
}

// textColumn is a column of a textTable: as wide as its widest cell, at most
// its limit; longer cells end in an ellipsis.
type textColumn struct {
	head  string
	right bool // aligned to the right
	limit int  // letters; 0: none
}

// textTable lays cells out for a terminal.
type textTable struct {
	columns []textColumn
	rows    [][]textCell
	color   bool
}

func (t *textTable) add(cells ...textCell) { t.rows = append(t.rows, cells) }

// columnGap stands between columns.
const columnGap = "  "

// String is the table with its head, each line ended.
func (t *textTable) String() string {
	head := make([]textCell, len(t.columns))
	width := make([]int, len(t.columns))
	headed := false
	for i, c := range t.columns {
		head[i] = textCell{c.head, bold}
		headed = headed || c.head != ""
	}
	rows := t.rows
	if headed {
		rows = append([][]textCell{head}, rows...)
	}
	for _, row := range rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(clip(c.text, t.columns[i].limit)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		t.line(&b, row, width)
	}
	return b.String()
}

// line writes one row, without spaces at its end.
func (t *textTable) line(b *strings.Builder, row []textCell, width []int) {
	pending := "" // spaces that only stand if something follows
	for i, c := range row {
		text := clip(c.text, t.columns[i].limit)
		fill := strings.Repeat(" ", width[i]-utf8.RuneCountInString(text))
		if i > 0 {
			pending += columnGap
		}
		if t.columns[i].right {
			pending, fill = pending+fill, ""
		}
		if text != "" {
			b.WriteString(pending)
			if t.color {
				text = c.style.paint(text)
			}
			b.WriteString(text)
			pending = ""
		}
		pending += fill
	}
	b.WriteByte('\n')
}

// clip shortens text to a number of letters (0: any), the last one an ellipsis.
func clip(text string, limit int) string {
	if limit == 0 || utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// clipMiddle shortens text to a number of letters, with an ellipsis in the
// middle: both ends of a junction tell.
func clipMiddle(text string, limit int) string {
	letters := []rune(text)
	if len(letters) <= limit {
		return text
	}
	tail := (limit - 1) / 2
	head := limit - 1 - tail
	return string(letters[:head]) + "…" + string(letters[len(letters)-tail:])
}
