//go:build ignore

// Command demo makes the client's demonstration file and the fixtures of its
// tests, from the patient that "vidjil serve --demo" shows: simulated reads,
// really analysed, joined by clonotype.
//
//	go run web/tools/demo.go [-vidjil PROGRAM]
//
// The same program gives the same bytes.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/demo"
	"vidjil.org/vidjil/vdj/columns"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// diagnosed is the day from which the samples' days count.
var diagnosed = time.Date(2025, time.January, 15, 0, 0, 0, 0, time.UTC)

func main() {
	path := flag.String("vidjil", "bin/vidjil", "the program that analyses the reads")
	flag.Parse()
	program, err := filepath.Abs(*path)
	if err == nil {
		err = run(program)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(program string) error {
	dir, err := os.MkdirTemp("", "vidjil-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	set, err := germline.Human()
	if err != nil {
		return err
	}
	var inputs []repertoire.Input
	for _, s := range demo.Samples() {
		if !s.Patient {
			continue
		}
		file, err := analyse(program, dir, &s, set)
		if err != nil {
			return err
		}
		inputs = append(inputs, repertoire.Input{
			Name: s.Name, OriginalName: s.File, Timestamp: diagnosed.AddDate(0, 0, s.Day).Format(time.DateOnly),
			Source: repertoire.FromFile(file, 0),
		})
	}
	if err := write(inputs, 150, "web/src/demo/demo.vidjil.gz", func(w io.Writer, f *repertoire.Fused) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		if err := small(f).Write(z); err != nil {
			return err
		}
		return z.Close()
	}); err != nil {
		return err
	}
	fixtures := map[string]func(io.Writer, *repertoire.Fused) error{
		"fused.vidjil":   func(w io.Writer, f *repertoire.Fused) error { return small(f).Write(w) },
		"fused.airr.tsv": func(w io.Writer, f *repertoire.Fused) error { return f.WriteAIRR(w) },
		"fused.arrow": func(w io.Writer, f *repertoire.Fused) error {
			return columns.WriteFused(w, f, columns.Options{Columns: columns.Names(), Lengths: true})
		},
	}
	for name, make := range fixtures {
		if err := write(inputs, 4, filepath.Join("web/test/fixtures", name), make); err != nil {
			return err
		}
	}
	return nil
}

// analyse gives the result of a sample of the demonstration.
func analyse(program, dir string, s *demo.Sample, set *germline.Set) (*vidjilfile.File, error) {
	var reads bytes.Buffer
	if err := s.WriteReads(&reads, set); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, s.File)
	if err := os.WriteFile(path, reads.Bytes(), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "analyze", s.File, "--min-reads", "1", "-o", ".", "-b", s.Name)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("analyse %s: %w", s.File, err)
	}
	f, err := os.Open(filepath.Join(dir, s.Name+".vidjil"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return vidjilfile.Read(f)
}

// small is the fused file without what the client does not read, and without
// the time of the run.
func small(f *repertoire.Fused) *vidjilfile.File {
	file := f.File()
	file.Distributions = nil
	for i := range file.Samples.RunTimestamp {
		file.Samples.RunTimestamp[i] = "2025-01-15 12:00:00"
	}
	kept := map[string]bool{}
	for _, c := range file.Clones {
		kept[c.ID] = true
	}
	var clusters [][]string
	for _, cluster := range file.Clusters {
		cluster = slices.DeleteFunc(slices.Clone(cluster), func(id string) bool { return !kept[id] })
		if len(cluster) > 1 {
			clusters = append(clusters, cluster)
		}
	}
	file.Clusters = clusters
	file.Extra = slices.DeleteFunc(file.Extra, func(m vidjilfile.Member) bool { return m.Key == "vidjil" })
	if p := file.Provenance; p != nil {
		p.Clusters = maps.Clone(p.Clusters)
		maps.DeleteFunc(p.Clusters, func(id, _ string) bool { return !kept[id] })
	}
	return file
}

func write(inputs []repertoire.Input, top int, path string, to func(io.Writer, *repertoire.Fused) error) error {
	fused, err := repertoire.Fuse(context.Background(), inputs, repertoire.Options{Top: top, Timestamp: "2025-01-15 12:00:00"})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := to(&out, fused); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
