package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/source"
	"vidjil.org/vidjil/internal/store"
)

// Mounted folders, whose files become those of samples without being copied.
// Names of files can tell who patients are, and whoever attaches files must see
// them: the folders are open to those who upload for a laboratory, and each look
// into one is in the audit.

// mounted are the folders, for an actor who may look into them.
func (s *Service) mounted(who *Actor) (*source.Sources, error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	if !who.BrowseSources() {
		return nil, errForbidden("look into mounted folders, as you may upload for no laboratory")
	}
	if s.Sources == nil {
		return source.New(nil)
	}
	return s.Sources, nil
}

// SourceNames are the names of the mounted folders.
func (s *Service) SourceNames(_ context.Context, who *Actor) ([]string, error) {
	from, err := s.mounted(who)
	if err != nil {
		return nil, err
	}
	return from.Names(), nil
}

// ListSource lists the folders and files of a folder of a source.
func (s *Service) ListSource(ctx context.Context, who *Actor, name, folder string, page source.Page) (source.Listing, error) {
	from, err := s.mounted(who)
	if err != nil {
		return source.Listing{}, err
	}
	list, err := from.List(ctx, name, folder, page)
	if err != nil {
		return source.Listing{}, err
	}
	return list, s.auditSource(ctx, who, "source.list", name, folder, len(list.Entries))
}

// GlobSource lists the files of a source that match a pattern.
func (s *Service) GlobSource(ctx context.Context, who *Actor, name, pattern string) ([]source.Entry, error) {
	from, err := s.mounted(who)
	if err != nil {
		return nil, err
	}
	list, err := from.Glob(ctx, name, pattern)
	if err != nil {
		return nil, err
	}
	return list, s.auditSource(ctx, who, "source.glob", name, pattern, len(list))
}

// SourceRun tells what the folder of a sequencing run says about it.
func (s *Service) SourceRun(ctx context.Context, who *Actor, name, folder string) (source.Run, error) {
	from, err := s.mounted(who)
	if err != nil {
		return source.Run{}, err
	}
	run, err := from.Run(ctx, name, folder)
	if err != nil {
		return source.Run{}, err
	}
	return run, s.auditSource(ctx, who, "source.run", name, folder, len(run.FastqFolders))
}

// auditSource notes a look into a mounted folder. Paths may name patients and
// stand where the audit leaves out what its reader may not know.
func (s *Service) auditSource(ctx context.Context, who *Actor, action, name, folder string, found int) error {
	err := s.write(ctx, func(tx *store.Tx) error {
		audit(tx, who.entry(action, "source", 0), nil, map[string]any{"source": name, "found": found, "identity": map[string]string{"path": folder}})
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit reading of mounted folder: %w", err)
	}
	return nil
}

// AttachFile makes a file of a mounted folder one that a sample expects, or one
// of those that are missing. Its bytes stay where they are; their digest is
// computed when they are first read.
func (s *Service) AttachFile(ctx context.Context, who *Actor, sampleID, fileID int64, name, file string) (v SampleView, err error) {
	from, err := s.mounted(who)
	if err != nil {
		return v, err
	}
	// Who has no right to the sample learns nothing about the folder.
	var role lab.FileRole
	err = s.read(ctx, func(tx *store.Tx) error {
		t, err := expectedFileOf(ctx, tx, who, sampleID, fileID)
		role = t.file.Role
		return err
	})
	if err != nil {
		return v, err
	}
	entry, err := lookInto(ctx, from, name, file, role)
	if err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		if err := lockSample(ctx, tx, sampleID); err != nil {
			return err
		}
		t, err := expectedFileOf(ctx, tx, who, sampleID, fileID)
		if err != nil {
			return err
		}
		if err := checkMountedTwin(ctx, tx, &t, name, entry.Path); err != nil {
			return err
		}
		if err := tx.SupersedeUpload(ctx, fileID); err != nil {
			return err
		}
		t.file.State, t.file.Size, t.file.Digest, t.file.Reason = lab.FilePresent, entry.Size, "", ""
		t.file.Source, t.file.Path = name, lab.NewPrivate(entry.Path)
		audit(tx, sampleEntry(who, "file.attach", sampleID, t.in), nil, map[string]any{
			"file": fileID, "source": name, "size": entry.Size, "identity": map[string]string{"path": entry.Path},
		})
		if err := s.came(ctx, tx, &t); err != nil {
			return err
		}
		v, err = s.viewChangedSample(ctx, tx, who, sampleID)
		return err
	})
	return v, err
}

// expectedFileOf is expectedFile for a file that must be one of the sample.
func expectedFileOf(ctx context.Context, tx *store.Tx, who *Actor, sampleID, fileID int64) (uploadTarget, error) {
	t, err := expectedFile(ctx, tx, who, fileID)
	if err == nil && t.sample.ID != sampleID {
		err = errNotFound("file", fileID)
	}
	return t, err
}

// lookInto finds a file of a mounted folder that can be one of a role.
func lookInto(ctx context.Context, from *source.Sources, name, file string, role lab.FileRole) (_ source.Entry, err error) {
	if !source.Accepted(path.Base(file)) {
		return source.Entry{}, lab.Errorf(lab.Invalid, "files of this kind are not taken: reads (FASTA, FASTQ, BAM) and results (.vidjil, AIRR, .clntab) are")
	}
	f, entry, err := from.Open(ctx, name, file)
	if err != nil {
		return source.Entry{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head, err := io.ReadAll(io.LimitReader(f, content.HeadBytes))
	if err != nil {
		return source.Entry{}, &lab.Error{Code: lab.Unavailable, Msg: "the file cannot be read at the moment", Err: err}
	}
	kind, err := content.Sniff(head)
	if err != nil {
		return source.Entry{}, err
	}
	return entry, checkContent(role, kind)
}

// checkMountedTwin refuses a file that the sample has already.
func checkMountedTwin(ctx context.Context, tx *store.Tx, t *uploadTarget, name, file string) error {
	files, err := tx.FilesOf(ctx, []int64{t.sample.ID})
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Generation == t.file.Generation && f.State == lab.FilePresent && f.ID != t.file.ID && f.Source == name && f.Path.Stored() == file {
			return lab.Errorf(lab.Invalid, "this file is there already as %s of this sample", placeOf(&f))
		}
	}
	return nil
}

// CheckSources looks whether the files of mounted folders are still there. Those
// that are not are shown as missing, and as present when they have come back; of
// a folder that is not mounted at the moment nothing is said. It tells how many
// changed.
func (s *Service) CheckSources(ctx context.Context) (gone, back int, err error) {
	const piece = 500
	for after := int64(0); s.Sources != nil; {
		var files []lab.File
		err := s.read(ctx, func(tx *store.Tx) (err error) {
			files, err = tx.MountedFiles(ctx, after, piece)
			return err
		})
		if err != nil {
			return gone, back, fmt.Errorf("check mounted files: %w", err)
		}
		for i := range files {
			f := &files[i]
			after = f.ID
			if err := context.Cause(ctx); err != nil {
				return gone, back, err
			}
			state := s.mountedState(ctx, f)
			if state == f.State {
				continue
			}
			if err := s.noteMounted(ctx, f, state); err != nil {
				return gone, back, fmt.Errorf("check mounted files: %w", err)
			}
			if state == lab.FileMissing {
				gone++
			} else {
				back++
			}
		}
		if len(files) < piece {
			break
		}
	}
	return gone, back, nil
}

// mountedState is where a file of a mounted folder is; what cannot be known now
// is as it was.
func (s *Service) mountedState(ctx context.Context, f *lab.File) lab.FileState {
	e, err := s.Sources.Stat(ctx, f.Source, f.Path.Stored())
	switch {
	case err == nil && !e.Folder:
		return lab.FilePresent
	case err == nil:
		return lab.FileMissing
	case lab.CodeOf(err) != lab.NotFound:
		return f.State
	}
	// Is the folder itself there? One that is not in the configuration any more
	// is like one that is not mounted.
	if _, err := s.Sources.Stat(ctx, f.Source, ""); err != nil {
		return f.State
	}
	return lab.FileMissing
}

// noteMounted writes where a file of a mounted folder is.
func (s *Service) noteMounted(ctx context.Context, f *lab.File, to lab.FileState) error {
	return s.write(ctx, func(tx *store.Tx) error {
		if err := lockSample(ctx, tx, f.SampleID); err != nil {
			return err
		}
		changed, err := tx.SetFileState(ctx, f.ID, f.State, to)
		if err != nil || !changed {
			return err
		}
		of, err := members(ctx, tx, []int64{f.SampleID})
		if err != nil {
			return err
		}
		in := of[f.SampleID]
		audit(tx, sampleEntry(System(), "file."+string(to), f.SampleID, in), nil, map[string]int64{"file": f.ID})
		return told(ctx, tx, in)
	})
}
