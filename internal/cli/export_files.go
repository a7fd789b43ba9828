package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// sumsFile has the digests of a copy, as "sha256sum --check" reads them.
const sumsFile = "SHA256SUMS"

// storedFiles lists, checks or copies stored files.
type storedFiles struct {
	check bool
	to    *os.Root // where they are copied; nil for nowhere
	bar   *progress
	list  []service.StoredFile
	sums  []string
	bytes int64 // copied
	wrong int
}

// stored lists the stored files of sets, and reads or copies them on request.
func (o *exportOptions) stored(ctx context.Context, s *streams, uses *service.Service, who *service.Actor, q service.TransferRequest, kind lab.SetKind) (err error) {
	if err := uses.CheckKind(ctx, who, q.Sets, kind); err != nil {
		return err
	}
	x := &storedFiles{check: o.check, bar: newProgress(s), list: []service.StoredFile{}}
	if o.copyTo != "" {
		if x.to, err = newFolder(o.copyTo); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, x.to.Close()) }()
	}
	err = uses.StoredFiles(ctx, who, q, x.to != nil, func(f *service.StoredFile, open func() (io.ReadCloser, error)) error {
		return x.one(ctx, f, open)
	})
	x.bar.clear()
	if err != nil {
		return err
	}
	if x.to != nil {
		if err := x.to.WriteFile(sumsFile, []byte(strings.Join(x.sums, "")), 0o600); err != nil {
			return unwritable(sumsFile, err)
		}
		fmt.Fprintf(s.err, "Copied %d files, %s, into %s.\n", len(x.sums), byteText(x.bytes), o.copyTo)
	}
	if o.json {
		err = printJSON(s.out, x.list)
	} else {
		err = printStored(s, x.list)
	}
	if err == nil && x.wrong > 0 {
		err = lab.Errorf(lab.Problems, "%d of %d files cannot be read, or are lost or damaged", x.wrong, len(x.list))
	}
	return err
}

// newFolder makes a folder, or takes an empty one: what is in another would look
// as if it belonged to the copy.
func newFolder(name string) (*os.Root, error) {
	if err := os.MkdirAll(name, 0o700); err != nil {
		return nil, unwritable(name, err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, unwritable(name, err)
	}
	there, err := fs.ReadDir(root.FS(), ".")
	if err == nil && len(there) > 0 {
		err = lab.Errorf(lab.Conflict, "%s is not empty", name)
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// one looks at a file. What is wrong with its bytes is noted; that they cannot be
// written ends all.
func (x *storedFiles) one(ctx context.Context, f *service.StoredFile, open func() (io.ReadCloser, error)) error {
	if x.bar.due() {
		x.bar.draw(fmt.Sprintf("file %d, sample %d", len(x.list)+1, f.Sample))
	}
	if f.State == string(lab.FilePresent) && (x.check || x.to != nil) {
		if err := x.read(ctx, f, open); err != nil {
			return err
		}
	}
	if f.Fault != "" {
		x.wrong++
	}
	x.list = append(x.list, *f)
	return nil
}

// read reads the bytes of a file, into the copy if there is one.
func (x *storedFiles) read(ctx context.Context, f *service.StoredFile, open func() (io.ReadCloser, error)) (err error) {
	in, err := open()
	if err != nil {
		return x.fault(ctx, f, err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	sum := sha256.New()
	from := stoppable{ctx, io.TeeReader(in, sum)}
	name := copyName(f)
	n := int64(0)
	if x.to == nil {
		n, err = io.Copy(io.Discard, from)
	} else {
		n, err = x.copy(name, from)
	}
	if lab.CodeOf(err) == lab.Unwritable {
		return err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	switch {
	case err != nil:
		err = x.fault(ctx, f, err)
	case f.Digest != "" && f.Digest != digest:
		f.Fault = "damaged"
	case f.Digest == "" && f.Size != 0 && f.Size != n:
		f.Fault = "of another size than it had"
	}
	if x.to == nil || err != nil {
		return err
	}
	if f.Fault != "" {
		return unwritableOr(name, x.to.Remove(name)) // a copy has what is right
	}
	x.sums = append(x.sums, fmt.Sprintf("%s  %s\n", digest, name))
	x.bytes += n
	return nil
}

// fault notes why a file cannot be read.
func (x *storedFiles) fault(ctx context.Context, f *service.StoredFile, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	f.Fault = "lost"
	if e, ok := errors.AsType[*lab.Error](err); ok && e.Code != lab.NotFound {
		f.Fault = e.Error()
	} else if lab.CodeOf(err) != lab.NotFound {
		f.Fault = "cannot be read: " + reason(err).Error()
	}
	return nil
}

// copy writes a file of the copy.
func (x *storedFiles) copy(name string, from io.Reader) (n int64, err error) {
	if err := x.to.MkdirAll(path.Dir(name), 0o700); err != nil {
		return 0, unwritable(name, err)
	}
	out, err := x.to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, unwritable(name, err)
	}
	w := &noting{to: out}
	n, err = io.Copy(w, from)
	if closeErr := out.Close(); w.err == nil {
		w.err = closeErr
	}
	if w.err != nil {
		return n, unwritable(name, w.err)
	}
	return n, err
}

func unwritableOr(name string, err error) error {
	if err == nil {
		return nil
	}
	return unwritable(name, err)
}

// noting keeps the error of a writer, to tell it from that of a reader.
type noting struct {
	to  io.Writer
	err error
}

func (w *noting) Write(p []byte) (n int, err error) {
	n, w.err = w.to.Write(p)
	return n, w.err
}

// stoppable ends a reading when the command is stopped.
type stoppable struct {
	ctx context.Context //nolint:containedctx // io.Reader has no room for one
	r   io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if cause := context.Cause(s.ctx); cause != nil {
		return 0, cause
	}
	return s.r.Read(p)
}

// copyName is the name of a file in a copy: by set, sample and what it is.
func copyName(f *service.StoredFile) string {
	name := strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' {
			return '_'
		}
		return r
	}, f.Name)
	folder := []string{fmt.Sprintf("set-%d", f.Set), fmt.Sprintf("sample-%d", f.Sample)}
	if result, ok := strings.CutPrefix(f.What, "result "); ok {
		return path.Join(append(folder, "result-"+result, name)...)
	}
	parts := []string{f.What}
	if f.Generation > 1 {
		parts = []string{fmt.Sprintf("reads-%d", f.Generation), f.What}
	}
	if f.Lane > 0 {
		parts = append(parts, fmt.Sprintf("lane-%d", f.Lane))
	}
	return path.Join(append(folder, strings.Join(append(parts, name), "-"))...)
}

func printStored(s *streams, list []service.StoredFile) error {
	t := textTable{color: s.color, columns: []textColumn{
		{head: "set", right: true}, {head: "sample", right: true}, {head: "what"}, {head: "name", limit: 40}, {head: "bytes", right: true}, {head: "state"}, {head: "sha256"},
	}}
	for i := range list {
		f := &list[i]
		state := f.State
		if f.Fault != "" {
			state = f.Fault
		}
		t.add(textCell{text: strconv.FormatInt(f.Set, 10)}, textCell{text: strconv.FormatInt(f.Sample, 10)}, textCell{text: f.What}, textCell{text: f.Name},
			textCell{text: strconv.FormatInt(f.Size, 10)}, textCell{text: state}, textCell{text: f.Digest})
	}
	_, err := io.WriteString(s.out, t.String())
	return err
}
