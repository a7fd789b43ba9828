package germline

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
)

// sound fails when a set that a loader accepted breaks what the engine relies
// on. No genes, or an anchor that is none, are the checker's business.
func sound(t *testing.T, set *Set) {
	t.Helper()
	for _, f := range Check(set) {
		switch f.Rule {
		case RuleLetters, RuleAnchorRange, RuleGaps, RulePoolIndex, RuleName:
			t.Errorf("the loader let pass: %v", f)
		}
	}
	for i := range set.Genes {
		g := &set.Genes[i]
		if got := bytes.ReplaceAll(g.Gapped(), []byte("."), nil); !bytes.Equal(got, g.Sequence) {
			t.Errorf("gene %s: gapped sequence has other letters", g.Name)
		}
		g.Regions() // must not panic
	}
	set.Digest()
}

func FuzzReadTable(f *testing.F) {
	header := strings.Join(tableColumns, "\t") + "\n"
	f.Add(header + "IGHV1*01\tIGH\tV\tF\tX1\t1..4\tINSDC\t2?\t1:3,2:9\tACGT\tA\tC\n")
	f.Add("# comment\n" + header + "IGHD\tIGH\tC\t\t\t\t\t\t\tACGT\t\t\n")
	f.Add(header + "x\n")
	f.Fuzz(func(t *testing.T, text string) {
		genes, err := ReadTable(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := WriteTable(&b, genes); err != nil {
			t.Fatalf("write what was read: %v", err)
		}
		again, err := ReadTable(&b)
		if err != nil || len(again) != len(genes) {
			t.Fatalf("read what was written: %d genes, want %d: %v", len(again), len(genes), err)
		}
	})
}

func FuzzLoadFASTA(f *testing.F) {
	f.Add(">M99660|IGHV3-23*01|Homo sapiens|F|V-REGION|1..9|9 nt|\nGAG...GTGCAG..\n")
	f.Add(">IGHJ4*02 x\r\nactactttgactactggggccagggaaccctggtcaccgtctcctcag\n\n>IGHG1|\n")
	f.Add(">KDE\nNNRYK\n")
	f.Add(">IGHV1*01\n...\n")
	f.Fuzz(func(t *testing.T, text string) {
		fsys := fstest.MapFS{"f.fa": {Data: []byte(text)}}
		if set, err := LoadFASTA(fsys, []string{"f.fa"}, About{}); err == nil {
			sound(t, set)
		}
	})
}

func FuzzLoadAIRR(f *testing.F) {
	f.Add([]byte(`{"GermlineSet":[{"germline_set_name":"x","release_version":3,"species":{"id":"NCBITAXON:9606"},"allele_descriptions":[` +
		`{"label":"IGHJ4*02","sequence_type":"J","locus":"IGH","coding_sequence":"ACTACTTTGACTACTGGGGCCAGGGAACC","j_cdr3_end":15,"functional":true}]}]}`))
	f.Add([]byte(`{"allele_descriptions":[{"label":"IGHV1*01","sequence":"AAACGTAAA","coding_sequence":"C.GT",` +
		`"v_gene_delineations":[{"delineation_scheme":"IMGT","aligned_sequence":"C.GT"}]}]}`))
	f.Add([]byte(`{"GermlineSet":{"allele_descriptions":[{"label":"IGHV1*01","sequence":"A","j_cdr3_end":-5}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		fsys := fstest.MapFS{"f.json": {Data: text}}
		if set, err := LoadAIRR(fsys, []string{"f.json"}, About{}); err == nil {
			sound(t, set)
		}
	})
}

func FuzzLoadG(f *testing.F) {
	f.Add([]byte(`{"path":"","systems":{"IGH":{"recombinations":[{"5":["IGHV.fa"],"4":["IGHD.fa"],"3":["IGHJ+down.fa"]}],"parameters":{"seed":"12s"}}}}`),
		">IGHV1*01\nACG..T\n", ">a|IGHJ4*02|Homo sapiens|F|J-REGION|1..4|4 nt|\nAC.GTacgt\n")
	f.Add([]byte(`{"systems":{"X":{"recombinations":[{"3":["IGHJ+down.fa","IGHV.fa"]}]}}}`), ">x\nA\n", ">y\n..A\n")
	f.Add([]byte(`{"systems":{"IGH":null,"a":3}}`), "", "")
	f.Fuzz(func(t *testing.T, preset []byte, v, j string) {
		fsys := fstest.MapFS{
			"p.g": {Data: preset}, "IGHV.fa": {Data: []byte(v)}, "IGHD.fa": {Data: []byte(v)},
			"IGHJ+down.fa": {Data: []byte(j)}, "IGHD+up.fa": {Data: []byte(j)}, "IGHJ.fa": {Data: []byte(v)},
		}
		if set, err := LoadG(fsys, "p.g"); err == nil {
			sound(t, set)
		}
	})
}
