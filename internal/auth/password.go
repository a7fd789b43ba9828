package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"vidjil.org/vidjil/internal/lab"
)

// Cost is what a password hash costs. Zero fields are the defaults, which are
// among OWASP's recommendations for argon2id: 20 to 50 ms of one core.
type Cost struct {
	Passes  uint32 // over the memory; 0 = 2
	Memory  uint32 // KiB; 0 = 19456 (19 MiB)
	Threads uint8  // 0 = 1
}

const (
	saltLen = 16 // bytes
	keyLen  = 32 // bytes

	// Limits of what a stored hash may ask for, so that a forged row cannot
	// take the memory of the server.
	maxMemory = 1 << 20 // KiB: 1 GiB
	maxPasses = 64

	// maxPassword bounds, in bytes, what is normalised and hashed.
	maxPassword = 1024
)

func (c Cost) orDefault() Cost {
	if c.Passes == 0 {
		c.Passes = 2
	}
	if c.Memory == 0 {
		c.Memory = 19 << 10
	}
	if c.Threads == 0 {
		c.Threads = 1
	}
	return c
}

func (c Cost) validate() error {
	if c.Passes > maxPasses || c.Memory > maxMemory || c.Memory < 8*uint32(c.Threads) {
		return fmt.Errorf("cost of argon2id m=%d,t=%d,p=%d: want t of at most %d, and m between 8 p and %d", c.Memory, c.Passes, c.Threads, maxPasses, maxMemory)
	}
	return nil
}

// HasherConfig says how passwords are hashed.
type HasherConfig struct {
	Cost Cost // of new hashes
	// Concurrent is how many hashes are computed at a time, the others wait:
	// each takes the memory of Cost. 0 = one for each core.
	Concurrent int
}

// Hasher hashes passwords and checks them. It is safe for concurrent use.
type Hasher struct {
	cost  Cost
	slots chan struct{}
}

// NewHasher makes a Hasher.
func NewHasher(c HasherConfig) (*Hasher, error) {
	cost := c.Cost.orDefault()
	if err := cost.validate(); err != nil {
		return nil, err
	}
	if c.Concurrent <= 0 {
		c.Concurrent = runtime.GOMAXPROCS(0)
	}
	return &Hasher{cost: cost, slots: make(chan struct{}, c.Concurrent)}, nil
}

// Hash is the hash of a password in PHC form, to be kept. The password is not
// judged: see [CheckPassword]. Waiting for a free place ends with ctx.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	normal := normalize(password)
	if normal == "" {
		return "", lab.Errorf(lab.Invalid, "the password is empty, too long or not text")
	}
	p := phc{cost: h.cost, salt: random(saltLen)}
	key, err := h.compute(ctx, p, normal)
	if err != nil {
		return "", err
	}
	p.key = key
	return p.String(), nil
}

// Verify tells whether a password is the one of a kept hash, in a time that does
// not depend on the answer. With no hash to compare with (encoded is "": no such
// account, or one without a password) it takes the same time and answers no:
// ask it in any case. Errors are those of ctx and of a damaged hash.
func (h *Hasher) Verify(ctx context.Context, password, encoded string) (bool, error) {
	p, parseErr := phc{cost: h.cost, salt: make([]byte, saltLen), key: make([]byte, keyLen)}, error(nil)
	if encoded != "" {
		var kept phc
		if kept, parseErr = parsePHC(encoded); parseErr == nil {
			p = kept
		}
	}
	normal := normalize(password)
	key, err := h.compute(ctx, p, normal)
	if err != nil {
		return false, err
	}
	if parseErr != nil {
		return false, parseErr
	}
	same := subtle.ConstantTimeCompare(key, p.key) == 1
	return same && encoded != "" && normal != "", nil
}

// NeedsRehash tells whether a kept hash was made at another cost than that of
// new ones. The moment to renew it is after the next successful [Hasher.Verify],
// when the password is known.
func (h *Hasher) NeedsRehash(encoded string) bool {
	p, err := parsePHC(encoded)
	return err != nil || p.cost != h.cost || len(p.salt) != saltLen || len(p.key) != keyLen
}

// compute waits for a place and derives the key.
func (h *Hasher) compute(ctx context.Context, p phc, normal string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("wait to hash a password: %w", context.Cause(ctx))
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to hash a password: %w", context.Cause(ctx))
	}
	n := len(p.key)
	if n == 0 {
		n = keyLen
	}
	return argon2.IDKey([]byte(normal), p.salt, p.cost.Passes, p.cost.Memory, p.cost.Threads, uint32(n)), nil
}

// phc is a hash in the form of the Password Hashing Competition:
// $argon2id$v=19$m=19456,t=2,p=1$salt$key, both in base64 without padding
// (https://github.com/P-H-C/phc-string-format).
type phc struct {
	cost      Cost
	salt, key []byte
}

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.cost.Memory, p.cost.Passes, p.cost.Threads, b64.EncodeToString(p.salt), b64.EncodeToString(p.key))
}

// parsePHC reads what String writes, and nothing else of the format's freedom.
// The text is not part of the error.
func parsePHC(s string) (phc, error) {
	var p phc
	fields := strings.Split(s, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" {
		return p, fmt.Errorf("read password hash: not $argon2id$…")
	}
	if fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, fmt.Errorf("read password hash: version of argon2id is not %d", argon2.Version)
	}
	numbers := strings.Split(fields[3], ",")
	if len(numbers) != 3 {
		return p, fmt.Errorf("read password hash: want the three costs m, t and p")
	}
	var costs [3]uint64
	for i, want := range []struct {
		name string
		bits uint64
	}{{"m=", math.MaxUint32}, {"t=", math.MaxUint32}, {"p=", math.MaxUint8}} {
		digits, ok := strings.CutPrefix(numbers[i], want.name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || n == 0 || n > want.bits || digits != strconv.FormatUint(n, 10) {
			return p, fmt.Errorf("read password hash: cost %d is no %s of argon2id", i+1, want.name)
		}
		costs[i] = n
	}
	p.cost = Cost{Memory: uint32(costs[0]), Passes: uint32(costs[1]), Threads: uint8(costs[2])}
	if err := p.cost.validate(); err != nil {
		return p, fmt.Errorf("read password hash: %w", err)
	}
	b64 := base64.RawStdEncoding.Strict()
	var err1, err2 error
	p.salt, err1 = b64.DecodeString(fields[4])
	p.key, err2 = b64.DecodeString(fields[5])
	if err1 != nil || err2 != nil || len(p.salt) < 8 || len(p.salt) > 64 || len(p.key) < 16 || len(p.key) > 64 || strings.ContainsAny(s, "\r\n") {
		return p, fmt.Errorf("read password hash: salt or key is damaged")
	}
	return p, nil
}

// normalize makes one text of a password, however a keyboard composes it: NFC,
// every space a plain one (as the OpaqueString profile of RFC 8265). It is ""
// for what can be no password: nothing, too much, control characters, invalid
// UTF-8.
func normalize(password string) string {
	if len(password) > maxPassword {
		return ""
	}
	ok := true
	normal := norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar || unicode.IsControl(r):
			ok = false
		case unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, password))
	if !ok {
		return ""
	}
	return normal
}
