package clonotype_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/seqio"
)

// TestRealFiles analyses real reads of public repositories. The numbers of reads
// with a window are what the engine has found: they may only rise. None of them
// is known by other means, but for the transcripts of other genes, which hold no
// recombination, and the records of GenBank, for which IgBLAST reports V and J in
// 2 655 (TestAgreesWithIgBLAST). The mouse records are analysed with human genes:
// it must not fail.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file        string
		reads, seen int
	}{
		{"stanford_s22.fasta.gz", 13153, 13153},
		{"demo-x5.fa", 14, 14},
		{"cd_genes.fasta.gz", 371, 0},
		{"mixcr/sample_IGH_R1.fastq.gz", 200, 77},
		{"mixcr/sample_IGH_R2.fastq.gz", 200, 111},
		{"mixcr/test_R1.fastq.gz", 100, 0},
		{"mixcr/test_R2.fastq.gz", 100, 99},
		{"mixcr/umi_ig_data_2_subset_R1.fastq.gz", 232, 232},
		{"mixcr/long_ig_R1.fastq.gz", 1, 1},
		{"mixcr/fastq1.fastq.gz", 10000, 58},
		{"trust4/example.bam", 396, 81},
		{"genbank/human.fasta.gz", 2750, 2665},
		{"genbank/mouse.fasta.gz", 2093, 1322},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			res := analyze(t, clonotype.Options{MinReads: 1}, sharedPath(t, "data/real/"+c.file))
			checkSums(t, res)
			t.Logf("%d reads, %d with a window: %v, without: %v", res.TotalReads, res.Recombined(), res.ReadsBySystem, res.Causes)
			if c.file == "cd_genes.fasta.gz" && res.Recombined() > 0 {
				t.Errorf("%d transcripts of other genes have a window", res.Recombined())
			}
			if res.TotalReads != c.reads || res.Recombined() < c.seen {
				t.Errorf("%d reads, %d with a window, want %d and at least %d", res.TotalReads, res.Recombined(), c.reads, c.seen)
			}
		})
	}
}

// TestNoClonotypeWithoutRecombination analyses a million reads of genomic DNA
// of the loci and of transcripts of other genes: no clonotype may have more
// than five reads.
func TestNoClonotypeWithoutRecombination(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a million reads")
	}
	var genome [][]byte
	for _, name := range []string{
		"facts/loci/IMGT000021.fasta.gz", "facts/loci/IMGT000024.fasta.gz", "facts/loci/IMGT000035.fasta.gz",
		"facts/loci/NC_000002.12.fasta.gz", "facts/loci/NC_000022.11.fasta.gz", "data/real/cd_genes.fasta.gz",
	} {
		genome = append(genome, letters(t, sharedPath(t, name))...)
	}
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	reads := &genomic{sequences: genome, left: 1_000_000, random: rand.New(rand.NewPCG(1, 2))}
	r, err := seqio.NewReader([]seqio.Source{{Name: "genomic", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bufio.NewReaderSize(reads, 1<<20)), nil
	}}}, seqio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := clonotype.Analyze(t.Context(), r, e, clonotype.Options{MinReads: 2}, clonotype.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, res)
	t.Logf("%d reads, %d with a window: %v, without: %v", res.TotalReads, res.Recombined(), res.ReadsBySystem, res.Causes)
	for i := range res.Clonotypes {
		c := &res.Clonotypes[i]
		text := c.Designation.Text(e.Set())
		if c.Reads > 5 {
			t.Errorf("%d reads of %s, %s, %s: %s", c.Reads, c.System, text, c.Window, c.Sequence)
		}
	}
}

// letters reads the sequences of a gzipped FASTA.
func letters(t *testing.T, path string) [][]byte {
	t.Helper()
	text, err := io.ReadAll(openGzip(t, path))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for record := range strings.SplitSeq(string(text), ">") {
		_, body, _ := strings.Cut(record, "\n")
		if seq := bytes.ToUpper([]byte(strings.Join(strings.Fields(body), ""))); len(seq) >= 200 {
			out = append(out, seq)
		}
	}
	return out
}

// genomic makes FASTQ reads of 150 letters of sequences, on either strand, with
// 0.3 % of errors.
type genomic struct {
	sequences [][]byte
	left      int
	random    *rand.Rand
	buf       []byte
}

func (g *genomic) Read(p []byte) (int, error) {
	for len(g.buf) < len(p) && g.left > 0 {
		g.left--
		total := 0
		for _, s := range g.sequences {
			total += len(s) - 149
		}
		at := g.random.IntN(total)
		i := 0
		for ; at >= len(g.sequences[i])-149; i++ {
			at -= len(g.sequences[i]) - 149
		}
		read := bytes.Clone(g.sequences[i][at : at+150])
		for k := range read {
			if g.random.IntN(1000) < 3 {
				read[k] = "ACGT"[g.random.IntN(4)]
			}
		}
		if g.random.IntN(2) == 0 {
			for a, b := 0, len(read)-1; a <= b; a, b = a+1, b-1 {
				read[a], read[b] = complementOf(read[b]), complementOf(read[a])
			}
		}
		g.buf = fmt.Appendf(g.buf, "@g%d\n%s\n+\n%s\n", g.left, read, quality150)
	}
	if len(g.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(p, g.buf)
	g.buf = g.buf[n:]
	return n, nil
}

var quality150 = strings.Repeat("F", 150)

func complementOf(c byte) byte {
	switch c {
	case 'A':
		return 'T'
	case 'C':
		return 'G'
	case 'G':
		return 'C'
	case 'T':
		return 'A'
	}
	return c
}
