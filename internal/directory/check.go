package directory

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"vidjil.org/vidjil/internal/lab"
)

// Step is one thing that was tried, for whoever sets a directory up.
type Step struct {
	Name   string // "connect to ldap://…"
	Detail string // what was found
	Err    error  // nil when it works
}

// Check tries everything that signing in needs, one step after the other, and
// tells each: servers, encryption, who searches, the place where people are. With
// a name it also tells what the directory says of that person, and with a
// password whether it is theirs. The details hold names: they are for the
// terminal of an administrator.
func (d *LDAP) Check(ctx context.Context, name, password string, tell func(Step)) error {
	var last error
	say := func(what, detail string, err error) bool {
		tell(Step{what, detail, err})
		if err != nil {
			last = err
		}
		return err == nil
	}
	works := 0
	for _, u := range d.URLs {
		if say(d.checkServer(ctx, u)) {
			works++
		}
	}
	if works == 0 {
		return last
	}
	last = nil // of several servers one is enough
	who := d.BindDN
	if who == "" {
		who = "nobody"
	}
	if d.BindDN != "" || d.UserDN == "" {
		if !say("search as "+who, d.BaseDN, d.asSearcher(ctx, d.checkBase)) {
			return last
		}
	}
	if name == "" {
		return last
	}
	claim, err := d.Find(ctx, name)
	if !say("find "+name, describe(&claim), err) {
		return last
	}
	switch {
	case password != "":
		claim, err = d.Prove(ctx, claim, name, password)
		if !say("bind as this person", describe(&claim), err) {
			return last
		}
	case claim.Subject != "":
		claim, err = d.entry(ctx, claim.Entry)
	}
	if claim.Subject != "" || err != nil {
		say("groups", strings.Join(claim.Groups, "; "), err)
	}
	return last
}

func (d *LDAP) checkServer(ctx context.Context, address string) (what, detail string, err error) {
	c, err := d.dial(ctx, address)
	if err != nil {
		return "connect to " + address, "", lab.Errorf(lab.Unreachable, "%w", err)
	}
	defer c.Close()
	detail = "in clear: passwords can be read on the way"
	if state, ok := c.TLSConnectionState(); ok {
		detail = tls.VersionName(state.Version)
		if len(state.PeerCertificates) > 0 {
			detail += ", certificate until " + state.PeerCertificates[0].NotAfter.UTC().Format(time.DateOnly)
		}
	}
	return "connect to " + address, detail, nil
}

func (d *LDAP) checkBase(c *ldap.Conn) error {
	for _, base := range []string{d.BaseDN, d.GroupBaseDN} {
		res, err := c.Search(ldap.NewSearchRequest(base, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, d.seconds(), false, "(objectClass=*)", []string{"1.1"}, nil))
		if err != nil {
			return fmt.Errorf("look at %s: %w", base, failure("search", err))
		}
		if len(res.Entries) == 0 {
			return lab.Errorf(lab.Invalid, "nothing can be seen at %s", base)
		}
	}
	return nil
}

func describe(c *lab.Claim) string {
	parts := []string{c.Entry}
	for _, p := range []struct{ name, value string }{{"id", c.Subject}, {"mail", c.Email}, {"name", c.Name}} {
		if p.value != "" {
			parts = append(parts, p.name+" "+p.value)
		}
	}
	if c.Disabled {
		parts = append(parts, "disabled")
	}
	return strings.Join(parts, ", ")
}
