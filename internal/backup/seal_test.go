package backup

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// openSeal is a seal that closes and opens.
func openSeal(t testing.TB) *seal {
	t.Helper()
	s, err := Passphrase("five words drawn by lot")
	if err != nil {
		t.Fatal(err)
	}
	l := &sealing{Kind: "passphrase", Salt: make([]byte, 16), Time: 1, MemoryKiB: 64, Threads: 1}
	k, err := l.derive(s.passphrase)
	if err != nil {
		t.Fatal(err)
	}
	l.Fingerprint = fingerprint(k.PublicKey())
	opened, err := l.unlock(&s)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func sealed(t testing.TB, s *seal, name string, text []byte) []byte {
	t.Helper()
	r, err := s.close(name, iotest.HalfReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func opened(s *seal, name string, data []byte) ([]byte, error) {
	r, err := s.open(name, iotest.OneByteReader(bytes.NewReader(data)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestSealRoundTrip: what is sealed comes back, at the borders of chunks too, and
// is as long as it is said to be.
func TestSealRoundTrip(t *testing.T) {
	t.Parallel()
	s := openSeal(t)
	for _, n := range []int{0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes} {
		text := bytes.Repeat([]byte("vidjil "), n/7+1)[:n]
		data := sealed(t, s, "x", text)
		if int64(len(data)) != s.size(int64(n)) {
			t.Errorf("%d bytes are %d when sealed, and said to be %d", n, len(data), s.size(int64(n)))
		}
		if got, err := opened(s, "x", data); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes: got %d, %v", n, len(got), err)
		}
		if _, err := opened(s, "y", data); err == nil {
			t.Errorf("%d bytes were opened under another name", n)
		}
	}
}

// TestSealChange: no byte can be changed, no piece cut off, moved or put in.
func TestSealChange(t *testing.T) {
	t.Parallel()
	s := openSeal(t)
	text := bytes.Repeat([]byte("vidjil "), 3*chunkBytes/7)
	data := sealed(t, s, "x", text)
	head, chunk := len(sealMagic)+encapBytes, chunkBytes+tagBytes
	for name, changed := range map[string][]byte{
		"cut at a chunk": data[:head+chunk],
		"chunks swapped": bytes.Join([][]byte{data[:head], data[head+chunk : head+2*chunk], data[head : head+chunk], data[head+2*chunk:]}, nil),
		"a chunk twice":  bytes.Join([][]byte{data[:head+chunk], data[head:]}, nil),
		"more behind":    append(bytes.Clone(data), 0),
		"nothing":        {},
	} {
		if _, err := opened(s, "x", changed); err == nil {
			t.Errorf("%s: it was opened", name)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(data)
		if at := rapid.IntRange(0, len(data)-1).Draw(t, "at"); rapid.Bool().Draw(t, "cut") {
			changed = changed[:at]
		} else {
			changed[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		}
		r, err := s.open("x", bytes.NewReader(changed))
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err == nil {
			t.Error("it was opened")
		}
	})
}

// FuzzOpen: bytes of anybody are refused, without a panic.
func FuzzOpen(f *testing.F) {
	s := openSeal(f)
	f.Add(sealed(f, s, "x", []byte("text"))[:60])
	f.Add([]byte(sealMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := opened(s, "x", data); err == nil {
			t.Errorf("opened: %q", text)
		}
	})
}
