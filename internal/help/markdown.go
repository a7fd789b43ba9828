package help

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
)

// markdown writes the part of Markdown that our pages use as HTML: headings,
// paragraphs, lists, tables, code, quotations, links, pictures, emphasis. All
// text is escaped and there is no HTML in pages, so nothing that a page says can
// run. What it does not know stays as it is written.
type markdown struct {
	link func(target string) string // address of a link or picture, "" for none
	out  strings.Builder
	ids  map[string]int
}

// Patterns of lines.
var (
	heading  = regexp.MustCompile(`^(#{1,6}) +(.*?) *#*$`)
	fence    = regexp.MustCompile("^ *```+ *([A-Za-z0-9_-]*) *$")
	item     = regexp.MustCompile(`^( *)([-*]|[0-9]+\.) +(.*)$`)
	rule     = regexp.MustCompile(`^ *\|?[ :|-]*-[ :|-]*\|[ :|-]*$`)
	code     = regexp.MustCompile("`([^`]+)`")
	picture  = regexp.MustCompile(`!\[([^\]]*)\]\(([^)\s]+)\)`)
	anchor   = regexp.MustCompile(`\[([^\]]+)\]\(([^)\s]+)\)`)
	bare     = regexp.MustCompile(`&lt;(https?://[^\s&]+)&gt;`)
	strong   = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	emphasis = regexp.MustCompile(`(^|[\s(])\*([^*\s][^*]*)\*`)
	comment  = regexp.MustCompile(`^<!--.*-->$`)
	held     = regexp.MustCompile("\x00([0-9]+)\x00")
)

// render writes a page.
func (m *markdown) render(text string) string {
	m.ids = map[string]int{}
	m.blocks(strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n"))
	return m.out.String()
}

// blocks writes lines that stand together.
func (m *markdown) blocks(lines []string) {
	for i := 0; i < len(lines); {
		line := lines[i]
		switch {
		case strings.TrimSpace(line) == "" || comment.MatchString(line):
			i++
		case fence.MatchString(line):
			i = m.code(lines, i)
		case heading.MatchString(line):
			m.heading(heading.FindStringSubmatch(line))
			i++
		case i+1 < len(lines) && strings.Contains(line, "|") && rule.MatchString(lines[i+1]):
			i = m.table(lines, i)
		case item.MatchString(line):
			i = m.list(lines, i)
		case strings.HasPrefix(line, ">"):
			i = m.quotation(lines, i)
		default:
			i = m.paragraph(lines, i)
		}
	}
}

func (m *markdown) heading(parts []string) {
	level, text := len(parts[1]), parts[2]
	id := Slug(text)
	if n := m.ids[id]; n > 0 {
		m.ids[id]++
		id = fmt.Sprintf("%s-%d", id, n)
	} else {
		m.ids[id] = 1
	}
	fmt.Fprintf(&m.out, "<h%d id=\"%s\">%s</h%d>\n", level, html.EscapeString(id), m.inline(text), level)
}

// Slug is the anchor of a heading, as the usual viewers of Markdown make it.
func Slug(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(anchor.ReplaceAllString(text, "$1")) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	return b.String()
}

func (m *markdown) code(lines []string, i int) int {
	indent := len(lines[i]) - len(strings.TrimLeft(lines[i], " "))
	m.out.WriteString("<pre tabindex=\"0\"><code>")
	for i++; i < len(lines) && !fence.MatchString(lines[i]); i++ {
		line := lines[i]
		for n := 0; n < indent && strings.HasPrefix(line, " "); n++ {
			line = line[1:]
		}
		m.out.WriteString(html.EscapeString(line) + "\n")
	}
	m.out.WriteString("</code></pre>\n")
	return i + 1
}

// cells splits a row of a table; a bar behind a backslash or in code is none.
func cells(line string) (list []string) {
	line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|")
	var cell strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line) && line[i+1] == '|':
			cell.WriteByte('|')
			i++
		case c == '|' && !quoted:
			list = append(list, strings.TrimSpace(cell.String()))
			cell.Reset()
		default:
			quoted = quoted != (c == '`')
			cell.WriteByte(c)
		}
	}
	return append(list, strings.TrimSpace(cell.String()))
}

func (m *markdown) table(lines []string, i int) int {
	m.out.WriteString("<div class=\"table\" tabindex=\"0\"><table>\n<thead><tr>")
	for _, c := range cells(lines[i]) {
		m.out.WriteString("<th scope=\"col\">" + m.inline(c) + "</th>")
	}
	m.out.WriteString("</tr></thead>\n<tbody>\n")
	for i += 2; i < len(lines) && strings.Contains(lines[i], "|"); i++ {
		m.out.WriteString("<tr>")
		for _, c := range cells(lines[i]) {
			m.out.WriteString("<td>" + m.inline(c) + "</td>")
		}
		m.out.WriteString("</tr>\n")
	}
	m.out.WriteString("</tbody></table></div>\n")
	return i
}

// list writes items of one indent; what is indented deeper belongs to the item
// above.
func (m *markdown) list(lines []string, i int) int {
	first := item.FindStringSubmatch(lines[i])
	indent, tag := len(first[1]), "ul"
	if strings.HasSuffix(first[2], ".") {
		tag = "ol"
	}
	m.out.WriteString("<" + tag + ">\n")
	for i < len(lines) {
		parts := item.FindStringSubmatch(lines[i])
		if parts == nil || len(parts[1]) != indent {
			break
		}
		text := []string{parts[3]}
		var below []string
		for i++; i < len(lines); i++ {
			line := lines[i]
			deeper := len(line) - len(strings.TrimLeft(line, " "))
			if strings.TrimSpace(line) == "" {
				if i+1 < len(lines) && strings.HasPrefix(lines[i+1], strings.Repeat(" ", indent+2)) {
					below = append(below, "")
					continue
				}
				break
			}
			if deeper <= indent {
				break
			}
			if len(below) > 0 || item.MatchString(line) || fence.MatchString(line) {
				below = append(below, strings.TrimPrefix(line, strings.Repeat(" ", min(deeper, indent+len(parts[2])+1))))
			} else {
				text = append(text, strings.TrimSpace(line))
			}
		}
		m.out.WriteString("<li>" + m.inline(strings.Join(text, "\n")))
		if len(below) > 0 {
			m.out.WriteByte('\n')
			m.blocks(below)
		}
		m.out.WriteString("</li>\n")
		for i+1 < len(lines) && strings.TrimSpace(lines[i]) == "" && item.MatchString(lines[i+1]) {
			i++
		}
	}
	m.out.WriteString("</" + tag + ">\n")
	return i
}

func (m *markdown) quotation(lines []string, i int) int {
	var inner []string
	for ; i < len(lines) && strings.HasPrefix(lines[i], ">"); i++ {
		inner = append(inner, strings.TrimPrefix(strings.TrimPrefix(lines[i], ">"), " "))
	}
	m.out.WriteString("<blockquote>\n")
	m.blocks(inner)
	m.out.WriteString("</blockquote>\n")
	return i
}

func (m *markdown) paragraph(lines []string, i int) int {
	var text []string
	for ; i < len(lines) && strings.TrimSpace(lines[i]) != "" && !heading.MatchString(lines[i]) && !fence.MatchString(lines[i]) && (len(text) == 0 || !item.MatchString(lines[i])); i++ {
		text = append(text, strings.TrimSpace(lines[i]))
	}
	m.out.WriteString("<p>" + m.inline(strings.Join(text, "\n")) + "</p>\n")
	return i
}

// inline writes a text with its code, links, pictures and emphasis. What is
// written as HTML already is held apart, so that nothing is read twice.
func (m *markdown) inline(text string) string {
	var kept []string
	hold := func(s string) string {
		kept = append(kept, s)
		return fmt.Sprintf("\x00%d\x00", len(kept)-1)
	}
	text = strings.ReplaceAll(text, "\x00", "")
	text = code.ReplaceAllStringFunc(text, func(s string) string {
		return hold("<code>" + html.EscapeString(strings.Trim(s, "`")) + "</code>")
	})
	text = html.EscapeString(text)
	text = picture.ReplaceAllStringFunc(text, func(s string) string {
		p := picture.FindStringSubmatch(s)
		to := m.link(html.UnescapeString(p[2]))
		if to == "" {
			return p[1]
		}
		return hold(`<img src="` + html.EscapeString(to) + `" alt="` + p[1] + `" loading="lazy">`)
	})
	text = anchor.ReplaceAllStringFunc(text, func(s string) string {
		p := anchor.FindStringSubmatch(s)
		to := m.link(html.UnescapeString(p[2]))
		if to == "" {
			return p[1]
		}
		return hold(`<a href="`+html.EscapeString(to)+`">`) + p[1] + hold("</a>")
	})
	text = bare.ReplaceAllStringFunc(text, func(s string) string {
		to := bare.FindStringSubmatch(s)[1]
		return hold(`<a href="` + to + `">` + to + "</a>")
	})
	text = strong.ReplaceAllString(text, "<strong>$1</strong>")
	text = emphasis.ReplaceAllString(text, "$1<em>$2</em>")
	// From the last: a picture in a link holds numbers that came before it.
	for held.MatchString(text) {
		text = held.ReplaceAllStringFunc(text, func(s string) string {
			var n int
			if _, err := fmt.Sscan(strings.Trim(s, "\x00"), &n); err != nil || n >= len(kept) {
				return ""
			}
			return kept[n]
		})
	}
	return text
}
