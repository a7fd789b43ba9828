package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/lab"
)

// cheap keeps tests fast; what they show does not depend on the cost.
func cheap(t *testing.T) *Hasher {
	t.Helper()
	h, err := NewHasher(HasherConfig{Cost: Cost{Passes: 1, Memory: 8}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// reference is a test vector of the reference implementation of argon2
// (phc-winner-argon2, test.c).
const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

func TestVerifyReference(t *testing.T) {
	t.Parallel()
	h := cheap(t)
	for password, want := range map[string]bool{"password": true, "Password": false, "password ": false, "": false} {
		got, err := h.Verify(t.Context(), password, reference)
		if err != nil || got != want {
			t.Errorf("%q: got %t, %v, want %t", password, got, err, want)
		}
	}
	if !h.NeedsRehash(reference) {
		t.Error("a hash of another cost need not be renewed")
	}
}

func TestHashByDefault(t *testing.T) {
	t.Parallel()
	h, err := NewHasher(HasherConfig{})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(encoded, want) {
		t.Errorf("got %s, want %s…", encoded, want)
	}
	if ok, err := h.Verify(t.Context(), "correct horse", encoded); !ok || err != nil {
		t.Errorf("its own hash: got %t, %v", ok, err)
	}
	if h.NeedsRehash(encoded) {
		t.Error("a new hash is to be renewed")
	}
	again, err := h.Hash(t.Context(), "correct horse")
	if err != nil || again == encoded {
		t.Errorf("the same salt twice: %v", err)
	}
	if got := cap(h.slots); got != runtime.GOMAXPROCS(0) {
		t.Errorf("hashes at a time: got %d", got)
	}
}

func TestHashProperty(t *testing.T) {
	t.Parallel()
	h := cheap(t)
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringN(1, 40, -1).Filter(func(s string) bool { return normalize(s) != "" }).Draw(t, "password")
		other := rapid.String().Draw(t, "other")
		encoded, err := h.Hash(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := h.Verify(t.Context(), password, encoded); !ok || err != nil {
			t.Fatalf("its own: got %t, %v", ok, err)
		}
		if ok, _ := h.Verify(t.Context(), other, encoded); ok != (normalize(other) == normalize(password)) {
			t.Fatalf("%q for %q: got %t", other, password, ok)
		}
	})
}

// TestSameKeys: one password typed on two systems is one password.
func TestSameKeys(t *testing.T) {
	t.Parallel()
	h := cheap(t)
	encoded, err := h.Hash(t.Context(), "m\u00fcller et fils")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := h.Verify(t.Context(), "mu\u0308ller\u00a0et fils", encoded); !ok || err != nil {
		t.Errorf("composed otherwise: got %t, %v", ok, err)
	}
}

func TestHashRefuses(t *testing.T) {
	t.Parallel()
	h := cheap(t)
	for _, password := range []string{"", "a\x00b", "line\nbreak", "\xff\xfe", strings.Repeat("x", maxPassword+1)} {
		if got, err := h.Hash(t.Context(), password); lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%.20q: got %q, %v", password, got, err)
		}
		// None of them may pass for another by the hash of "".
		p := phc{cost: h.cost, salt: make([]byte, saltLen)}
		var err error
		if p.key, err = h.compute(t.Context(), p, ""); err != nil {
			t.Fatal(err)
		}
		if ok, _ := h.Verify(t.Context(), password, p.String()); ok {
			t.Errorf("%.20q passes for the empty password", password)
		}
	}
}

func TestUnknownAccount(t *testing.T) {
	t.Parallel()
	h := cheap(t)
	if ok, err := h.Verify(t.Context(), "anything at all", ""); ok || err != nil {
		t.Errorf("got %t, %v, want no without an error", ok, err)
	}
}

// TestHashesAreBounded: with all places taken, hashing waits until ctx ends, also
// for accounts that do not exist and hashes that are damaged: their refusals
// cost what others cost.
func TestHashesAreBounded(t *testing.T) {
	t.Parallel()
	h, err := NewHasher(HasherConfig{Cost: Cost{Passes: 1, Memory: 8}, Concurrent: 2})
	if err != nil {
		t.Fatal(err)
	}
	h.slots <- struct{}{}
	h.slots <- struct{}{}
	cause := errors.New("the client went away")
	for _, encoded := range []string{reference, "", "$2y$10$damaged"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error)
		go func() {
			_, err := h.Verify(ctx, "x", encoded)
			done <- err
		}()
		select {
		case err := <-done:
			t.Fatalf("%q: did not wait: %v", encoded, err)
		default:
		}
		cancel(cause)
		if err := <-done; !errors.Is(err, cause) {
			t.Errorf("%q: got %v, want %v", encoded, err, cause)
		}
	}
	<-h.slots
	if _, err := h.Hash(t.Context(), "one place is free"); err != nil {
		t.Error(err)
	}
	if got := len(h.slots); got != 1 {
		t.Errorf("places taken afterwards: got %d, want 1", got)
	}
}

func TestHasherConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []Cost{{Memory: 7}, {Memory: 2 << 20}, {Passes: 1000}, {Threads: 4, Memory: 31}} {
		if _, err := NewHasher(HasherConfig{Cost: c}); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

func TestDamagedHash(t *testing.T) {
	t.Parallel()
	h := cheap(t)
	for _, encoded := range []string{
		"x", "$argon2id$", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		strings.Replace(reference, "v=19", "v=16", 1),
		strings.Replace(reference, "t=2", "t=0", 1),
		strings.Replace(reference, "t=2", "t=+2", 1),
		strings.Replace(reference, "m=65536", "m=4294967295", 1),
		strings.Replace(reference, "m=65536,t=2", "t=2,m=65536", 1),
		strings.Replace(reference, "p=1", "p=1,data=x", 1),
		strings.Replace(reference, "p=1", "p=256", 1),
		strings.Replace(reference, "c29tZXNhbHQ", "c29t", 1),
		strings.Replace(reference, "c29tZXNhbHQ", "c29tZXNhbHQ==", 1),
		reference[:len(reference)-1], reference[:len(reference)-30], reference + "\n", reference + "$",
	} {
		ok, err := h.Verify(t.Context(), "password", encoded)
		if ok || err == nil {
			t.Errorf("%q: got %t, %v, want an error", encoded, ok, err)
		} else if strings.Contains(err.Error(), "CTFhFdXP") {
			t.Errorf("%q: the error repeats the hash: %v", encoded, err)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add(reference)
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePHC(s); err == nil && p.String() != s {
			t.Errorf("%q is read as %q", s, p)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	for _, c := range []Cost{{}, {Passes: 3, Memory: 64 << 10, Threads: 2}} {
		c = c.orDefault()
		b.Run(fmt.Sprintf("m=%d,t=%d,p=%d", c.Memory, c.Passes, c.Threads), func(b *testing.B) {
			h, err := NewHasher(HasherConfig{Cost: c})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := h.Verify(b.Context(), "password", ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
