package directory

import (
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// TestActiveDirectory reads what only Active Directory has: flags in a number and
// identifiers in bytes (MS-ADTS 2.2.16, 2.2.1.1).
func TestActiveDirectory(t *testing.T) {
	t.Parallel()
	d := NewLDAP(LDAPConfig{DisabledAttr: "userAccountControl", IDAttr: "objectGUID"})
	for value, want := range map[string]bool{"512": false, "514": true, "66050": true, "66048": false, "": false, "none": false} {
		e := ldap.NewEntry("cn=a", map[string][]string{"useraccountcontrol": {value}})
		if got := d.disabled(e); got != want {
			t.Errorf("userAccountControl %q: disabled = %t, want %t", value, got, want)
		}
	}
	e := ldap.NewEntry("cn=a", map[string][]string{"objectGUID": {"\x00\xff(*"}})
	if got, want := d.subject(e), "00ff282a"; got != want {
		t.Errorf("subject: got %q, want %q", got, want)
	}
}

func TestGroupKey(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"CN=Lab, OU=Groups,DC=lab":  "cn=lab,ou=groups,dc=lab",
		"cn=lab,ou=groups , dc=lab": "cn=lab,ou=groups,dc=lab",
		" Lab ":                     "lab",
		"lab=":                      "lab=",
	} {
		if got := GroupKey(in); got != want {
			t.Errorf("GroupKey(%q) = %q, want %q", in, got, want)
		}
	}
}
