package directory

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"vidjil.org/vidjil/internal/lab"
)

// Nesting says how groups that are in groups are found.
type Nesting string

// The kinds of nesting.
const (
	NestNever  Nesting = "never"  // only groups that name the person
	NestSearch Nesting = "search" // the groups of each group are asked for, on any server
	NestRule   Nesting = "rule"   // one question by a matching rule that only Active Directory has
)

// LDAPConfig says where people are and what is read of them.
type LDAPConfig struct {
	// URLs are ldaps://HOST[:PORT] or ldap://HOST[:PORT], tried in turn.
	URLs []string
	// NoStartTLS leaves ldap:// in clear.
	NoStartTLS bool
	// Roots are the authorities that may vouch for the servers; nil are the
	// machine's.
	Roots *x509.CertPool
	// BindDN and BindPassword are who searches; "" searches as nobody.
	BindDN, BindPassword string
	// UserDN makes what somebody typed, {name}, a DN or a name to bind with; then
	// nobody needs to search before the password is known. "" searches.
	UserDN string
	// BaseDN is below which people are; UserFilter finds one by {name}.
	BaseDN, UserFilter string
	// IDAttr is the attribute that stays when all else changes: entryUUID
	// (RFC 4530), in Active Directory objectGUID.
	IDAttr, EmailAttr, NameAttr string
	// DisabledAttr tells who may not sign in; "" is none.
	DisabledAttr string
	// GroupBaseDN is below which groups are, "" is BaseDN; GroupFilter finds those
	// of a person by {dn} and {uid}.
	GroupBaseDN, GroupFilter string
	Nesting                  Nesting
	// Timeout is for each step; 0 is 5 s.
	Timeout time.Duration
}

// LDAP is a directory. It is safe for concurrent use; each question has a
// connection of its own, so that nobody's binding is somebody else's.
type LDAP struct {
	LDAPConfig
}

// NewLDAP makes a directory; it is not asked anything yet.
func NewLDAP(c LDAPConfig) *LDAP {
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	if c.GroupBaseDN == "" {
		c.GroupBaseDN = c.BaseDN
	}
	if c.Nesting == NestRule {
		// MS-ADTS 3.1.1.3.4.4.3: LDAP_MATCHING_RULE_TRANSITIVE_EVAL.
		c.GroupFilter = "(member:1.2.840.113556.1.4.1941:={dn})"
	}
	return &LDAP{LDAPConfig: c}
}

// ReadRoots reads the certificates of an authority from a file in PEM; "" are the
// machine's, nil. The error is Invalid.
func ReadRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // crypto/tls takes nil for those of the machine
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "certificate of the directory's authority: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, lab.Errorf(lab.Invalid, "%s holds no certificate in PEM", file)
	}
	return roots, nil
}

// errProof is the one answer to a wrong password, whatever the server says about
// the reason.
func errProof() error { return lab.Errorf(lab.Unauthenticated, "the name or the password is wrong") }

// Find looks for the person that a typed name means, before their password is
// sent anywhere. Their groups are not asked for yet: a name that is not there
// takes as many questions. Where people bind by UserDN, only Entry is known then.
// The error is NotFound when there is none or more than one.
func (d *LDAP) Find(ctx context.Context, name string) (claim lab.Claim, err error) {
	if strings.TrimSpace(name) == "" {
		return claim, lab.Errorf(lab.NotFound, "no name was given")
	}
	if d.UserDN != "" {
		return lab.Claim{Issuer: lab.IssuerLDAP, Entry: d.userDN(name)}, nil
	}
	err = d.asSearcher(ctx, func(c *ldap.Conn) error {
		claim, _, err = d.person(c, d.below(d.nameFilter(name)))
		return err
	})
	return claim, err
}

// Prove asks whether the password is that of a person whom Find found, and what
// is known of them. name is what was typed. A claim that is empty, for a name
// that was not found, takes a question to the server too, so that nobody learns
// from the time who exists. The error is Unauthenticated for a wrong password
// and for the empty one, which servers take as binding as nobody (RFC 4513 §5.1.2).
func (d *LDAP) Prove(ctx context.Context, found lab.Claim, name, password string) (claim lab.Claim, err error) {
	if password == "" {
		return claim, errProof()
	}
	if found.Entry == "" {
		found.Entry, password = "cn="+rand.Text()+","+d.BaseDN, rand.Text()
	}
	err = d.with(ctx, func(c *ldap.Conn) error {
		if err := bindPerson(c, found.Entry, password); err != nil {
			return err
		}
		switch {
		case d.UserDN == "":
			// Who was bound as may not be allowed to read groups.
			claim, err = d.entry(ctx, found.Entry)
		case strings.Contains(d.UserDN, "="):
			// The entry that has proven the password, whatever others say of themselves.
			claim, err = d.find(c, scope{found.Entry, ldap.ScopeBaseObject, "(objectClass=*)"})
		default:
			claim, err = d.find(c, d.below(d.nameFilter(name)))
		}
		return err
	})
	if lab.CodeOf(err) == lab.NotFound {
		err = errProof()
	}
	return claim, err
}

// entry tells what the directory says of one entry to who searches.
func (d *LDAP) entry(ctx context.Context, dn string) (claim lab.Claim, err error) {
	err = d.asSearcher(ctx, func(c *ldap.Conn) error {
		claim, err = d.find(c, scope{dn, ldap.ScopeBaseObject, "(objectClass=*)"})
		return err
	})
	return claim, err
}

// Lookup tells what the directory says now of somebody whom it once proved. The
// error is NotFound when they are not in it any more, Unavailable when there is
// nobody who may search.
func (d *LDAP) Lookup(ctx context.Context, subject string) (claim lab.Claim, err error) {
	if d.BindDN == "" && d.UserDN != "" {
		return claim, lab.Errorf(lab.Unavailable, "the directory cannot be asked about people who are not there: set directory.ldap.bind_dn")
	}
	value := ldap.EscapeFilter(subject)
	if binaryID(d.IDAttr) {
		raw, err := hex.DecodeString(subject)
		if err != nil {
			return claim, lab.Errorf(lab.NotFound, "the subject is none of %s", d.IDAttr)
		}
		value = ""
		for _, b := range raw {
			value += fmt.Sprintf("\\%02x", b)
		}
	}
	err = d.asSearcher(ctx, func(c *ldap.Conn) error {
		claim, err = d.find(c, d.below("("+d.IDAttr+"="+value+")"))
		return err
	})
	return claim, err
}

func (d *LDAP) nameFilter(name string) string {
	return strings.ReplaceAll(d.UserFilter, "{name}", ldap.EscapeFilter(name))
}

// userDN makes a name a DN; a template without "=" is that of a user principal
// name or of DOMAIN\name, which know no escapes.
func (d *LDAP) userDN(name string) string {
	if strings.Contains(d.UserDN, "=") {
		name = ldap.EscapeDN(name)
	}
	return strings.ReplaceAll(d.UserDN, "{name}", name)
}

// scope is where to search, and for what.
type scope struct {
	base   string
	depth  int
	filter string
}

func (d *LDAP) below(filter string) scope { return scope{d.BaseDN, ldap.ScopeWholeSubtree, filter} }

// find searches for one person and their groups.
func (d *LDAP) find(c *ldap.Conn, in scope) (claim lab.Claim, err error) {
	claim, e, err := d.person(c, in)
	if err == nil {
		claim.Groups, err = d.groups(c, e)
	}
	return claim, err
}

// person searches for one person.
func (d *LDAP) person(c *ldap.Conn, in scope) (claim lab.Claim, e *ldap.Entry, err error) {
	attributes := []string{d.IDAttr, d.EmailAttr, d.NameAttr, "uid"}
	if d.DisabledAttr != "" {
		attributes = append(attributes, d.DisabledAttr)
	}
	res, err := c.Search(ldap.NewSearchRequest(in.base, in.depth, ldap.NeverDerefAliases, 2, d.seconds(), false, in.filter, attributes, nil))
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject):
		return claim, nil, lab.Errorf(lab.Invalid, "the directory has no such place: see directory.ldap.base_dn")
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded), err == nil && len(res.Entries) > 1:
		return claim, nil, lab.Errorf(lab.NotFound, "several people are meant by this name: make directory.ldap.user_filter stricter")
	case err != nil:
		return claim, nil, failure("search a person", err)
	case len(res.Entries) == 0:
		return claim, nil, lab.Errorf(lab.NotFound, "nobody is meant by this name")
	}
	e = res.Entries[0]
	claim = lab.Claim{
		Issuer: lab.IssuerLDAP, Subject: d.subject(e), Entry: e.DN, Email: e.GetEqualFoldAttributeValue(d.EmailAttr), EmailVerified: true,
		Name: e.GetEqualFoldAttributeValue(d.NameAttr), Disabled: d.disabled(e),
	}
	if claim.Subject == "" {
		return claim, nil, lab.Errorf(lab.Invalid, "the directory does not tell %s of people: see directory.ldap.id_attr", d.IDAttr)
	}
	return claim, e, nil
}

// binaryID tells which identifiers are bytes and no text.
func binaryID(attr string) bool {
	return strings.EqualFold(attr, "objectGUID") || strings.EqualFold(attr, "objectSid")
}

func (d *LDAP) subject(e *ldap.Entry) string {
	raw := e.GetEqualFoldRawAttributeValue(d.IDAttr)
	if binaryID(d.IDAttr) {
		return hex.EncodeToString(raw)
	}
	return string(raw)
}

// accountDisable is the bit of userAccountControl (MS-ADTS 2.2.16).
const accountDisable = 0x2

func (d *LDAP) disabled(e *ldap.Entry) bool {
	if d.DisabledAttr == "" {
		return false
	}
	v := e.GetEqualFoldAttributeValue(d.DisabledAttr)
	if strings.EqualFold(d.DisabledAttr, "userAccountControl") {
		bits, err := strconv.ParseInt(v, 10, 64)
		// Who searches may not be allowed to read it: nobody is disabled by that.
		return err == nil && bits&accountDisable != 0
	}
	return v != "" && !strings.EqualFold(v, "FALSE")
}

// deepest bounds groups in groups, which may go round in circles.
const deepest = 10

// groups lists the groups of a person, each by its DN and by its name, in the
// form of [GroupKey].
func (d *LDAP) groups(c *ldap.Conn, person *ldap.Entry) ([]string, error) {
	if d.GroupFilter == "" {
		return nil, nil
	}
	seen := map[string]bool{}
	var list []string
	next := []string{d.groupFilter(person.DN, person.GetEqualFoldAttributeValue("uid"))}
	for depth := 0; len(next) > 0 && depth < deepest; depth++ {
		var below []string
		for _, filter := range next {
			res, err := c.SearchWithPaging(ldap.NewSearchRequest(d.GroupBaseDN, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, d.seconds(), false, filter, []string{"cn"}, nil), 500)
			if err != nil {
				return nil, failure("search groups", err)
			}
			for _, e := range res.Entries {
				key := GroupKey(e.DN)
				if seen[key] {
					continue
				}
				seen[key] = true
				list = append(list, key)
				if name := e.GetEqualFoldAttributeValue("cn"); name != "" {
					list = append(list, GroupKey(name))
				}
				below = append(below, d.groupFilter(e.DN, ""))
			}
		}
		next = nil
		if d.Nesting == NestSearch {
			next = below
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// groupFilter asks for the groups of a person or, with NestSearch, of a group,
// which has no uid: the empty one is nobody's.
func (d *LDAP) groupFilter(dn, uid string) string {
	if uid == "" {
		uid = "\x00"
	}
	return strings.NewReplacer("{dn}", ldap.EscapeFilter(dn), "{uid}", ldap.EscapeFilter(uid)).Replace(d.GroupFilter)
}

// GroupKey is a form of a DN, or of a name, in which the same group is always
// written the same: directories keep neither case nor spaces of a DN.
func GroupKey(name string) string {
	if dn, err := ldap.ParseDN(name); err == nil && strings.Contains(name, "=") {
		name = dn.String()
	}
	return strings.ToLower(strings.TrimSpace(name))
}

func (d *LDAP) seconds() int { return int(d.Timeout.Seconds()) + 1 }

// asSearcher opens a connection as who may search.
func (d *LDAP) asSearcher(ctx context.Context, f func(*ldap.Conn) error) error {
	return d.with(ctx, func(c *ldap.Conn) error {
		if err := d.bindSearcher(c); err != nil {
			return err
		}
		return f(c)
	})
}

func (d *LDAP) bindSearcher(c *ldap.Conn) error {
	if d.BindDN == "" {
		return nil
	}
	err := c.Bind(d.BindDN, d.BindPassword)
	if ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
		return lab.Errorf(lab.Invalid, "the directory refuses directory.ldap.bind_dn with its password: %w", err)
	}
	return failure("bind as who searches", err)
}

// bindPerson asks about a password. Whatever the server has against it, as that
// the password has to be changed first, is a wrong one here.
func bindPerson(c *ldap.Conn, dn, password string) error {
	err := c.Bind(dn, password)
	if ldap.IsErrorAnyOf(err, ldap.LDAPResultBusy, ldap.LDAPResultUnavailable, ldap.LDAPResultOther, ldap.LDAPResultConfidentialityRequired, ldap.LDAPResultStrongAuthRequired) {
		return failure("bind", err)
	}
	if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
		return errProof()
	}
	return failure("bind", err)
}

// failure gives an error of the library its code: what the server answered is
// the fault of the settings, all else is that it does not answer.
func failure(what string, err error) error {
	e, ok := errors.AsType[*ldap.Error](err)
	switch {
	case err == nil:
		return nil
	case ok && e.ResultCode < ldap.ErrorNetwork && !ldap.IsErrorAnyOf(err, ldap.LDAPResultBusy, ldap.LDAPResultUnavailable, ldap.LDAPResultOther):
		// Texts of servers may hold what was asked for: a name.
		return lab.Errorf(lab.Invalid, "%s: the directory refuses: %s", what, ldap.LDAPResultCodeMap[e.ResultCode])
	default:
		return lab.Errorf(lab.Unreachable, "%s: the directory does not answer: %w", what, err)
	}
}

// with opens a connection to the first server that takes one, in clear only if
// that is wanted, and closes it when f or ctx is done.
func (d *LDAP) with(ctx context.Context, f func(*ldap.Conn) error) error {
	var errs []error
	for _, u := range d.URLs {
		c, err := d.dial(ctx, u)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		stop := context.AfterFunc(ctx, func() { _ = c.Close() }) // f sees the error
		err = f(c)
		stop()
		// The answer is there: that the other side has hung up already is nothing.
		_ = c.Close()
		if lab.CodeOf(err) != lab.Unreachable || ctx.Err() != nil {
			return err
		}
		errs = append(errs, err)
	}
	return lab.Errorf(lab.Unreachable, "the directory does not answer: %w", errors.Join(errs...))
}

// dial connects to one server and encrypts the connection.
func (d *LDAP) dial(ctx context.Context, address string) (*ldap.Conn, error) {
	c, err := d.connect(ctx, address)
	if err != nil || d.NoStartTLS || strings.HasPrefix(address, "ldaps:") {
		return c, err
	}
	// The library waits for the answer no longer than is set, but for the
	// handshake behind it for ever.
	late := time.AfterFunc(d.Timeout, func() { _ = c.Close() }) // the handshake sees the error
	defer late.Stop()
	if err := c.StartTLS(d.tls(address)); err != nil {
		return nil, errors.Join(fmt.Errorf("StartTLS with %s: %w", address, err), c.Close())
	}
	return c, nil
}

func (d *LDAP) connect(ctx context.Context, address string) (*ldap.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := ldap.DialURL(address, ldap.DialWithTLSConfig(d.tls(address)), ldap.DialWithDialer(&net.Dialer{Timeout: d.Timeout}))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", address, err)
	}
	c.SetTimeout(d.Timeout)
	return c, nil
}

func (d *LDAP) tls(address string) *tls.Config {
	u, err := url.Parse(address)
	if err != nil {
		u = &url.URL{} // dialling it has told so
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: d.Roots, ServerName: u.Hostname()}
}
