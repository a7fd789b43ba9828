package upload

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tus/tusd/v2/pkg/handler"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
)

// Receiver is also what tusd calls a data store. Errors leave it as those of
// tusd, with the HTTP status of the table in answer.go.
var (
	_ handler.DataStore           = (*Receiver)(nil)
	_ handler.TerminaterDataStore = (*Receiver)(nil)
	_ handler.TerminatableUpload  = (*part)(nil)
	_ handler.Upload              = (*part)(nil)
)

// part is an upload as tusd sees it, locked for the time of a request.
type part struct {
	r      *Receiver
	rec    *record
	offset int64
}

// beforeCreate decides on a new upload: its form, room, and then the Ledger.
func (r *Receiver) beforeCreate(hook handler.HookEvent) (handler.HTTPResponse, handler.FileInfoChanges, error) {
	ctx := hook.Context
	ex := exchangeOf(ctx)
	u, err := announced(hook.Upload, r.cfg.MaxBytes)
	if err != nil {
		return handler.HTTPResponse{}, handler.FileInfoChanges{}, ex.fail(err)
	}
	key := "new " + rand.Text() // until the id is known; ids have no space
	if err := r.reserve(ctx, key, u.Size); err != nil {
		return handler.HTTPResponse{}, handler.FileInfoChanges{}, ex.fail(err)
	}
	defer r.expect(key, 0)
	if u.ID, err = r.ledger.Begin(ctx, ex.request, u); err != nil {
		return handler.HTTPResponse{}, handler.FileInfoChanges{}, ex.fail(err)
	}
	if !idForm.MatchString(u.ID) {
		return handler.HTTPResponse{}, handler.FileInfoChanges{}, ex.fail(fmt.Errorf("begin upload: %q is not an id", u.ID))
	}
	r.expect(u.ID, u.Size)
	r.serve(u.ID, 1)
	ex.upload = u
	return handler.HTTPResponse{}, handler.FileInfoChanges{ID: u.ID, MetaData: handler.MetaData{}}, nil
}

// maxMetadataBytes is what may be said about a file, keys and values.
const maxMetadataBytes = 8 << 10

// announced checks the form of what a request says about its file.
func announced(info handler.FileInfo, maxBytes int64) (Upload, error) {
	u := Upload{Size: info.Size, Metadata: info.MetaData}
	bytes := 0
	for key, value := range info.MetaData {
		bytes += len(key) + len(value)
		if !utf8.ValidString(value) {
			return u, lab.Errorf(lab.Invalid, "the metadata %q is not UTF-8", key)
		}
	}
	// Browsers give a folder's path, Windows with backslashes.
	u.Name = path.Base(strings.ReplaceAll(info.MetaData["filename"], "\\", "/"))
	switch {
	case bytes > maxMetadataBytes:
		return u, lab.Errorf(lab.TooLarge, "the metadata have more than %d bytes", maxMetadataBytes)
	case u.Name == "." || u.Name == "/" || len(u.Name) > 255 || strings.ContainsFunc(u.Name, unicode.IsControl):
		return u, lab.Errorf(lab.Invalid, "the metadata \"filename\" is missing, too long or no name of a file")
	case info.SizeIsDeferred || info.IsPartial || info.IsFinal:
		return u, lab.Errorf(lab.Invalid, "the size of the file must be given (Upload-Length), and its parts be sent in order")
	case u.Size == 0:
		return u, lab.Errorf(lab.Invalid, "the file is empty")
	case maxBytes > 0 && u.Size > maxBytes:
		return u, lab.Errorf(lab.TooLarge, "the file has %d MB; at most %d MB are taken", u.Size>>20, maxBytes>>20)
	}
	if text := info.MetaData["sha256"]; text != "" {
		var err error
		if u.Digest, err = blob.ParseDigest(text); err != nil {
			return u, lab.Errorf(lab.Invalid, "the metadata \"sha256\" is %w", err)
		}
	}
	return u, nil
}

// NewUpload implements [handler.DataStore].
func (r *Receiver) NewUpload(ctx context.Context, _ handler.FileInfo) (handler.Upload, error) {
	ex := exchangeOf(ctx)
	rec := &record{Version: recordVersion, Upload: ex.upload, State: receiving, Sum: checkpoint{Boot: r.dir.boot}, CreatedAt: time.Now().UTC()}
	if err := r.dir.create(rec); err != nil {
		r.expect(rec.Upload.ID, 0)
		if errors.Is(err, os.ErrExist) {
			return nil, ex.fail(err) // not ours to abandon
		}
		abandoned := r.ledger.Abandon(ctx, rec.Upload.ID, "the server could not begin the upload")
		return nil, ex.fail(errors.Join(err, abandoned, r.dir.remove(rec.Upload.ID)))
	}
	ex.created = true
	r.cfg.Logger.InfoContext(ctx, "upload begun", "upload", rec.Upload.ID, "bytes", rec.Upload.Size)
	return &part{r: r, rec: rec}, nil
}

// GetUpload implements [handler.DataStore]. An upload of which all bytes are
// there and which a crash or a fault kept from being finished is finished now:
// clients that learn from HEAD that they need send no more ask for nothing else.
func (r *Receiver) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	ex := exchangeOf(ctx)
	rec, err := r.dir.load(id)
	if lab.CodeOf(err) == lab.NotFound {
		return nil, handler.ErrNotFound
	} else if err != nil {
		return nil, ex.fail(err)
	}
	p := &part{r: r, rec: rec, offset: rec.Upload.Size}
	if ex.request.Method == http.MethodDelete {
		return p, nil
	}
	if rec.State == receiving {
		if p.offset, err = r.dir.offset(rec); err != nil {
			return nil, ex.fail(err)
		}
		if p.offset < rec.Upload.Size {
			return p, nil
		}
	}
	if err := p.FinishUpload(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// GetInfo implements [handler.Upload]. It gives no metadata, which name the file.
func (p *part) GetInfo(context.Context) (handler.FileInfo, error) {
	return handler.FileInfo{ID: p.rec.Upload.ID, Size: p.rec.Upload.Size, Offset: p.offset}, nil
}

// GetReader implements [handler.Upload]: uploads are not for download.
func (p *part) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, handler.ErrNotImplemented
}

// WriteChunk implements [handler.Upload]. What arrives is hashed and written; the
// end of src may be that of the request or of its connection.
func (p *part) WriteChunk(ctx context.Context, _ int64, src io.Reader) (int64, error) {
	n, err := p.write(ctx, src)
	if err != nil {
		return n, exchangeOf(ctx).fail(err)
	}
	return n, nil
}

func (p *part) write(ctx context.Context, src io.Reader) (n int64, err error) {
	sum, err := p.r.dir.sum(ctx, p.rec, p.offset)
	if err != nil {
		return 0, err
	}
	f, err := p.r.dir.root.OpenFile(p.rec.Upload.ID+partSuffix, os.O_RDWR, 0)
	if err != nil {
		return 0, fmt.Errorf("write upload %s: %w", p.rec.Upload.ID, err)
	}
	defer func() {
		if closed := f.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write upload %s: %w", p.rec.Upload.ID, closed)
		}
	}()
	start := p.offset
	if p.rec.Sum.Boot != p.r.dir.boot {
		// From here on a crash of the program alone costs nothing.
		if err := p.r.dir.checkpoint(p.rec, f, sum, p.offset); err != nil {
			return 0, err
		}
	}
	err = p.copy(ctx, f, sum, src)
	if err == nil {
		err = p.r.dir.checkpoint(p.rec, f, sum, p.offset)
	}
	if p.rec.State == receiving {
		p.r.expect(p.rec.Upload.ID, p.rec.Upload.Size-p.offset)
	}
	return p.offset - start, err
}

// copy appends src to f. offset counts what was written and hashed.
func (p *part) copy(ctx context.Context, f *os.File, sum hash.Hash, src io.Reader) error {
	// Larger pieces are no faster: from 64 KiB on the hash sets the speed.
	buf := make([]byte, 256<<10)
	saved := p.offset
	for {
		n, readErr := src.Read(buf)
		if n > 0 {
			if _, err := f.WriteAt(buf[:n], p.offset); err != nil {
				// What is beyond offset is cut off, or else would count.
				return errors.Join(fmt.Errorf("write upload %s: %w", p.rec.Upload.ID, full(err)), f.Truncate(p.offset))
			}
			sum.Write(buf[:n])
			p.offset += int64(n)
		}
		if p.rec.Content == "" && (p.offset >= content.HeadBytes || p.offset == p.rec.Upload.Size) {
			if err := p.r.sniff(ctx, p.rec); err != nil {
				return err
			}
		}
		if p.offset-saved >= p.r.every {
			if err := p.r.dir.checkpoint(p.rec, f, sum, p.offset); err != nil {
				return err
			}
			saved = p.offset
			p.r.expect(p.rec.Upload.ID, p.rec.Upload.Size-p.offset)
		}
		if readErr != nil {
			if readErr == io.EOF {
				return nil
			}
			return fmt.Errorf("receive upload %s: %w", p.rec.Upload.ID, readErr)
		}
	}
}

// FinishUpload implements [handler.Upload].
func (p *part) FinishUpload(ctx context.Context) error {
	ex := exchangeOf(ctx)
	// It goes on when its client has gone, and ends with the receiver.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(p.r.life, func() { cancel(context.Cause(p.r.life)) })()
	ex.wait()
	if err := p.r.finish(ctx, p.rec); err != nil {
		return ex.fail(err)
	}
	ex.outcome = p.rec
	return nil
}

// AsTerminatableUpload implements [handler.TerminaterDataStore].
func (r *Receiver) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload {
	p, ok := u.(*part)
	if !ok {
		panic("upload: tusd hands in an upload that is not ours")
	}
	return p
}

// Terminate implements [handler.TerminatableUpload]: somebody gives up. What is
// finished stays what it is, only its upload is forgotten.
func (p *part) Terminate(ctx context.Context) error {
	if err := p.r.drop(ctx, p.rec, "the upload was cancelled"); err != nil {
		return exchangeOf(ctx).fail(err)
	}
	return nil
}
