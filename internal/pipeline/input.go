package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/pairs"
	"vidjil.org/vidjil/vdj/seqio"
)

// reading opens the files of a sample and learns what they are while they are
// read. Files of uploads are checked against their digest; those of mounted
// folders get theirs.
type reading struct {
	ctx   context.Context //nolint:containedctx // seqio opens without one, in the middle of a job
	p     *Pipeline
	files []*readFile
}

type readFile struct {
	lab.File
	before lab.FileSum // of a mounted file that was read before

	mu     sync.Mutex
	digest string // of the bytes; of a mounted file once its end was read
	size   int64
}

// read prepares files for reading.
func (p *Pipeline) read(ctx context.Context, files []lab.File) (*reading, error) {
	var ids []int64
	for _, f := range files {
		ids = append(ids, f.ID)
	}
	var sums map[int64]lab.FileSum
	err := p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		sums, err = tx.FileSums(ctx, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	r := &reading{ctx: ctx, p: p}
	for _, f := range files {
		r.files = append(r.files, &readFile{File: f, before: sums[f.ID], digest: f.Digest, size: f.Size})
	}
	return r, nil
}

// place names a file for people without its name, which may be the patient's.
func place(f *lab.File) string {
	if f.Lane > 0 {
		return fmt.Sprintf("%s, lane %d", f.Role, f.Lane)
	}
	return string(f.Role)
}

// sources are the files of a role for the reader of sequences.
func (r *reading) sources(files []lab.File) []seqio.Source {
	var list []seqio.Source
	for _, f := range r.files {
		if !slices.ContainsFunc(files, func(x lab.File) bool { return x.ID == f.ID }) {
			continue
		}
		list = append(list, seqio.Source{Name: place(&f.File), Size: f.Size, Open: func() (io.ReadCloser, error) { return r.open(f) }})
	}
	return list
}

// open opens a file. One of a mounted folder that is no longer there is noted as
// missing, and as present when it has come back.
func (r *reading) open(f *readFile) (io.ReadCloser, error) {
	switch {
	case f.State == lab.FileExpected:
		return nil, lab.Errorf(lab.Conflict, "%s has not arrived yet", place(&f.File))
	case f.State == lab.FileRemoved:
		return nil, lab.Errorf(lab.Conflict, "%s was removed", place(&f.File))
	case f.Source == "":
		b, err := r.p.Blobs.Open(r.ctx, blob.Digest(f.Digest))
		if err != nil {
			return nil, err
		}
		return readCloser{blob.Checked(b, blob.Digest(f.Digest)), b}, nil
	case r.p.OpenSource == nil:
		return nil, lab.Errorf(lab.Unavailable, "%s: the folder %s is not mounted on this worker", place(&f.File), f.Source)
	}
	in, size, err := r.p.OpenSource(r.ctx, f.Source, f.Path.Stored())
	switch {
	case lab.CodeOf(err) == lab.NotFound:
		if err := r.note(f, lab.FilePresent, lab.FileMissing); err != nil {
			return nil, err
		}
		return nil, lab.Errorf(lab.NotFound, "%s is no longer in the folder %s", place(&f.File), f.Source)
	case err != nil:
		return nil, err
	}
	if f.State == lab.FileMissing {
		if err := r.note(f, lab.FileMissing, lab.FilePresent); err != nil {
			return nil, errors.Join(err, in.Close())
		}
	}
	return &summed{ReadCloser: in, file: f, sum: sha256.New(), size: size}, nil
}

// note writes where the bytes of a file are, whatever becomes of the job.
func (r *reading) note(f *readFile, from, to lab.FileState) error {
	return r.p.Store.Write(r.ctx, func(tx *store.Tx) error {
		changed, err := tx.SetFileState(r.ctx, f.ID, from, to)
		if err != nil || !changed {
			return err
		}
		tx.Audit(lab.Entry{
			Action: "file." + string(to), Object: "sample", ObjectID: f.SampleID, After: encode(map[string]int64{"file": f.ID}),
		})
		in, err := tx.MembershipsOf(r.ctx, []int64{f.SampleID})
		if err != nil {
			return err
		}
		var sets []int64
		for _, m := range in {
			sets = append(sets, m.SetID)
		}
		return tx.Relist(r.ctx, sets)
	})
}

type readCloser struct {
	io.Reader
	io.Closer
}

// summed computes the digest of what is read. A file may be opened twice, first
// for a look at its start: only a reading that came to the end counts.
type summed struct {
	io.ReadCloser
	file *readFile
	sum  hash.Hash
	size int64
}

func (s *summed) Read(b []byte) (int, error) {
	n, err := s.ReadCloser.Read(b)
	s.sum.Write(b[:n])
	if err == io.EOF {
		s.file.mu.Lock()
		defer s.file.mu.Unlock()
		s.file.digest, s.file.size = hex.EncodeToString(s.sum.Sum(nil)), s.size
	}
	return n, err
}

// provenance names the bytes that were read, and tells what is odd about them.
func (r *reading) provenance() (files []lab.ProvenanceFile, warnings []lab.Warning) {
	for _, f := range r.files {
		f.mu.Lock()
		digest, size := f.digest, f.size
		f.mu.Unlock()
		files = append(files, lab.ProvenanceFile{ID: f.ID, Role: f.Role, Lane: f.Lane, Size: size, Digest: digest})
		if f.before.Digest != "" && digest != "" && f.before.Digest != digest {
			warnings = append(warnings, preWarning("%s has changed since it was first read, on %s", place(&f.File), f.before.ReadAt.UTC().Format(time.DateOnly)))
		}
	}
	return files, warnings
}

// preWarning is a W1z: something odd about reads before their analysis.
func preWarning(format string, args ...any) lab.Warning {
	return lab.Warning{Code: "W1z", Level: "warn", Message: fmt.Sprintf(format, args...)}
}

// keepSums notes what mounted files were.
func (r *reading) keepSums(ctx context.Context, tx *store.Tx) error {
	for _, f := range r.files {
		f.mu.Lock()
		digest, size := f.digest, f.size
		f.mu.Unlock()
		if f.Source == "" || digest == "" {
			continue
		}
		if err := tx.PutFileSum(ctx, lab.FileSum{FileID: f.ID, Digest: digest, Size: size}); err != nil {
			return err
		}
	}
	return nil
}

// digestOf names the bytes of several files in their order; "" where that of one
// is not known.
func digestOf(files []lab.ProvenanceFile) string {
	sum := sha256.New()
	for _, f := range files {
		if f.Digest == "" {
			return ""
		}
		sum.Write(fmt.Appendln(nil, f.Digest))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// readError is an error of reading, as a person should see it: nothing of it
// names a patient, and its code tells whether to try again.
func readError(ctx context.Context, err error) error {
	if stopped := context.Cause(ctx); stopped != nil {
		return stopped
	}
	if e, ok := errors.AsType[*pairs.StepError](err); ok {
		return stepError(e)
	}
	if e, ok := errors.AsType[*lab.Error](err); ok {
		return e
	}
	at := "a file"
	parse, isParse := errors.AsType[*seqio.ParseError](err)
	if isParse {
		at = parse.File
	}
	switch {
	case errors.Is(err, blob.ErrDigest):
		return lab.Errorf(lab.Invalid, "%s: the stored bytes are damaged: they are not those that were uploaded", at)
	case errors.Is(err, seqio.ErrEmpty), errors.Is(err, seqio.ErrUnknownSize):
		return &lab.Error{Code: lab.Invalid, Msg: err.Error(), Err: err}
	case isParse && badData(err):
		return &lab.Error{Code: lab.Invalid, Msg: parse.Error(), Err: err}
	}
	return err // of a disk or a network: it may pass
}

// badData tells whether the fault is in the data, which will be the same the next
// time.
func badData(err error) bool {
	for _, kind := range []error{seqio.ErrTruncated, seqio.ErrDamaged, seqio.ErrFormat, seqio.ErrRecord, seqio.ErrRecordTooLong} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// stepError leaves out the names of reads, into which some laboratories write
// those of patients.
func stepError(e *pairs.StepError) error {
	if errors.Is(e, pairs.ErrOutOfStep) {
		return lab.Errorf(lab.Invalid, "record %d of %s and record %d of %s are not of one pair: the files are not of one run, are in another order, or reads were removed from one of them",
			e.First.Record, e.First.File, e.Second.Record, e.Second.File)
	}
	return &lab.Error{Code: lab.Invalid, Msg: e.Error(), Err: e}
}
