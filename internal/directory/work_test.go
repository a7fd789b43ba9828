package directory_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"

	"vidjil.org/vidjil/internal/directory"
	"vidjil.org/vidjil/internal/directory/slapdtest"
	"vidjil.org/vidjil/internal/lab"
)

// counter passes connections on to a server and counts what it is asked: the
// operations of RFC 4511 by name, and "connect".
type counter struct {
	to string
	mu sync.Mutex
	n  map[string]int
}

// countAt starts a counter in front of a server and returns its address.
func countAt(t *testing.T, to string) (*counter, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{to: strings.TrimPrefix(to, "ldap://"), n: map[string]int{}}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return // closed at the end of the test
			}
			open.Go(func() { c.pass(in) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close() // that ends it
		open.Wait()
	})
	return c, "ldap://" + l.Addr().String()
}

func (c *counter) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what]++
}

// take returns what was counted, and begins anew.
func (c *counter) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = map[string]int{}
	return n
}

func (c *counter) pass(in net.Conn) {
	defer in.Close()
	out, err := net.Dial("tcp", c.to)
	if err != nil {
		return // the client sees that
	}
	defer out.Close()
	c.count("connect")
	go func() {
		_, _ = io.Copy(in, out) // ends with the connection
		_ = in.Close()
	}()
	r := bufio.NewReader(in)
	for {
		op, raw, err := message(r)
		if err != nil {
			return
		}
		// Counted before it is passed on: the answer comes after it. unbind says
		// good-bye; whether it comes before the end is chance.
		if name := map[byte]string{0x60: "bind", 0x63: "search"}[op]; name != "" {
			c.count(name)
		}
		if _, err := out.Write(raw); err != nil {
			return
		}
	}
}

// message reads one LDAPMessage (BER) and returns the tag of its operation.
func message(r *bufio.Reader) (op byte, raw []byte, err error) {
	var head bytes.Buffer
	n, err := length(io.TeeReader(r, &head))
	if err != nil {
		return 0, nil, err
	}
	content := make([]byte, n)
	if _, err := io.ReadFull(r, content); err != nil {
		return 0, nil, err
	}
	return content[2+int(content[1])], append(head.Bytes(), content...), nil // behind the messageID, a short INTEGER
}

// length reads the head of a SEQUENCE.
func length(r io.Reader) (int, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || head[1] < 0x80 {
		return int(head[1]), err
	}
	var long [8]byte
	if _, err := io.ReadFull(r, long[8-int(head[1]&0x7f):]); err != nil {
		return 0, err
	}
	return int(binary.BigEndian.Uint64(long[:])), nil
}

// TestSameWork: for a wrong password the directory is asked as much whoever it is
// of. Otherwise the time of the answer would tell who is in the directory.
func TestSameWork(t *testing.T) {
	t.Parallel()
	s := slapdtest.Start(t)
	s.Modify("dn: uid=eve,ou=people,dc=lab,dc=test\nchangetype: modify\nadd: employeeType\nemployeeType: retired\n")
	n, address := countAt(t, s.URL)
	c := config(t, s)
	c.URLs, c.NoStartTLS, c.DisabledAttr, c.Nesting = []string{address}, true, "employeeType", directory.NestSearch
	for _, tt := range []struct {
		way    string
		change func(*directory.LDAPConfig)
		want   map[string]int
	}{
		{"searched", func(*directory.LDAPConfig) {}, map[string]int{"connect": 2, "bind": 2, "search": 1}},
		{"direct", func(c *directory.LDAPConfig) { c.UserDN = "uid={name},ou=people," + slapdtest.Base }, map[string]int{"connect": 1, "bind": 1}},
	} {
		c := c
		tt.change(&c)
		d := directory.NewLDAP(c)
		for what, name := range map[string]string{"known": "ada", "in many groups": "bob", "disabled": "eve", "unknown": "zoe", "by address": "ada@lab.test"} {
			if _, err := signIn(t.Context(), d, name, "wrong"); lab.CodeOf(err) != lab.Unauthenticated {
				t.Errorf("%s, %s: %v", tt.way, what, err)
			}
			if got := n.take(); !maps.Equal(got, tt.want) {
				t.Errorf("%s, %s: asked %v, want %v", tt.way, what, got, tt.want)
			}
		}
	}
	if _, err := signIn(t.Context(), directory.NewLDAP(c), "ada", "ada-password"); err != nil || n.take()["search"] < 4 {
		t.Errorf("the groups of who has proven the password are not asked for: %v", err)
	}
}
