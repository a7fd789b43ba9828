package clonetable

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

func bytesOf(t testing.TB, f *vidjilfile.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteFile(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll reads all that a table has.
func readAll(ctx context.Context, b []byte) (*vidjilfile.File, error) {
	t, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	if err := t.Scan(ctx, repertoire.FieldsAll, func(*repertoire.Row) error { return nil }); err != nil {
		return nil, err
	}
	return t.File(ctx)
}

// Whatever byte is changed, a table is an error and never another table.
func TestDamage(t *testing.T) {
	t.Parallel()
	f := simulated(t, 1, 30)
	f.Clones[4].Warnings = []vidjilfile.Warning{{Code: "W51"}}
	good := bytesOf(t, f)
	if _, err := readAll(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= byte(1 + i%255)
		_, err := readAll(t.Context(), bad)
		version := i >= len(magic) && i < headerLength
		if err == nil || !version && !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d of %d changed: got error %v", i, len(good), err)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	good := bytesOf(t, simulated(t, 1, 30))
	for n := range good {
		if _, err := readAll(t.Context(), good[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut to %d of %d bytes: got error %v", n, len(good), err)
		}
		if _, err := readAll(t.Context(), good[n+1:]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("without its first %d bytes: got error %v", n+1, err)
		}
	}
}

// signed puts a footer behind the blocks of a table, with the right sums.
func signed(blocks, directory []byte) []byte {
	b := append(bytes.Clone(blocks), directory...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(blocks)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(directory)))
	b = binary.LittleEndian.AppendUint32(b, sum(directory))
	return append(b, magic...)
}

// split takes a table apart.
func split(b []byte) (blocks, directory []byte) {
	end := b[len(b)-trailerLength:]
	at := binary.LittleEndian.Uint64(end)
	return b[:at], b[at : len(b)-trailerLength]
}

// A later version may have columns that this one does not know, and lack some.
func TestOtherColumns(t *testing.T) {
	t.Parallel()
	f := simulated(t, 1, 10)
	f.Clones[0].Label = "spike"
	blocks, directory := split(bytesOf(t, f))
	renamed := bytes.Replace(directory, []byte("\x05label"), []byte("\x05later"), 1)
	if bytes.Equal(directory, renamed) {
		t.Fatal("no column label")
	}
	got, err := readAll(t.Context(), signed(blocks, renamed))
	if err != nil {
		t.Fatal(err)
	}
	f.Clones[0].Label = ""
	if diff := cmp.Diff(vidjil(t, f), vidjil(t, got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOtherVersion(t *testing.T) {
	t.Parallel()
	b := bytesOf(t, simulated(t, 1, 3))
	b[len(magic)] = version + 1
	_, err := Open(bytes.NewReader(b), int64(len(b)))
	if err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a later version: got %v", err)
	}
}

// FuzzTable changes footers and blocks and makes the sums right again, so that
// all that is behind the sums sees the change.
func FuzzTable(f *testing.F) {
	good := bytesOf(f, simulated(f, 1, 20))
	blocks, directory := split(good)
	f.Add(blocks, directory)
	f.Add(blocks[:headerLength], directory)
	f.Add(blocks, directory[:len(directory)/2])
	f.Fuzz(func(t *testing.T, blocks, directory []byte) {
		b := signed(blocks, directory)
		table, err := openDirectory(bytes.NewReader(b), int64(len(b)))
		if err != nil || table.Rows() > 1000 { // rows without a block take time and no bytes
			return
		}
		resign(table.footer, blocks)
		b = signed(blocks, table.footer.encodeAs(directory))
		got, err := readAll(t.Context(), b)
		if err != nil {
			return
		}
		if len(got.Clones) > table.Rows() {
			t.Errorf("%d clonotypes of %d", len(got.Clones), table.Rows())
		}
		target := Target{Open: func(context.Context) (io.ReaderAt, int64, func() error, error) {
			return bytes.NewReader(b), int64(len(b)), nil, nil
		}}
		for _, q := range []Query{{Sequence: "ACGTACGTACGTN"}, {CDR3: "CAR", CDR3Within: true}, {Gene: "IGHV"}} {
			if _, err := Search(t.Context(), []Target{target}, q, SearchOptions{Threads: 1}); err != nil {
				return
			}
		}
	})
}

// resign gives the blocks the sums of what they hold.
func resign(f *footer, blocks []byte) {
	one := func(b *block) {
		if b.packing != packedNone && b.offset+int64(b.stored) <= int64(len(blocks)) {
			b.sum = sum(blocks[b.offset:][:b.stored])
		}
	}
	one(&f.head)
	for i := range f.chunks {
		for k := range f.chunks[i].blocks {
			one(&f.chunks[i].blocks[k])
		}
	}
}

// encodeAs is encode, unless the columns are not those of this program: then
// it gives the original.
func (f *footer) encodeAs(original []byte) []byte {
	for i, at := range f.place {
		if at != i {
			return original
		}
	}
	for i := range f.chunks {
		if len(f.chunks[i].blocks) != int(numColumns) {
			return original
		}
	}
	return f.encode()
}

func FuzzBlock(f *testing.F) {
	for i, k := range []kind{kindInt, kindDelta, kindFloat, kindText, kindName, kindDNA} {
		b := builder{kind: k}
		for n := range 5 {
			switch k {
			case kindInt, kindDelta:
				b.integer(int64(n*n*100 - 50))
			case kindFloat:
				b.float(float64(n))
			case kindText, kindName:
				b.text(fmt.Sprint("text", n%3))
			case kindDNA:
				b.dna([]string{"ACGT", "", "ACGTN", "ACGTA", "acgt"}[n])
			}
		}
		f.Add(byte(i+1), uint8(5), b.encode(nil))
	}
	f.Fuzz(func(_ *testing.T, k byte, rows uint8, block []byte) {
		var v values
		if v.parse(kind(k), block, int(rows)) != nil {
			return
		}
		u := newUnpacker()
		n := newNeedle("ACGTACGTACGT")
		found := rowSet(nil).sized(int(rows))
		for i := range int(rows) {
			switch kind(k) {
			case kindText, kindName:
				v.text(i)
			case kindDNA:
				v.sequence(nil, i, u)
			}
		}
		if kind(k) == kindDNA {
			n.scan(&v, found)
			n.windows(&v, found)
		}
	})
}
