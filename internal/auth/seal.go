package auth

import (
	"bytes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"vidjil.org/vidjil/internal/lab"
)

const (
	keyLabel    = "vidjil-key-1" // begins each line of a key file
	sealVersion = 1              // first byte of what is sealed
	keyIDLen    = 4              // bytes
)

// Keyring seals what has to be kept and read again, so that the database and its
// backups are worth nothing without the key file (XChaCha20-Poly1305). It is
// safe for concurrent use.
type Keyring struct {
	keys []sealKey // the first seals, all open
}

type sealKey struct {
	id   [keyIDLen]byte
	aead cipher.AEAD
}

// OpenKeyring reads the key file of this server, and makes it when there is
// none, readable by its owner only. Each line is "vidjil-key-1 " and 32 bytes in
// base64. To change the key, put a new line before the old ones: it seals from
// then on, and the old ones still open. A file that others may read, or that the
// group may write, is refused. The error tells what to do, never the key.
//
// Keep the file, and keep it apart from the backups of the database: what was
// sealed is lost without it.
func OpenKeyring(path string) (*Keyring, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKeyFile(path); err != nil {
			return nil, err
		}
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o027 != 0 && runtime.GOOS != "windows" {
		return nil, lab.Errorf(lab.Invalid, "the key file %s may be read or changed by others (mode %04o): chmod 600 it, and if they may have read it, change the key", path, mode)
	}
	return readKeys(path, data)
}

// readKeys reads the lines of a key file.
func readKeys(path string, data []byte) (*Keyring, error) {
	ring := &Keyring{}
	for n, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		text, ok := strings.CutPrefix(line, keyLabel+" ")
		key, err := base64.StdEncoding.Strict().DecodeString(text)
		if !ok || err != nil || len(key) != chacha20poly1305.KeySize {
			return nil, lab.Errorf(lab.Invalid, "line %d of the key file %s is no key: want %q and 32 bytes in base64", n+1, path, keyLabel)
		}
		aead, err := chacha20poly1305.NewX(key)
		if err != nil {
			return nil, fmt.Errorf("use key of line %d: %w", n+1, err)
		}
		k := sealKey{aead: aead}
		sum := sha256.Sum256(append([]byte(keyLabel+"\x00"), key...))
		copy(k.id[:], sum[:])
		ring.keys = append(ring.keys, k)
	}
	if len(ring.keys) == 0 {
		return nil, lab.Errorf(lab.Invalid, "the key file %s is empty: put it back from where it is kept; only if nothing was sealed yet, remove it", path)
	}
	return ring, nil
}

// makeKeyFile writes a new key beside its place and links it there when it is
// whole: a crash leaves none or a good one, and of two servers that start at once
// both use the key of the first.
func makeKeyFile(path string) (err error) {
	key := random(chacha20poly1305.KeySize)
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	defer func() {
		if rmErr := os.Remove(f.Name()); rmErr != nil && err == nil {
			err = fmt.Errorf("make key file: %w", rmErr)
		}
	}()
	_, err = f.WriteString(keyLabel + " " + base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make key file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a new name in a directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	err = errors.Join(d.Sync(), d.Close())
	if err != nil && runtime.GOOS != "windows" {
		return fmt.Errorf("make key file: %w", err)
	}
	return nil
}

// Seal encrypts a secret. purpose is where it belongs, as "totp of user 7": it is
// not kept, and opening wants the same, so that a sealed secret that is copied
// to another row is worth nothing there.
func (k *Keyring) Seal(purpose string, secret []byte) []byte {
	key := k.keys[0]
	head := append([]byte{sealVersion}, key.id[:]...)
	nonce := random(chacha20poly1305.NonceSizeX)
	return key.aead.Seal(append(head, nonce...), nonce, secret, additional(head, purpose))
}

// Open decrypts what was sealed for the same purpose. It fails when the key is
// not in the file any more, the purpose is another, or a bit has changed.
func (k *Keyring) Open(purpose string, sealed []byte) ([]byte, error) {
	head, rest, err := cutHead(sealed)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purpose, err)
	}
	for _, key := range k.keys {
		if !bytes.Equal(head[1:], key.id[:]) {
			continue
		}
		nonce, text := rest[:chacha20poly1305.NonceSizeX], rest[chacha20poly1305.NonceSizeX:]
		secret, err := key.aead.Open(nil, nonce, text, additional(head, purpose))
		if err != nil {
			return nil, fmt.Errorf("open %s: it was changed, or sealed for something else", purpose)
		}
		return secret, nil
	}
	return nil, fmt.Errorf("open %s: the key file does not hold the key by which it was sealed", purpose)
}

// Names tell the keys of the file apart, in their order. They stand in front of
// what was sealed and say nothing of the keys.
func (k *Keyring) Names() []string {
	names := make([]string, len(k.keys))
	for i, key := range k.keys {
		names[i] = hex.EncodeToString(key.id[:])
	}
	return names
}

// Stale tells whether something was sealed by another key than that which seals
// now: open and seal it again.
func (k *Keyring) Stale(sealed []byte) bool {
	head, _, err := cutHead(sealed)
	return err != nil || !bytes.Equal(head[1:], k.keys[0].id[:])
}

func cutHead(sealed []byte) (head, rest []byte, err error) {
	const n = 1 + keyIDLen
	if len(sealed) < n+chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead || sealed[0] != sealVersion {
		return nil, nil, errors.New("it is cut short or of an unknown version")
	}
	return sealed[:n:n], sealed[n:], nil
}

// additional is what is authenticated besides the secret.
func additional(head []byte, purpose string) []byte {
	return append(bytes.Clone(head), purpose...)
}
