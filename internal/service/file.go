package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/source"
	"vidjil.org/vidjil/internal/store"
)

// FileContent is the bytes of a file, as one actor may have them. The caller
// closes it.
type FileContent struct {
	io.ReadSeekCloser

	Name      string    // its own, or a neutral one
	Digest    string    // "" of a mounted file that was not read yet
	ChangedAt time.Time // of a mounted file
}

// OpenFile opens a file for download. Who may not know the names of the sample's
// patients gets sequences under a neutral name; formats that have names of files
// or people inside are not for them.
func (s *Service) OpenFile(ctx context.Context, who *Actor, id int64) (*FileContent, error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	var f lab.File
	var in []member
	o := &opener{who: who}
	named := false
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		if f, err = tx.FileByID(ctx, id); err != nil {
			return missing(err, "file", id)
		}
		var sample lab.Sample
		if sample, in, err = visibleSample(ctx, tx, who, f.SampleID); err != nil {
			return missing(err, "file", id)
		}
		list := []lab.File{f}
		named = o.sample(&sample, list, in)
		f.Name = list[0].Name
		return nil
	})
	if err != nil {
		return nil, err
	}
	c, err := s.openBytes(ctx, &f)
	if err != nil {
		return nil, err
	}
	c.Name = f.Name.String()
	if !named {
		if err := c.checkUnnamed(); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	if err := s.auditFile(ctx, o, &f, in); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// openBytes opens the bytes of a file, wherever they are.
func (s *Service) openBytes(ctx context.Context, f *lab.File) (*FileContent, error) {
	switch {
	case f.State == lab.FileExpected:
		return nil, lab.Errorf(lab.Conflict, "file %d has not arrived yet", f.ID)
	case f.State == lab.FileRemoved:
		return nil, lab.Errorf(lab.NotFound, "file %d was removed", f.ID)
	case f.Source == "":
		r, err := s.Blobs.Open(ctx, blob.Digest(f.Digest))
		if err != nil {
			return nil, fmt.Errorf("open file %d: %w", f.ID, err) // a row has it: that it is gone is a fault of the disk
		}
		return &FileContent{ReadSeekCloser: r, Digest: f.Digest}, nil
	case s.Sources == nil:
		return nil, lab.Errorf(lab.Unavailable, "the folder %s is not mounted", f.Source)
	}
	var in source.File
	in, entry, err := s.Sources.Open(ctx, f.Source, f.Path.Stored())
	if lab.CodeOf(err) == lab.NotFound && s.mountedState(ctx, f) == lab.FileMissing {
		if f.State == lab.FilePresent {
			if err := s.noteMounted(ctx, f, lab.FileMissing); err != nil {
				return nil, err
			}
		}
		return nil, lab.Errorf(lab.NotFound, "file %d is no longer in the folder %s", f.ID, f.Source)
	}
	if err != nil {
		return nil, err
	}
	return &FileContent{ReadSeekCloser: in, ChangedAt: entry.ChangedAt}, nil
}

func (s *Service) auditFile(ctx context.Context, o *opener, f *lab.File, in []member) error {
	err := s.write(ctx, func(tx *store.Tx) error {
		audit(tx, sampleEntry(o.who, "file.read", f.SampleID, in), nil, map[string]any{"file": f.ID, "names": len(o.samples) > 0})
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit reading of file: %w", err)
	}
	return nil
}

// checkUnnamed refuses a file that has a place for names inside to an actor who
// may not know them.
func (c *FileContent) checkUnnamed() error {
	head := make([]byte, content.HeadBytes)
	n, err := io.ReadFull(c, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("look into file: %w", err)
	}
	if _, err := c.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("look into file: %w", err)
	}
	if content.Named(head[:n]) {
		return lab.Errorf(lab.Forbidden, "this file may hold names inside, and you may not know those of this sample")
	}
	return nil
}
