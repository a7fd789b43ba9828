package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"vidjil.org/vidjil/internal/lab"
)

// acme gets certificates from an authority, and renews them.
type acme struct {
	domains []string
	cache   *certmagic.Cache
	magic   *certmagic.Config
	issuer  *certmagic.ACMEIssuer
	cancel  context.CancelFunc
}

// openACME prepares it; nobody is asked yet. Accounts, keys and certificates are
// kept in data/tls/acme.
func (s *server) openACME(d *doors) (*acme, error) {
	c := s.Settings.TLS.ACME
	roots, err := readRoots(c.CAFile)
	if err != nil {
		return nil, err
	}
	a := &acme{domains: c.Domains}
	log := zap.New(&slogCore{log: s.Log})
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic, nil },
		Logger:           log,
	})
	a.magic = certmagic.New(a.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: filepath.Join(s.Settings.Data, "tls", "acme")},
		Logger:  log,
	})
	host, port := hostPort(d.main.Addr())
	template := certmagic.ACMEIssuer{
		CA: c.Directory, Email: c.Email, Agreed: true, TrustedRoots: roots, Logger: log,
		// It would open the port of a challenge itself when nobody listened there;
		// these are ours.
		ListenHost: host, AltTLSALPNPort: port, DisableHTTPChallenge: d.redirect == nil,
	}
	if d.redirect != nil {
		_, template.AltHTTPPort = hostPort(d.redirect.Addr())
	}
	a.issuer = certmagic.NewACMEIssuer(a.magic, template)
	a.magic.Issuers = []certmagic.Issuer{a.issuer}
	return a, nil
}

func hostPort(addr net.Addr) (host string, port int) {
	if a, ok := addr.(*net.TCPAddr); ok {
		if !a.IP.IsUnspecified() {
			host = a.IP.String()
		}
		port = a.Port
	}
	return host, port
}

// readRoots reads the certificates of an authority; none is those of the machine.
func readRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // no pool is that of the machine
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "certificate of the ACME authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, lab.Errorf(lab.Invalid, "certificate of the ACME authority: %s holds no certificate in PEM", file)
	}
	return pool, nil
}

func (a *acme) tlsConfig() *tls.Config { return a.magic.TLSConfig() }

// start gets what is missing in the background, and tries again until it has it:
// an authority that does not answer does not keep the server from starting.
func (a *acme) start(ctx context.Context) error {
	ctx, a.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return a.magic.ManageAsync(ctx, a.domains)
}

func (a *acme) answer(next http.Handler) http.Handler { return a.issuer.HTTPChallengeHandler(next) }

func (a *acme) stop() {
	if a.cancel != nil {
		a.cancel()
	}
	a.cache.Stop()
}

// slogCore writes the log of the library that gets certificates into ours.
type slogCore struct {
	log    *slog.Logger
	fields []slog.Attr
}

func levelOf(l zapcore.Level) slog.Level {
	switch {
	case l >= zapcore.ErrorLevel:
		return slog.LevelError
	case l == zapcore.WarnLevel:
		return slog.LevelWarn
	case l == zapcore.InfoLevel:
		return slog.LevelInfo
	default:
		return slog.LevelDebug
	}
}

// Enabled is of zapcore.Core.
func (c *slogCore) Enabled(l zapcore.Level) bool {
	return c.log.Enabled(context.Background(), levelOf(l))
}

// With is of zapcore.Core.
func (c *slogCore) With(fields []zapcore.Field) zapcore.Core {
	return &slogCore{log: c.log, fields: slices.Concat(c.fields, attrs(fields))}
}

// Check is of zapcore.Core.
func (c *slogCore) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return checked.AddCore(e, c)
	}
	return checked
}

// Write is of zapcore.Core.
func (c *slogCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	c.log.LogAttrs(context.Background(), levelOf(e.Level), "acme: "+e.Message, slices.Concat(c.fields, attrs(fields))...)
	return nil
}

// Sync is of zapcore.Core.
func (c *slogCore) Sync() error { return nil }

// attrs copies what is told of a certificate, without tokens of challenges, keys
// and addresses of people.
func attrs(fields []zapcore.Field) []slog.Attr {
	silent := []string{"key", "token", "email", "contact", "account"}
	e := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(e)
	}
	var list []slog.Attr
	for _, f := range fields {
		v, ok := e.Fields[f.Key]
		if ok && !slices.ContainsFunc(silent, func(word string) bool { return strings.Contains(f.Key, word) }) {
			list = append(list, slog.Any(f.Key, v))
		}
	}
	return list
}
