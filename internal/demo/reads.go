// Package demo makes the demonstration that "vidjil serve --demo" fills an
// empty server with: a patient followed from diagnosis to relapse, a run with
// controls, and two people with different rights. The reads are simulated and
// really analysed by the queue; the server is filled through its own API, as a
// person would do it.
//
// It must not be used on a store that holds anything.
package demo

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/simulate"
)

// part is some reads of a sample: of a clone, or of many.
type part struct {
	seed    uint64 // the same seed is the same clones
	clones  int
	reads   int
	systems map[string]int
	junk    float64
}

// The clones of the patient's leukaemia, by their seeds.
const (
	seedMain       = 11 // the major one at diagnosis
	seedGamma      = 23 // its TRG, the second marker
	seedRelapse    = 37 // a small one at diagnosis that comes back
	seedBackground = 5  // the patient's normal lymphocytes
)

// leukaemia is a clone of the patient, of one system.
func leukaemia(seed uint64, system string, reads int) part {
	return part{seed: seed, clones: 1, reads: reads, systems: map[string]int{system: 1}}
}

// background is normal lymphocytes: the same repertoire at all times, of which
// each sample draws other cells.
func background(reads int) part {
	return part{seed: seedBackground, clones: 4000, reads: reads, junk: 0.15}
}

// Sample is a sample of the demonstration.
type Sample struct {
	Name, File string
	Day        int    // of the sampling, from diagnosis
	Info       string // with tags
	Patient    bool   // the patient's; the others are controls of the run
	Run        bool   // sequenced in the run
	parts      []part
}

// Samples are those of the demonstration: five of the patient and two controls.
func Samples() []Sample {
	return []Sample{
		{
			Name: "Diagnosis", File: "demo-diagnosis.fastq.gz", Info: "#diagnosis #marrow", Patient: true, Run: true,
			parts: []part{leukaemia(seedMain, "IGH", 11000), leukaemia(seedGamma, "TRG", 2600), leukaemia(seedRelapse, "IGH", 40), background(6000)},
		},
		{
			Name: "Day 33", File: "demo-day-33.fastq.gz", Day: 33, Info: "#MRD #marrow", Patient: true,
			parts: []part{leukaemia(seedMain, "IGH", 420), leukaemia(seedGamma, "TRG", 95), background(19000)},
		},
		{
			Name: "Day 79", File: "demo-day-79.fastq.gz", Day: 79, Info: "#MRD #marrow", Patient: true,
			parts: []part{leukaemia(seedMain, "IGH", 18), leukaemia(seedGamma, "TRG", 6), background(19500)},
		},
		{
			Name: "Month 12", File: "demo-month-12.fastq.gz", Day: 365, Info: "#MRD #blood", Patient: true,
			parts: []part{background(20000)},
		},
		{
			Name: "Relapse", File: "demo-relapse.fastq.gz", Day: 548, Info: "#relapse #marrow", Patient: true,
			parts: []part{leukaemia(seedRelapse, "IGH", 8200), leukaemia(seedMain, "IGH", 240), background(11500)},
		},
		{
			Name: "Polyclonal control", File: "demo-control-polyclonal.fastq.gz", Info: "#standard #QC", Run: true,
			parts: []part{{seed: 71, clones: 8000, reads: 20000, junk: 0.1}},
		},
		{
			Name: "No template control", File: "demo-control-h2o.fastq.gz", Info: "#QC", Run: true,
			parts: []part{leukaemia(seedMain, "IGH", 12), {seed: 73, clones: 3, reads: 30, junk: 0.9}},
		},
	}
}

// WriteReads writes the sample's reads as compressed FASTQ: always the same
// bytes.
func (s *Sample) WriteReads(w io.Writer, set *germline.Set) error {
	var records [][]byte
	for i, p := range s.parts {
		list, err := p.records(set, uint64(s.Day)+uint64(i)<<32)
		if err != nil {
			return fmt.Errorf("make reads of %s: %w", s.File, err)
		}
		records = append(records, list...)
	}
	rand.New(rand.NewPCG(uint64(len(records)), uint64(s.Day))).Shuffle(len(records), func(i, j int) {
		records[i], records[j] = records[j], records[i]
	})
	z := gzip.NewWriter(w)
	b := bufio.NewWriter(z)
	for i, r := range records {
		// Each part numbers its reads from 1: here they get names of their own.
		_, rest, _ := bytes.Cut(r, []byte("\n"))
		fmt.Fprintf(b, "@demo:%d\n", i+1)
		b.Write(rest) // Flush tells of errors
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write reads of %s: %w", s.File, err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write reads of %s: %w", s.File, err)
	}
	return nil
}

// records are the reads of a part, four lines each. The generator draws clones
// and reads from one seed; so that two samples share clones and not reads, the
// part makes more than it needs and takes every k-th, from a place that depends
// on the sample.
func (p *part) records(set *germline.Set, sample uint64) ([][]byte, error) {
	const oversample = 3
	var text bytes.Buffer
	_, err := simulate.Generate(set, simulate.Options{
		Seed: p.seed, Clones: p.clones, Reads: p.reads * oversample, Systems: p.systems, Junk: p.junk, Mutation: 0.02,
	}, simulate.Output{Reads: &text})
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(p.seed, sample))
	var list [][]byte
	lines := bytes.SplitAfter(text.Bytes(), []byte("\n"))
	for at := 0; at+4*oversample <= len(lines); at += 4 * oversample {
		k := at + 4*r.IntN(oversample)
		list = append(list, bytes.Join(lines[k:k+4], nil))
	}
	return list, nil
}
