package cli

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// outputs are the files that one command writes. They get their names together,
// when all of them are complete: a full disk, an error or a signal leaves
// either all or none of them, and what stood there before.
//
//	out := newOutputs(ctx, s)
//	defer out.discard()
//	w, err := out.create(path)
//	…
//	return out.commit()
type outputs struct {
	stdout  io.Writer
	stopped func() error // the cause when the command was stopped, else nil
	files   []*atomicFile
}

// newOutputs prepares outputs; when ctx is cancelled, writing to them fails with
// its cause, so that whoever writes stops.
func newOutputs(ctx context.Context, s *streams) *outputs {
	return &outputs{stdout: s.out, stopped: func() error { return context.Cause(ctx) }}
}

// create opens an output. The path "-" is standard output; a path that ends in
// ".gz" is compressed. Writes are buffered.
func (o *outputs) create(path string) (io.Writer, error) {
	return o.createAt(path, gzip.DefaultCompression)
}

// createAt is create with a level of compression.
func (o *outputs) createAt(path string, level int) (io.Writer, error) {
	for _, f := range o.files {
		if f.path == path {
			return nil, lab.Errorf(lab.Usage, "two outputs have the same name %s", path)
		}
	}
	var f *atomicFile
	if path == "-" {
		f = &atomicFile{path: path, sink: o.stdout}
	} else {
		var err error
		if f, err = createAtomic(path); err != nil {
			return nil, unwritable(path, err)
		}
	}
	f.buf = bufio.NewWriterSize(sink{f, o.stopped}, outputBuffer)
	o.files = append(o.files, f)
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		var err error
		f.zip, err = gzip.NewWriterLevel(f.buf, level)
		return f.zip, err
	}
	return f.buf, nil
}

// outputBuffer holds about a thousand FASTQ records: fewer system calls than
// matter, on pipes too.
const outputBuffer = 256 << 10

// sink is where an output's bytes go. It fails once the command is stopped, and
// gives errors the name that the user knows.
type sink struct {
	f       *atomicFile
	stopped func() error
}

func (s sink) Write(p []byte) (int, error) {
	if err := s.stopped(); err != nil {
		return 0, err
	}
	n, err := s.f.sink.Write(p)
	if err != nil {
		err = unwritable(s.f.path, err)
	}
	return n, err
}

// unwritable is an error of writing to a path, once.
func unwritable(path string, err error) error {
	if lab.CodeOf(err) == lab.Unwritable {
		return err
	}
	return lab.Errorf(lab.Unwritable, "write %s: %w", path, reason(err))
}

// commit completes all outputs, then gives them their names.
func (o *outputs) commit() error {
	for _, f := range o.files {
		if err := f.complete(); err != nil {
			return o.failed(f, err)
		}
	}
	if err := o.stopped(); err != nil {
		o.discard()
		return err
	}
	for _, f := range o.files {
		if err := f.publish(); err != nil {
			return o.failed(f, err)
		}
	}
	o.files = nil
	return nil
}

func (o *outputs) failed(f *atomicFile, err error) error {
	o.discard()
	if stopped := o.stopped(); stopped != nil {
		return stopped
	}
	return unwritable(f.path, err)
}

// discard removes what was not committed. It is safe after commit.
func (o *outputs) discard() {
	for _, f := range o.files {
		f.remove()
	}
	o.files = nil
}

// atomicFile is a file that is written beside its place and renamed into it.
type atomicFile struct {
	path string // as the user wrote it, for messages
	sink io.Writer
	buf  *bufio.Writer
	zip  *gzip.Writer

	file   *os.File // nil for standard output
	part   string   // where it is written; empty when it is written in place
	target string   // where it goes, links resolved
}

// createAtomic opens a temporary file in the directory of path. What is there
// and is no ordinary file (a device, a named pipe) is written in place. An
// existing file keeps its permissions; a link stays a link.
func createAtomic(path string) (*atomicFile, error) {
	target := path
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		target = resolved
	}
	old, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old = nil
	case err != nil:
		return nil, err
	case old.IsDir():
		return nil, errors.New("is a directory")
	case !old.Mode().IsRegular():
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &atomicFile{path: path, sink: f, file: f, target: target}, nil
	}
	part := filepath.Join(filepath.Dir(target), "."+filepath.Base(target)+"."+rand.Text()[:8]+".part")
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return nil, errors.Join(err, f.Close(), os.Remove(part))
		}
	}
	return &atomicFile{path: path, sink: f, file: f, part: part, target: target}, nil
}

// complete brings all bytes to the disk.
func (f *atomicFile) complete() error {
	if f.zip != nil {
		if err := f.zip.Close(); err != nil {
			return err
		}
	}
	if err := f.buf.Flush(); err != nil {
		return err
	}
	if f.file == nil {
		return nil
	}
	if f.part != "" {
		if err := f.file.Sync(); err != nil {
			return err
		}
	}
	return f.file.Close()
}

func (f *atomicFile) publish() error {
	if f.part == "" {
		return nil
	}
	return os.Rename(f.part, f.target)
}

func (f *atomicFile) remove() {
	if f.file == nil {
		return
	}
	_ = f.file.Close() // may be closed already; the file is given up anyway
	if f.part != "" {
		_ = os.Remove(f.part) // may be renamed already
	}
}

// reason strips the temporary name from an error of the file system: a person
// looks for the name that they gave.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
