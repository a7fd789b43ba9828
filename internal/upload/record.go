package upload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
)

// state is where an upload is in its life, drawn in the package comment.
type state string

const (
	receiving state = "receiving"
	verified  state = "verified"
	stored    state = "stored"
	finished  state = "finished"
	refused   state = "refused"
)

// record is what is written down of an upload, as ID.json beside ID.part.
type record struct {
	Version   int          `json:"version"` // 1
	Upload    Upload       `json:"upload"`
	State     state        `json:"state"`
	Sum       checkpoint   `json:"checkpoint"`
	Digest    blob.Digest  `json:"digest,omitempty"` // from verified on
	Content   content.Kind `json:"content,omitempty"`
	Duplicate bool         `json:"duplicate,omitempty"`
	Reason    string       `json:"reason,omitempty"` // of a refusal, for people
	Status    int          `json:"status,omitempty"` // of HTTP, of a refusal
	Code      lab.Code     `json:"code,omitempty"`   // of a refusal
	Told      bool         `json:"told,omitempty"`   // the Ledger knows of the refusal
	CreatedAt time.Time    `json:"created_at"`
	ChangedAt time.Time    `json:"changed_at"`
}

const recordVersion = 1

// checkpoint is the state of the hash after Offset bytes, which were synced
// before it was saved.
type checkpoint struct {
	Offset int64  `json:"offset"`
	State  []byte `json:"state,omitempty"` // crypto/sha256's own form
	Boot   string `json:"boot,omitempty"`  // of the system under which it was saved
}

// staging is the folder of uploads under way.
type staging struct {
	path string
	root *os.Root
	boot string
}

const (
	recordSuffix = ".json"
	partSuffix   = ".part"
	draftSuffix  = ".new"
)

var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func unknownUpload() error {
	return lab.Errorf(lab.NotFound, "there is no such upload: it has expired, or was never begun")
}

// bootID names the run of the operating system, or is empty where the system
// does not tell. When it is the same, everything that was written is still there,
// synced or not.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// ids are those of all records.
func (d staging) ids() ([]string, error) {
	names, err := d.names()
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, recordSuffix); ok && idForm.MatchString(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (d staging) names() ([]string, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

func (d staging) load(id string) (*record, error) {
	if !idForm.MatchString(id) {
		return nil, unknownUpload()
	}
	data, err := d.root.ReadFile(id + recordSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unknownUpload()
	} else if err != nil {
		return nil, fmt.Errorf("load upload %s: %w", id, err)
	}
	var rec record
	if err := json.Unmarshal(data, &rec); err != nil {
		return nil, fmt.Errorf("load upload %s: %w", id, err)
	}
	if rec.Version != recordVersion || rec.Upload.ID != id {
		return nil, fmt.Errorf("load upload %s: a record of version %d of upload %q", id, rec.Version, rec.Upload.ID)
	}
	return &rec, nil
}

// create begins an upload whose id is new.
func (d staging) create(rec *record) error {
	f, err := d.root.OpenFile(rec.Upload.ID+partSuffix, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create upload %s: %w", rec.Upload.ID, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("create upload %s: %w", rec.Upload.ID, err)
	}
	return d.save(rec)
}

// save replaces the record as a whole, and syncs it.
func (d staging) save(rec *record) error {
	rec.ChangedAt = time.Now().UTC()
	id := rec.Upload.ID
	data, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("save upload %s: %w", id, err)
	}
	f, err := d.root.OpenFile(id+draftSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("save upload %s: %w", id, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = d.root.Rename(id+draftSuffix, id+recordSuffix)
	}
	if err == nil {
		err = d.sync()
	}
	if err != nil {
		return fmt.Errorf("save upload %s: %w", id, full(err))
	}
	return nil
}

func (d staging) sync() error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// remove forgets an upload, the record last: while it is there, the rest is
// known to belong to it.
func (d staging) remove(id string) error {
	var errs []error
	for _, suffix := range []string{partSuffix, draftSuffix, recordSuffix} {
		if err := d.root.Remove(id + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove upload %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (d staging) removePart(id string) error {
	if err := d.root.Remove(id + partSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove bytes of upload %s: %w", id, err)
	}
	return nil
}

func (d staging) partPath(id string) string { return filepath.Join(d.path, id+partSuffix) }

// size is that of the bytes of an upload; 0 if there are none.
func (d staging) size(id string) int64 {
	st, err := d.root.Stat(id + partSuffix)
	if err != nil {
		return 0
	}
	return st.Size()
}

// offset is how many bytes of an upload can be relied on. If the machine went
// down since they were written, that is what was synced: the rest is cut off.
func (d staging) offset(rec *record) (int64, error) {
	st, err := d.root.Stat(rec.Upload.ID + partSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, unknownUpload() // somebody removed the bytes: its sender begins again
	} else if err != nil {
		return 0, fmt.Errorf("find bytes of upload %s: %w", rec.Upload.ID, err)
	}
	size := st.Size()
	if size <= rec.Sum.Offset || d.boot != "" && d.boot == rec.Sum.Boot {
		return min(size, rec.Upload.Size), nil
	}
	f, err := d.root.OpenFile(rec.Upload.ID+partSuffix, os.O_WRONLY, 0)
	if err != nil {
		return 0, fmt.Errorf("cut upload %s: %w", rec.Upload.ID, err)
	}
	if err := errors.Join(f.Truncate(rec.Sum.Offset), f.Sync(), f.Close()); err != nil {
		return 0, fmt.Errorf("cut upload %s: %w", rec.Upload.ID, err)
	}
	return rec.Sum.Offset, nil
}

// head is the beginning of the bytes of an upload, for a look at what they are.
func (d staging) head(id string) ([]byte, error) {
	f, err := d.root.Open(id + partSuffix)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, content.HeadBytes))
}

// sum is the hash of the first offset bytes: from the checkpoint on, what is
// missing in it is read again.
func (d staging) sum(ctx context.Context, rec *record, offset int64) (hash.Hash, error) {
	sum, from := sha256.New(), int64(0)
	if rec.Sum.Offset > 0 && rec.Sum.Offset <= offset {
		if err := sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(rec.Sum.State); err == nil { //nolint:forcetypeassert // documented by crypto/sha256
			from = rec.Sum.Offset
		} else {
			sum.Reset() // of a Go version that saved it in another form
		}
	}
	if from == offset {
		return sum, nil
	}
	f, err := d.root.Open(rec.Upload.ID + partSuffix)
	if err != nil {
		return nil, fmt.Errorf("hash upload %s: %w", rec.Upload.ID, err)
	}
	defer f.Close()
	n, err := io.Copy(sum, contextReader{ctx, io.NewSectionReader(f, from, offset-from)})
	if err == nil && n < offset-from {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("hash upload %s: %w", rec.Upload.ID, err)
	}
	return sum, nil
}

// checkpoint saves the hash after offset bytes, which f has.
func (d staging) checkpoint(rec *record, f *os.File, sum hash.Hash, offset int64) error {
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync upload %s: %w", rec.Upload.ID, full(err))
	}
	state, err := sum.(encoding.BinaryMarshaler).MarshalBinary() //nolint:forcetypeassert // documented by crypto/sha256
	if err != nil {
		return fmt.Errorf("save upload %s: %w", rec.Upload.ID, err)
	}
	if rec.Sum.Offset == offset && bytes.Equal(rec.Sum.State, state) && rec.Sum.Boot == d.boot {
		return nil
	}
	rec.Sum = checkpoint{Offset: offset, State: state, Boot: d.boot}
	return d.save(rec)
}

// full puts a full disk into words.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &lab.Error{Code: lab.NoSpace, Msg: "the disk of the server is full; the upload can be resumed when there is room", Err: err}
	}
	return err
}

// contextReader ends a reading whose context has ended.
type contextReader struct {
	ctx context.Context //nolint:containedctx // io.Reader has no room for one
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
