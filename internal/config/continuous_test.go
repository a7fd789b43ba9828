package config

import (
	"strings"
	"testing"
)

// TestContinuousTarget refuses what a continuous copy cannot be.
func TestContinuousTarget(t *testing.T) {
	t.Parallel()
	const name = "backup.continuous.target"
	for text, c := range map[string]struct {
		database, key, passphrase, target, also string
		inClear                                 bool
		want                                    string // in the fault, "" for none
	}{
		"none": {}, "a directory": {target: "/copy"},
		"beside backups":             {target: "/copy", also: "/backup"},
		"in the backups' place":      {target: "/backup", also: "/backup", want: "of its own"},
		"PostgreSQL":                 {target: "/copy", database: "postgres://v@db/v", want: "PostgreSQL's own"},
		"S3":                         {target: "s3://bucket", want: "want a directory"},
		"beside a passphrase":        {target: "/copy", passphrase: "a long passphrase", want: "in clear"},
		"beside a key":               {target: "/copy", key: "/etc/backup.pub", want: "in clear"},
		"beside a passphrase, known": {target: "/copy", passphrase: "a long passphrase", inClear: true},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			config := Config{Database: c.database, Data: "/data"}.WithDefaults()
			config.Backup.Target, config.Backup.Key, config.Backup.Passphrase = c.also, c.key, c.passphrase
			config.Backup.Continuous.Target, config.Backup.Continuous.InClear = c.target, c.inClear
			err := config.Check()
			if c.want == "" && err != nil {
				t.Fatal(err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want a fault of %s with %q", err, name, c.want)
			}
		})
	}
}
