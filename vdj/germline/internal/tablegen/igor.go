package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
)

// igorGenes returns the V and J genes of an IGoR reference genome whose gene
// name and whose sequence the facts lack both, pseudogenes left out. Only *01 alleles are taken: they
// are the ones whose names IGoR has from IMGT; further alleles were named by
// IGoR's authors from their own data.
func igorGenes(dir string, facts []germline.Gene) ([]germline.Gene, error) {
	var added []germline.Gene
	for _, seg := range []germline.Segment{germline.V, germline.J} {
		recs, err := readFASTA(filepath.Join(dir, "genomic"+seg.String()+"s.fasta"))
		if err != nil {
			return nil, err
		}
		anchors, err := igorAnchors(filepath.Join(dir, seg.String()+"_gene_CDR3_anchors.csv"))
		if err != nil {
			return nil, err
		}
		for _, r := range recs {
			g := germline.Gene{
				Name: geneName(r.Header), Locus: "TRB", Segment: seg, Source: sourceIgor, Anchor: -1,
				Sequence: bytes.ToUpper(bytes.ReplaceAll(r.Sequence, []byte("."), nil)),
			}
			if !strings.HasSuffix(g.Name, "*01") || known(&g, facts) || known(&g, added) {
				continue
			}
			a, ok := anchors[g.Name]
			if !ok || a.functionality == "P" || a.pos+3 > len(g.Sequence) {
				continue
			}
			g.Functionality = a.functionality
			if aa := germline.TranslateCodon(g.Sequence[a.pos : a.pos+3]); aa == anchorResidue[seg] || aa == 'F' && seg == germline.J {
				g.Anchor = a.pos
			}
			added = append(added, g)
		}
	}
	return added, nil
}

// anchorResidue is what the anchor codon of a gene must give; J genes may have
// Phe instead.
var anchorResidue = map[germline.Segment]byte{germline.V: 'C', germline.J: 'W'}

func known(g *germline.Gene, genes []germline.Gene) bool {
	for i := range genes {
		if genes[i].Name == g.Name || bytes.Equal(genes[i].Sequence, g.Sequence) {
			return true
		}
	}
	return false
}

// geneName takes the name from an IMGT header or from a bare one.
func geneName(header string) string {
	if f := strings.Split(header, "|"); len(f) > 1 {
		return strings.TrimSpace(f[1])
	}
	return strings.TrimSpace(header)
}

// igorAnchor is a row of IGoR's anchor files.
type igorAnchor struct {
	pos           int // 0-based
	functionality string
}

// igorAnchors reads "gene;anchor_index;function".
func igorAnchors(path string) (map[string]igorAnchor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = ';'
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	anchors := map[string]igorAnchor{}
	for _, row := range rows[1:] {
		if len(row) != 3 {
			return nil, fmt.Errorf("%s: gene %s: %d columns, want 3", path, row[0], len(row))
		}
		pos, err := strconv.Atoi(row[1])
		if err != nil {
			return nil, fmt.Errorf("%s: anchor of %s: %w", path, row[0], err)
		}
		anchors[geneName(row[0])] = igorAnchor{pos, strings.TrimSpace(row[2])}
	}
	return anchors, nil
}
