package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// people looks at those who may do everything.
func (e *exam) people(ctx context.Context) error {
	var admins []store.AdminFactor
	var sealed int64
	err := e.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if admins, err = tx.AdminFactors(ctx); err != nil {
			return err
		}
		sealed, err = tx.SealedSecrets(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(e.Data, "secret.key")); errors.Is(err, fs.ErrNotExist) && sealed > 0 {
		e.add(Finding{
			Code: "key.missing", Severity: Error, Msg: fmt.Sprintf("secret.key is not there, and the second factors of %d people are sealed by it", sealed),
			Do: "put the file back from where it is kept; if it is lost: vidjil user reset-password --second-factor EMAIL",
		})
	}
	if len(admins) == 0 {
		e.add(Finding{
			Code: "admin.none", Severity: Error, Msg: "there is no active administrator",
			Do: "make one: vidjil user add EMAIL --admin",
		})
	}
	var without []int64
	for _, a := range admins {
		if a.Local && !a.Second {
			without = append(without, a.ID)
		}
	}
	if len(without) > 0 {
		e.add(Finding{
			Code: "admin.no_second_factor", Severity: Warning, Object: "user", IDs: ids(without),
			Msg: fmt.Sprintf("%d administrators have no second factor: a password alone opens everything", len(without)),
			Do:  "have them turn one on, each on the page of their account",
		})
	}
	return nil
}

// backups looks how old the last one is.
func (e *exam) backups(ctx context.Context) error {
	if e.NoBackups {
		return skip("somebody else makes them")
	}
	var b lab.BackupStatus
	err := e.Store.Read(ctx, func(tx *store.Tx) (err error) {
		b, err = tx.BackupStatus(ctx)
		return err
	})
	if err != nil {
		return err
	}
	const do = "set backup.target, or run \"vidjil backup\" by the clock"
	// One that is due is being made: the next may take as long again.
	switch age := e.Now().Sub(b.LastSuccess); {
	case b.LastSuccess.IsZero():
		e.add(Finding{Code: "backup.none", Severity: Error, Msg: "no backup was ever made by this program", Do: do})
	case age > 2*e.BackupEvery:
		e.add(Finding{
			Code: "backup.old", Severity: Error, Do: do,
			Msg: fmt.Sprintf("the last backup is of %s, %s ago; there should be one every %s", b.LastSuccess.UTC().Format(time.DateTime), age.Round(time.Minute), e.BackupEvery),
		})
	}
	if b.Error != "" {
		e.add(Finding{Code: "backup.failed", Severity: Error, Msg: "the last backup did not go well: " + b.Error, Do: "put that right, and run \"vidjil backup\""})
	}
	if b.Missing > 0 {
		e.add(Finding{Code: "backup.incomplete", Severity: Error, Msg: fmt.Sprintf("the last backup has not %d files, which the server had lost", b.Missing), Do: "look at the findings about bytes"})
	}
	return nil
}

// address looks whether passwords go over a network in clear.
func (e *exam) address(ctx context.Context) error {
	if e.Address != "" && e.Plain && !local(e.Address) {
		e.add(Finding{
			Code: "address.plain", Severity: Error, Msg: fmt.Sprintf("the server listens on %s without TLS: passwords and patients' names can be read on the way", e.Address),
			Do: "set tls.mode, or listen on a loopback address behind a proxy that has TLS",
		})
		return nil
	}
	var public string
	err := e.Store.Read(ctx, func(tx *store.Tx) (err error) {
		public, err = tx.Setting(ctx, "public_url")
		return err
	})
	if err != nil {
		return skip("the database does not tell how people reach the server")
	}
	u, err := url.Parse(public)
	if public == "" || err != nil {
		return nil //nolint:nilerr // it never ran, or by an address that is none
	}
	if u.Scheme == "http" && !local(u.Host) {
		e.add(Finding{
			Code: "address.plain", Severity: Error, Msg: fmt.Sprintf("people reach the server by %s, without TLS: passwords and patients' names can be read on the way", public),
			Do: "set tls.mode, or http.public_url when a proxy has TLS",
		})
	}
	return nil
}

// local tells whether an address is of this machine only.
func local(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// permissions looks for what others of the machine may read or change.
func (e *exam) permissions(ctx context.Context) error {
	if runtime.GOOS == "windows" {
		return skip("this system has no permissions of this kind")
	}
	wanted := map[string]fs.FileMode{"": 0o700, "blobs": 0o700, "uploads": 0o700, "tls": 0o700, "backups": 0o700}
	for _, name := range []string{"vidjil.db", "vidjil.db-wal", "vidjil.db-shm", "tls/key.pem"} {
		wanted[name] = 0o600
	}
	wanted["secret.key"], wanted["vidjil.toml"] = 0o640, 0o644
	for _, name := range append(e.SecretFiles, e.KeyFile) {
		if name != "" {
			wanted[name] = 0o640 // of a group of administrators, or of those who renew a certificate
		}
	}
	open := map[string]fs.FileMode{}
	for name, mode := range wanted {
		path := filepath.Join(e.Data, name)
		if filepath.IsAbs(name) {
			path = name
		}
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		// The root of the data may be looked into by a group; what matters is below.
		if name == "" {
			mode = 0o750
		}
		if info.Mode().Perm()&^mode != 0 {
			open[path] = info.Mode().Perm() & mode
		}
	}
	if len(open) == 0 {
		return nil
	}
	var paths []string
	for path := range open {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return e.addFixable(ctx, Finding{
		Code: "permissions.open", Severity: Error, Object: "file", IDs: paths,
		Msg: fmt.Sprintf("%d files or directories may be read or changed by others of this machine", len(paths)),
		Do:  "chmod go-rwx them, or let --fix do that; if others may have read secret.key, change the key",
	}, func(context.Context) (string, error) {
		for path, mode := range open {
			if err := os.Chmod(path, mode); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("%d are closed to others", len(open)), nil
	})
}

func diskSpace(dir string) (free, size int64, err error) {
	free, err = blob.FreeSpace(dir)
	if err != nil {
		return 0, 0, err
	}
	size, err = blob.DiskSize(dir)
	return free, size, err
}

// Below these a disk is as good as full: uploads are refused below the first, and
// the copy of the database for a backup needs room too.
const (
	lowBytes = 2 << 30
	lowShare = 0.05
)

func (e *exam) disk(context.Context) error {
	free, size, err := e.Free(e.Data)
	if err != nil {
		return skip("this system does not tell: " + err.Error())
	}
	if free < lowBytes || float64(free) < lowShare*float64(size) {
		e.add(Finding{
			Code: "disk.low", Severity: Error, Msg: fmt.Sprintf("%d MB of %d MB are free on the disk of the data directory", free>>20, size>>20),
			Do: "make room: empty the trash, remove reads whose results are enough, or move blobs to a larger disk",
		})
	}
	return nil
}

// maxSkew is by how much clocks may differ: leases, sessions and the order of the
// audit are compared over machines.
const maxSkew = 2 * time.Second

func (e *exam) clock(ctx context.Context) error {
	skew, err := e.Skew(ctx)
	if err != nil {
		return err
	}
	if skew.Abs() > maxSkew {
		e.add(Finding{
			Code: "clock.skew", Severity: Warning, Msg: fmt.Sprintf("the clocks of this machine and of the database differ by %s", skew.Abs().Round(time.Millisecond)),
			Do: "have both follow the same time server",
		})
	}
	var last []lab.Entry
	err = e.Store.Read(ctx, func(tx *store.Tx) (err error) {
		last, err = tx.AuditPage(ctx, store.AuditFilter{Limit: 1})
		return err
	})
	if err != nil {
		return err
	}
	if len(last) == 1 && last[0].At.Sub(e.Now()) > time.Minute {
		e.add(Finding{
			Code: "clock.back", Severity: Warning, Object: "audit", IDs: []string{strconv.FormatInt(last[0].ID, 10)},
			Msg: fmt.Sprintf("the newest entry of the audit is of %s, which is to come", last[0].At.UTC().Format(time.DateTime)),
			Do:  "look at the clocks of the machines that the server and its workers ran on",
		})
	}
	return nil
}

// expiresSoon is how long before its end a certificate should have been renewed.
const expiresSoon = 14 * 24 * time.Hour

func (e *exam) certificate(context.Context) error {
	certFile, keyFile := e.CertFile, e.KeyFile
	if certFile == "" {
		certFile, keyFile = filepath.Join(e.Data, "tls", "cert.pem"), filepath.Join(e.Data, "tls", "key.pem")
		if _, err := os.Stat(certFile); errors.Is(err, fs.ErrNotExist) {
			return skip("there is none of which the files are known")
		}
	}
	const do = "put a new certificate in its place; a generated one is made again when its files are removed"
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		e.add(Finding{Code: "certificate.broken", Severity: Error, Msg: fmt.Sprintf("the certificate %s cannot be used: %v", certFile, err), Do: do})
		return nil
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return err
	}
	switch left := cert.NotAfter.Sub(e.Now()); {
	case left <= 0:
		e.add(Finding{Code: "certificate.expired", Severity: Error, Msg: fmt.Sprintf("the certificate %s was good until %s", certFile, cert.NotAfter.UTC().Format(time.DateTime)), Do: do})
	case left < expiresSoon:
		e.add(Finding{Code: "certificate.expires", Severity: Warning, Msg: fmt.Sprintf("the certificate %s is good for %d days more", certFile, left/(24*time.Hour)), Do: do})
	}
	return nil
}

func (e *exam) sources(context.Context) error {
	if len(e.Sources) == 0 {
		return skip("there are none")
	}
	var gone []string
	for name, dir := range e.Sources {
		if _, err := os.ReadDir(dir); err != nil {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	if len(gone) > 0 {
		e.add(Finding{
			Code: "source.gone", Severity: Error, Object: "source", IDs: gone, Msg: fmt.Sprintf("%d mounted folders cannot be read", len(gone)),
			Do: "mount them, and look at their permissions: files attached from them cannot be analysed",
		})
	}
	return nil
}

// patience is how long a service on the network may take to answer.
const patience = 30 * time.Second

func (e *exam) mail(ctx context.Context) error {
	return e.reach(ctx, e.Mail, "mail.unreachable", "the mail server takes no mails", "look at the settings mail.*, and ask who runs it: invitations and warnings are not sent", "no mail server is set")
}

func (e *exam) directory(ctx context.Context) error {
	return e.reach(ctx, e.Directory, "directory.unreachable", "the directory does not do what signing in needs", "look at the settings directory.*, \"vidjil directory check\" tells each step: its people may not sign in; local accounts can", "no directory is set")
}

func (e *exam) reach(ctx context.Context, f func(context.Context) error, code, msg, do, none string) error {
	if f == nil {
		return skip(none)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := f(ctx); err != nil {
		e.add(Finding{Code: code, Severity: Error, Msg: msg + ": " + strings.ReplaceAll(err.Error(), "\n", "; "), Do: do})
	}
	return nil
}
