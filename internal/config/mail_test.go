package config

import "testing"

// TestDigest: a time and a zone that cannot be are found before the server starts.
func TestDigest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ at, zone, fault string }{
		{"00:00", "UTC", ""},
		{"23:59", "Europe/Paris", ""},
		{"24:00", "UTC", "mail.digest_at"},
		{"6", "UTC", "mail.digest_at"},
		{"06:00", "Local", "mail.zone"},
		{"06:00", "Europe/Nowhere", "mail.zone"},
	} {
		t.Run(tt.at+" "+tt.zone, func(t *testing.T) {
			t.Parallel()
			c := Config{Mail: Mail{DigestAt: tt.at, Zone: tt.zone}}.WithDefaults()
			faults := c.check()
			if got := len(faults) > 0; got != (tt.fault != "") || got && faults[0].key != tt.fault {
				t.Errorf("faults: got %v, want one of %q", faults, tt.fault)
			}
		})
	}
}
