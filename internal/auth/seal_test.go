package auth_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
)

func keyring(t *testing.T, path string) *auth.Keyring {
	t.Helper()
	k, err := auth.OpenKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSeal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	k := keyring(t, path)
	secret := []byte("GEZDGNBVGY3TQOJQ")
	sealed := k.Seal("totp of user 7", secret)
	if bytes.Contains(sealed, secret[:4]) {
		t.Error("the secret can be read")
	}
	if again := k.Seal("totp of user 7", secret); bytes.Equal(sealed, again) {
		t.Error("the same nonce twice")
	}
	// A restart reads the same key.
	got, err := keyring(t, path).Open("totp of user 7", sealed)
	if err != nil || !bytes.Equal(got, secret) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := k.Open("totp of user 8", sealed); err == nil {
		t.Error("opens in another row")
	}
	other := keyring(t, filepath.Join(t.TempDir(), "key"))
	if _, err := other.Open("totp of user 7", sealed); err == nil || !strings.Contains(err.Error(), "does not hold the key") {
		t.Errorf("by another key: got %v", err)
	}
	for i := range sealed {
		for _, damaged := range [][]byte{sealed[:i], append(bytes.Clone(sealed[:i]), append([]byte{sealed[i] ^ 1}, sealed[i+1:]...)...)} {
			if got, err := k.Open("totp of user 7", damaged); err == nil {
				t.Fatalf("damaged at byte %d: opens as %q", i, got)
			} else if strings.Contains(err.Error(), string(secret)) {
				t.Fatalf("the error repeats the secret: %v", err)
			}
		}
	}
	empty := k.Seal("nothing", nil)
	if got, err := k.Open("nothing", empty); err != nil || len(got) != 0 {
		t.Errorf("nothing: got %q, %v", got, err)
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	oldPath, newPath := filepath.Join(dir, "old"), filepath.Join(dir, "new")
	sealed := keyring(t, oldPath).Seal("x", []byte("kept"))
	keyring(t, newPath)
	both := append(read(t, newPath), read(t, oldPath)...)
	if err := os.WriteFile(newPath, both, 0o600); err != nil {
		t.Fatal(err)
	}
	k := keyring(t, newPath)
	if got, err := k.Open("x", sealed); err != nil || string(got) != "kept" {
		t.Errorf("by the old key: got %q, %v", got, err)
	}
	if !k.Stale(sealed) {
		t.Error("what the old key sealed is not stale")
	}
	fresh := k.Seal("x", []byte("kept"))
	if k.Stale(fresh) {
		t.Error("what the new key sealed is stale")
	}
	if _, err := keyring(t, oldPath).Open("x", fresh); err == nil {
		t.Error("the old key opens what the new one sealed")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	keyring(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode: got %04o, want 0600", got)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left beside the key: %v, %v", names, err)
	}
	good := string(read(t, path))
	for name, text := range map[string]string{
		"empty": "", "blank": "\n \n", "no label": strings.TrimPrefix(good, "vidjil-key-1 "), "cut": good[:30], "another version": strings.Replace(good, "-1", "-2", 1),
		"second line damaged": good + "vidjil-key-1 AAAA\n",
	} {
		bad := filepath.Join(dir, name)
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := auth.OpenKeyring(bad)
		if lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%s: got %v", name, err)
		} else if len(good) > 40 && strings.Contains(err.Error(), good[15:30]) {
			t.Errorf("%s: the error repeats the key: %v", name, err)
		}
		if got := string(read(t, bad)); got != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, err := auth.OpenKeyring(filepath.Join(dir, "no", "key")); err == nil {
		t.Error("a key in a directory that is not there")
	}
	if _, err := auth.OpenKeyring(dir); err == nil {
		t.Error("a directory is a key")
	}
	for mode, want := range map[os.FileMode]lab.Code{0o600: "", 0o400: "", 0o640: "", 0o660: lab.Invalid, 0o604: lab.Invalid, 0o644: lab.Invalid} {
		if runtime.GOOS == "windows" {
			break
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := auth.OpenKeyring(path); lab.CodeOf(err) != want {
			t.Errorf("mode %04o: got %v", mode, err)
		}
	}
}

// TestKeyFileRace: servers that start at once have one key.
func TestKeyFileRace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	rings := make([]*auth.Keyring, 8)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			k, err := auth.OpenKeyring(path)
			if err != nil {
				t.Error(err)
			}
			rings[i] = k
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	sealed := rings[0].Seal("x", []byte("kept"))
	for i, k := range rings {
		if _, err := k.Open("x", sealed); err != nil {
			t.Errorf("server %d: %v", i, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	k, err := auth.OpenKeyring(filepath.Join(f.TempDir(), "key"))
	if err != nil {
		f.Fatal(err)
	}
	sealed := k.Seal("x", []byte("secret"))
	f.Add(sealed)
	f.Add(sealed[:20])
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := k.Open("x", data); err == nil && !bytes.Equal(data, sealed) {
			t.Errorf("opens as %q", got)
		}
	})
}

// TestKeyNames: keys keep their names wherever their file is copied to, and the
// names are of no use for anything else.
func TestKeyNames(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	names := keyring(t, path).Names()
	if len(names) != 1 || len(names[0]) < 8 {
		t.Fatalf("got %q, want one name", names)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "key")
	added := keyring(t, other).Names()
	more, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, append(more, text...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := keyring(t, other).Names(), append(added, names...); !slices.Equal(got, want) {
		t.Errorf("a key before the old one: got %q, want %q", got, want)
	}
}
