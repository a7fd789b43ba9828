package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/directory"
	"vidjil.org/vidjil/internal/directory/slapdtest"
)

// TestOpenDirectory: what an administrator writes is what the parts are made of.
func TestOpenDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("university.toml", "[directory.oidc]\nissuer = \"https://sso.university.example\"\nname = \"University\"\nclient_id = \"vidjil\"\n")
	main := write("vidjil.toml", `
[directory.ldap]
url = "ldaps://one.example ldaps://two.example"
base_dn = "dc=example"
accounts = "existing"
admin_group = "chiefs"
[directory.ldap.groups]
"cn=lab,dc=example" = "Laboratory"
[directory.oidc]
issuer = "https://sso.example"
client_id = "vidjil"
second_factor = "provider"
[directory.oidc.more]
university = "university.toml"
`)
	l, err := config.Load(config.Input{File: main})
	if err != nil {
		t.Fatal(err)
	}
	got, err := openDirectory(&l.Directory)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := got.directory.(*directory.LDAP)
	if !ok || len(d.URLs) != 2 || d.IDAttr != "entryUUID" || d.Nesting != directory.NestNever {
		t.Errorf("directory %+v", d)
	}
	if !got.realm.NoAccounts || got.realm.AdminGroup != "chiefs" || got.realm.Key == nil || got.realm.Groups["cn=lab,dc=example"] != "Laboratory" {
		t.Errorf("realm %+v", got.realm)
	}
	names := map[string]string{}
	for _, p := range got.providers {
		names[p.ID] = p.Name
	}
	if diff := cmp.Diff(map[string]string{"oidc": "your institution", "university": "University"}, names); diff != "" {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
	if !got.providers[0].Realm.NoSecondFactor || got.providers[1].Realm.NoSecondFactor {
		t.Error("the second factor is asked for where it should not be, or the other way round")
	}
	none, err := openDirectory(&config.Directory{})
	if err != nil || none.directory != nil || none.syncer(nil) != nil {
		t.Errorf("without settings: %+v, %v", none, err)
	}
	write("university.toml", "[directory.oidc]\nissuer = \"https://sso.example\"\nclient_id = \"b\"\n")
	if _, err := openDirectory(&l.Directory); err == nil || !strings.Contains(err.Error(), "two providers have this issuer") {
		t.Errorf("one issuer twice: %v", err)
	}
}

// TestCheckDirectory asks a real one by the settings of a file.
func TestCheckDirectory(t *testing.T) {
	t.Parallel()
	s := slapdtest.Start(t)
	c := config.Config{}.WithDefaults()
	c.Directory.LDAP.URL, c.Directory.LDAP.CAFile = s.URL, s.CAFile
	c.Directory.LDAP.BindDN, c.Directory.LDAP.BindPassword, c.Directory.LDAP.BaseDN = slapdtest.Root, slapdtest.Password, slapdtest.Base
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	steps := 0
	ok, err := CheckDirectory(t.Context(), &c, "ada", "ada-password", func(step directory.Step) {
		steps++
		if step.Err != nil {
			t.Errorf("%s: %v", step.Name, step.Err)
		}
	})
	if !ok || err != nil || steps != 5 {
		t.Errorf("%d steps, %t, %v", steps, ok, err)
	}
}
