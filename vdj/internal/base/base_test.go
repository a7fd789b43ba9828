package base

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// letters draws a sequence of the given alphabet.
func letters(t *rapid.T, alphabet, label string) []byte {
	return rapid.SliceOfN(rapid.SampledFrom([]byte(alphabet)), 0, 200).Draw(t, label)
}

func TestPackMatchesLetterByLetter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seq := letters(t, "ACGTacgt", "seq")
		dirty := []uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
		packed := Pack(dirty, seq)
		if got, want := len(packed), Words(len(seq)); got != want {
			t.Fatalf("words: got %d, want %d", got, want)
		}
		for i, c := range bytes.ToUpper(seq) {
			if got := Letter(Window(packed, i)); got != c {
				t.Fatalf("letter %d: got %c, want %c", i, got, c)
			}
		}
		if Window(packed, len(seq)) != 0 {
			t.Fatal("letters past the end are not zero")
		}
	})
}

func TestMismatchesMatchesLetterByLetter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := letters(t, "ACGT", "a"), letters(t, "ACGT", "b")
		pa := rapid.IntRange(0, len(a)).Draw(t, "pa")
		pb := rapid.IntRange(0, len(b)).Draw(t, "pb")
		n := min(len(a)-pa, len(b)-pb)
		want := 0
		for i := range n {
			if a[pa+i] != b[pb+i] {
				want++
			}
		}
		if got := Mismatches(Pack(nil, a), pa, Pack(nil, b), pb, n); got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	})
}

func TestReverseComplement(t *testing.T) {
	t.Parallel()
	if got := string(ReverseComplement(nil, []byte("ACGTNryU"))); got != "ARYNACGT" {
		t.Errorf("got %s, want ARYNACGT", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		seq := letters(t, "ACGTRYSWKMBDHVN", "seq")
		if got := ReverseComplement(nil, ReverseComplement(nil, seq)); !slices.Equal(got, seq) {
			t.Fatalf("twice: got %s, want %s", got, seq)
		}
		plain := letters(t, "ACGT", "plain")
		plain = plain[:min(len(plain), 32)]
		word := Window(Pack(nil, plain), 0)
		want := Window(Pack(nil, ReverseComplement(nil, plain)), 0)
		if len(plain) > 0 {
			if got := ReverseComplementWord(word, len(plain)); got != want {
				t.Fatalf("word of %s: got %x, want %x", plain, got, want)
			}
		}
	})
}

func TestMask(t *testing.T) {
	t.Parallel()
	seq := []byte("ACGTNacgtR")
	mask, found := Mask(nil, seq)
	if !found {
		t.Fatal("no letter found")
	}
	for i, c := range seq {
		got := Window(mask, i)&1 == 1
		if want := c == 'N' || c == 'R'; got != want {
			t.Errorf("letter %d %c: got %t, want %t", i, c, got, want)
		}
	}
	if Plain(seq) || !Plain([]byte("ACGTacgt")) {
		t.Error("Plain is wrong")
	}
}

func BenchmarkPack(b *testing.B) {
	seq := bytes.Repeat([]byte("ACGTT"), 50)
	var dst []uint64
	b.SetBytes(int64(len(seq)))
	for b.Loop() {
		dst = Pack(dst, seq)
	}
}
