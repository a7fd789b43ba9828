package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/germline/internal/fasta"
)

// Keys of the column "source", explained in the README of the sets. A row
// whose flank comes from a locus record has that record's accession after a
// comma.
const (
	sourceINSDC = "INSDC"
	sourceIgor  = "igor"
)

const factsHeader = "species\tlocus\tsegment\tgene\tallele\tfunctionality\taccession\trange\tsequence\tanchor\tgaps\tup\tdown"

// readFacts reads the rows of alleles. It rewrites each into the columns of the
// project's table and lets the table's own reader judge it.
func readFacts(path string) ([]germline.Gene, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var table bytes.Buffer
	table.WriteString("name\tlocus\tsegment\tfunctionality\taccession\trange\tsource\tanchor\tgaps\tsequence\tup\tdown\n")
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if lines[0] != factsHeader {
		return nil, fmt.Errorf("%s: header is not %q", path, factsHeader)
	}
	for i, line := range lines[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 13 {
			return nil, fmt.Errorf("%s: line %d: %d columns", path, i+2, len(f))
		}
		name := f[3]
		if f[4] != "" {
			name += "*" + f[4]
		}
		row := []string{name, f[1], f[2], f[5], f[6], f[7], sourceINSDC, f[9], f[10], f[8], f[11], f[12]}
		table.WriteString(strings.Join(row, "\t") + "\n")
	}
	genes, err := germline.ReadTable(&table)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return genes, nil
}

// readFASTA reads a FASTA file, gzip when its name says so.
func readFASTA(path string) ([]fasta.Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return fasta.Read(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	recs, err := fasta.Read(z)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return recs, nil
}
