package cli

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/clonotype"
)

// shared is a file of the data beside the checkout; the test is skipped where
// there is none.
func shared(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no shared data: %v", err)
	}
	return path
}

// analyzed runs "vidjil analyze" and returns its summary and what it printed. It
// does not go through Main, whose watch for signals is the whole process's: the
// scripts that run beside close pipes early.
func analyzed(t *testing.T, args ...string) (summary, string) {
	t.Helper()
	dir := t.TempDir()
	var out, messages strings.Builder
	args = append([]string{"analyze", "-b", "x", "-o", dir}, args...)
	if err := execute(t.Context(), args, &streams{in: strings.NewReader(""), out: &out, err: &messages}); err != nil {
		t.Fatalf("vidjil %s: %v: %s", strings.Join(args, " "), err, messages.String())
	}
	data, err := os.ReadFile(filepath.Join(dir, "x.summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s summary
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s, out.String()
}

// Every read of a real file is in a clonotype, filtered, or has a cause.
func TestReadsAddUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file  string
		reads int // as counted by other means
		args  []string
	}{
		{"../../testdata/demo.fastq.gz", 2700, nil},
		{"../../testdata/demo.fastq.gz", 1000, []string{"-x", "1000"}},
		{"../../testdata/demo.fastq.gz", 2700, []string{"-X", "500"}},
		{"data/real/stanford_s22.fasta.gz", 13153, nil},
		{"data/real/cd_genes.fasta.gz", 371, nil},
		{"data/real/mixcr/fastq1.fastq.gz", 10000, []string{"-2"}},
		{"data/real/trust4/example.bam", 396, nil},
		{"data/simulated/rnaseq.fastq.gz", 0, nil},
		{"data/simulated/short.fastq.gz", 0, []string{"-w", "all"}},
	} {
		t.Run(filepath.Base(tt.file)+" "+strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			path := tt.file
			if strings.HasPrefix(path, "data/") {
				path = shared(t, path)
			}
			s, _ := analyzed(t, append(tt.args, "-r", "1", "-y", "1", "-z", "1", path)...)
			sum := s.Reads.Filtered + s.Reads.Recombined
			for _, n := range s.Reads.Causes {
				sum += n
			}
			if sum != s.Reads.Total || tt.reads != 0 && s.Reads.Total != tt.reads {
				t.Errorf("got %d reads of which %d accounted for, want %d", s.Reads.Total, sum, tt.reads)
			}
			bySystem, clonotypes := 0, 0
			for _, sys := range s.Systems {
				bySystem += sys.Reads
				clonotypes += sys.Clonotypes
			}
			if bySystem != s.Reads.Recombined || s.Reads.Reported != s.Reads.Recombined {
				t.Errorf("got %d reads in systems and %d in clonotypes of one read or more, want %d", bySystem, s.Reads.Reported, s.Reads.Recombined)
			}
			if clonotypes != s.Clonotypes.All || s.Clonotypes.Reported != s.Clonotypes.All {
				t.Errorf("got %d clonotypes in systems and %d reported, want %d", clonotypes, s.Clonotypes.Reported, s.Clonotypes.All)
			}
		})
	}
}

// The table fits a terminal of a hundred columns whatever is in it.
func TestTableWidth(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"data/simulated/hard.fastq.gz", "data/real/stanford_s22.fasta.gz", "data/real/genbank/human.fasta.gz"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			_, table := analyzed(t, "-2", "-r", "1", "-z", "100", shared(t, file))
			if !strings.Contains(table, "junction") {
				t.Fatalf("no clonotypes in %q", table)
			}
			for line := range strings.Lines(table) {
				line = strings.TrimRight(line, "\n")
				if n := len([]rune(line)); n > 100 || strings.HasSuffix(line, " ") {
					// The last line names the directory of the test.
					if !strings.Contains(line, "x.*") {
						t.Errorf("%d letters: %q", n, line)
					}
				}
			}
		})
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]limit{"all": {all: true}, "0": {}, "17": {n: 17}} {
		var got limit
		if err := got.Set(text); err != nil || got != want || got.String() != text {
			t.Errorf("%q: got %+v (%q), %v, want %+v", text, got, got.String(), err, want)
		}
	}
	for _, text := range []string{"", "-1", "1.5", "many", "1e3"} {
		if err := new(limit).Set(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestThreshold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"all": math.Inf(1), "1e-05": 1e-5, "1000": 1000} {
		var got threshold
		if err := got.Set(text); err != nil || float64(got) != want || got.String() != text {
			t.Errorf("%q: got %v (%q), %v, want %v", text, float64(got), got.String(), err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "NaN", "Inf", "x"} {
		if err := new(threshold).Set(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestSplitGermline(t *testing.T) {
	t.Parallel()
	odd := filepath.Join(t.TempDir(), "a:b")
	if err := os.WriteFile(odd, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path  string
		codes []string
	}{
		"human":              {"human", nil},
		"human:IGH,IGH+":     {"human", []string{"IGH", "IGH+"}},
		"dir/x.g:TRG":        {"dir/x.g", []string{"TRG"}},
		"c:/sets/x.g":        {"c:/sets/x.g", nil},
		`c:\sets\x.g`:        {`c:\sets\x.g`, nil},
		"c:/sets/x.g:TRG":    {"c:/sets/x.g", []string{"TRG"}},
		odd:                  {odd, nil},
		odd + ":IGH":         {odd, []string{"IGH"}},
		"homo-sapiens.g:IGH": {"homo-sapiens.g", []string{"IGH"}},
	} {
		path, codes := splitGermline(name)
		if path != tt.path || !cmp.Equal(codes, tt.codes) {
			t.Errorf("%s: got %s %v, want %s %v", name, path, codes, tt.path, tt.codes)
		}
	}
}

// commandLineOf parses arguments as "vidjil analyze" does.
func commandLineOf(t *testing.T, args ...string) string {
	t.Helper()
	var line string
	cmd := newAnalyzeCommand(&streams{out: io.Discard, err: io.Discard})
	cmd.RunE = func(cmd *cobra.Command, args []string) error { line = commandLine(cmd, args); return nil }
	cmd.SetArgs(args)
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	return line
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"a.fq"}, "analyze a.fq"},
		{[]string{"-o", "x", "--threads", "3", "--gz", "-b", "n", "a.fq"}, "analyze a.fq"},
		{[]string{"-r", "1", "-z", "100", "-2", "-uu", "a.fq"}, "analyze --min-reads 1 --max-designations 100 --unexpected --out-undetected --out-undetected a.fq"},
		{[]string{"-g", "h.g:IGH", "-g", "h.g:TRG", "it's 1.fq"}, `analyze --germline h.g:IGH --germline h.g:TRG 'it'\''s 1.fq'`},
		{[]string{"--label", "ACGT", "--label", "TTTT", "--system", "IGH,TRG", "-"}, "analyze --label ACGT --label TTTT --system IGH --system TRG -"},
	} {
		if got := commandLineOf(t, tt.args...); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.args, got, tt.want)
		}
	}
}

// What is recorded parses to the same record.
func TestCommandLineIsOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.StringMatching(`[a-zA-Z0-9_./,:=+@%#~-]{0,8}`)
		w := word.Draw(rt, "word")
		quoted := shellWord(w)
		if w != "" && quoted != w {
			rt.Errorf("shellWord(%q) = %q: a plain word needs no quotes", w, quoted)
		}
		other := rapid.String().Draw(rt, "any")
		if q := shellWord(other); strings.HasPrefix(q, "'") {
			inner := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(q, "'"), "'"), `'\''`, "'")
			if inner != other {
				rt.Errorf("shellWord(%q) = %q, which reads as %q", other, q, inner)
			}
		}
	})
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for cause, want := range map[string]string{
		"only V/5'": "only-V-5", "too short w": "too-short-w", "too few V/J": "too-few-V-J", "ambiguous": "ambiguous",
	} {
		if got := slug(cause); got != want {
			t.Errorf("%q: got %q, want %q", cause, got, want)
		}
	}
}

func TestWindowMatcher(t *testing.T) {
	t.Parallel()
	m := newWindowMatcher("acgtacgttta")
	for window, want := range map[string]bool{
		"GGGACGTACGTTTACCC": true,  // contains it
		"GGGTAAACGTACGTCCC": true,  // contains its reverse complement
		"GTACGTTT":          true,  // is contained
		"AAACGTAC":          true,  // is contained in the reverse complement
		"GGGACGTACGTTTCCCC": false, // all but a letter
	} {
		if got := m.match([]byte(window)); got != want {
			t.Errorf("%s: got %t, want %t", window, got, want)
		}
	}
}

func TestLooksPaired(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		names []string
		want  bool
	}{
		{[]string{"a_R1.fq", "a_R2.fq"}, true},
		{[]string{"x/a_R1_001.fq.gz", "y/a_R2_001.fq.gz"}, true},
		{[]string{"a_L001_R1.fq", "a_L002_R1.fq"}, false},
		{[]string{"a.fq", "a.fq"}, false},
		{[]string{"a_R1.fq"}, false},
	} {
		if _, _, got := looksPaired(tt.names); got != tt.want {
			t.Errorf("%v: got %t, want %t", tt.names, got, tt.want)
		}
	}
}

func TestIdentifier(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ header, separator, want string }{
		{"r1 length=3", " ", "r1"},
		{"r1\tx", " ", "r1"},
		{"", " ", ""},
		{"r1|IGH", "|", "r1"},
		{" r1 a ", "", "r1 a"},
	} {
		if got := identifier([]byte(tt.header), tt.separator); got != tt.want {
			t.Errorf("%q up to %q: got %q, want %q", tt.header, tt.separator, got, tt.want)
		}
	}
}

// Each option of vidjil-algo that is judged stands in the page for its users,
// as judged, and none hides one of ours.
func TestForeignOptionsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "user", "vidjil-algo.md"))
	if err != nil {
		t.Fatal(err)
	}
	accepted, refused, ok := strings.Cut(string(page), "## Refused")
	if !ok {
		t.Fatal("the page has no section \"Refused\"")
	}
	for _, o := range foreignOptions() {
		text, where := accepted, "before"
		if !o.harmless {
			text, where = refused, "in"
		}
		want := "`--" + o.name + "`"
		if o.shorthand != "" {
			want = "`-" + o.shorthand + "`, " + want
		}
		if !strings.Contains(text, want) {
			t.Errorf("%s is not %s the section \"Refused\"", want, where)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	c := clonotype.Clonotype{Label: "spike", Warnings: []clonotype.Warning{
		{Code: "W69", Level: clonotype.Info}, {Code: "W51", Level: clonotype.Alert}, {Code: "W51", Level: clonotype.Warn},
	}}
	if got, want := flags(&c), "spike W51"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
