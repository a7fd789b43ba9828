package server

import (
	"context"
	"errors"
	"fmt"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/directory"
	"vidjil.org/vidjil/internal/lab"
)

// MailCheck tells whether the mail server of a config takes mails from it, as far
// as that can be told without sending one; nil when there is none.
func MailCheck(c *config.Config) func(context.Context) error {
	if c.Mail.Host == "" {
		return nil
	}
	return func(ctx context.Context) error {
		m, err := newMail(&c.Mail)
		if err != nil {
			return err
		}
		return m.Check(ctx)
	}
}

// DirectoryCheck tries what signing in needs of the LDAP directory of a config and
// of its providers of OpenID Connect: each server answers, encrypts, lets the
// program search and has the places of the settings; each provider tells where
// it is. It is nil when there is neither. Nobody is signed in.
func DirectoryCheck(c *config.Config) func(context.Context) error {
	if c.Directory.LDAP.URL == "" && c.Directory.OIDC.Issuer == "" && len(c.Directory.OIDC.More) == 0 {
		return nil
	}
	return func(ctx context.Context) error {
		var errs []error
		// Of several servers one is enough for people; a dead one is worth a word
		// all the same, before the others die too.
		_, err := CheckDirectory(ctx, c, "", "", func(s directory.Step) {
			if s.Err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", s.Name, s.Err))
			}
		})
		if err != nil && len(errs) == 0 {
			errs = append(errs, err)
		}
		return errors.Join(append(errs, reachProviders(ctx, &c.Directory))...)
	}
}

// reachProviders asks each provider what it publishes of itself.
func reachProviders(ctx context.Context, c *config.Directory) error {
	providers, err := openProviders(c)
	if err != nil {
		return err
	}
	var errs []error
	for i := range providers {
		p, ok := providers[i].OpenID.(interface {
			Reach(ctx context.Context) error
		})
		if !ok {
			continue
		}
		if err := p.Reach(ctx); err != nil {
			errs = append(errs, lab.Errorf(lab.Unreachable, "provider %s (%s): %w", providers[i].ID, providers[i].Issuer, err))
		}
	}
	return errors.Join(errs...)
}
