package inflate

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// deflated packs data with the standard library.
func deflated(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// texts are kinds of data that take different ways through the decoder.
func texts() map[string][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n int, letters string) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		return b
	}
	noise := make([]byte, 150_000)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	// Codes of all lengths up to 15, so that second tables are needed.
	skewed := make([]byte, 200_000)
	for i := range skewed {
		skewed[i] = byte(min(255, int(rng.ExpFloat64()*9)))
	}
	// Long codes in a row, then a copy with a long code and many extra bits.
	rare := random(2000, "A")
	for len(rare) < 200_000 {
		for range rng.IntN(40) {
			rare = append(rare, 'A')
		}
		for range 1 + rng.IntN(8) {
			rare = append(rare, byte(rng.IntN(250)))
		}
		if rng.IntN(8) == 0 {
			at := rng.IntN(min(len(rare)-300, 30_000))
			rare = append(rare, rare[len(rare)-300-at:][:20+rng.IntN(240)]...)
		}
	}
	return map[string][]byte{
		"empty": nil, "long codes": rare, "one letter": []byte("A"), "runs": bytes.Repeat([]byte("A"), 100_000),
		"period 3": bytes.Repeat([]byte("ACG"), 40_000), "period 9": bytes.Repeat([]byte("ACGTTGCAN"), 20_000),
		"DNA": random(200_000, "ACGT"), "qualities": random(200_000, "#,5<=>?@ABCDEFGHI"),
		"noise": noise, "skewed": skewed, "far copies": bytes.Repeat(noise[:32768], 5),
	}
}

// readAll reads a stream with a source that gives size bytes at a time at most,
// and tells what is left in the source.
func readAll(data []byte, size int) (text, rest []byte, err error) {
	src := bufio.NewReaderSize(bytes.NewReader(data), size)
	var r Reader
	r.Reset(src)
	text, err = io.ReadAll(&r)
	rest, _ = io.ReadAll(src)
	return text, rest, err
}

func TestReader(t *testing.T) {
	t.Parallel()
	for name, want := range texts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
				packed := append(deflated(t, want, level), "what follows"...)
				for _, size := range []int{16, 17, 100, 4096, 1 << 18} {
					got, rest, err := readAll(packed, size)
					if err != nil || !bytes.Equal(got, want) {
						t.Fatalf("level %d, source of %d: %d bytes, %v; want %d", level, size, len(got), err, len(want))
					}
					if diff := cmp.Diff("what follows", string(rest)); diff != "" {
						t.Fatalf("level %d, source of %d: left behind (-want +got)\n%s", level, size, diff)
					}
				}
				var r Reader
				r.ResetBytes(packed)
				if got, err := io.ReadAll(&r); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("level %d, from memory: %d bytes, %v; want %d", level, len(got), err, len(want))
				}
			}
		})
	}
}

// A Reader that has read one stream, to its end or not, reads the next one alike.
func TestReset(t *testing.T) {
	t.Parallel()
	var r Reader
	for name, want := range texts() {
		packed := deflated(t, want, flate.DefaultCompression)
		r.ResetBytes(packed[:len(packed)/2])
		_, _ = io.CopyN(io.Discard, &r, int64(len(want)/3))
		r.Reset(bufio.NewReader(iotest.OneByteReader(bytes.NewReader(packed))))
		got, err := io.ReadAll(iotest.HalfReader(&r))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(want))
		}
	}
}

// Whatever is cut off, the text before it is given, and then the error.
func TestTruncated(t *testing.T) {
	t.Parallel()
	want := texts()["qualities"][:20_000]
	for _, level := range []int{flate.NoCompression, flate.DefaultCompression} {
		packed := deflated(t, want, level)
		for n := 0; n < len(packed); n += 1 + n/50 {
			got, _, err := readAll(packed[:n], 64)
			if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(want, got) {
				t.Fatalf("level %d, %d of %d bytes: %d bytes of text, error %v", level, n, len(packed), len(got), err)
			}
		}
	}
}

func TestSourceError(t *testing.T) {
	t.Parallel()
	packed := deflated(t, texts()["DNA"], flate.DefaultCompression)
	broken := errors.New("the disk is gone")
	var r Reader
	r.Reset(bufio.NewReader(io.MultiReader(bytes.NewReader(packed[:5000]), iotest.ErrReader(broken))))
	for range 2 { // the error stays
		if _, err := io.Copy(io.Discard, &r); !errors.Is(err, broken) {
			t.Errorf("error %v, want %v", err, broken)
		}
	}
}

func TestCorrupt(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"block of kind 3":                 "\x07",
		"stored length":                   "\x01\x05\x00\x05\x00hello",
		"286 in the fixed code":           "\x1b\x03\x00\x00",
		"distance 30 in the fixed code":   "\x03\x3e\x00\x00",
		"copy from before the start":      "\x03\x02\x00\x00",
		"287 literals":                    "\xf5\x00\x00\x00\x00\x00",
		"no lengths of codes":             "\x05\x00\x00\x00\x00\x00\x00\x00",
		"lengths of codes, too many":      "\x05\xe0\xff\xff\xff\xff\xff\xff\xff\xff",
		"a repetition of nothing":         "\x05\x00\x12\x00\x00\x00\x00\x00\x00\x00",
		"a block without any code at all": "\x05\x00\x80\x24\x49\x92\x24\x49\x92\x24\x49\x92\x00",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := io.ReadAll(flate.NewReader(bytes.NewReader([]byte(data)))); err == nil {
				t.Fatal("the standard library reads it")
			}
			if _, _, err := readAll([]byte(data), 16); !errors.Is(err, ErrCorrupt) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v, want one of corrupt data", err)
			}
		})
	}
}

// FuzzReader compares with the standard library: the same text, and an error
// where it has one.
func FuzzReader(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{0, 1, 6, 9, flate.HuffmanOnly} {
			packed := deflated(f, text[:min(len(text), 3000)], level)
			f.Add(packed)
			if len(packed) > 40 {
				broken := bytes.Clone(packed)
				broken[len(broken)/2] ^= 0x10
				f.Add(broken)
				f.Add(packed[:len(packed)-3])
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		src := bytes.NewReader(data)
		want, wantErr := io.ReadAll(flate.NewReader(src))
		for _, size := range []int{16, 1 << 12} {
			got, rest, err := readAll(data, size)
			if (err == nil) != (wantErr == nil) || !bytes.HasPrefix(got, want) && !bytes.HasPrefix(want, got) {
				t.Fatalf("%d bytes, %v; the standard library %d, %v", len(got), err, len(want), wantErr)
			}
			if err == nil && (!bytes.Equal(got, want) || len(rest) != src.Len()) {
				t.Fatalf("%d bytes, %d left; want %d, %d", len(got), len(rest), len(want), src.Len())
			}
		}
	})
}

// BenchmarkReader reads a gzip file, or some made-up qualities:
//
//	VIDJIL_BENCH=amplicon.fastq.gz go test ./vdj/internal/inflate -run - -bench .
func BenchmarkReader(b *testing.B) {
	packed := deflated(b, texts()["qualities"], flate.DefaultCompression)
	if path := os.Getenv("VIDJIL_BENCH"); path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		src := bytes.NewReader(data)
		if _, err := gzip.NewReader(src); err != nil { // reads the header, and no more of a bytes.Reader
			b.Fatal(err)
		}
		packed = data[len(data)-src.Len():]
	}
	var r Reader
	b.ReportAllocs()
	for b.Loop() {
		r.ResetBytes(packed)
		n, err := io.Copy(io.Discard, &r)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n)
	}
}
