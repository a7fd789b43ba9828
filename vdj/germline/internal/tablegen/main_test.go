package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestTablesAreGenerated makes the tables anew and compares them with the ones
// that are embedded. It needs the facts beside the checkout and Debian's igor.
func TestTablesAreGenerated(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("searches megabases for a thousand genes")
	}
	shared := filepath.Join("..", "..", "..", "..", "..", "shared")
	in := inputs{
		Facts:       filepath.Join(shared, "facts"),
		Igor:        "/usr/share/igor/models",
		Transcripts: filepath.Join(shared, "data", "real", "genbank", "human.fasta.gz"),
	}
	for _, path := range []string{in.Facts, in.Igor, in.Transcripts} {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("input not at hand: %v", err)
		}
	}
	tables, err := build(in, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range tables {
		got, err := os.ReadFile(filepath.Join("..", "..", "sets", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("sets/%s is not what tablegen makes: run it (its package comment says how)", name)
		}
	}
}

func TestConstantCheckRefuses(t *testing.T) {
	t.Parallel()
	r := &record{strands: [2][]byte{[]byte("CCAGGATGGCCTAAGTAA"), nil}}
	r.strands[1] = reverseComplement(r.strands[0])
	tests := []struct {
		name string
		c    constant
		ok   bool
	}{
		{"right", constant{locus: "IGH", first: 5, last: 13, functionality: "F", protein: "WP"}, false}, // donor is AA
		{"donor", constant{locus: "IGH", first: 5, last: 14, functionality: "F", protein: "WP"}, true},
		{"protein", constant{locus: "IGH", first: 5, last: 14, functionality: "F", protein: "WQ"}, false},
		{"acceptor", constant{locus: "IGK", first: 8, last: 14, functionality: "F", protein: ""}, false},
		{"stop wanted", constant{locus: "IGH", first: 5, last: 14, functionality: "P", protein: "WP"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			seq, err := r.at(tt.c.first, tt.c.last, false)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.c.check(seq, r); (err == nil) != tt.ok {
				t.Errorf("%s: error %v", seq, err)
			}
		})
	}
	if _, err := r.at(17, 19, false); err == nil {
		t.Error("range past the end: no error")
	}
	if got, err := r.at(1, 4, true); err != nil || string(got) != "CTGG" {
		t.Errorf("complement of 1..4: %s, %v", got, err)
	}
}

// TestFindNear compares the seeded search with one that looks everywhere.
func TestFindNear(t *testing.T) {
	t.Parallel()
	forward := []byte("TTTTACGTACGGTTCAACGATCGGATTTTTTTACGTACCGTTCATCGATCGGATTTT")
	r := &record{strands: [2][]byte{forward, reverseComplement(forward)}}
	seq := []byte("ACGTACGGTTCAACGATCGGA")
	want := 0
	for _, s := range r.strands {
		for i := 0; i+len(seq) <= len(s); i++ {
			if mismatches(s[i:i+len(seq)], seq) <= maxMismatches {
				want++
			}
		}
	}
	got := r.findNear(seq)
	if len(got) != want || want != 2 {
		t.Errorf("%d places, want %d and 2", len(got), want)
	}
	if string(got[0].up) != "TTTT" || string(head(got[0].down, 3)) != "TTT" {
		t.Errorf("flanks %s, %s", got[0].up, got[0].down)
	}
}
