package monitor

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// shelf keeps what a monitor knows in a directory:
//
//	tokens/NAME.json   the server's token, hashed: written by [NewToken]
//	servers/NAME.json  the last report, and what was told: written by the monitor
//
// A file for each writer: who makes a token need not stop the monitor.
type shelf struct{ dir string }

// tokenFile is the right of a server to report.
type tokenFile struct {
	Hash string    `json:"sha256"`
	Made time.Time `json:"made"`
}

// serverFile is what is known of a server.
type serverFile struct {
	Seen   time.Time `json:"seen"`
	Report *Report   `json:"report"`
	// Told is the state that was told last, and Since from when it holds.
	Told  State     `json:"told"`
	Since time.Time `json:"since"`
}

// serverName keeps to letters that are the same in files, addresses and mails.
func serverName(name string) error {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}$`).MatchString(name) {
		return lab.Errorf(lab.Usage, "a server's name has small letters, digits, dots and hyphens, as vidjil.example.org: %q", name)
	}
	return nil
}

// NewToken lets a server report to the monitor of a directory under a name, and
// returns its token, which is kept nowhere. The token that the name had before is
// good no more.
func NewToken(dir, name string, now time.Time) (token string, err error) {
	if err := serverName(name); err != nil {
		return "", err
	}
	token = "vjm_" + rand.Text()
	s := shelf{dir}
	return token, s.write("tokens", name, tokenFile{Hash: hashOf(token), Made: now.UTC()})
}

// Forget removes a server from a monitor, with its token.
func Forget(dir, name string) error {
	if err := serverName(name); err != nil {
		return err
	}
	s := shelf{dir}
	err := os.Remove(s.name("tokens", name))
	if errors.Is(err, fs.ErrNotExist) {
		return lab.Errorf(lab.NotFound, "the monitor knows no server %s", name)
	}
	if rest := os.Remove(s.name("servers", name)); !errors.Is(rest, fs.ErrNotExist) {
		err = errors.Join(err, rest)
	}
	return err
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func (s shelf) name(kind, server string) string {
	return filepath.Join(s.dir, kind, server+".json")
}

// write replaces a file as a whole.
func (s shelf) write(kind, server string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("keep %s of %s: %w", kind, server, err)
	}
	if err := os.MkdirAll(filepath.Join(s.dir, kind), 0o700); err != nil {
		return lab.Errorf(lab.Unwritable, "data directory: %w", err)
	}
	f, err := os.CreateTemp(filepath.Join(s.dir, kind), ".new-*")
	if err != nil {
		return lab.Errorf(lab.Unwritable, "data directory: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.name(kind, server))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep %s of %s: %w", kind, server, err), os.Remove(f.Name()))
	}
	return nil
}

// read reads a file; found is false when there is none.
func (s shelf) read(kind, server string, v any) (found bool, err error) {
	text, err := os.ReadFile(s.name(kind, server))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return false, fmt.Errorf("read %s of %s: %w", kind, server, err)
	}
	return true, nil
}

// names lists the servers that have a token.
func (s shelf) names() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "tokens"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list servers: %w", err)
	}
	var list []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && serverName(name) == nil {
			list = append(list, name)
		}
	}
	return list, nil
}

// owner is the server that a token belongs to, "" for none.
func (s shelf) owner(token string) (string, error) {
	list, err := s.names()
	if err != nil {
		return "", err
	}
	got, owner := hashOf(token), ""
	for _, name := range list {
		var t tokenFile
		found, err := s.read("tokens", name, &t)
		if err != nil {
			return "", err
		}
		if found && subtle.ConstantTimeCompare([]byte(t.Hash), []byte(got)) == 1 {
			owner = name
		}
	}
	return owner, nil
}
