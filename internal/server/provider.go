package server

import (
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/directory"
	"vidjil.org/vidjil/internal/openid"
	"vidjil.org/vidjil/internal/service"
)

// openProviders makes the providers of OpenID Connect of the settings.
func openProviders(c *config.Directory) ([]service.Provider, error) {
	list, err := c.Providers()
	if err != nil {
		return nil, err
	}
	var out []service.Provider
	for i := range list {
		p := &list[i]
		roots, err := directory.ReadRoots(p.CAFile)
		if err != nil {
			return nil, err
		}
		out = append(out, service.Provider{
			ID: p.ID, Name: p.Name, Issuer: p.Issuer,
			OpenID: openid.New(openid.Config{
				Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret, Roots: roots, Scopes: p.Scopes,
				GroupsClaim: p.GroupsClaim, TrustEmail: p.TrustEmail,
			}),
			Realm: service.Realm{
				Groups: p.Groups, AdminGroup: p.AdminGroup, RequiredGroup: p.RequiredGroup, LinkByEmail: p.LinkByEmail,
				NoAccounts: p.Accounts == "existing", NoSecondFactor: p.SecondFactor == "provider",
			},
		})
	}
	return out, nil
}
