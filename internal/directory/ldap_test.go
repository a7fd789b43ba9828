package directory_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/directory"
	"vidjil.org/vidjil/internal/directory/slapdtest"
	"vidjil.org/vidjil/internal/lab"
)

// config is that of a laboratory with the defaults of the settings.
func config(t *testing.T, s *slapdtest.Server) directory.LDAPConfig {
	t.Helper()
	roots, err := directory.ReadRoots(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	return directory.LDAPConfig{
		URLs: []string{s.URL}, Roots: roots, BindDN: slapdtest.Root, BindPassword: slapdtest.Password, BaseDN: "ou=people," + slapdtest.Base,
		UserFilter: "(|(uid={name})(mail={name}))", IDAttr: "entryUUID", EmailAttr: "mail", NameAttr: "cn",
		GroupBaseDN: "ou=groups," + slapdtest.Base, GroupFilter: "(|(member={dn})(memberUid={uid}))", Timeout: 3 * time.Second,
	}
}

// signIn finds and proves, as the use cases do.
func signIn(ctx context.Context, d *directory.LDAP, name, password string) (lab.Claim, error) {
	found, err := d.Find(ctx, name)
	if code := lab.CodeOf(err); code != "" && code != lab.NotFound {
		return found, err
	}
	return d.Prove(ctx, found, name, password)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := slapdtest.Start(t)
	for _, tt := range []struct {
		name   string
		change func(*directory.LDAPConfig)
	}{
		{"StartTLS", func(*directory.LDAPConfig) {}},
		{"ldaps", func(c *directory.LDAPConfig) { c.URLs = []string{s.SecureURL} }},
		{"in clear", func(c *directory.LDAPConfig) { c.NoStartTLS = true }},
		{"second server", func(c *directory.LDAPConfig) { c.URLs = []string{"ldap://127.0.0.1:1", s.URL} }},
		{"direct", func(c *directory.LDAPConfig) {
			c.BindDN, c.BindPassword, c.UserDN = "", "", "uid={name},ou=people,"+slapdtest.Base
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := config(t, s)
			tt.change(&c)
			d := directory.NewLDAP(c)
			got, err := signIn(t.Context(), d, "ada", "ada-password")
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Subject) != 36 {
				t.Errorf("subject %q is no UUID", got.Subject)
			}
			want := lab.Claim{
				Issuer: lab.IssuerLDAP, Subject: got.Subject, Entry: "uid=ada,ou=people,dc=lab,dc=test", Email: "ada@Lab.test", EmailVerified: true,
				Name: "Ada Byron", Groups: []string{"cn=haematology,ou=groups,dc=lab,dc=test", "haematology"},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("claim (-want +got):\n%s", diff)
			}
			for _, wrong := range []struct{ name, password string }{
				{"ada", "bob-password"},
				{"ada", ""}, // RFC 4513 §5.1.2: servers take it as binding as nobody
				{"nobody", "ada-password"},
				{"", "ada-password"},
				{"*", "ada-password"},
				{"a*", "ada-password"},
				{"ada)(uid=*", "ada-password"},
				{"*)(uid=ada", "ada-password"},
				{"ada,ou=people,dc=lab,dc=test", "ada-password"},
				{"ada\x00", "ada-password"},
			} {
				if _, err := signIn(t.Context(), d, wrong.name, wrong.password); lab.CodeOf(err) != lab.Unauthenticated {
					t.Errorf("%q with %q: got %v, want %s", wrong.name, wrong.password, err, lab.Unauthenticated)
				}
			}
		})
	}
	t.Run("name with a star", func(t *testing.T) {
		t.Parallel()
		got, err := signIn(t.Context(), directory.NewLDAP(config(t, s)), "a*a", "a*a-password")
		if err != nil || got.Name != "Star Name" {
			t.Errorf("got %q, %v, want the person of that very name", got.Name, err)
		}
	})
	t.Run("by address", func(t *testing.T) {
		t.Parallel()
		got, err := signIn(t.Context(), directory.NewLDAP(config(t, s)), "ADA@lab.test", "ada-password")
		if err != nil || got.Name != "Ada Byron" {
			t.Errorf("got %q, %v", got.Name, err)
		}
	})
	t.Run("look up", func(t *testing.T) {
		t.Parallel()
		d := directory.NewLDAP(config(t, s))
		ada, err := signIn(t.Context(), d, "ada", "ada-password")
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Lookup(t.Context(), ada.Subject)
		if diff := cmp.Diff(ada, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if _, err := d.Lookup(t.Context(), "00000000-0000-0000-0000-000000000000"); lab.CodeOf(err) != lab.NotFound {
			t.Errorf("somebody who is not there: %v", err)
		}
	})
}

func TestTrust(t *testing.T) {
	t.Parallel()
	s := slapdtest.Start(t)
	for name, change := range map[string]func(*directory.LDAPConfig){
		"unknown authority":            func(c *directory.LDAPConfig) { c.Roots = nil },
		"unknown authority with ldaps": func(c *directory.LDAPConfig) { c.Roots, c.URLs = nil, []string{s.SecureURL} },
		"another name":                 func(c *directory.LDAPConfig) { c.URLs = []string{strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} },
		"nobody listens":               func(c *directory.LDAPConfig) { c.URLs = []string{"ldap://127.0.0.1:1"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := config(t, s)
			change(&c)
			if _, err := directory.NewLDAP(c).Find(t.Context(), "ada"); lab.CodeOf(err) != lab.Unreachable {
				t.Errorf("got %v, want %s", err, lab.Unreachable)
			}
		})
	}
	t.Run("searcher's password", func(t *testing.T) {
		t.Parallel()
		c := config(t, s)
		c.BindPassword = "wrong"
		if _, err := directory.NewLDAP(c).Find(t.Context(), "ada"); lab.CodeOf(err) != lab.Invalid || !strings.Contains(err.Error(), "bind_dn") {
			t.Errorf("got %v, want the setting", err)
		}
	})
}

// TestSilent is a server that takes the connection and says nothing.
func TestSilent(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	for _, scheme := range []string{"ldap", "ldaps"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			d := directory.NewLDAP(directory.LDAPConfig{URLs: []string{scheme + "://" + l.Addr().String()}, BaseDN: "dc=a", UserFilter: "(uid={name})", Timeout: 200 * time.Millisecond})
			start := time.Now()
			_, err := d.Find(t.Context(), "ada")
			if took := time.Since(start); lab.CodeOf(err) != lab.Unreachable || took > 5*time.Second {
				t.Errorf("after %s: %v, want %s", took, err, lab.Unreachable)
			}
		})
	}
}

func TestNestedGroups(t *testing.T) {
	t.Parallel()
	s := slapdtest.Start(t)
	c := config(t, s)
	c.Nesting = directory.NestSearch
	got, err := signIn(t.Context(), directory.NewLDAP(c), "ada", "ada-password")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.DeleteFunc(got.Groups, func(g string) bool { return strings.Contains(g, "=") })
	if diff := cmp.Diff([]string{"circle", "haematology", "hospital"}, names); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if got := directory.NewLDAP(directory.LDAPConfig{Nesting: directory.NestRule}).GroupFilter; !strings.Contains(got, "1.2.840.113556.1.4.1941:={dn}") {
		t.Errorf("filter for Active Directory: %s", got)
	}
}

// TestDisabled uses an attribute that OpenLDAP's schema has in the place of
// Active Directory's; it holds the same number.
func TestDisabled(t *testing.T) {
	t.Parallel()
	s := slapdtest.Start(t)
	s.Modify("dn: uid=ada,ou=people,dc=lab,dc=test\nchangetype: modify\nadd: employeeType\nemployeeType: retired\n\n" +
		"dn: uid=bob,ou=people,dc=lab,dc=test\nchangetype: modify\nadd: employeeType\nemployeeType: FALSE\n")
	c := config(t, s)
	c.DisabledAttr = "employeeType"
	d := directory.NewLDAP(c)
	for name, want := range map[string]bool{"ada": true, "bob": false, "eve": false} {
		got, err := d.Find(t.Context(), name)
		if err != nil || got.Disabled != want {
			t.Errorf("%s: disabled = %t, %v, want %t", name, got.Disabled, err, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := slapdtest.Start(t)
	check := func(t *testing.T, c directory.LDAPConfig, name, password string) (steps []string, err error) {
		t.Helper()
		err = directory.NewLDAP(c).Check(t.Context(), name, password, func(step directory.Step) {
			text, _, _ := strings.Cut(step.Name, " ldap")
			if step.Err != nil {
				text += ": no"
			}
			steps = append(steps, text)
		})
		return steps, err
	}
	for _, tt := range []struct {
		name, user, password string
		change               func(*directory.LDAPConfig)
		want                 []string
	}{
		{"all works", "ada", "ada-password", func(*directory.LDAPConfig) {}, []string{"connect to", "search as " + slapdtest.Root, "find ada", "bind as this person", "groups"}},
		{"wrong password", "ada", "wrong", func(*directory.LDAPConfig) {}, []string{"connect to", "search as " + slapdtest.Root, "find ada", "bind as this person: no"}},
		{"nobody of that name", "zoe", "", func(*directory.LDAPConfig) {}, []string{"connect to", "search as " + slapdtest.Root, "find zoe: no"}},
		{"wrong place", "ada", "", func(c *directory.LDAPConfig) { c.BaseDN = "ou=none," + slapdtest.Base }, []string{"connect to", "search as " + slapdtest.Root + ": no"}},
		{"no certificate", "ada", "", func(c *directory.LDAPConfig) { c.Roots = nil }, []string{"connect to: no"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := config(t, s)
			tt.change(&c)
			got, err := check(t, c, tt.user, tt.password)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if failed := strings.HasSuffix(got[len(got)-1], ": no"); failed != (err != nil) {
				t.Errorf("error %v after %q", err, got)
			}
		})
	}
}
