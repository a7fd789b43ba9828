package designation_test

import (
	"bytes"
	"slices"
	"testing"

	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

// recombined is a hand-made IGH: V, inserted letters, part of D, inserted
// letters, part of J and its flank.
func recombined(t testing.TB, set *germline.Set) []byte {
	t.Helper()
	gene := func(name string) *germline.Gene {
		g := set.Gene(name)
		if g < 0 {
			t.Fatalf("no gene %s", name)
		}
		return &set.Genes[g]
	}
	v, d, j := gene("IGHV3-23*01"), gene("IGHD3-10*01"), gene("IGHJ4*02")
	return slices.Concat(v.Sequence[:len(v.Sequence)-2], []byte("CCTC"), d.Sequence[3:len(d.Sequence)-6],
		[]byte("GGCG"), j.Sequence[5:], j.Down)
}

func TestDesignate(t *testing.T) {
	t.Parallel()
	e := humanEngine(t)
	var sc designation.Scratch
	seq := recombined(t, e.Set())
	d := e.Designate(seq, &sc)
	checkDesignation(t, e.Set(), "forward", d)
	if got, want := d.Text(e.Set()), "IGHV3-23*01 2/CCTC/3 IGHD3-10*01 6/GGCG/5 IGHJ4*02"; got != want {
		t.Errorf("text: got %s, want %s", got, want)
	}
	if d.VIdentity != 100 || d.System != "IGH" || d.RevComp {
		t.Errorf("identity %.2f, system %s, reversed %t", d.VIdentity, d.System, d.RevComp)
	}
	if v := set(t, e).Genes[d.Five.Genes[0]]; string(d.Sequence[d.Junction.Start:d.Junction.Start+3]) != string(v.Sequence[v.Anchor:v.Anchor+3]) {
		t.Errorf("junction starts with %s", d.Sequence[d.Junction.Start:d.Junction.Start+3])
	}
	for name, span := range map[string]designation.Span{"FWR1": d.FWR1, "CDR1": d.CDR1, "FWR2": d.FWR2, "CDR2": d.CDR2, "FWR3": d.FWR3, "FWR4": d.FWR4} {
		if span.Len() <= 0 {
			t.Errorf("no %s", name)
		}
	}
}

func set(t testing.TB, e *designation.Engine) *germline.Set { t.Helper(); return e.Set() }

// The strand, the case of letters and what stands around change nothing.
func TestDesignateEitherStrand(t *testing.T) {
	t.Parallel()
	e := humanEngine(t)
	var sc designation.Scratch
	seq := recombined(t, e.Set())
	want := e.Designate(seq, &sc).Text(e.Set())
	reverse := reverseComplement(seq)
	for name, s := range map[string][]byte{
		"reverse": reverse, "lower": bytes.ToLower(seq), "lower reverse": bytes.ToLower(reverse),
		"primers": slices.Concat([]byte("TTGACCAGTCA"), seq, []byte("CATTGACC")),
	} {
		d := e.Designate(s, &sc)
		checkDesignation(t, e.Set(), name, d)
		if got := d.Text(e.Set()); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if d.RevComp != (name == "reverse" || name == "lower reverse") {
			t.Errorf("%s: reversed %t", name, d.RevComp)
		}
	}
}

func reverseComplement(seq []byte) []byte {
	out := make([]byte, 0, len(seq))
	for _, s := range slices.Backward(seq) {
		out = append(out, map[byte]byte{'A': 'T', 'C': 'G', 'G': 'C', 'T': 'A'}[s])
	}
	return out
}

// An insertion inside V shifts what lies before it, and nothing else.
func TestDesignateInsertionInV(t *testing.T) {
	t.Parallel()
	e := humanEngine(t)
	var sc designation.Scratch
	seq := recombined(t, e.Set())
	want := e.Designate(seq, &sc)
	seq = slices.Insert(slices.Clone(seq), 120, []byte("GGT")...)
	got := e.Designate(seq, &sc)
	checkDesignation(t, e.Set(), "insertion", got)
	if got.Text(e.Set()) != want.Text(e.Set()) || got.JunctionAA != want.JunctionAA {
		t.Errorf("got %s %s, want %s %s", got.Text(e.Set()), got.JunctionAA, want.Text(e.Set()), want.JunctionAA)
	}
	inserted := 0
	for _, r := range got.Five.Runs {
		if r.Op == designation.OpInsert {
			inserted += r.Len
		}
	}
	if inserted != 3 || got.Five.GeneStart != 0 {
		t.Errorf("%d letters inserted, V from %d, want 3 and 0", inserted, got.Five.GeneStart)
	}
}

// A transcript that reaches its constant gene names it, and all genes that its
// letters do not tell apart.
func TestDesignateConstantGene(t *testing.T) {
	t.Parallel()
	e := humanEngine(t)
	var sc designation.Scratch
	genes := func(name string) []byte {
		g := e.Set().Gene(name)
		if g < 0 {
			t.Fatalf("no gene %s", name)
		}
		return e.Set().Genes[g].Sequence
	}
	joined := map[string][]byte{
		"IGH": slices.Concat(genes("IGHV3-23*01"), []byte("GGAC"), genes("IGHJ4*02")),
		"IGK": slices.Concat(genes("IGKV1-5*01"), []byte("C"), genes("IGKJ1*01")),
		"IGL": slices.Concat(genes("IGLV2-14*01"), []byte("C"), genes("IGLJ2*01")),
		"TRA": slices.Concat(genes("TRAV12-2*01"), []byte("GG"), genes("TRAJ33*01")),
		"TRB": slices.Concat(genes("TRBV20-1*01"), []byte("GGAC"), genes("TRBJ2-7*01")),
		"TRD": slices.Concat(genes("TRDV1*01"), []byte("GGAC"), genes("TRDJ1*01")),
	}
	tested := 0
	for locus, seq := range joined {
		for _, c := range e.Set().Constant(locus) {
			constant := &e.Set().Genes[c]
			d := e.Designate(slices.Concat(seq, constant.Sequence[:80]), &sc)
			if d.C == nil || !slices.Contains(d.C.Genes, c) || d.C.Start != len(seq) {
				t.Errorf("%s: %+v", constant.Name, d.C)
				continue
			}
			if len(d.C.Genes) > 3 {
				t.Errorf("%s: %d genes listed over 80 letters", constant.Name, len(d.C.Genes))
			}
			tested++
		}
		if d := e.Designate(seq, &sc); d.C != nil {
			t.Errorf("%s: a constant gene on a read that ends with J", locus)
		}
	}
	if tested < 15 {
		t.Errorf("%d constant genes tested", tested)
	}
}

// Pieces of a recombination, however short, and joined in any order, are
// designated or not, and never break the rules.
func TestDesignatePieces(t *testing.T) {
	t.Parallel()
	e := humanEngine(t)
	var sc designation.Scratch
	seq := recombined(t, e.Set())
	for from := 0; from < len(seq); from += 7 {
		for to := from + 5; to <= len(seq); to += 11 {
			piece := seq[from:to]
			checkDesignation(t, e.Set(), "piece", e.Designate(piece, &sc))
			if from%49 == 0 {
				checkDesignation(t, e.Set(), "turned", e.Designate(slices.Concat(seq[to:], piece), &sc))
				checkDesignation(t, e.Set(), "inverted", e.Designate(slices.Concat(reverseComplement(piece), seq[to:]), &sc))
			}
		}
	}
	for i := range e.Set().Genes {
		g := &e.Set().Genes[i]
		checkDesignation(t, e.Set(), g.Name, e.Designate(slices.Concat(g.Down, g.Sequence, g.Up), &sc))
		checkDesignation(t, e.Set(), g.Name, e.Designate(slices.Concat(g.Sequence[len(g.Sequence)/2:], g.Down, seq), &sc))
	}
}

// Germline configuration is no recombination.
func TestDesignateGermline(t *testing.T) {
	t.Parallel()
	e := humanEngine(t)
	var sc designation.Scratch
	for i := range e.Set().Genes {
		g := &e.Set().Genes[i]
		if len(g.Up) < 40 || len(g.Down) < 40 {
			continue
		}
		d := e.Designate(slices.Concat(g.Up, g.Sequence, g.Down), &sc)
		if d.Found() {
			t.Errorf("%s with its flanks is designated %s", g.Name, d.Text(e.Set()))
		}
	}
}

func FuzzDesignate(f *testing.F) {
	e := humanEngine(f)
	f.Add(recombined(f, e.Set()))
	f.Add([]byte("ACGT"))
	f.Add([]byte(""))
	f.Add(bytes.Repeat([]byte("N"), 300))
	f.Add(bytes.Repeat([]byte("TGGGGC"), 100))
	f.Fuzz(func(t *testing.T, seq []byte) {
		for i, c := range seq {
			seq[i] = "ACGTNacgtR"[int(c)%10]
		}
		var sc designation.Scratch
		checkDesignation(t, e.Set(), string(seq), e.Designate(seq, &sc))
	})
}

// BenchmarkDesignate measures sequences per second on one core.
func BenchmarkDesignate(b *testing.B) {
	e := humanEngine(b)
	var sc designation.Scratch
	seq := recombined(b, e.Set())
	for b.Loop() {
		e.Designate(seq, &sc)
	}
}
