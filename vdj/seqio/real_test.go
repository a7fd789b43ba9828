package seqio

import (
	"bufio"
	stdgzip "compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// slowFASTA is the obvious reader of FASTA, over lines.
func slowFASTA(text string) []read {
	var all []read
	scanner := bufio.NewScanner(strings.NewReader(text))
	for scanner.Scan() {
		switch line := scanner.Text(); {
		case strings.HasPrefix(line, ">"):
			all = append(all, read{Name: line[1:]})
		case !strings.HasPrefix(line, "#") && line != "":
			all[len(all)-1].Seq += strings.ReplaceAll(strings.ToUpper(line), "U", "T")
		}
	}
	return all
}

// TestRealFiles reads real and simulated files and compares them with the obvious readers.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	data := shared(t, "data")
	var files []string
	for _, pattern := range []string{"real/*.fa", "real/*.fasta.gz", "real/*/*.fast?.gz", "real/*/*.fq", "simulated/s*.fastq.gz"} {
		found, err := filepath.Glob(filepath.Join(data, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 20 {
		t.Errorf("%d files found, want more", len(files))
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text := readText(t, path)
			var want []read
			if strings.Contains(path, ".fa.") || strings.HasSuffix(path, ".fa") || strings.Contains(path, ".fasta") {
				want = slowFASTA(text)
			} else {
				want = slowReads(text)
			}
			for _, size := range []int{0, 777} {
				got, r, err := readAll(t, []Source{File(path)}, Options{BlockBytes: size})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(len(want), len(got)); diff != "" {
					t.Fatalf("number of reads (-want +got):\n%s", diff)
				}
				for i := range want {
					if want[i] != got[i] {
						t.Fatalf("read %d (-want +got):\n%s", i, cmp.Diff(want[i], got[i]))
					}
				}
				if r.Phred64Suspected() {
					t.Error("suspected of Phred+64")
				}
			}
		})
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = stdgzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
