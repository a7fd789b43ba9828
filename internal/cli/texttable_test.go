package cli

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTextTable(t *testing.T) {
	t.Parallel()
	table := textTable{columns: []textColumn{{head: "name", limit: 5}, {head: "n", right: true}, {head: "note"}}}
	table.add(textCell{text: "abcdefgh"}, textCell{"7", bold}, textCell{text: ""})
	table.add(textCell{text: "é"}, textCell{text: "1,000"}, textCell{text: "x"})
	want := "name       n  note\nabcd…      7\né      1,000  x\n"
	if got := table.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	table.color = true
	if got := table.String(); !strings.Contains(got, "\x1b[1m7\x1b[0m\n") || !strings.Contains(got, "abcd…    ") {
		t.Errorf("styles change the layout: %q", got)
	}
}

// Cells of a column start, or end, below each other, and nothing is lost that
// fits.
func TestTextTableAligns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zé*/]{1,9}`)
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [3]string {
			return [3]string{word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")}
		}), 1, 6).Draw(t, "rows")
		table := textTable{columns: []textColumn{{}, {right: true}, {}}}
		for _, r := range rows {
			table.add(textCell{text: r[0]}, textCell{text: r[1]}, textCell{text: r[2]})
		}
		start, end := -1, -1
		lines := strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n")
		for i, line := range lines {
			fields := strings.Fields(line)
			if len(fields) != 3 || [3]string(fields) != rows[i] {
				t.Fatalf("line %q, want the cells %v", line, rows[i])
			}
			third := utf8.RuneCountInString(line) - utf8.RuneCountInString(fields[2])
			second := third - len(columnGap)
			if start >= 0 && (third != start || second != end) {
				t.Fatalf("columns shift:\n%s", table.String())
			}
			start, end = third, second
		}
	})
}

func TestClip(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text         string
		limit        int
		want, middle string
	}{
		{"CARDYW", 6, "CARDYW", "CARDYW"},
		{"CARDYYW", 6, "CARDY…", "CAR…YW"},
		{"CARDYYYW", 5, "CARD…", "CA…YW"},
		{"é…", 2, "é…", "é…"},
	} {
		if got := clip(tt.text, tt.limit); got != tt.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tt.text, tt.limit, got, tt.want)
		}
		if got := clipMiddle(tt.text, tt.limit); got != tt.middle {
			t.Errorf("clipMiddle(%q, %d) = %q, want %q", tt.text, tt.limit, got, tt.middle)
		}
	}
}
