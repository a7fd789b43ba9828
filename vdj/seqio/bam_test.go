package seqio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBAM(t *testing.T) {
	t.Parallel()
	text := bamText(
		alignment{"plain", 0, "ACGTN", []byte{0, 1, 40, 93, 2}},
		alignment{"reverse", bamReverse, "AACGR", []byte{1, 2, 3, 4, 5}},
		alignment{"none", bamSecondary, "A", []byte{1}},
		alignment{"none", bamSupplementary | bamReverse, "A", []byte{1}},
		alignment{"pair", bamPaired | bamFirst, "ACG", []byte{1, 2, 3}},
		alignment{"pair", bamPaired | bamLast | bamReverse, "ACMGRSVTWYHKDBN", bytes.Repeat([]byte{30}, 15)},
		alignment{"middle", bamPaired | bamFirst | bamLast, "A", []byte{30}},
		alignment{"bare", 0, "ACGT", nil},
		alignment{"bare-reverse", bamReverse, "AACC", nil},
		alignment{"after", 0x600, "GG", []byte{29, 29}}, // quality failed, duplicate: still reads
		alignment{"empty", 4, "", []byte{}},
		alignment{"last", 4, "T", []byte{10}},
	)
	want := []read{
		{"plain", "ACGTN", "!\"I~#"},
		{"reverse", "YCGTT", "&%$#\""},
		{"pair/1", "ACG", "\"#$"},
		{"pair/2", "NVHMDRWABSYCKGT", strings.Repeat("?", 15)},
		{"middle", "A", "?"},
		{"bare", "ACGT", ""},
		{"bare-reverse", "GGTT", ""},
		{"after", "GG", ">>"},
		{"empty", "", ""},
		{"last", "T", "+"},
	}
	for name, data := range map[string][]byte{"BGZF": bgzipped(text, 77), "plain": text, "gzip": gzipped(text)} {
		for _, size := range []int{0, 1, 30} {
			got, r, err := readAll(t, []Source{memory("t", data)}, Options{BlockBytes: size})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if r.Skipped() != 2 {
				t.Errorf("%s: skipped %d, want 2", name, r.Skipped())
			}
			got, _, err = readAll(t, []Source{memory("t", data)}, Options{BlockBytes: size, FirstReads: 7})
			if err != nil || !cmp.Equal(want[:7], got) {
				t.Errorf("%s, first 7: %v, %v", name, got, err)
			}
		}
	}
}

func TestBAMRefused(t *testing.T) {
	t.Parallel()
	good := alignment{"good", 0, "ACGT", []byte{1, 2, 3, 4}}
	start := int64(len(bamText(good)))
	change := func(f func(rec []byte)) []byte {
		text := bamText(good, good)
		f(text[start+4:])
		return text
	}
	resize := func(size uint32) []byte {
		text := bamText(good, good)
		binary.LittleEndian.PutUint32(text[start:], size)
		return text
	}
	whole := bgzipped(bamText(good, good), 50)
	for _, tt := range []struct {
		name string
		data []byte
		kind error
		says string
	}{
		{"no end block", whole[:len(whole)-len(bgzfEnd)], ErrTruncated, "end-of-file block"},
		{"cut in a block", whole[:len(whole)-len(bgzfEnd)-3], ErrTruncated, "cut"},
		{"cut in a record", bgzipped(bamText(good, good)[:start+20], 50), ErrTruncated, "BAM file ends too early"},
		{"cut in a size", bgzipped(bamText(good, good)[:start+2], 50), ErrTruncated, "BAM file ends too early"},
		{"size too small", resize(32), ErrDamaged, "too short"},
		{"size negative", resize(1 << 31), ErrDamaged, "too short"},
		{"size too large", resize(1 << 30), ErrRecordTooLong, "longer than"},
		{"size beyond the end", resize(1 << 20), ErrTruncated, "BAM file ends too early"},
		{"equal letters", bamText(good, alignment{"x", 0, "A=", []byte{1, 1}}), ErrRecord, "samtools calmd"},
		{"high quality", bamText(good, alignment{"x", 0, "AC", []byte{1, 94}}), ErrRecord, "quality 94 is above 93"},
		{"half missing", bamText(good, alignment{"x", 0, "AC", []byte{0xff, 1}}), ErrRecord, "quality 255"},
		{"name not closed", change(func(rec []byte) { rec[bamFixedBytes+4] = 'x' }), ErrDamaged, "name of the BAM record"},
		{"no name", change(func(rec []byte) { rec[8] = 0 }), ErrDamaged, "contradict"},
		{"sequence too long", change(func(rec []byte) { rec[17] = 1 }), ErrDamaged, "contradict"},
		{"negative length", change(func(rec []byte) { rec[19] = 0x80 }), ErrDamaged, "contradict"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := readAll(t, []Source{memory("x.bam", tt.data)}, Options{})
			var e *ParseError
			if !errors.As(err, &e) || !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) || e.File != "x.bam" {
				t.Fatalf("got %v, want a ParseError of kind %q with %q", err, tt.kind, tt.says)
			}
			if strings.HasPrefix(tt.name, "cut in a block") || tt.name == "no end block" {
				return
			}
			if len(got) != 1 || e.Record != 2 || e.Offset != start {
				t.Errorf("%d reads, record %d, byte %d, want 1, 2, %d", len(got), e.Record, e.Offset, start)
			}
		})
	}
}

// TestRealBAM compares an aligned paired-end BAM file with the FASTQ files of its reads.
func TestRealBAM(t *testing.T) {
	t.Parallel()
	got, r, err := readAll(t, []Source{File(shared(t, "data", "real", "trust4", "example.bam"))}, Options{BlockBytes: 5000})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]read{}
	for _, mate := range []string{"example_1.fq", "example_2.fq"} {
		text, err := os.ReadFile(shared(t, "data", "real", "trust4", mate))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range slowReads(string(text)) {
			known[x.Name] = x
		}
	}
	seen := map[string]bool{}
	for _, g := range got {
		if seen[g.Name] {
			t.Errorf("%s is given twice", g.Name)
		}
		seen[g.Name] = true
		if want, ok := known[g.Name]; ok {
			if diff := cmp.Diff(want, g); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}
	}
	if len(got) != 396 || r.Skipped() != 512 {
		t.Errorf("%d reads and %d skipped, want 396 and 512", len(got), r.Skipped())
	}
	t.Logf("%d reads of %d in the FASTQ files", len(got), len(known))
}

func FuzzBAM(f *testing.F) {
	good := alignment{"good", 0, "ACGT", []byte{1, 2, 3, 4}}
	f.Add(bamText(good, alignment{"b", bamReverse | bamPaired | bamFirst, "ACGNR", nil}, good), 3)
	f.Add(bamText(), 1)
	f.Add([]byte("BAM\x01\xff\xff\xff\xff"), 1)
	f.Add([]byte("BAM\x01\x00\x00\x00\x00\xff\xff\xff\x7f"), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		data = append([]byte(bamMagic), bytes.TrimPrefix(data, []byte(bamMagic))...)
		opt := Options{MaxRecordBytes: 1 << 16}
		want, _, wantErr := readAll(t, []Source{memory("t", data)}, opt)
		opt.BlockBytes = 1 + (size&0x7fffffff)%300
		got, _, gotErr := readAll(t, []Source{memory("t", bgzipped(data, 99))}, opt)
		if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
			t.Fatalf("as BGZF in blocks of %d bytes: error %v, want %v", opt.BlockBytes, gotErr, wantErr)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("as BGZF in blocks of %d bytes (-want +got):\n%s", opt.BlockBytes, diff)
		}
		if wantErr == nil {
			checkRoundTrip(t, got)
		}
	})
}
