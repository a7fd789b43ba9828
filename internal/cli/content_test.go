package cli

import (
	"os"
	"path/filepath"
	"testing"

	"vidjil.org/vidjil/internal/content"
)

func TestOpenInputRealFiles(t *testing.T) {
	t.Parallel()
	shared := filepath.Join("..", "..", "..", "shared", "data")
	for name, want := range map[string]content.Kind{
		"vidjil-files/Demo-X5-no-clone.vidjil":        content.Vidjil,
		"vidjil-files/analysis-example.vidjil":        content.Vidjil,
		"vidjil-files/demo_lil_l3_tutorial.vidjil.gz": content.Vidjil,
		"vidjil-files/demo_lil_l3_tutorial.analysis":  content.Analysis,
		"vidjil-files/Demo-X5.airr":                   content.AIRR,
		"real/alakazam_exampledb.airr.tsv.gz":         content.AIRR,
		"real/trust4/TRUST_example_airr.tsv":          content.AIRR,
		"real/demo-x5.fa":                             content.Reads,
		"real/stanford_s22.fasta.gz":                  content.Reads,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(shared, name)
			if !exists(path) {
				t.Skipf("%s is not there", path)
			}
			in, err := openInput(path, &streams{})
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			if in.content != want {
				t.Errorf("got %q, want %q", in.content, want)
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
