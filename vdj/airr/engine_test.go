package airr

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

// The engine's answer to real sequences, both strands, and to the curated ones
// of every system, as a table: the linter must find nothing that the engine or
// the writer can be blamed for, and Debian's validator must take it.
func TestEngineRowsOfRealSequences(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("designates 3,000 sequences")
	}
	set, err := germline.Human()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := designation.New(set, designation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sequences := append(realSequences(t), curatedSequences(t)...)
	var scratch designation.Scratch
	var rows []Rearrangement
	found := 0
	for i, s := range sequences {
		if i%3 == 0 {
			s.letters = reverseComplement(s.letters)
		}
		d := engine.Designate(s.letters, &scratch)
		row := FromDesignation(set, d, s.id)
		row.DuplicateCount = Some(1)
		if d.Found() {
			found++
		}
		if got := row.Sequence; got != strings.ToUpper(string(s.letters)) {
			t.Errorf("%s: the column sequence is not what was read", s.id)
		}
		rows = append(rows, row)
	}
	t.Logf("%d of %d designated", found, len(rows))
	if found < len(rows)/2 {
		t.Errorf("only %d of %d sequences are designated", found, len(rows))
	}
	table := writeAll(t, rows)
	for _, f := range lintText(t, bytes.NewReader(table), LintOptions{Germline: set, Reads: len(rows), PerCode: 3}) {
		// Mutated anchors, and J genes that have neither Trp nor Phe.
		if f.Code != "junction-anchor" || f.More > len(rows)/50 {
			t.Error(f)
		}
	}
	if tool, err := exec.LookPath("airr-tools"); err == nil {
		path := filepath.Join(t.TempDir(), "rows.tsv")
		if err := os.WriteFile(path, table, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), tool, "validate", "rearrangement", "-a", path).CombinedOutput(); err != nil {
			t.Errorf("airr-tools: %v\n%s", err, out)
		}
	}
}

type sequence struct {
	id      string
	letters []byte
}

// realSequences reads the GenBank records, one line of letters each or more.
func realSequences(t *testing.T) []sequence {
	t.Helper()
	zr, err := gzip.NewReader(shared(t, "data/real/genbank/human.fasta.gz"))
	if err != nil {
		t.Fatal(err)
	}
	var list []sequence
	sc := bufio.NewScanner(zr)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if id, ok := strings.CutPrefix(sc.Text(), ">"); ok {
			id, _, _ = strings.Cut(id, " ")
			list = append(list, sequence{id: id})
			continue
		}
		last := &list[len(list)-1]
		last.letters = append(last.letters, bytes.TrimSpace(sc.Bytes())...)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func curatedSequences(t *testing.T) []sequence {
	t.Helper()
	cr := csv.NewReader(shared(t, "data/curated/curated.tsv"))
	cr.Comma, cr.LazyQuotes, cr.FieldsPerRecord = '\t', true, -1
	records, err := cr.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []sequence
	for _, r := range records[1:] {
		list = append(list, sequence{id: r[0], letters: []byte(r[10])})
	}
	return list
}
