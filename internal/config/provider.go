package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// URLs are the servers of the directory, in the order in which they are tried.
func (l LDAP) URLs() []string { return strings.Fields(l.URL) }

// Provider is a provider of OpenID Connect with the name that it has in addresses.
type Provider struct {
	ID string
	OIDC
}

// firstProvider is the id of the provider that the settings name themselves.
const firstProvider = "oidc"

var providerID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// Providers are all of them: that of the section, then those whose sections are in
// files of their own, by name. The error is that of [Load].
func (d *Directory) Providers() ([]Provider, error) {
	var list []Provider
	if d.OIDC.Issuer != "" {
		list = append(list, Provider{firstProvider, d.OIDC})
	}
	for _, id := range slices.Sorted(maps.Keys(d.OIDC.More)) {
		l, err := Load(Input{File: d.OIDC.More[id]})
		if err != nil {
			return nil, err
		}
		for key, source := range l.Sources {
			if !strings.HasPrefix(key, "directory.oidc.") || strings.HasPrefix(key, "directory.oidc.more.") {
				return nil, lab.Errorf(lab.Invalid, "%s: %s: the file of a provider holds the section directory.oidc and nothing else", source, key)
			}
		}
		if l.Directory.OIDC.Issuer == "" {
			return nil, lab.Errorf(lab.Invalid, "%s: directory.oidc.issuer: it is missing", d.OIDC.More[id])
		}
		list = append(list, Provider{id, l.Directory.OIDC})
	}
	for i, p := range list {
		if slices.ContainsFunc(list[:i], func(q Provider) bool { return q.Issuer == p.Issuer }) {
			return nil, lab.Errorf(lab.Invalid, "%s: two providers have this issuer", p.Issuer)
		}
	}
	return list, nil
}
