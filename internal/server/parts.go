package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/help"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/logbook"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/source"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/trace"
	"vidjil.org/vidjil/internal/webui"
	"vidjil.org/vidjil/web"
)

// server is an open server: its parts, in the order in which they were opened.
type server struct {
	Config
	mode   string // of TLS
	secure bool   // people come by https, to us or to a proxy
	url    string // how people reach it
	lock   *os.File
	store  *store.Store
	blobs  blob.Store
	ui     *webui.UI
	manual *help.Manual
	uses   *service.Service
	workers
	uploads
	book    *logbook.Book
	postman *service.Postman
	watch
	syncer  *service.Syncer
	backups *backup.Schedule
	copies  *backup.Continuous

	requests   context.Context //nolint:containedctx // of all requests: it lives as long as the server
	endStreams context.CancelFunc
}

// open opens the parts on the data directory.
func open(ctx context.Context, c Config) (_ *server, err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	book := logbook.New(0, slog.LevelInfo)
	c.Log = slog.New(trace.Handler(book.Handler(c.Log.Handler())))
	if c.Say == nil {
		c.Say = func(string, ...any) {}
	}
	c.Settings = c.Settings.WithDefaults()
	if err := c.Settings.Check(); err != nil {
		return nil, err
	}
	if c.Settings.Workers.Count == 0 {
		c.Settings.Workers.Count = max(1, runtime.NumCPU()-1)
	}
	s := &server{Config: c, book: book, mode: c.Settings.TLSMode()}
	s.secure = s.mode != config.TLSOff || strings.HasPrefix(c.Settings.HTTP.PublicURL, "https://")
	requests, end := context.WithCancelCause(context.WithoutCancel(ctx))
	s.requests, s.endStreams = requests, func() { end(errStopping()) }
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := makeDirs(c.Settings.Data, "blobs", "uploads", "tls"); err != nil {
		return nil, err
	}
	if s.lock, err = lock(c.Settings.Data); err != nil {
		return nil, err
	}
	if err := s.openWatch(ctx, &s.Config); err != nil {
		return nil, err
	}
	if s.store, err = store.Open(ctx, store.Config{
		URL: databaseURL(&c.Settings), Log: c.Log, BeforeMigrate: upgradeBackups(&c.Settings), Slow: c.Settings.Log.SlowQuery.D(), Watcher: s.metrics,
	}); err != nil {
		return nil, err
	}
	if s.blobs, err = openBlobs(ctx, &c.Settings); err != nil {
		return nil, err
	}
	if s.manual, err = help.New(); err != nil {
		return nil, err
	}
	if s.ui, err = webui.New(web.Files(), webui.Config{Base: c.Settings.HTTP.Base(), Closed: c.Settings.Healthcare, Tools: tools(&c.Settings)}); err != nil {
		return nil, err
	}
	return s, nil
}

// errStopping ends the requests of a server that stops: whoever sent one may send
// it again, to the server that comes or to another one.
func errStopping() error {
	return &lab.Error{Code: lab.Unavailable, Msg: "the server is stopping; try again", Retry: 5 * time.Second}
}

// databaseURL is where the database is.
func databaseURL(c *config.Config) string {
	if c.Database != "" {
		return c.Database
	}
	return store.SQLite + ":" + filepath.Join(c.Data, "vidjil.db")
}

// start starts what works in the background, once the address is known.
func (s *server) start(ctx context.Context) error {
	// Before anybody writes, though what was written before is copied as well.
	if err := s.startCopies(ctx); err != nil {
		return err
	}
	keys, err := auth.OpenKeyring(filepath.Join(s.Settings.Data, "secret.key"))
	if err != nil {
		return err
	}
	sources, err := source.New(s.Settings.Sources)
	if err != nil {
		return err
	}
	mailer, err := openMail(&s.Settings.Mail)
	if err != nil {
		return err
	}
	zone, err := s.Settings.Mail.Location()
	if err != nil {
		return err
	}
	people, err := openDirectory(&s.Settings.Directory)
	if err != nil {
		return err
	}
	node, err := nodeName(filepath.Join(s.Settings.Data, "uploads"))
	if err != nil {
		return err
	}
	s.uses = service.New(service.Config{
		Node:      service.Node{Name: node, URL: s.Settings.HTTP.NodeURL, Keys: keys.Names()},
		Directory: people.directory, DirectoryRealm: people.realm, Providers: people.providers,
		Store: s.store, Blobs: s.blobs, Sources: sources, Log: s.Log, PublicURL: s.url, Version: s.Version, Commit: s.Commit, Now: time.Now, Keys: keys,
		NoPublicAnalysis: s.Settings.PublicAnalysis == "nobody", Healthcare: s.Settings.Healthcare,
		Lockout: lockout(&s.Settings.Limits), SessionRule: sessions(&s.Settings.Limits),
		GroupQuota: int64(s.Settings.Limits.GroupQuota), PersonQuota: int64(s.Settings.Limits.PersonQuota),
		Language: s.Settings.Mail.Language, DigestAt: s.Settings.Mail.DigestAt, Zone: zone,
		Mail: mailer, Administrators: s.Settings.Mail.Admins, Logbook: s.book, Retention: retention(&s.Settings.Retention),
		Notices: service.Notices(s.Settings.Notices), Tools: tools(&s.Settings), BackupEvery: backupEvery(&s.Settings.Backup),
		Watcher:         s.metrics,
		LimitedAccounts: s.Settings.Accounts.Limited, ReadOnlyAccounts: s.Settings.Accounts.ReadOnly,
	})
	if err := s.uses.Announce(ctx); err != nil {
		return err
	}
	if err := s.uses.RememberURL(ctx); err != nil {
		return err
	}
	// Before any worker, one of which may collect: what the last run left is
	// delivered first.
	if s.uploads, err = startUploads(ctx, s.Config, s.blobs, s.uses, s.secure); err != nil {
		return err
	}
	s.workers, err = startWorkers(ctx, workersConfig{
		Config: s.Config, name: poolName(s.Settings.Data), store: s.store, blobs: s.blobs, uses: s.uses, sources: sources, watch: &s.watch,
	})
	if err != nil {
		return errors.Join(err, s.uploads.stop())
	}
	s.syncer = people.syncer(s.uses)
	s.syncer.Start(ctx)
	s.postman = &service.Postman{Service: s.uses}
	if err := s.postman.Start(ctx); err != nil {
		return err
	}
	if s.backups, err = startBackups(ctx, &s.Config, s.store, s.blobs, s.uses); err != nil {
		return err
	}
	return s.startWatch(ctx, &s.Config, s.uses)
}

// stop stops what works in the background.
func (s *server) stop(ctx context.Context) error {
	s.stopReports()
	s.backups.Stop()
	err := errors.Join(s.uploads.stop(), s.workers.stop(ctx))
	s.postman.Stop()
	s.syncer.Stop()
	s.uses.Stop()
	return errors.Join(err, s.stopWatch(ctx))
}

// close closes the parts, the last opened first. It may be called on a server
// that was opened in part.
func (s *server) close() error {
	s.endStreams()
	var errs []error
	s.copies.Stop() // nobody writes any more, and the store is open: it asks there for the last bytes
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// handler is all that the server answers.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(client.Prefix+"/", api.New(api.Config{
		Service: s.uses, Uploads: s.receiver, Log: s.Log, Version: s.Version, SecureCookies: s.secure, Watcher: s.metrics, Trace: s.tracer, Limits: limits(&s.Settings.Limits),
	}))
	s.health(mux)
	mux.Handle(help.Root, s.counted(help.Root, s.manual))
	mux.Handle("/", s.counted("/", s.ui))
	h := below(s.Settings.HTTP.Base(), mux)
	h = headers(s.hsts(), h)
	origin := strings.TrimSuffix(s.url, s.Settings.HTTP.Base())
	h = forwarded(s.Settings.HTTP.Proxies(), s.Settings.HTTP.Socket != "", origin, h)
	return deadlines(s.Settings.HTTP.WriteTimeout.D(), h)
}

// limits are how often one network address may ask.
func limits(c *config.Limits) api.Limits {
	return api.Limits{
		Proofs: api.Limit{Burst: c.SignIns, Every: c.SignInEvery.D()},
		Public: api.Limit{Burst: c.Public, Every: c.PublicEvery.D()},
	}
}

// tools are those of other sites that pages offer; nil is all.
func tools(c *config.Config) []string {
	if slices.Contains(c.ExternalTools, "none") {
		return []string{}
	}
	return c.ExternalTools
}

// backupEvery is the time between two backups; 0 is that the server makes none.
func backupEvery(b *config.Backup) time.Duration {
	if b.Target == "" {
		return 0
	}
	return b.Every.D()
}

// lockout is how long one account has to wait after wrong passwords.
func lockout(c *config.Limits) auth.Lockout {
	return auth.Lockout{Free: c.LockoutAfter, Base: c.LockoutFirst.D(), Max: c.LockoutLongest.D()}
}

// sessions is how long people stay signed in.
func sessions(c *config.Limits) auth.SessionRule {
	return auth.SessionRule{Idle: c.SessionIdle.D(), Absolute: c.Session.D()}
}

// welcome tells the administrator at the terminal where the server is, and how
// to become the first administrator while there is none.
func (s *server) welcome(ctx context.Context) {
	s.Say("vidjil is at %s", s.url)
	link, err := s.uses.SetupLink(ctx)
	if err != nil {
		s.Log.ErrorContext(ctx, "make setup link", "error", err)
		return
	}
	if s.Demo {
		if err := s.fillDemo(ctx, link); err != nil && ctx.Err() == nil {
			s.Say("The demonstration could not be made: %v", err)
			s.Log.ErrorContext(ctx, "fill with demonstration data", "error", err)
		}
		return
	}
	if link != "" {
		s.Say("There is no administrator yet. Make the first one here, within a day:\n  %s", link)
	}
}
