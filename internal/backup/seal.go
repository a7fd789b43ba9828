package backup

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/crypto/argon2"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
)

// What is sealed is
//
//	"vidjil sealed 1\n"  the encapsulated key, 32 bytes  chunks …  the last chunk
//
// by HPKE (RFC 9180: X25519, HKDF-SHA-256, AES-256-GCM). A chunk is 64 KiB of
// the text, the last one is shorter or empty, and each has 16 bytes of tag. HPKE
// counts the chunks, so none can be moved or left out; the last one says that it
// is, so nothing can be cut off; and the object's name is part of the key, so
// none can stand in the place of another.
const (
	sealMagic  = "vidjil sealed 1\n"
	sealInfo   = "vidjil backup object\x00"
	encapBytes = 32
	tagBytes   = 16
	chunkBytes = 64 << 10

	privateLabel = "vidjil-backup-key-1"
	publicLabel  = "vidjil-backup-public-1"
)

// Secret is by what a backup is sealed, or by what it is opened: a passphrase, a
// public key (which only seals) or a private one. The zero value is none.
type Secret struct {
	passphrase []byte
	public     *ecdh.PublicKey
	private    *ecdh.PrivateKey
}

// Given tells whether there is a secret.
func (s *Secret) Given() bool { return s.passphrase != nil || s.public != nil }

// minPassphrase is the least length of a passphrase: it stands between a thief of
// the backup and all patients, and may be tried as fast as machines allow.
const minPassphrase = 16

// ReadPassphrase reads a passphrase from a file, without the end of its line.
func ReadPassphrase(file string) (Secret, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Secret{}, fmt.Errorf("read passphrase: %w", err)
	}
	s, err := Passphrase(string(bytes.TrimRight(text, "\r\n")))
	if err != nil {
		return s, lab.Errorf(lab.Invalid, "%s: %w", file, err)
	}
	return s, nil
}

// Passphrase is the secret that a text gives.
func Passphrase(text string) (Secret, error) {
	if len(text) < minPassphrase {
		return Secret{}, lab.Errorf(lab.Invalid, "the passphrase has %d characters; want %d at least, as five words drawn by lot", len(text), minPassphrase)
	}
	return Secret{passphrase: []byte(text)}, nil
}

// ReadKey reads a file that [NewKey] has written: the private key, or the public
// one.
func ReadKey(file string) (Secret, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Secret{}, fmt.Errorf("read key: %w", err)
	}
	bad := lab.Errorf(lab.Invalid, "%s holds no key of \"vidjil backup key\"", file)
	label, text, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return Secret{}, bad
	}
	switch label {
	case privateLabel:
		k, err := ecdh.X25519().NewPrivateKey(raw)
		if err != nil {
			return Secret{}, bad
		}
		return Secret{public: k.PublicKey(), private: k}, nil
	case publicLabel:
		k, err := ecdh.X25519().NewPublicKey(raw)
		if err != nil {
			return Secret{}, bad
		}
		return Secret{public: k}, nil
	default:
		return Secret{}, bad
	}
}

// SecretOf is the secret of a server's settings: a passphrase, or the file of a
// key, or none.
func SecretOf(passphrase, keyFile string) (Secret, error) {
	switch {
	case passphrase != "" && keyFile != "":
		return Secret{}, lab.Errorf(lab.Usage, "backups are encrypted by a passphrase or for a key, not by both")
	case passphrase != "":
		return Passphrase(passphrase)
	case keyFile != "":
		return ReadKey(keyFile)
	}
	return Secret{}, nil
}

// NewKey draws a key and returns the texts of the two files: the private key,
// which opens backups and is kept away from the server, and the public one, which
// seals them.
func NewKey() (private, public string, err error) {
	k, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("make key: %w", err)
	}
	encode := func(label string, raw []byte) string {
		return label + " " + base64.StdEncoding.EncodeToString(raw) + "\n"
	}
	return encode(privateLabel, k.Bytes()), encode(publicLabel, k.PublicKey().Bytes()), nil
}

// sealing is what a target says about its sealing; the numbers are of Argon2id
// (RFC 9106).
type sealing struct {
	Kind        string `json:"kind"`        // "passphrase" or "key"
	Fingerprint string `json:"fingerprint"` // of the public key
	Salt        []byte `json:"salt,omitempty"`
	Time        uint32 `json:"time,omitempty"`
	MemoryKiB   uint32 `json:"memory_kib,omitempty"`
	Threads     uint8  `json:"threads,omitempty"`
}

// newSealing says how a new target is sealed by a secret; nil is not at all.
func newSealing(s *Secret) (*sealing, error) {
	switch {
	case s.passphrase != nil:
		l := &sealing{Kind: "passphrase", Salt: make([]byte, 16), Time: 3, MemoryKiB: 64 << 10, Threads: 4}
		if _, err := rand.Read(l.Salt); err != nil {
			return nil, fmt.Errorf("make salt: %w", err)
		}
		k, err := l.derive(s.passphrase)
		if err != nil {
			return nil, err
		}
		l.Fingerprint = fingerprint(k.PublicKey())
		return l, nil
	case s.public != nil:
		return &sealing{Kind: "key", Fingerprint: fingerprint(s.public)}, nil
	default:
		return nil, nil //nolint:nilnil // not sealed
	}
}

// derive makes the private key of a passphrase.
func (l *sealing) derive(passphrase []byte) (*ecdh.PrivateKey, error) {
	if l.Time == 0 || l.Threads == 0 || l.MemoryKiB > 4<<20 || l.Time > 100 {
		return nil, lab.Errorf(lab.Invalid, "the target's way from passphrase to key is none that this program knows")
	}
	k, err := ecdh.X25519().NewPrivateKey(argon2.IDKey(passphrase, l.Salt, l.Time, l.MemoryKiB, l.Threads, 32))
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return k, nil
}

func fingerprint(k *ecdh.PublicKey) string {
	sum := sha256.Sum256(append([]byte(publicLabel+"\x00"), k.Bytes()...))
	return hex.EncodeToString(sum[:16])
}

// seal seals and opens the objects of a target. nil leaves them as they are.
type seal struct {
	public  hpke.PublicKey
	private hpke.PrivateKey // nil: it cannot open
	naming  []byte
}

// unlock finds out whether a secret is that of the target.
func (l *sealing) unlock(s *Secret) (*seal, error) {
	if l == nil {
		if s.Given() {
			return nil, lab.Errorf(lab.Conflict, "the target is not encrypted; take another one for encrypted backups")
		}
		return nil, nil //nolint:nilnil // not sealed
	}
	private, public := s.private, s.public
	switch {
	case !s.Given():
		return nil, lab.Errorf(lab.Usage, "the target is encrypted by a %s, which is missing", l.Kind)
	case l.Kind == "passphrase" && s.passphrase != nil:
		k, err := l.derive(s.passphrase)
		if err != nil {
			return nil, err
		}
		private, public = k, k.PublicKey()
	case l.Kind != "key" || s.public == nil:
		return nil, lab.Errorf(lab.Usage, "the target is encrypted by a %s, and something else was given", l.Kind)
	}
	if fingerprint(public) != l.Fingerprint {
		return nil, lab.Errorf(lab.Forbidden, "the %s is not the one of this target", l.Kind)
	}
	opened := &seal{naming: public.Bytes()}
	var err error
	if opened.public, err = hpke.NewDHKEMPublicKey(public); err != nil {
		return nil, fmt.Errorf("use key: %w", err)
	}
	if private != nil {
		if opened.private, err = hpke.NewDHKEMPrivateKey(private); err != nil {
			return nil, fmt.Errorf("use key: %w", err)
		}
	}
	return opened, nil
}

// canOpen refuses a public key where a private one is needed.
func (s *seal) canOpen() error {
	if s != nil && s.private == nil {
		return lab.Errorf(lab.Usage, "the public key seals backups only; give the private one to open them")
	}
	return nil
}

// name is what the object with a digest is called in the target. In a sealed one
// it does not tell the digest to those who have not even the public key: they
// could look for files that they know.
func (s *seal) name(d blob.Digest) string {
	if s == nil {
		return string(d)
	}
	m := hmac.New(sha256.New, s.naming)
	m.Write([]byte(d))
	return hex.EncodeToString(m.Sum(nil))
}

// size is how many bytes an object of n bytes of text has.
func (s *seal) size(n int64) int64 {
	if s == nil {
		return n
	}
	return int64(len(sealMagic)+encapBytes) + n + (n/chunkBytes+1)*tagBytes
}

// close seals what r gives, under the name of an object.
func (s *seal) close(name string, r io.Reader) (io.Reader, error) {
	if s == nil {
		return r, nil
	}
	enc, sender, err := hpke.NewSender(s.public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(sealInfo+name))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", name, err)
	}
	return &chunker{
		from: r, in: make([]byte, chunkBytes), out: append([]byte(sealMagic), enc...), full: chunkBytes,
		turn: func(chunk []byte, last bool) ([]byte, error) { return sender.Seal(chunkKind(last), chunk) },
	}, nil
}

// errSealed says that sealed bytes are not those that were sealed for this place.
var errSealed = errors.New("it was changed, cut or put in the place of something else")

// open gives the text of what was sealed under a name.
func (s *seal) open(name string, r io.Reader) (io.Reader, error) {
	if s == nil {
		return r, nil
	}
	if err := s.canOpen(); err != nil {
		return nil, err
	}
	head := make([]byte, len(sealMagic)+encapBytes)
	if _, err := io.ReadFull(r, head); err != nil || !bytes.HasPrefix(head, []byte(sealMagic)) {
		return nil, fmt.Errorf("open %s: %w", name, errSealed)
	}
	recipient, err := hpke.NewRecipient(head[len(sealMagic):], s.private, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(sealInfo+name))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, errSealed)
	}
	return &chunker{
		from: r, in: make([]byte, chunkBytes+tagBytes), full: chunkBytes + tagBytes,
		turn: func(chunk []byte, last bool) ([]byte, error) {
			text, err := recipient.Open(chunkKind(last), chunk)
			if err != nil {
				return nil, fmt.Errorf("open %s: %w", name, errSealed)
			}
			return text, nil
		},
	}, nil
}

func chunkKind(last bool) []byte {
	if last {
		return []byte{1}
	}
	return []byte{0}
}

// chunker turns a reader into another one, chunk by chunk. The first chunk that
// is not full is the last.
type chunker struct {
	from io.Reader
	in   []byte
	out  []byte // turned and not read yet
	full int
	turn func(chunk []byte, last bool) ([]byte, error)
	err  error // after out
}

func (c *chunker) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		c.next()
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

func (c *chunker) next() {
	n, err := io.ReadFull(c.from, c.in[:c.full])
	switch {
	case err == nil:
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		c.err = io.EOF
	default:
		c.err = err
		return
	}
	if c.out, err = c.turn(c.in[:n], c.err != nil); err != nil {
		c.out, c.err = nil, err
	}
}
