//go:build ignore

// Command server measures what people wait for on a large server: pages of
// lists, fused results, the search over all clonotypes, the queue. It runs the
// benchmarks that stand beside the code and sets their figures beside the
// bounds that the project promises.
//
//	go run bench/server.go [-dir DIRECTORY] [-only NAME] [-dry] [-note TEXT]
//
// See README.md beside it.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// measure is a benchmark of the code, run as "go test -bench".
type measure struct {
	name  string // heading
	what  string // a sentence
	pkg   string
	bench string
	times string // -benchtime
	env   []string
	// unit is the figure that counts, as the benchmark prints it; bounds are
	// the largest allowed, by the end of a line's name ("" for all).
	unit   string
	bounds map[string]float64
}

func measures(dir string) []measure {
	return []measure{
		{
			name: "Lists", what: "A page of a list, 100,000 patients and 1,000,000 samples on SQLite; 95th percentile.",
			pkg: "./internal/service", bench: "^BenchmarkLists$", times: "40x", env: []string{"BENCH_DIR=" + filepath.Join(dir, "lists")},
			// Totals are no page: they come after it, when asked for.
			unit: "p95-ms", bounds: map[string]float64{"": 50, "totals": 100},
		},
		{
			name: "Fuse", what: "200 samples of 100 disjoint clonotypes (bound 1 s), 100 samples of 100,000 (bound 20 s).",
			pkg: "./vdj/repertoire", bench: "^BenchmarkFuse", times: "3x",
			unit: "ns/op", bounds: map[string]float64{"FuseDisjoint": 1e9, "FuseLarge": 20e9},
		},
		{
			name: "Search", what: "A sequence, CDR3 or gene over 10,000,000 clonotypes of 100 results.",
			pkg: "./vdj/clonetable", bench: "^BenchmarkSearch$", times: "5x",
			env:  []string{"BENCH_DIR=" + filepath.Join(dir, "tables"), "BENCH_CLONOTYPES=10000000"},
			unit: "ns/op", bounds: map[string]float64{"": 1e9},
		},
		{
			name: "Search through the server", what: "The same 10,000,000 clonotypes, with rights, names and the audit.",
			pkg: "./internal/service", bench: "^BenchmarkSearchClones$", times: "5x",
			env:  []string{"BENCH_DIR=" + filepath.Join(dir, "results"), "BENCH_CLONOTYPES=10000000"},
			unit: "ns/op", bounds: map[string]float64{"": 1e9},
		},
		{
			name: "Columns", what: "100,000 clonotypes of 100 samples as columns for the browser.",
			pkg: "./vdj/columns", bench: "^BenchmarkWriteFused", times: "3x", unit: "ns/op",
		},
		{
			name: "Queue", what: "Jobs enqueued and worked, and the time from enqueueing on an idle server to the start.",
			pkg: "./internal/job", bench: ".", times: "200x", unit: "ns/op",
		},
		{
			name: "Pairs", what: "Merging of read pairs.",
			pkg: "./vdj/pairs", bench: "^BenchmarkMerge", times: "3x", unit: "ns/op",
		},
	}
}

func main() {
	dir := flag.String("dir", os.Getenv("BENCH_DIR"), "directory of what is made once; default: the variable BENCH_DIR, or var/bench")
	only := flag.String("only", "", "only the measure of this name")
	note := flag.String("note", "", "a sentence for the report: what else the machine did")
	dry := flag.Bool("dry", false, "print the report, write no file")
	flag.Parse()
	if *dir == "" {
		*dir = filepath.Join("var", "bench")
	}
	if err := run(*dir, *only, *note, *dry); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(dir, only, note string, dry bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	var report bytes.Buffer
	fmt.Fprintf(&report, "# %s, server\n\n- %d processors, %s/%s, %s\n", time.Now().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	if commit, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		fmt.Fprintf(&report, "- commit %s", commit)
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Fprintf(&report, "- load before: %s\n", strings.Join(strings.Fields(string(load))[:3], " "))
	}
	if note != "" {
		fmt.Fprintf(&report, "- %s\n", note)
	}
	for _, m := range measures(dir) {
		if only != "" && !strings.EqualFold(only, m.name) {
			continue
		}
		if err := m.run(&report); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	fmt.Print(report.String())
	if dry {
		return nil
	}
	return os.WriteFile(filepath.Join("bench", "results", time.Now().Format(time.DateOnly)+"-server.md"), report.Bytes(), 0o666)
}

// run runs the benchmark and adds its table to the report.
func (m *measure) run(report *bytes.Buffer) error {
	for _, e := range m.env {
		if name, path, _ := strings.Cut(e, "="); name == "BENCH_DIR" {
			if err := os.MkdirAll(path, 0o777); err != nil {
				return err
			}
		}
	}
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", m.bench, "-benchmem", "-benchtime", m.times, "-timeout", "60m", m.pkg)
	cmd.Env = append(os.Environ(), m.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	fmt.Fprintf(report, "\n## %s\n\n%s\n\n| | figures | bound |\n|---|---|---|\n", m.name, m.what)
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if at := strings.LastIndexByte(name, '-'); at > 0 {
			name = name[:at] // the number of processors
		}
		var figures []string
		bound := ""
		for i := 2; i+1 < len(fields); i += 2 {
			figures = append(figures, readable(fields[i], fields[i+1]))
			if fields[i+1] == m.unit {
				bound = m.judge(name, fields[i])
			}
		}
		fmt.Fprintf(report, "| %s | %s | %s |\n", name, strings.Join(figures, ", "), bound)
	}
	return nil
}

// judge says how a figure stands to its bound.
func (m *measure) judge(name, text string) string {
	got, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return ""
	}
	bound, found, length := 0.0, false, -1
	for end, b := range m.bounds {
		if strings.HasSuffix(name, end) && len(end) > length {
			bound, found, length = b, true, len(end)
		}
	}
	if !found {
		return ""
	}
	verdict := "kept"
	if got > bound {
		verdict = "**exceeded**"
	}
	return fmt.Sprintf("≤ %s: %s", readable(strconv.FormatFloat(bound, 'f', -1, 64), m.unit), verdict)
}

// readable writes nanoseconds and bytes in larger units.
func readable(number, unit string) string {
	x, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number + " " + unit
	}
	switch unit {
	case "ns/op":
		return time.Duration(x).Round(max(1, time.Duration(x/1000))).String()
	case "B/op":
		return fmt.Sprintf("%.1f MB", x/1e6)
	default:
		return number + " " + unit
	}
}
