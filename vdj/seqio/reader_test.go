package seqio

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// packings are all the ways in which a source may be compressed.
func packings(text []byte) map[string][]byte {
	half := len(text) / 2
	small := bgzipped(text, 100)
	return map[string][]byte{
		"plain":               text,
		"gzip":                gzipped(text),
		"gzip, two members":   append(gzipped(text[:half]), gzipped(text[half:])...),
		"gzip, empty member":  append(append(gzipped(text[:half]), gzipped(nil)...), gzipped(text[half:])...),
		"gzip, NUL padding":   append(gzipped(text), make([]byte, 1000)...),
		"BGZF":                bgzipped(text, 65280),
		"BGZF, small blocks":  small,
		"BGZF, two files":     append(bgzipped(text[:half], 333), bgzipped(text[half:], 100)...),
		"BGZF, NUL padding":   append(bgzipped(text, 333), make([]byte, 10)...),
		"BGZF, no end block":  small[:len(small)-len(bgzfEnd)],
		"BGZF, then gzip":     append(bgzipped(text[:half], 333), gzipped(text[half:])...),
		"gzip, then BGZF":     append(gzipped(text[:half]), bgzipped(text[half:], 333)...),
		"zstd":                zstandard(text),
		"zstd, two frames":    append(zstandard(text[:half]), zstandard(text[half:])...),
		"zstd, skipped frame": append([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"), zstandard(text)...),
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	text := fastqText(300, 80)
	want := slowReads(string(text))
	for name, data := range packings(text) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, threads := range []int{1, 3} {
				for _, slow := range []bool{false, true} {
					src := memory("t", data)
					if slow {
						src.Open = func() (io.ReadCloser, error) {
							return io.NopCloser(iotest.HalfReader(bytes.NewReader(data))), nil
						}
					}
					got, r, err := readAll(t, []Source{src}, Options{Threads: threads, BlockBytes: 5000})
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Fatalf("(-want +got):\n%s", diff)
					}
					if r.BytesRead() != int64(len(data)) || r.TotalBytes() != int64(len(data)) {
						t.Errorf("read %d of %d bytes, want all %d", r.BytesRead(), r.TotalBytes(), len(data))
					}
					if r.MissingEndBlock() != (name == "BGZF, no end block") {
						t.Errorf("MissingEndBlock() = %v", r.MissingEndBlock())
					}
				}
			}
		})
	}
}

// TestTruncated cuts compressed files at every byte: none may pass for a whole one.
func TestTruncated(t *testing.T) {
	t.Parallel()
	text := fastqText(12, 30)
	whole := slowReads(string(text))
	between := map[int]bool{} // cuts between two records, before or after the line end
	for p := 0; p < len(text); {
		p += fastqLength(text[p:])
		between[p], between[p-1] = true, true
	}
	for name, data := range map[string][]byte{
		"gzip": gzipped(text),
		"BGZF": bgzipped(text, 150),
		"zstd": zstandard(text),
		"text": text,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; n < len(data); n++ {
				got, r, err := readAll(t, []Source{memory("lane1.gz", data[:n])}, Options{BlockBytes: 200, Threads: 2})
				if len(got) > 0 {
					if diff := cmp.Diff(whole[:len(got)], got); diff != "" {
						t.Fatalf("cut at %d: wrong reads before the fault:\n%s", n, diff)
					}
				}
				var e *ParseError
				switch {
				case err == nil && name == "text" && between[n]:
				case err == nil && name == "BGZF" && r.MissingEndBlock():
				case err == nil:
					t.Fatalf("cut at %d of %d: no error", n, len(data))
				case name == "zstd" && n < 4 || name == "gzip" && n < 2 || name == "BGZF" && n < 2:
					if !errors.Is(err, ErrFormat) {
						t.Fatalf("cut at %d: %v, want %v", n, err, ErrFormat)
					}
				case !errors.As(err, &e) || e.File != "lane1.gz" || !errors.Is(err, ErrTruncated):
					t.Fatalf("cut at %d: %v, want a ParseError of kind %v", n, err, ErrTruncated)
				case int(e.Record) > len(whole)+1 || int(e.Offset) > len(text):
					t.Fatalf("cut at %d: %v is beyond the file", n, err)
				}
			}
		})
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	text := fastqText(200, 100)
	flip := func(data []byte, at int) []byte {
		data = bytes.Clone(data)
		data[at] ^= 0x55
		return data
	}
	gz, bgz, zst := gzipped(text), bgzipped(text, 5000), zstandard(text)
	end := len(bgzfEnd)
	for _, tt := range []struct {
		name string
		data []byte
		kind error
		says string
	}{
		{"gzip checksum", flip(gz, len(gz)-8), ErrDamaged, "checksum does not match"},
		{"gzip length", flip(gz, len(gz)-1), ErrDamaged, "checksum does not match"},
		{"gzip, garbage after", append(bytes.Clone(gz), "garbage"...), ErrDamaged, "trailing garbage"},
		{"gzip, text after", append(bytes.Clone(gz), text...), ErrDamaged, "trailing garbage"},
		{"gzip, garbage after padding", append(bytes.Clone(gz), "\x00\x00\x00x"...), ErrDamaged, "trailing garbage"},
		{"gzip, half a magic after", append(bytes.Clone(gz), 0x1f), ErrTruncated, "truncated gzip"},
		{"gzip, bad header after", append(bytes.Clone(gz), "\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x00"...), ErrDamaged, "header is invalid"},
		{"gzip twice", gzipped(gz), ErrFormat, "compressed twice"},
		{"BGZF checksum", flip(bgz, len(bgz)-end-8), ErrDamaged, "checksum of a BGZF block"},
		{"BGZF length", append(bgz[:len(bgz)-end:len(bgz)-end], badBlock(t, 9)...), ErrDamaged, "does not hold what its header says"},
		{"BGZF shorter length", append(bgz[:len(bgz)-end:len(bgz)-end], badBlock(t, 3)...), ErrDamaged, "does not hold what its header says"},
		{"BGZF huge length", append(bgz[:len(bgz)-end:len(bgz)-end], badBlock(t, 1<<30)...), ErrDamaged, "more than 64 KiB"},
		{"BGZF, garbage after", append(bytes.Clone(bgz), "garbage"...), ErrDamaged, "trailing garbage"},
		{"zstd, garbage after", append(bytes.Clone(zst), "garbage that is long enough"...), ErrDamaged, "trailing garbage"},
		{"zstd data", flip(zst, len(zst)/2), ErrDamaged, "zstd data are invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readAll(t, []Source{memory("x", tt.data)}, Options{Threads: 2, BlockBytes: 3000})
			var e *ParseError
			if !errors.As(err, &e) || !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want a ParseError of kind %q with %q", err, tt.kind, tt.says)
			}
			if strings.Contains(tt.name, "after") && (e.Offset != int64(len(text)) || e.Record != 201) {
				t.Errorf("got record %d, byte %d, want 201, %d", e.Record, e.Offset, len(text))
			}
			// Reads wanted from before the fault are given.
			got, _, err := readAll(t, []Source{memory("x", tt.data)}, Options{Threads: 2, FirstReads: 3})
			if tt.kind != ErrFormat && tt.name != "zstd data" && (err != nil || len(got) != 3) {
				t.Errorf("first 3 reads: %d, %v", len(got), err)
			}
		})
	}
}

// badBlock is a BGZF block of four letters whose footer gives another size.
func badBlock(t *testing.T, size uint32) []byte {
	t.Helper()
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	return bgzfBlock(w, []byte("ACGT"), 0, size)
}

func TestDamagedDeflate(t *testing.T) {
	t.Parallel()
	text := fastqText(200, 100)
	rng := rand.New(rand.NewPCG(3, 4))
	for _, data := range [][]byte{gzipped(text), bgzipped(text, 5000)} {
		for range 200 {
			bad := bytes.Clone(data)
			bad[20+rng.IntN(len(bad)-60)] ^= byte(1 << rng.IntN(8))
			got, _, err := readAll(t, []Source{memory("x", bad)}, Options{Threads: 2, BlockBytes: 3000})
			if err == nil && !cmp.Equal(slowReads(string(text)), got) {
				t.Fatal("changed reads without an error")
			}
		}
	}
}

func TestLanes(t *testing.T) {
	t.Parallel()
	fastq, fasta := memory("L1.fq", []byte("@a\nAC\n+\nII\n@b\nG\n+\nI")), memory("L2", gzipped([]byte("# x\n>c\nA\nC\n")))
	bam := memory("L3", bgzipped(bamText(alignment{name: "d", seq: "GT", qual: []byte{1, 2}}), 50))
	want := []read{{"a", "AC", "II"}, {"b", "G", "I"}, {"c", "AC", ""}, {"d", "GT", `"#`}}
	for _, size := range []int{0, 1, 12} {
		got, r, err := readAll(t, []Source{fastq, fasta, bam}, Options{BlockBytes: size})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if r.TotalBytes() != r.BytesRead() {
			t.Errorf("read %d of %d bytes", r.BytesRead(), r.TotalBytes())
		}
	}
	for name, empty := range map[string][]byte{
		"nothing": nil, "blank": []byte("\n\n\r\n"), "comments": []byte("# x\n\n;"), "mark": []byte("\xef\xbb\xbf"),
		"gzip": gzipped(nil), "BGZF": bgzfEnd, "zstd": zstandard(nil), "BAM": bgzipped(bamText(), 50),
		"BAM, secondary": bgzipped(bamText(alignment{name: "s", flags: bamSecondary, seq: "A"}), 50),
	} {
		got, _, err := readAll(t, []Source{fastq, memory("L9", empty), fasta}, Options{})
		if !errors.Is(err, ErrEmpty) || !strings.Contains(err.Error(), "L9") || len(got) != 2 {
			t.Errorf("%s: %d reads, error %v, want 2 and %v of L9", name, len(got), err, ErrEmpty)
		}
	}
	_, _, err := readAll(t, []Source{fastq, memory("L2.fq", []byte("@a\nAC\n+\nII\n@b\nA?\n+\nII\n"))}, Options{})
	var e *ParseError
	if !errors.As(err, &e) || e.File != "L2.fq" || e.Record != 2 || e.Offset != 15 {
		t.Errorf("fault in the second lane: %v, want L2.fq, record 2, byte 15", err)
	}
	_, _, err = readAll(t, []Source{fastq, File(filepath.Join(t.TempDir(), "none.fq"))}, Options{})
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	_, _, err = readAll(t, []Source{File(t.TempDir())}, Options{})
	if err == nil {
		t.Error("a directory was read")
	}
	if _, err := NewReader(nil, Options{}); err == nil {
		t.Error("no source: no error")
	}
}

func TestFirstReads(t *testing.T) {
	t.Parallel()
	text := fastqText(50, 20)
	want := slowReads(string(text))
	half := memory("a", text[:len(text)/50*25])
	half.Open = memory("a", gzipped(text)).Open
	for n := int64(1); n <= 120; n++ {
		got, _, err := readAll(t, []Source{half, memory("b", text)}, Options{FirstReads: n, BlockBytes: 333})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append(want[:50:50], want...)[:min(n, 100)], got); diff != "" {
			t.Fatalf("first %d (-want +got):\n%s", n, diff)
		}
	}
	// What follows is not looked at.
	got, _, err := readAll(t, []Source{memory("a", text), memory("b", nil)}, Options{FirstReads: 50})
	if err != nil || len(got) != 50 {
		t.Errorf("first 50 before an empty lane: %d, %v", len(got), err)
	}
}

func TestSampledReads(t *testing.T) {
	t.Parallel()
	text := fastqText(9000, 60)
	want := slowReads(string(text))
	for _, tt := range []struct {
		name    string
		sources []Source
		opt     Options
		number  int
		all     []read
	}{
		{"plain", []Source{memory("a", text)}, Options{SampledReads: 700}, 700, want},
		{"gzip", []Source{memory("a", gzipped(text))}, Options{SampledReads: 700}, 700, want},
		{"two lanes", []Source{memory("a", gzipped(text)), memory("b", text)}, Options{SampledReads: 700}, 700, append(want[:9000:9000], want...)},
		{"one", []Source{memory("a", text)}, Options{SampledReads: 1}, 1, want},
		{"more than there are", []Source{memory("a", text)}, Options{SampledReads: 10_000}, 9000, want},
		{"of the first", []Source{memory("a", text)}, Options{SampledReads: 100, FirstReads: 250}, 100, want[:250]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var first []read
			for _, size := range []int{0, 1000} {
				tt.opt.BlockBytes = size
				got, r, err := readAll(t, tt.sources, tt.opt)
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != tt.number || r.Reads() != int64(len(tt.all)) {
					t.Fatalf("got %d of %d reads, want %d of %d", len(got), r.Reads(), tt.number, len(tt.all))
				}
				// Each equal part of the sample gives one read.
				for i, g := range got {
					low, high := i*len(tt.all)/tt.number, ((i+1)*len(tt.all)+tt.number-1)/tt.number
					if !containsRead(tt.all[low:high], g) {
						t.Fatalf("read %d of the sample is not among reads %d to %d", i, low, high)
					}
				}
				if first == nil {
					first = got
				} else if !cmp.Equal(first, got) {
					t.Error("the block size changes the sample")
				}
			}
		})
	}
	_, _, err := readAll(t, []Source{memory("a", text), pipe(text)}, Options{SampledReads: 5})
	if !errors.Is(err, ErrUnknownSize) {
		t.Errorf("sampling a pipe: %v, want %v", err, ErrUnknownSize)
	}
}

func containsRead(reads []read, r read) bool {
	return slices.Contains(reads, r)
}

// TestEstimateReads estimates sources longer than what is probed, by a quarter of their text.
func TestEstimateReads(t *testing.T) {
	t.Parallel()
	const reads = 12_000
	text := fastqText(reads, 150)
	for name, data := range packings(text) {
		got, err := estimateReads(memory("a", data), Options{}, len(text)/4)
		if err != nil {
			t.Fatal(err)
		}
		if name == "BGZF, then gzip" || name == "gzip, then BGZF" || name == "BGZF, two files" {
			continue // packed unevenly; only guessed
		}
		if got < 0.97*reads || got > 1.03*reads {
			t.Errorf("%s: estimated %.0f reads, want about %d", name, got, reads)
		}
	}
	if got, err := estimateReads(memory("a", gzipped(text)), Options{}, 2*len(text)); got != reads || err != nil {
		t.Errorf("short source: %v reads, %v, want exactly %d", got, err, reads)
	}
	// The rule goes on beyond the estimate.
	s := stride{10, 100}
	kept := 0
	for i := range int64(200) {
		if s.keeps(i) {
			kept++
		}
	}
	if kept != 20 {
		t.Errorf("kept %d of 200 at 10 in 100, want 20", kept)
	}
}

func TestStride(t *testing.T) {
	t.Parallel()
	for _, s := range []stride{{}, {1, 1}, {5, 3}, {1, 7}, {3, 7}, {6, 7}, {1 << 40, 1<<40 + 1}} {
		for i := range int64(100) {
			want := s.n >= s.total
			if !want {
				want = (uint64(i)+1)*s.n/s.total > uint64(i)*s.n/s.total
			}
			if got := s.keeps(i); got != want {
				t.Errorf("%v.keeps(%d) = %v, want %v", s, i, got, want)
			}
		}
	}
	if s := (stride{1 << 62, 1 << 63}); s.keeps(1<<62) == s.keeps(1<<62+1) {
		t.Error("one of two neighbours must be kept")
	}
}

func TestPhred64(t *testing.T) {
	t.Parallel()
	text := func(n int, qual string) []byte {
		return bytes.Repeat([]byte("@r\n"+strings.Repeat("A", len(qual))+"\n+\n"+qual+"\n"), n)
	}
	for _, tt := range []struct {
		name string
		text []byte
		want bool
	}{
		{"Phred+64", text(100, "Bgh@hi"), true},
		{"Phred+64, too few", text(99, "Bgh@hi"), false},
		{"Phred+33", text(200, "IIJF#:"), false},
		{"Phred+33, all high", text(200, "IIJJII"), false},
		{"Phred+33, long reads", text(200, "~~~~~~"), false},
		{"one low quality", append(text(200, "Bgh@hi"), text(1, "h5")...), false},
		{"FASTA", bytes.Repeat([]byte(">a\nACGT\n"), 200), false},
	} {
		_, r, err := readAll(t, []Source{memory("t", tt.text)}, Options{BlockBytes: 500})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Phred64Suspected(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestRecordTooLong(t *testing.T) {
	t.Parallel()
	for _, text := range []string{">a\nA\n>b\n" + strings.Repeat("ACGT\n", 1000), "@a\nA\n+\nI\n@b\n" + strings.Repeat("A", 5000)} {
		long := text + text[strings.Index(text, "b\n")-1:] // the long record is not the last one
		got, _, err := readAll(t, []Source{memory("t", []byte(long))}, Options{BlockBytes: 20, MaxRecordBytes: 3000})
		var e *ParseError
		if !errors.As(err, &e) || !errors.Is(err, ErrRecordTooLong) || e.Record != 2 || len(got) != 1 {
			t.Errorf("%d reads, %v, want 1 and %v", len(got), err, ErrRecordTooLong)
		}
	}
	// A record far beyond the block size is read.
	seq := strings.Repeat("ACGTTGCA", 200_000)
	got, _, err := readAll(t, []Source{memory("t", []byte(">a\nA\n>b\n"+seq+"\n>c\nC"))}, Options{BlockBytes: 1000})
	if err != nil || len(got) != 3 || got[1].Seq != seq {
		t.Errorf("long record: %d reads, %v", len(got), err)
	}
}

func TestOptionsValidate(t *testing.T) {
	t.Parallel()
	_, err := NewReader([]Source{pipe(nil)}, Options{BlockBytes: -1, FirstReads: -2})
	for _, field := range []string{"BlockBytes", "FirstReads"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("got %v, want a word on %s", err, field)
		}
	}
}

// TestReadError gives an error of the source on, with its name.
func TestReadError(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	text := fastqText(100, 50)
	for _, n := range []int{0, 3, 100, 9000} {
		src := Source{Name: "x.fq", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(text[:n]), iotest.ErrReader(broken))), nil
		}}
		got, _, err := readAll(t, []Source{src}, Options{BlockBytes: 1000})
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "x.fq") || len(got) > 100 {
			t.Errorf("after %d bytes: %d reads, %v", n, len(got), err)
		}
	}
}

// TestClose closes a reader in the middle, twice; synctest fails if a goroutine stays behind.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		data := bgzipped(fastqText(5000, 100), 3000)
		r, err := NewReader([]Source{memory("t", data)}, Options{BlockBytes: 1000, Threads: 4})
		if err != nil {
			t.Fatal(err)
		}
		var b Block
		if err := r.Next(&b); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Next(&b); err == nil || err == io.EOF {
			t.Errorf("Next after Close: %v, want an error that is not io.EOF", err)
		}
	})
}

// TestManyGoroutines parses blocks in several goroutines, for the race detector.
func TestManyGoroutines(t *testing.T) {
	t.Parallel()
	text := fastqText(3000, 100)
	r, err := NewReader([]Source{memory("t", bgzipped(text, 20_000))}, Options{BlockBytes: 10_000, Threads: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var wg sync.WaitGroup
	results := make([][]read, 1000)
	blocks := 0
	for {
		b := new(Block)
		if err := r.Next(b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		blocks++
		wg.Go(func() {
			records, err := b.Parse(nil)
			if err != nil {
				t.Error(err)
			}
			results[b.Index] = copyReads(nil, records)
			_, _ = r.Phred64Suspected(), r.BytesRead()
		})
	}
	wg.Wait()
	var got []read
	for _, part := range results[:blocks] {
		got = append(got, part...)
	}
	if diff := cmp.Diff(slowReads(string(text)), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSampleName(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"a/b/Ly-12_S1_L001_R1_001.fastq.gz": "Ly-12_S1_L001_R1_001",
		"x.FQ.BGZ":                          "x",
		"x.fa":                              "x",
		"x.fna.bz2":                         "x",
		"x.y.fasta.zst":                     "x.y",
		"x.bam":                             "x",
		"x.gz":                              "x",
		"x.txt.gz":                          "x.txt",
		"x.fastq.fastq":                     "x.fastq",
		".fastq.gz":                         ".fastq",
		"-":                                 "stdin",
		"plain":                             "plain",
	} {
		if got := SampleName(path); got != want {
			t.Errorf("SampleName(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestAppend(t *testing.T) {
	t.Parallel()
	rec := Record{Name: []byte("a b"), Seq: []byte("ACG"), Qual: []byte("II#")}
	if got, want := string(AppendFASTA([]byte("x"), rec)), "x>a b\nACG\n"; got != want {
		t.Errorf("FASTA %q, want %q", got, want)
	}
	if got, want := string(AppendFASTQ(nil, rec)), "@a b\nACG\n+\nII#\n"; got != want {
		t.Errorf("FASTQ %q, want %q", got, want)
	}
	rec.Qual = nil
	if got, want := string(AppendFASTQ(nil, rec)), "@a b\nACG\n+\n!!!\n"; got != want {
		t.Errorf("FASTQ without qualities %q, want %q", got, want)
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	for n := range 40 {
		for range 200 {
			data := make([]byte, n)
			for i := range data {
				data[i] = "ACGT"[rng.IntN(4)]
			}
			for at := 0; n > 0 && at < rng.IntN(3); at++ {
				data[rng.IntN(n)] = byte(rng.IntN(256))
			}
			plain, printable := true, true
			for _, c := range data {
				plain = plain && strings.IndexByte("ACGT", c) >= 0
				printable = printable && c >= '!' && c <= '~'
			}
			if got := isPlain(data); got != plain {
				t.Fatalf("isPlain(%q) = %v", data, got)
			}
			if got := isPrintable(data); got != printable {
				t.Fatalf("isPrintable(%q) = %v", data, got)
			}
		}
	}
	// Every byte at every place of a word.
	for c := range 256 {
		for at := range 16 {
			data := bytes.Repeat([]byte("G"), 16)
			data[at] = byte(c)
			if got, want := isPlain(data), strings.IndexByte("ACGT", byte(c)) >= 0; got != want {
				t.Fatalf("isPlain(%q) = %v", data, got)
			}
			if got, want := isPrintable(data), c >= '!' && c <= '~'; got != want {
				t.Fatalf("isPrintable(%q) = %v", data, got)
			}
			want := strings.ToUpper(string(rune(c)))
			legal := c < 128 && strings.Contains("ACGTURYSWKMBDHVN", want)
			if want == "U" {
				want = "T"
			}
			switch i := normalise(data); {
			case legal && (i >= 0 || string(data[at]) != want):
				t.Fatalf("normalise of %q gives %q, %d", rune(c), data[at], i)
			case !legal && i != at:
				t.Fatalf("normalise passes byte %#x", c)
			}
		}
	}
}
