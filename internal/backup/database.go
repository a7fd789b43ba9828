package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// copyDatabase copies the database to a file, as it is at one moment, and lists
// the blobs that the copy refers to.
func (r *run) copyDatabase(ctx context.Context, file string) ([]store.UsedBlob, error) {
	v, err := r.Store.Schema(ctx)
	if err != nil {
		return nil, fmt.Errorf("copy database: %w", err)
	}
	if v.Have != v.Known {
		return nil, lab.Errorf(lab.Conflict, "the database has schema %d, and this program knows %d: back it up by the program that serves it", v.Have, v.Known)
	}
	r.m.Schema = v.Have
	var list []store.UsedBlob
	look := func(tx *store.Tx) (err error) {
		if r.m.Counts, err = tx.Counts(ctx); err != nil {
			return err
		}
		end, err := tx.AuditEnd(ctx)
		if err != nil {
			return err
		}
		r.m.Audit = AuditEnd{end.ID, end.Hash}
		list, err = usedBlobs(ctx, tx, !r.NoReads)
		return err
	}
	if r.Store.Dialect() == store.Postgres {
		return list, dumpPostgres(ctx, r.Store, r.Database, file, look)
	}
	if err := r.Store.Snapshot(ctx, file); err != nil {
		return nil, err
	}
	// What the copy says, not what the database says by now.
	copied, err := store.OpenAsIs(store.Config{URL: store.SQLite + ":" + file})
	if err != nil {
		return nil, err
	}
	err = copied.Read(ctx, look)
	return list, errors.Join(err, copied.Close())
}

// usedBlobs lists the blobs that something refers to.
func usedBlobs(ctx context.Context, tx *store.Tx, reads bool) (list []store.UsedBlob, err error) {
	const piece = 5000
	for after := ""; ; {
		some, err := tx.UsedBlobs(ctx, after, piece)
		if err != nil {
			return nil, fmt.Errorf("list blobs: %w", err)
		}
		for _, b := range some {
			if after = b.Digest; reads || !b.Reads {
				list = append(list, b)
			}
		}
		if len(some) < piece {
			return list, nil
		}
	}
}

// dumpPostgres writes an archive of pg_dump, and calls look with the view of the
// database that is in it.
func dumpPostgres(ctx context.Context, s *store.Store, database, file string, look func(*store.Tx) error) error {
	major, err := s.ServerMajor(ctx)
	if err != nil {
		return err
	}
	return s.ExportSnapshot(ctx, func(tx *store.Tx, name string) error {
		if look != nil {
			if err := look(tx); err != nil {
				return err
			}
		}
		// Not packed: it is packed with all that goes to the target.
		return postgres(ctx, "pg_dump", major, database, "--format=custom", "--compress=0", "--no-owner", "--no-privileges", "--snapshot="+name, "--file="+file)
	})
}

// loadPostgres brings an archive into an empty database: all of it or nothing.
func loadPostgres(ctx context.Context, s *store.Store, database, file string) error {
	empty, err := s.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty {
		return lab.Errorf(lab.Conflict, "the database is not empty: make a new one for the restoration")
	}
	major, err := s.ServerMajor(ctx)
	if err != nil {
		return err
	}
	return postgres(ctx, "pg_restore", major, database, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", file)
}

// postgres runs a program of PostgreSQL on a database. The password goes by the
// environment: arguments can be read by everybody on the machine.
func postgres(ctx context.Context, program string, major int, database string, args ...string) error {
	path, err := findProgram(ctx, program, major)
	if err != nil {
		return err
	}
	u, err := url.Parse(database)
	if err != nil {
		return lab.Errorf(lab.Usage, "database URL: not a PostgreSQL URL (want postgres://USER@HOST/DATABASE)")
	}
	env := append(os.Environ(), "PGAPPNAME=vidjil backup")
	if password, set := u.User.Password(); set {
		env = append(env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	return runProgram(ctx, path, env, append([]string{"--dbname=" + u.String()}, args...)...)
}

// runProgram runs a program to its end; env nil is that of this process.
func runProgram(ctx context.Context, path string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // a program of the administrator's machine
	var said bytes.Buffer
	cmd.Env, cmd.Stderr, cmd.WaitDelay = env, &said, 10*time.Second
	if err := cmd.Run(); err != nil {
		if stopped := context.Cause(ctx); stopped != nil {
			return stopped
		}
		if errors.Is(err, exec.ErrNotFound) {
			return lab.Errorf(lab.NotFound, "%s of PostgreSQL is not installed: install the package postgresql-client", path)
		}
		return lab.Errorf(lab.Unreachable, "%s: %w: %s", filepath.Base(path), err, strings.TrimSpace(said.String()))
	}
	return nil
}

var versionNumber = regexp.MustCompile(`\d+`)

// findProgram finds a program of the server's major version: those of Debian's
// packages stand in folders by version, others on the PATH.
func findProgram(ctx context.Context, name string, major int) (string, error) {
	candidates := []string{fmt.Sprintf("/usr/lib/postgresql/%d/bin/%s", major, name), fmt.Sprintf("/usr/pgsql-%d/bin/%s", major, name)}
	if path, err := exec.LookPath(name); err == nil {
		candidates = append(candidates, path)
	}
	seen := "none is installed"
	for _, path := range candidates {
		out, err := exec.CommandContext(ctx, path, "--version").Output() //nolint:gosec // as above
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(versionNumber.FindString(string(out))); err == nil {
			if n == major {
				return path, nil
			}
			seen = fmt.Sprintf("%s has version %d", path, n)
		}
	}
	return "", lab.Errorf(lab.NotFound, "%s of PostgreSQL %d is needed, and %s: install the package postgresql-client-%d", name, major, seen, major)
}

// KeptUpgrades is how many copies of the database stay that were made before
// migrations.
const KeptUpgrades = 3

// upgradeFolder is where they are, in the data directory.
const upgradeFolder = "backups"

// BeforeMigration returns what a server does before it changes the schema of its
// database: it copies it to DATA/backups/before-NNNNN, where NNNNN is the schema
// that is to come, and removes all but the last copies. Without the copy there is
// no migration.
func BeforeMigration(data, database string) func(context.Context, *store.Store, store.Schema) error {
	return func(ctx context.Context, s *store.Store, v store.Schema) error {
		dir := filepath.Join(data, upgradeFolder)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return lab.Errorf(lab.Unwritable, "back up before the upgrade: %w", err)
		}
		suffix := ".db"
		if s.Dialect() == store.Postgres {
			suffix = ".pgdump"
		}
		place := filepath.Join(dir, fmt.Sprintf("before-%05d%s", v.Known, suffix))
		part := place + ".part"
		if err := os.RemoveAll(part); err != nil {
			return fmt.Errorf("back up before the upgrade: %w", err)
		}
		var err error
		if s.Dialect() == store.Postgres {
			err = dumpPostgres(ctx, s, database, part, nil)
		} else {
			err = s.Snapshot(ctx, part)
		}
		if err == nil {
			err = settle(part, place)
		}
		if err != nil {
			return fmt.Errorf("back up before the upgrade: %w", err)
		}
		return pruneUpgrades(dir)
	}
}

// settle gives a complete file its name, so that it survives a loss of power.
func settle(part, place string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync(), f.Close(), os.Rename(part, place)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(place))
}

// syncDir makes new names in a directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// pruneUpgrades removes all but the newest copies.
func pruneUpgrades(dir string) error {
	list, err := filepath.Glob(filepath.Join(dir, "before-*[bp]")) // .db and .pgdump, in the order of their numbers
	if err != nil {
		return fmt.Errorf("prune backups of upgrades: %w", err)
	}
	for len(list) > KeptUpgrades {
		if err := os.Remove(list[0]); err != nil {
			return fmt.Errorf("prune backups of upgrades: %w", err)
		}
		list = list[1:]
	}
	return nil
}
