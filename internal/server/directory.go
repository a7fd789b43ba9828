package server

import (
	"context"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/directory"
	"vidjil.org/vidjil/internal/service"
)

// people are those who prove identities beside the passwords that are kept here.
type people struct {
	directory service.Directory
	realm     service.Realm
	providers []service.Provider
	every     config.Duration
}

// openDirectory makes them from the settings. Nobody is asked anything yet: a
// directory that is down keeps no server from starting.
func openDirectory(c *config.Directory) (p people, err error) {
	if c.LDAP.URL != "" {
		d, err := openLDAP(&c.LDAP)
		if err != nil {
			return p, err
		}
		p.directory, p.every = d, c.LDAP.SyncEvery
		p.realm = service.Realm{
			Groups: c.LDAP.Groups, AdminGroup: c.LDAP.AdminGroup, RequiredGroup: c.LDAP.RequiredGroup,
			LinkByEmail: c.LDAP.LinkByEmail, NoAccounts: c.LDAP.Accounts == "existing", Key: directory.GroupKey,
		}
	}
	p.providers, err = openProviders(c)
	return p, err
}

// syncer looks at the people of the directory from time to time; nil without one.
func (p *people) syncer(uses *service.Service) *service.Syncer {
	if p.directory == nil {
		return nil
	}
	return &service.Syncer{Service: uses, Every: p.every.D()}
}

func openLDAP(c *config.LDAP) (*directory.LDAP, error) {
	roots, err := directory.ReadRoots(c.CAFile)
	if err != nil {
		return nil, err
	}
	return directory.NewLDAP(directory.LDAPConfig{
		URLs: c.URLs(), NoStartTLS: c.StartTLS == "never", Roots: roots, BindDN: c.BindDN, BindPassword: c.BindPassword,
		UserDN: c.UserDN, BaseDN: c.BaseDN, UserFilter: c.UserFilter, IDAttr: c.IDAttr, EmailAttr: c.EmailAttr, NameAttr: c.NameAttr,
		DisabledAttr: c.DisabledAttr, GroupBaseDN: c.GroupBaseDN, GroupFilter: c.GroupFilter, Nesting: directory.Nesting(c.NestedGroups), Timeout: c.Timeout.D(),
	}), nil
}

// CheckDirectory tries everything that signing in through the LDAP directory of a
// config needs, and tells each step. ok is false when the config has none.
func CheckDirectory(ctx context.Context, c *config.Config, name, password string, tell func(directory.Step)) (ok bool, err error) {
	if c.Directory.LDAP.URL == "" {
		return false, nil
	}
	d, err := openLDAP(&c.Directory.LDAP)
	if err != nil {
		return true, err
	}
	return true, d.Check(ctx, name, password, tell)
}
