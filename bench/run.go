//go:build ignore

// Command run measures the whole program: "vidjil analyze" against "gzip -dc"
// of the same file, and "vidjil designate", in one run on one machine.
//
//	go run bench/run.go [-scale SHARE] [-dir DIRECTORY] [-vidjil PROGRAM] [-keep] [-note TEXT]
//
// See README.md beside it.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// corpus is an input and the options of "vidjil simulate" that make it.
type corpus struct {
	name   string
	reads  int // at scale 1
	clones int // at scale 1
	recipe []string
	// analyze holds the options with which the corpus is analysed.
	analyze []string
	// Bounds of issue-free speed: wall of the .gz as a multiple of "gzip -dc",
	// and peak memory in MB; 0 when there is none.
	ratio  float64
	memory float64
	once   bool // a run takes minutes, and its memory matters more than its time
}

func corpora() []corpus {
	const loci = "IGH=1,IGK=1,IGL=1,TRA=1,TRB=1,TRG=1,TRD=1"
	return []corpus{
		{
			name: "amplicon", reads: 1_970_000, clones: 150_000, ratio: 1.25, memory: 400,
			recipe: []string{"-l", "250", "--errors", "0.003", "--junk", "0.08", "--weights", loci, "--seed", "1"},
		},
		{
			name: "rna", reads: 2_950_000, clones: 1000, ratio: 1.2, memory: 400,
			recipe: []string{"-l", "150", "--placement", "random", "--junk", "0.999", "--weights", loci, "--seed", "1"},
		},
		{
			name: "distinct", reads: 2_000_000, clones: 2_000_000, memory: 800, once: true,
			recipe:  []string{"-l", "250", "--exponent", "0", "--errors", "0", "--weights", "IGH=1", "--seed", "1"},
			analyze: []string{"--min-reads", "1"},
		},
	}
}

// use is what a command took.
type use struct {
	wall, cpu time.Duration
	memory    float64 // MB at the peak
}

func main() {
	var b bench
	flag.Float64Var(&b.scale, "scale", 1, "size of the corpora, 1 is full")
	flag.StringVar(&b.dir, "dir", os.Getenv("BENCH_DIR"), "directory of the corpora, which are made where they are missing; default: the variable BENCH_DIR, or var/bench")
	flag.StringVar(&b.program, "vidjil", "bin/vidjil", "the program")
	flag.IntVar(&b.times, "times", 3, "measure so often and take the fastest")
	flag.StringVar(&b.only, "only", "", "only the corpus of this name")
	flag.StringVar(&b.note, "note", "", "a sentence for the report: what else the machine did")
	flag.BoolVar(&b.dry, "dry", false, "print the report, write no file")
	flag.Parse()
	if b.dir == "" {
		b.dir = filepath.Join("var", "bench")
	}
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	scale              float64
	dir, program       string
	times              int
	only, note         string
	dry                bool
	report             bytes.Buffer
	designationsPerCPU float64
}

func (b *bench) run() error {
	if err := os.MkdirAll(b.dir, 0o777); err != nil {
		return err
	}
	b.head()
	for _, c := range corpora() {
		if b.only != "" && b.only != c.name {
			continue
		}
		if err := b.make(c); err != nil {
			return fmt.Errorf("make %s: %w", c.name, err)
		}
		if err := b.measure(c); err != nil {
			return fmt.Errorf("measure %s: %w", c.name, err)
		}
	}
	if b.designationsPerCPU > 0 {
		fmt.Fprintf(&b.report, "\nDesignation, sequences of the amplicon's clonotypes: %.0f sequences/s and core (at least 5,000 wanted).\n", b.designationsPerCPU)
	}
	fmt.Print(b.report.String())
	if b.dry {
		return nil
	}
	results := filepath.Join("bench", "results")
	if err := os.MkdirAll(results, 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(results, time.Now().Format(time.DateOnly)+".md"), b.report.Bytes(), 0o666)
}

// head says on what, and prints the head of the table.
func (b *bench) head() {
	fmt.Fprintf(&b.report, "# %s\n\n", time.Now().Format(time.DateOnly))
	fmt.Fprintf(&b.report, "- machine: %s, %d processors in use, %s/%s\n", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Fprintf(&b.report, "- load before: %s\n", strings.Join(strings.Fields(string(load))[:3], " "))
	}
	if out, err := exec.Command(b.program, "version").Output(); err == nil {
		fmt.Fprintf(&b.report, "- %s\n", strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", "\n- "))
	}
	fmt.Fprintf(&b.report, "- scale %g, fastest of %d\n", b.scale, b.times)
	if b.note != "" {
		fmt.Fprintf(&b.report, "- %s\n", b.note)
	}
	fmt.Fprint(&b.report, "\n| corpus | size | command | wall s | CPU s | peak MB | of gzip -dc | wanted |\n|---|--:|---|--:|--:|--:|--:|---|\n")
}

// processor is the name of the processor, where the system tells.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.Trim(name, " \t:\n")
		}
	}
	return "unknown"
}

// path is a file of a corpus. Corpora of other sizes have other names.
func (b *bench) path(c corpus, extension string) string {
	name := c.name
	if b.scale != 1 {
		name += "-" + strconv.FormatFloat(b.scale, 'g', -1, 64)
	}
	return filepath.Join(b.dir, name+extension)
}

// make simulates a corpus and compresses it, unless it is there.
func (b *bench) make(c corpus) error {
	plain, zipped := b.path(c, ".fastq"), b.path(c, ".fastq.gz")
	if _, err := os.Stat(plain); errors.Is(err, fs.ErrNotExist) {
		scaled := func(n int) string { return strconv.Itoa(max(1, int(float64(n)*b.scale))) }
		prefix := strings.TrimSuffix(plain, ".fastq")
		args := append([]string{"simulate", "--plain", "-o", prefix, "-n", scaled(c.reads), "-c", scaled(c.clones)}, c.recipe...)
		if _, err := b.time(nil, b.program, args...); err != nil {
			return err
		}
	}
	if _, err := os.Stat(zipped); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.Create(zipped + ".part")
	if err != nil {
		return err
	}
	_, err = b.time(f, "gzip", "-c", plain)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(zipped+".part", zipped)
}

// measure times the commands on a corpus and adds their lines.
func (b *bench) measure(c corpus) error {
	zipped := b.path(c, ".fastq.gz")
	base, err := b.fastest(func() (use, error) { return b.time(io.Discard, "gzip", "-dc", zipped) })
	if err != nil {
		return err
	}
	b.line(c, zipped, "gzip -dc", base, base, "")
	results, err := os.MkdirTemp(b.dir, "results")
	if err != nil {
		return err
	}
	defer os.RemoveAll(results)
	for _, extension := range []string{".fastq", ".fastq.gz"} {
		args := append([]string{"analyze", "-o", results, b.path(c, extension)}, c.analyze...)
		run := func() (use, error) { return b.time(io.Discard, b.program, args...) }
		var u use
		if c.once {
			u, err = run()
		} else {
			u, err = b.fastest(run)
		}
		if err != nil {
			return err
		}
		command := strings.Join(append([]string{"vidjil analyze", strings.TrimPrefix(extension, ".")}, c.analyze...), " ")
		b.line(c, b.path(c, extension), command, u, base, c.wanted(extension))
	}
	if c.name == "amplicon" {
		return b.designate(c, results)
	}
	return nil
}

func (c corpus) wanted(extension string) string {
	var list []string
	if c.ratio > 0 && extension == ".fastq.gz" {
		list = append(list, fmt.Sprintf("≤ %g", c.ratio))
	}
	if c.memory > 0 {
		list = append(list, fmt.Sprintf("≤ %g MB", c.memory))
	}
	return strings.Join(list, ", ")
}

func (b *bench) line(c corpus, file, command string, u, base use, wanted string) {
	size := "?"
	if info, err := os.Stat(file); err == nil {
		size = fmt.Sprintf("%.0f MB", float64(info.Size())/1e6)
	}
	fmt.Fprintf(&b.report, "| %s | %s | %s | %.2f | %.2f | %.0f | %.2f | %s |\n",
		c.name, size, command, u.wall.Seconds(), u.cpu.Seconds(), u.memory, u.wall.Seconds()/base.wall.Seconds(), wanted)
}

// designate measures the rate of designation on the sequences of clonotypes,
// without what the program takes to start.
func (b *bench) designate(c corpus, results string) error {
	fasta := filepath.Join(results, "designate.clones.fa")
	if _, err := b.time(io.Discard, b.program, "analyze", "-o", results, "-b", "designate", "--fasta", "--no-airr", "--no-vidjil", b.path(c, ".fastq")); err != nil {
		return err
	}
	data, err := os.ReadFile(fasta)
	if err != nil {
		return err
	}
	n := bytes.Count(data, []byte("\n>")) + 1
	start, err := b.fastest(func() (use, error) { return b.time(io.Discard, b.program, "designate", fasta, "-x", "1") })
	if err != nil {
		return err
	}
	u, err := b.fastest(func() (use, error) { return b.time(io.Discard, b.program, "designate", fasta) })
	if err != nil {
		return err
	}
	b.designationsPerCPU = float64(n) / (u.cpu - start.cpu).Seconds()
	b.line(c, fasta, fmt.Sprintf("vidjil designate, %d sequences", n), u, u, "")
	return nil
}

func (b *bench) fastest(once func() (use, error)) (best use, err error) {
	for i := range max(1, b.times) {
		u, err := once()
		if err != nil {
			return use{}, err
		}
		if i == 0 || u.wall < best.wall {
			best = u
		}
	}
	return best, nil
}

// time runs a command and tells what it took.
func (b *bench) time(stdout io.Writer, name string, args ...string) (use, error) {
	cmd := exec.Command(name, args...)
	var messages bytes.Buffer
	if stdout == io.Discard {
		stdout = nil // the null device, without a copy through this process
	}
	cmd.Stdout, cmd.Stderr = stdout, &messages
	start := time.Now()
	err := cmd.Run()
	u := use{wall: time.Since(start)}
	if err != nil {
		return u, fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, messages.String())
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.memory = float64(r.Maxrss) * 1024 / 1e6 // Linux counts kilobytes
	}
	return u, nil
}
