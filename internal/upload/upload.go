// Package upload takes files from browsers and scripts over lines that break: the
// tus protocol, version 1.0, in front of a store of blobs. A file of 20 GB
// survives a closed lid, a restart and a kill of the server; what has arrived is
// what was sent, by its SHA-256; and what nobody finishes goes away.
//
// # Life of an upload
//
//	POST          PATCH …        last byte
//	  │             │               │
//	  ▼             ▼               ▼
//	receiving ─▶ receiving ─▶ verified ─▶ stored ─▶ finished
//	  │             │               │         │
//	  │ expired,    │ not reads or  │ wrong   │ its sample is gone
//	  │ DELETE      │ results       │ digest  │
//	  └─────────────┴──▶ refused ◀──┴─────────┘
//
// Each step is written down, in a file beside the bytes, before the next one
// begins, and each can be done twice: [Receiver.Recover] takes up at the start of
// the server what its last end has interrupted.
//
//   - receiving: bytes are appended to ID.part; every 64 MB, and when a request
//     ends, they are synced and the state of the hash is saved. After a crash of
//     the program at most 64 MB are hashed again; after one of the machine, which
//     may have lost what was not synced, at most 64 MB are sent again.
//   - verified: all bytes are there and have the digest that was announced, if one
//     was.
//   - stored: the store of blobs has them (by a rename, when it is a directory on
//     the same disk).
//   - finished: the [Ledger] knows it: row, jobs and audit entry are committed.
//
// The answer to the last request is given then, with the digest and with the word
// whether the bytes were known before. Should it be lost, HEAD and GET tell.
//
// # What it must not do
//
// It does not know people, samples or quotas: it asks the [Ledger], at every
// request. It does not read sequences; that a file is of a useful kind is told by
// its first megabyte ([content.Sniff]). Names of files can name patients: they
// stand in the private staging folder and are handed to the Ledger, never logged
// nor given out.
package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	tuslog "golang.org/x/exp/slog"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
)

// Upload is a file that somebody announces.
type Upload struct {
	ID   string `json:"id"`   // given by the Ledger
	Name string `json:"name"` // of the file, without folders; identifying
	Size int64  `json:"size"` // bytes
	// Digest is the one that its sender has computed (metadata "sha256"), or
	// empty. What arrives must have it.
	Digest blob.Digest `json:"digest,omitempty"`
	// Metadata is all that was said about the file, by key, to tell what it is
	// for. Its sender wrote it: it is to be checked.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Received is a file that is there.
type Received struct {
	Upload

	Blob    blob.Info    // Known tells that the store had the bytes before
	Content content.Kind // by its first bytes
}

// Ledger is what the server knows of uploads. All but Begin may be called more
// than once for the same upload.
type Ledger interface {
	// Begin is asked before the first byte whether this request may upload this
	// file: rights on the target, quota. It returns the id, a new one each time,
	// of letters, digits, '-' and '_', under which the upload is kept. The upload
	// itself may still not come to exist; it is abandoned then, or, after a crash,
	// unknown here (see [Receiver.Status]).
	Begin(ctx context.Context, r *http.Request, u Upload) (id string, err error)
	// Allow is asked at every later request.
	Allow(ctx context.Context, r *http.Request, id string) error
	// Finish makes the file the sample's, with its jobs and audit entry, in one
	// transaction. A [lab.NotFound], Forbidden, Conflict, Invalid or TooLarge
	// error is for good and the upload is refused; after any other one it is asked
	// again later.
	Finish(ctx context.Context, id string, f Received) error
	// Abandon tells that nothing will come of an upload, with the reason for
	// people. A [lab.NotFound] error counts as done.
	Abandon(ctx context.Context, id, reason string) error
}

// Inspector is a Ledger that looks at what a file is, as soon as its first bytes
// tell: an upload of 20 GB that will be refused is refused at its beginning. Its
// errors are those of Finish.
type Inspector interface {
	Inspect(ctx context.Context, id string, kind content.Kind) error
}

// Reviser is a Ledger that gives up uploads by itself, as when the file is
// replaced before it has come. Dead are those, of the ids given, whose bytes
// nobody wants any more.
type Reviser interface {
	Dead(ctx context.Context, ids []string) ([]string, error)
}

// Config tells how uploads are taken. Dir has no default.
type Config struct {
	// Dir is where bytes are gathered; on the disk of the blobs nothing is copied.
	Dir string
	// Path is where the handler is mounted; "/api/v1/uploads/" when empty.
	Path string
	// MaxBytes is the largest file that is taken; 0 = no limit.
	MaxBytes int64
	// ReserveBytes must stay free on the disk, for the database and the results;
	// 0 = 1 GiB, or 1 % of the disk where that is more.
	ReserveBytes int64
	// Free tells how many more bytes the disk takes; nil = it is asked.
	Free func(context.Context) (int64, error)
	// Expire is how long an unfinished upload may lie still; 0 = 7 days, so that
	// one that stopped on a Friday goes on after a long weekend.
	Expire time.Duration
	// Remember is how long the outcome of an upload can be asked for; 0 = 1 day.
	Remember time.Duration
	// Logger is told what happens to uploads, by their ids; nil = nobody.
	Logger *slog.Logger
	// Elsewhere gives what answers for an upload that another server gathers, nil
	// when it is gathered here. It is asked after the Ledger has allowed the
	// request. nil = there is no other server.
	Elsewhere func(ctx context.Context, id string) (http.Handler, error)
	// Refuse writes the answer of a request that is refused, so that all of the
	// API's have one form; nil = problem+json. Errors that are not a [lab.Error]
	// are not for people.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, err error)
}

func (c Config) withDefaults() Config {
	if c.Path == "" {
		c.Path = "/api/v1/uploads/"
	}
	c.Path = "/" + strings.Trim(c.Path, "/") + "/"
	if c.Expire == 0 {
		c.Expire = 7 * 24 * time.Hour
	}
	if c.Remember == 0 {
		c.Remember = 24 * time.Hour
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Refuse == nil {
		c.Refuse = writeProblem
	}
	return c
}

// checkpointBytes is how much is written between two savings of the hash: a sync
// every 64 MB costs a third of the speed of a disk that nobody waits for, and
// hashing 64 MB again takes a quarter of a second.
const checkpointBytes = 64 << 20

// Receiver takes uploads; it is an [http.Handler] for the folder Config.Path and
// all below it. Safe for concurrent use. Only one process may use its directory.
type Receiver struct {
	cfg    Config
	blobs  blob.Store
	ledger Ledger
	dir    staging
	tus    http.Handler
	locks  handler.Locker
	// every is checkpointBytes but in tests.
	every int64
	// free tells how much the disk takes, but in tests.
	free func(context.Context) (int64, error)

	life context.Context //nolint:containedctx // ends with Close: finishing outlives requests
	end  context.CancelCauseFunc

	mu      sync.Mutex
	pending map[string]int64 // bytes still to come, by upload
	serving map[string]int   // requests under way, by upload
}

// New makes a receiver. Call Recover before it serves requests, and Close at the
// end.
func New(blobs blob.Store, ledger Ledger, cfg Config) (*Receiver, error) {
	cfg = cfg.withDefaults()
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open upload folder: %w", err)
	}
	root, err := os.OpenRoot(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("open upload folder: %w", err)
	}
	r := &Receiver{
		cfg: cfg, blobs: blobs, ledger: ledger, every: checkpointBytes, locks: memorylocker.New(),
		dir: staging{path: cfg.Dir, root: root, boot: bootID()}, pending: map[string]int64{}, serving: map[string]int{},
	}
	if r.free = cfg.Free; r.free == nil {
		r.free = r.freeSpace
	}
	if cfg.ReserveBytes == 0 {
		size, err := blob.DiskSize(cfg.Dir)
		if err != nil {
			return nil, errors.Join(err, root.Close())
		}
		r.cfg.ReserveBytes = max(1<<30, size/100)
	}
	r.life, r.end = context.WithCancelCause(context.Background())
	composer := handler.NewStoreComposer()
	composer.UseCore(r)
	composer.UseTerminater(r)
	composer.UseLocker(r.locks)
	tus, err := handler.NewHandler(handler.Config{
		StoreComposer: composer, BasePath: cfg.Path, DisableDownload: true,
		// Same origin only; the API's own protection stands in front.
		Cors: &handler.CorsConfig{Disable: true},
		// Its log has paths and texts of errors; ours says what matters.
		Logger:                  tuslog.New(tuslog.NewTextHandler(io.Discard, &tuslog.HandlerOptions{Level: tuslog.Level(100)})),
		PreUploadCreateCallback: r.beforeCreate,
	})
	if err == nil {
		err = r.count()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open uploads: %w", err), root.Close())
	}
	r.tus = http.StripPrefix(strings.TrimSuffix(cfg.Path, "/"), tus)
	return r, nil
}

// Close interrupts what is being finished, to be taken up by the next Recover.
// Requests must have ended, or have no success from then on.
func (r *Receiver) Close() error {
	r.end(lab.Errorf(lab.Unavailable, "the server is stopping; the upload can be resumed"))
	return r.dir.root.Close()
}

// count learns what is still to come of the uploads of earlier runs.
func (r *Receiver) count() error {
	ids, err := r.dir.ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		rec, err := r.dir.load(id)
		if err != nil {
			// It costs one upload, not the start of the server; Recover says it too.
			r.cfg.Logger.Error("upload cannot be read", "upload", id, "error", err)
			continue
		}
		if rec.State == receiving {
			r.pending[id] = max(0, rec.Upload.Size-rec.Sum.Offset)
		}
	}
	return nil
}

// reserve takes note of a file that will come, unless the disk has no room for
// it beside all others that will.
func (r *Receiver) reserve(ctx context.Context, key string, size int64) error {
	free, err := r.free(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.pending {
		free -= n
	}
	if free-r.cfg.ReserveBytes < size {
		return lab.Errorf(lab.NoSpace, "the server has no room for this file at the moment: %d MB are needed, %d MB are left beside the uploads under way; please tell its administrator",
			size>>20, max(0, free-r.cfg.ReserveBytes)>>20)
	}
	r.pending[key] = size
	return nil
}

func (r *Receiver) expect(id string, bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if bytes <= 0 {
		delete(r.pending, id)
		return
	}
	r.pending[id] = bytes
}

// serve takes note of a request under way for an upload, and of its end.
func (r *Receiver) serve(id string, change int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.serving[id] += change; r.serving[id] == 0 {
		delete(r.serving, id)
	}
}

func (r *Receiver) busy(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.serving[id] > 0
}

// freeSpace is that of the staging folder or of the blobs, whichever is less.
func (r *Receiver) freeSpace(ctx context.Context) (int64, error) {
	free, err := blob.FreeSpace(r.cfg.Dir)
	if err != nil {
		return 0, err
	}
	if s, ok := r.blobs.(blob.Spacer); ok {
		kept, err := s.Free(ctx)
		if err != nil {
			return 0, err
		}
		free = min(free, kept)
	}
	return free, nil
}

// Status is what can be told of an upload.
type Status struct {
	ID        string       `json:"id"`
	State     string       `json:"state"` // receiving, verified, stored, finished, refused
	Size      int64        `json:"size"`
	Offset    int64        `json:"offset"` // bytes that have arrived
	Digest    blob.Digest  `json:"sha256,omitempty"`
	Content   content.Kind `json:"content,omitempty"`
	Duplicate bool         `json:"duplicate,omitempty"` // the bytes were there before
	Reason    string       `json:"reason,omitempty"`    // why it was refused
	ChangedAt time.Time    `json:"changed_at"`
}

// Status tells where an upload is. One that is not known, or no longer, is a
// [lab.NotFound] error.
func (r *Receiver) Status(_ context.Context, id string) (Status, error) {
	rec, err := r.dir.load(id)
	if err != nil {
		return Status{}, err
	}
	s := Status{
		ID: id, State: string(rec.State), Size: rec.Upload.Size, Offset: rec.Upload.Size, Digest: rec.Digest,
		Content: rec.Content, Duplicate: rec.Duplicate, Reason: rec.Reason, ChangedAt: rec.ChangedAt,
	}
	if rec.State == receiving {
		s.Offset = r.dir.size(id)
	}
	return s, nil
}
