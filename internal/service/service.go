// Package service holds the use cases of the server: what people and scripts
// can do, one file per noun. Each use case takes the actor who asks, decides by
// internal/access whether it may be, and runs in one transaction in which the
// change, its jobs and its audit entry are written together.
//
// Answers leave here with identities closed (lab.Private) unless the actor may
// see them: that is decided in identity.go and nowhere else. The package knows
// no HTTP; internal/api translates.
package service

import (
	"context"
	"log/slog"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/events"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/logbook"
	"vidjil.org/vidjil/internal/source"
	"vidjil.org/vidjil/internal/store"
)

// Service runs the use cases. It is safe for concurrent use.
type Service struct {
	Config
	started   time.Time
	strangers *strangers
	running   running
	faults    faults // of the program, that administrators were not told of yet
	events    *events.Hub

	tables   *tables     // of clonotypes, open
	fused    *fusedCache // in memory
	busy     *busy       // fusing, aligning
	searches *busy       // through all clonotypes
	strange  *busy       // what people ask who have not signed in
	engines  engines     // of the public analysis
}

// Config is what the use cases work with. Fields without a default must be set.
type Config struct {
	Store *store.Store
	Log   *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// PublicURL is how people reach the server, for links: "https://host:8443".
	PublicURL string
	// Version is that of the program, for provenance; Commit is the revision that
	// it was built from, "" when it is not known.
	Version, Commit string
	// Node is this server, of those on the same database; the zero Node is what is
	// no server.
	Node Node
	// Blobs holds the bytes of reads and results.
	Blobs blob.Store
	// Sources are mounted folders; nil is none.
	Sources *source.Sources
	// Passwords hashes passwords; nil is a hasher of the default cost.
	Passwords Passwords
	// Keys seals the secrets of second factors; without, there are none.
	Keys *auth.Keyring
	// Directory proves identities by passwords that are kept elsewhere; nil is
	// none. DirectoryRealm says what its word counts for.
	Directory      Directory
	DirectoryRealm Realm
	// Providers are those of OpenID Connect with which people may sign in.
	Providers []Provider
	// Lockout is how long to wait after wrong passwords.
	Lockout auth.Lockout
	// SessionRule says how long people stay signed in.
	SessionRule auth.SessionRule
	// GroupQuota is the bytes of reads that a group without a quota of its own may
	// have, PersonQuota those in the samples that one person made; 0 is no limit.
	GroupQuota, PersonQuota int64
	// Mail sends mails; nil is no mail server: then they are logged.
	Mail Mailer
	// Administrators are the addresses to which mails for administrators go; none
	// is those of all administrators.
	Administrators []string
	// Logbook keeps the last lines of the log; nil is none.
	Logbook *logbook.Book
	// Retention is how long things stay that are not wanted any more.
	Retention lab.Retention
	// Language is that of mails to who has chosen none: "en" or "fr"; "" is "en".
	Language string
	// DigestAt is when the daily digest is written, as HH:MM in Zone; "" is 06:00,
	// nil UTC.
	DigestAt string
	Zone     *time.Location
	// NoPublicAnalysis switches off the analysis of a few pasted sequences for
	// people who have not signed in.
	NoPublicAnalysis bool
	// Healthcare says that sequences stay in the laboratory: pages then offer no
	// tools of other sites.
	Healthcare bool
	// Notices are texts for everybody who opens the pages.
	Notices Notices
	// Tools are those of other sites to which pages offer to send sequences, by
	// the names that pages have for them; nil is all. With Healthcare there are none.
	Tools []string
	// LimitedAccounts are the addresses of accounts that several people share and
	// that therefore cannot change themselves, besides those that are marked so.
	// ReadOnlyAccounts are the addresses of accounts that change nothing at all.
	LimitedAccounts, ReadOnlyAccounts []string
	// Watcher is told of what machines count; nil is nobody.
	Watcher Watcher
	// BackupEvery is the time between two backups that the server makes; 0 is that
	// it makes none.
	BackupEvery time.Duration
}

// New makes the use cases.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Passwords == nil {
		var err error
		if c.Passwords, err = auth.NewHasher(auth.HasherConfig{}); err != nil {
			panic(err) // the default cost is a valid one
		}
	}
	s := &Service{
		Config: c, started: c.Now(), strangers: newStrangers(), events: events.New(events.Config{Store: c.Store, Log: c.Log}),
		fused: newFusedCache(maxCachedClones), busy: newBusy(2, 100), searches: newBusy(2, 100), strange: newBusy(1, 20),
	}
	s.tables = newTables(func() blob.Store { return s.Blobs }, maxOpenTables)
	return s
}

// write runs a change of the actor in one transaction.
func (s *Service) write(ctx context.Context, f func(tx *store.Tx) error) error {
	return s.Store.Write(ctx, f)
}

// read runs queries on one view of the database.
func (s *Service) read(ctx context.Context, f func(tx *store.Tx) error) error {
	return s.Store.Read(ctx, f)
}

// errForbidden is the answer where the object is known to the actor and the
// right is missing.
func errForbidden(what string) error {
	return lab.Errorf(lab.Forbidden, "you do not have the right to %s", what)
}

// errNotFound is the answer both for what is not there and for what the actor
// may not see: the difference is nobody's business.
func errNotFound(what string, id int64) error {
	return lab.Errorf(lab.NotFound, "there is no %s %d", what, id)
}

// grants turns the rights of the store into those of access; unknown ones,
// of a later version, give nothing.
func grants(list []lab.Grant, group int64) []access.Grant {
	var out []access.Grant
	for _, g := range list {
		if a := (access.Grant{Kind: access.Kind(g.Kind), Right: access.Right(g.Right)}); g.GroupID == group && a.Valid() {
			out = append(out, a)
		}
	}
	return out
}

// Ping tells whether the server can do its work.
func (s *Service) Ping(ctx context.Context) error {
	if err := s.Store.Ping(ctx); err != nil {
		s.Log.ErrorContext(ctx, "database does not answer", "error", err)
		return lab.Errorf(lab.Unavailable, "the database does not answer")
	}
	return nil
}
