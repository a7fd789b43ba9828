package server

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"vidjil.org/vidjil/internal/config"
)

// MailCheck tells whether the mail server of a config takes connections; nil when
// there is none. No mail is sent.
func MailCheck(c *config.Config) func(context.Context) error {
	m := &c.Mail
	if m.Host == "" {
		return nil
	}
	port := map[string]int{"tls": 465, "none": 25}[m.TLS]
	port = cmp.Or(m.Port, port, 587)
	return func(ctx context.Context) error { return dial(ctx, net.JoinHostPort(m.Host, strconv.Itoa(port))) }
}

// DirectoryCheck tells whether the directory and the provider of a config take
// connections; nil when there is neither. Nobody is signed in.
func DirectoryCheck(c *config.Config) func(context.Context) error {
	var addresses []string
	for _, text := range append(c.Directory.LDAP.URLs(), c.Directory.OIDC.Issuer) {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			continue
		}
		port := map[string]string{"ldap": "389", "ldaps": "636", "http": "80", "https": "443"}[u.Scheme]
		addresses = append(addresses, net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)))
	}
	if len(addresses) == 0 {
		return nil
	}
	return func(ctx context.Context) error {
		for _, a := range addresses {
			if err := dial(ctx, a); err != nil {
				return err
			}
		}
		return nil
	}
}

func dial(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", address, err)
	}
	return conn.Close()
}
