package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checker gathers what is wrong with a config whose values are of the right
// kind.
type checker struct {
	*Config
	faults
}

// check judges the values together.
func (c *Config) check() faults {
	k := &checker{Config: c}
	k.numbers()
	k.places()
	k.http()
	k.tls()
	k.mail()
	k.directory()
	k.watching()
	k.rest()
	return k.faults
}

// want notes a fault unless a condition holds.
func (k *checker) want(holds bool, key, format string, args ...any) {
	if !holds {
		k.add(key, Source{}, format, args...)
	}
}

// numbers checks the ranges and words that follow from a setting's kind.
func (k *checker) numbers() {
	v := reflect.ValueOf(k.Config).Elem()
	for _, f := range Fields() {
		allowed := func(word string) {
			k.want(f.Values == nil || slices.Contains(f.Values, word), f.Key, "want one of %s: %q", strings.Join(f.Values, ", "), word)
		}
		switch x := v.FieldByIndex(f.index).Interface().(type) {
		case int:
			if f.Default != "" {
				k.want(x >= 1, f.Key, "want at least 1: %d", x)
			} else if f.Key != "workers.count" {
				k.want(x >= 0, f.Key, "want 0 or more: %d", x)
			}
		case string:
			allowed(x)
		case []string:
			for _, word := range x {
				allowed(word)
			}
		case Size:
			k.want(f.Default == "" || x > 0, f.Key, "want more than 0 bytes")
		case Duration:
			mayBeOff := f.Key == "tls.hsts" || f.Key == "log.slow_query" || strings.HasPrefix(f.Key, "retention.")
			k.want(x != Off || mayBeOff, f.Key, "want a time: off is not possible here")
		default:
		}
	}
	k.want(k.Workers.Count >= -1, "workers.count", "want a number of jobs, 0 or -1: %d", k.Workers.Count)
}

func (k *checker) places() {
	if k.Database != "" {
		scheme, _, _ := strings.Cut(k.Database, ":")
		k.want(scheme == "sqlite" || scheme == "postgres" || scheme == "postgresql", "database", "want sqlite:PATH or postgres://…")
	}
	if k.Blobs != "" {
		k.want(strings.HasPrefix(k.Blobs, "s3://"), "blobs", "want s3://BUCKET or s3://BUCKET/PREFIX?endpoint=URL")
	}
	for name, dir := range k.Sources {
		k.want(!strings.ContainsAny(name, "/:"), "sources."+name, "a name of a source holds no slash and no colon")
		k.want(dir != "", "sources."+name, "want a directory")
	}
	k.want(len(k.ExternalTools) < 2 || !slices.Contains(k.ExternalTools, "none"), "external_tools", "none goes with no other")
}

func (k *checker) http() {
	h := k.HTTP
	k.address("http.addr", h.Addr)
	k.address("http.redirect_addr", h.RedirectAddr)
	k.address("metrics.addr", k.Metrics.Addr)
	mode, err := strconv.ParseUint(h.SocketMode, 8, 32)
	k.want(err == nil && mode <= 0o777, "http.socket_mode", "want permissions, as 0660: %q", h.SocketMode)
	for _, text := range h.TrustedProxies {
		_, err := parsePrefix(text)
		k.want(err == nil, "http.trusted_proxies", "want a network, as 10.0.0.0/8, or an address: %q", text)
	}
	k.want(h.BasePath == "" || h.BasePath == "/" || strings.HasPrefix(h.BasePath, "/") && path.Clean(h.BasePath) == strings.TrimSuffix(h.BasePath, "/") && plainPath.MatchString(h.BasePath),
		"http.base_path", "want a path, as /vidjil: %q", h.BasePath)
	node, err := url.Parse(h.NodeURL)
	k.want(h.NodeURL == "" || err == nil && (node.Scheme == "http" || node.Scheme == "https") && node.Host != "" && node.User == nil &&
		strings.Trim(node.Path, "/") == "" && node.RawQuery == "" && node.Fragment == "", "http.node_url", "want a server without a path, as http://10.0.0.5:8080: %q", h.NodeURL)
	k.want(h.Socket == "" || h.PublicURL != "", "http.public_url", "a server on a socket cannot know how people reach it: want https://…")
	if h.PublicURL == "" {
		return
	}
	u, err := url.Parse(h.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		k.want(false, "http.public_url", "want an address, as https://vidjil.example.org: %q", h.PublicURL)
		return
	}
	below := strings.TrimSuffix(u.Path, "/")
	k.want(plainPath.MatchString(below), "http.public_url", "want letters, digits, - and _ in its path: %q", u.Path)
	k.want(below == "" || h.BasePath == "" || below == strings.TrimSuffix(h.BasePath, "/"), "http.public_url", "its path is %s, and http.base_path is %s", below, h.BasePath)
	k.want(u.Scheme == "https" || k.TLSMode() == TLSOff, "http.public_url", "the server speaks TLS: want https:// at the start of %q", h.PublicURL)
}

// plainPath keeps to letters that stand for themselves in addresses, in HTML and
// in cookies.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*/?$`)

func (k *checker) address(key, text string) {
	if text == "" {
		return
	}
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	k.want(err == nil, key, "want HOST:PORT, as 127.0.0.1:8080 or :8443: %q", text)
}

func (k *checker) tls() {
	t := k.TLS
	k.want(t.Key == "" || t.Cert != "", "tls.key", "tls.cert goes with it and is missing")
	k.want(t.Cert == "" || t.Key != "", "tls.cert", "tls.key goes with it and is missing")
	mode := k.TLSMode()
	switch t.Mode {
	case TLSFiles:
		k.want(t.Cert != "", "tls.mode", "files wants tls.cert and tls.key")
	case TLSOff, TLSSelfSigned, TLSACME:
		k.want(t.Cert == "", "tls.cert", "it is not used with tls.mode = %q", t.Mode)
	default:
	}
	k.want(k.HTTP.Socket == "" || mode == TLSOff, "tls.mode", "a server on a socket leaves TLS to the proxy: want off")
	k.want(k.HTTP.RedirectAddr == "" || mode != TLSOff, "http.redirect_addr", "there is no TLS to redirect to")
	if mode != TLSACME {
		return
	}
	k.want(len(t.ACME.Domains) > 0, "tls.acme.domains", "ACME wants at least one name")
	for _, name := range t.ACME.Domains {
		k.want(hostName.MatchString(name), "tls.acme.domains", "want a name, as vidjil.example.org: %q", name)
	}
	u, err := url.Parse(t.ACME.Directory)
	k.want(err == nil && u.Scheme == "https" && u.Host != "", "tls.acme.directory", "want https://…: %q", t.ACME.Directory)
	k.addresses("tls.acme.email", t.ACME.Email)
}

var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

func (k *checker) mail() {
	m := k.Mail
	k.addresses("mail.from", m.From)
	k.addresses("mail.admins", m.Admins...)
	k.addresses("notices.support", k.Notices.Support)
	k.addresses("accounts.limited", k.Accounts.Limited...)
	k.addresses("accounts.read_only", k.Accounts.ReadOnly...)
	k.want(m.Port <= 65535, "mail.port", "want at most 65535: %d", m.Port)
	k.want(m.Host == "" || m.From != "", "mail.from", "a mail server wants to know who mails come from")
	k.want((m.User == "") == (m.Password == ""), "mail.user", "mail.user and mail.password go together")
	k.want(m.User == "" || m.TLS == "tls" || m.TLS == "starttls", "mail.tls", "a password is sent encrypted only: want starttls or tls")
	k.want(!strings.ContainsAny(m.Subject, "\r\n"), "mail.subject", "want one line")
	_, err := time.Parse("15:04", m.DigestAt)
	k.want(err == nil, "mail.digest_at", "want a time of the day, as 06:00: %q", m.DigestAt)
	_, err = m.Location()
	k.want(err == nil, "mail.zone", "want a time zone, as Europe/Paris: %q", m.Zone)
}

func (k *checker) addresses(key string, list ...string) {
	for _, text := range list {
		if text == "" {
			continue
		}
		_, err := mail.ParseAddress(text)
		k.want(err == nil, key, "want an e-mail address: %q", text)
	}
}

func (k *checker) directory() {
	if l := k.Directory.LDAP; l.URL != "" {
		for _, text := range l.URLs() {
			u, err := url.Parse(text)
			k.want(err == nil && (u.Scheme == "ldap" || u.Scheme == "ldaps") && u.Host != "" && u.User == nil, "directory.ldap.url", "want ldaps://HOST or ldap://HOST")
		}
		k.want(l.UserDN == "" || strings.Contains(l.UserDN, "{name}"), "directory.ldap.user_dn", "want {name} in it: %q", l.UserDN)
		k.want(l.BaseDN != "", "directory.ldap.base_dn", "it is missing: where are people?")
		k.want((l.BindDN == "") == (l.BindPassword == ""), "directory.ldap.bind_dn", "bind_dn and bind_password go together")
		k.want(strings.Contains(l.UserFilter, "{name}"), "directory.ldap.user_filter", "want {name} in it: %q", l.UserFilter)
		k.want(strings.Contains(l.GroupFilter, "{dn}") || strings.Contains(l.GroupFilter, "{uid}"), "directory.ldap.group_filter", "want {dn} or {uid} in it: %q", l.GroupFilter)
	}
	if o := k.Directory.OIDC; o.Issuer != "" {
		u, err := url.Parse(o.Issuer)
		local := err == nil && u.Scheme == "http" && loopbackHost(u.Hostname())
		k.want(err == nil && u.Host != "" && (u.Scheme == "https" || local), "directory.oidc.issuer", "want https://…: %q", o.Issuer)
		k.want(o.ClientID != "", "directory.oidc.client_id", "it is missing: the provider has one for this server")
	}
	for name := range k.Directory.OIDC.More {
		k.want(providerID.MatchString(name) && name != firstProvider, "directory.oidc.more."+name, "want small letters, digits and -, and not %s, which is the first one", firstProvider)
	}
}

// watching checks what tells others how the server is.
func (k *checker) watching() {
	place := func(key, text string) {
		if text == "" {
			return
		}
		u, err := url.Parse(text)
		k.want(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.RawQuery == "", key, "want http://HOST:PORT or https://…, without a password in it")
	}
	place("trace.endpoint", k.Trace.Endpoint)
	k.want(k.Trace.Percent <= 100, "trace.percent", "want 1 to 100: %d", k.Trace.Percent)
	place("monitor.url", k.Monitor.URL)
	name, _, pair := strings.Cut(k.Trace.Header, ":")
	k.want(k.Trace.Header == "" || pair && name != "" && !strings.ContainsAny(k.Trace.Header, "\r\n"), "trace.header", "want NAME: VALUE")
	k.want((k.Monitor.URL == "") == (k.Monitor.Token == ""), "monitor.url", "monitor.url and monitor.token go together")
	if u, err := url.Parse(k.Monitor.URL); err == nil {
		k.want(u.Scheme != "http" || loopbackHost(u.Hostname()), "monitor.url", "the token is sent encrypted only: want https://…")
	}
	k.want(k.Monitor.Every.D() >= time.Second, "monitor.every", "want at least 1s")
	k.want(k.Monitor.SilentAfter.D() >= time.Minute, "monitor.silent_after", "want at least 1m")
	k.want(k.Metrics.Token == "" || k.Metrics.Addr != "", "metrics.token", "metrics.addr goes with it and is missing")
}

func (k *checker) rest() {
	k.want(!k.Telemetry, "telemetry", "there is none: the program sends nothing to anybody")
	k.want(k.Limits.Session >= k.Limits.SessionIdle, "limits.session", "want at least limits.session_idle, %s", k.Limits.SessionIdle)
	k.want(k.Limits.LockoutLongest >= k.Limits.LockoutFirst, "limits.lockout_longest", "want at least limits.lockout_first, %s", k.Limits.LockoutFirst)
	k.want(k.Retention.Orphans == Off || k.Retention.Orphans.D() >= time.Hour, "retention.orphans", "want at least 1h: bytes come before what refers to them")
	k.want(k.Retention.Uploads == Off || k.Retention.Uploads.D() >= time.Hour, "retention.uploads", "want at least 1h")
	k.want(k.Backup.Every.D() >= time.Minute, "backup.every", "want at least 1m")
	k.continuous(&k.Backup)
	k.want(k.HTTP.MaxHeader >= 4<<10 && k.HTTP.MaxHeader <= 1<<20, "http.max_header", "want 4KiB to 1MiB: %s", k.HTTP.MaxHeader)
}

func (k *checker) continuous(b *Backup) {
	const name = "backup.continuous.target"
	c := &b.Continuous
	k.want(c.Keep.D() >= time.Hour, "backup.continuous.keep", "want at least 1h")
	if c.Target == "" {
		return
	}
	k.want(k.Database == "" || strings.HasPrefix(k.Database, "sqlite:"), name, "only an SQLite database is copied continuously: set up PostgreSQL's own continuous archiving (WAL archiving, pgBackRest, Barman) in its place")
	k.want(!strings.HasPrefix(c.Target, "s3://"), name, "want a directory: S3 is for backups (backup.target)")
	k.want(c.Target != b.Target, name, "backups are there: want a directory of its own")
	k.want(c.InClear || b.Passphrase == "" && b.Key == "", name, "this copy lies in clear beside backups that are encrypted: set backup.continuous.in_clear if the disk of the target is encrypted, or leave it out")
}

// The modes of TLS.
const (
	TLSOff        = "off"
	TLSFiles      = "files"
	TLSSelfSigned = "self-signed"
	TLSACME       = "acme"
)

// TLSMode is how connections are encrypted, after "auto" is decided.
func (c *Config) TLSMode() string {
	host, _, _ := net.SplitHostPort(c.HTTP.Addr) // a fault of it is told elsewhere
	switch {
	case c.TLS.Mode != "auto" && c.TLS.Mode != "":
		return c.TLS.Mode
	case c.TLS.Cert != "":
		return TLSFiles
	case len(c.TLS.ACME.Domains) > 0:
		return TLSACME
	case c.HTTP.Socket != "" || loopbackHost(host):
		return TLSOff
	default:
		return TLSSelfSigned
	}
}

// loopbackHost tells whether a host can be reached from this machine only.
func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Base is the path below which everything is, as "/vidjil"; "" for the root.
func (h HTTP) Base() string {
	base := h.BasePath
	if u, err := url.Parse(h.PublicURL); err == nil && base == "" {
		base = u.Path
	}
	return strings.TrimSuffix(base, "/")
}

// Proxies are the networks whose word counts. The config must have been checked.
func (h HTTP) Proxies() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range h.TrustedProxies {
		if p, err := parsePrefix(text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

func parsePrefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap().Prefix(a.Unmap().BitLen())
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

// SocketPerm is the socket's mode. The config must have been checked.
func (h HTTP) SocketPerm() uint32 {
	mode, err := strconv.ParseUint(h.SocketMode, 8, 32)
	if err != nil {
		return 0o660
	}
	return uint32(mode)
}
