package seqio

import (
	"bytes"
	"io"
	"runtime"
	"testing"
)

// The benchmarks read 64 MB of FASTQ of 250 nt, like the engine's large benchmark:
//
//	go test -run - -bench . -benchmem ./vdj/seqio

func benchText() []byte { return fastqText(110_000, 250) }

func benchNext(b *testing.B, data []byte, text int, opt Options) {
	b.Helper()
	b.SetBytes(int64(text))
	b.ReportAllocs()
	var block Block
	for b.Loop() {
		r, err := NewReader([]Source{memory("bench", data)}, opt)
		if err != nil {
			b.Fatal(err)
		}
		for {
			if err := r.Next(&block); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCut(b *testing.B) {
	text := benchText()
	b.Run("FASTQ", func(b *testing.B) { benchNext(b, text, len(text), Options{}) })
	fasta := benchFASTA(b, text)
	b.Run("FASTA", func(b *testing.B) { benchNext(b, fasta, len(fasta), Options{}) })
}

func benchFASTA(b *testing.B, text []byte) []byte {
	b.Helper()
	block := Block{Format: FASTQ, Data: bytes.Clone(text)}
	records, err := block.Parse(nil)
	if err != nil {
		b.Fatal(err)
	}
	var fasta []byte
	for _, r := range records {
		fasta = AppendFASTA(fasta, r)
	}
	return fasta
}

func BenchmarkParse(b *testing.B) {
	text := fastqText(1800, 250) // a block of 1 MB
	run := func(name string, block Block) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(block.Data)))
			b.ReportAllocs()
			var records []Record
			var err error
			for b.Loop() {
				block.FirstRead = 1 << 20 // past the dense sample of qualities
				if records, err = block.Parse(records); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("FASTQ", Block{Format: FASTQ, Data: text})
	run("FASTQ_CRLF", Block{Format: FASTQ, Data: bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))})
	run("FASTA", Block{Format: FASTA, Data: benchFASTA(b, text)})
}

func BenchmarkLetters(b *testing.B) {
	seq := bytes.Repeat([]byte("ACGTTGCAAC"), 25)
	b.Run("eight", func(b *testing.B) {
		b.SetBytes(int64(len(seq)))
		for b.Loop() {
			if !isPlain(seq) {
				b.Fatal("not plain")
			}
		}
	})
	b.Run("table", func(b *testing.B) {
		b.SetBytes(int64(len(seq)))
		for b.Loop() {
			if normalise(seq) >= 0 {
				b.Fatal("not letters")
			}
		}
	})
}

func BenchmarkGzip(b *testing.B) {
	text := benchText()
	packed := gzipped(text)
	b.ResetTimer()
	benchNext(b, packed, len(text), Options{})
}

func BenchmarkZstd(b *testing.B) {
	text := benchText()
	packed := zstandard(text)
	b.ResetTimer()
	benchNext(b, packed, len(text), Options{})
}

func BenchmarkBGZF(b *testing.B) {
	text := benchText()
	packed := bgzipped(text, 65280)
	b.Run("one", func(b *testing.B) { benchNext(b, packed, len(text), Options{Threads: 1}) })
	b.Run("all", func(b *testing.B) { benchNext(b, packed, len(text), Options{Threads: runtime.GOMAXPROCS(0)}) })
}

func BenchmarkBAM(b *testing.B) {
	text := fastqText(110_000, 250)
	block := Block{Format: FASTQ, Data: text}
	records, err := block.Parse(nil)
	if err != nil {
		b.Fatal(err)
	}
	var all []alignment
	for i, r := range records {
		qual := bytes.Clone(r.Qual)
		for j := range qual {
			qual[j] -= '!'
		}
		name, _, _ := bytes.Cut(r.Name, []byte(" "))
		all = append(all, alignment{string(name), uint16(i & 1 * bamReverse), string(r.Seq), qual})
	}
	plain := bamText(all...)
	b.Run("plain", func(b *testing.B) { benchNext(b, plain, len(plain), Options{}) })
	packed := bgzipped(plain, 65280)
	b.Run("BGZF", func(b *testing.B) { benchNext(b, packed, len(plain), Options{}) })
}
