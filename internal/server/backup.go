package server

import (
	"context"
	"path/filepath"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// startBackups makes backups by the clock, when the config names a target. What
// it returns may be stopped in any case.
func startBackups(ctx context.Context, c *Config, st *store.Store, blobs blob.Store, uses *service.Service) (*backup.Schedule, error) {
	b := &c.Settings.Backup
	if b.Target == "" {
		return &backup.Schedule{}, nil
	}
	secret, err := backup.SecretOf(b.Passphrase, b.Key)
	if err != nil {
		return nil, err
	}
	s := &backup.Schedule{
		Source: backup.Source{
			Store: st, Database: databaseURL(&c.Settings), Blobs: blobs, Data: c.Settings.Data, Version: c.Version,
			Config: ChangedSettings(&c.Settings), Log: c.Log,
		},
		Place: b.Target, Every: b.Every.D(),
		Options: backup.Options{NoReads: b.NoReads, Secret: secret},
		Keep:    backup.Keep{Last: b.Last, Daily: b.Daily, Weekly: b.Weekly, Monthly: b.Monthly},
		// At once: whoever may have to mend it should not wait for the next look.
		Done: func(_ *backup.Manifest, failed error) {
			if failed == nil {
				return
			}
			if err := uses.TellBackup(context.WithoutCancel(ctx)); err != nil {
				c.Log.ErrorContext(ctx, "tell of a backup that failed", "error", err)
			}
		},
	}
	return s, s.Start(ctx)
}

// startCopies copies the database continuously, when the config names a target.
// It is stopped when the server is closed.
func (s *server) startCopies(ctx context.Context) error {
	c := &s.Settings.Backup.Continuous
	if c.Target == "" {
		return nil
	}
	s.copies = &backup.Continuous{
		Source: backup.Source{Store: s.store, Database: databaseURL(&s.Settings), Blobs: s.blobs, Data: s.Settings.Data, Version: s.Version, Log: s.Log},
		Place:  c.Target, Keep: c.Keep.D(), NoReads: s.Settings.Backup.NoReads,
	}
	return s.copies.Start(ctx)
}

// ChangedSettings are the settings that have not their defaults, with secrets
// masked, for the manifests of
// backups: who restores elsewhere wants to know them.
func ChangedSettings(c *config.Config) map[string]string {
	values := map[string]string{}
	usual := map[string]string{}
	for _, v := range (&config.Loaded{Config: config.Config{}.WithDefaults()}).Settings() {
		usual[v.Key] = v.Text()
	}
	for _, v := range (&config.Loaded{Config: *c}).Settings() {
		if text := v.Text(); text != usual[v.Key] {
			values[v.Key] = text
		}
	}
	return values
}

// Site opens what a command needs that works on a server's data beside it: the
// URL of its database, and its bytes.
func Site(ctx context.Context, c *config.Config) (database string, blobs blob.Store, err error) {
	blobs, err = openBlobs(ctx, c)
	return databaseURL(c), blobs, err
}

// upgradeBackups copies the database before it is migrated.
func upgradeBackups(c *config.Config) func(context.Context, *store.Store, store.Schema) error {
	if c.Backup.NoUpgrade {
		return nil
	}
	return backup.BeforeMigration(filepath.Clean(c.Data), databaseURL(c))
}
