package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Uploads: what package upload asks before, while and after bytes come. The
// right is asked for at each step, on all sets of the sample at once, since a
// file of 20 GB takes hours, in which people leave and keys are revoked.

// BeginUpload decides whether the actor may upload a file that a sample expects,
// and returns the name under which its bytes are gathered. An upload of the same
// file that was under way is given up: its sender began anew.
func (s *Service) BeginUpload(ctx context.Context, who *Actor, fileID, size int64) (id string, err error) {
	if err := who.require(); err != nil {
		return "", err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		t, err := lockedFile(ctx, tx, who, fileID)
		if err != nil {
			return err
		}
		if t.file.Size > 0 && t.file.Size != size {
			return lab.Errorf(lab.Invalid, "this is not the file that was announced: it has %d bytes, not %d", size, t.file.Size)
		}
		if err := tx.SupersedeUpload(ctx, fileID); err != nil {
			return err
		}
		if err := s.checkQuota(ctx, tx, who, t.in, size); err != nil {
			return err
		}
		u := lab.Upload{ID: s.uploadID(), UserID: who.User.ID, TokenID: who.TokenID, ActorID: who.Actor, FileID: fileID, Size: size, State: lab.UploadReceiving}
		if err := tx.InsertUpload(ctx, &u); err != nil {
			return err
		}
		if t.file.Reason != "" {
			t.file.Reason = ""
			if err := tx.UpdateFile(ctx, &t.file); err != nil {
				return err
			}
		}
		audit(tx, sampleEntry(who, "upload.begin", t.sample.ID, t.in), nil, map[string]any{"upload": u.ID, "file": fileID, "size": size})
		id = u.ID
		return nil
	})
	return id, err
}

// uploadTarget is a file with its sample and the sets that this is in.
type uploadTarget struct {
	file   lab.File
	sample lab.Sample
	in     []member
}

// lockedFile is expectedFile for who will change the file: others wait until the
// transaction ends.
func lockedFile(ctx context.Context, tx *store.Tx, who *Actor, fileID int64) (t uploadTarget, err error) {
	f, err := tx.FileByID(ctx, fileID)
	if err != nil {
		return t, missing(err, "file", fileID)
	}
	if err := lockSample(ctx, tx, f.SampleID); err != nil {
		return t, err
	}
	return expectedFile(ctx, tx, who, fileID)
}

// expectedFile loads a file that the actor may give bytes to. A key with the
// scope upload alone will do: it sees nothing, and what it may not upload to is
// not there.
func expectedFile(ctx context.Context, tx *store.Tx, who *Actor, fileID int64) (t uploadTarget, err error) {
	if t.file, err = tx.FileByID(ctx, fileID); err != nil {
		return t, missing(err, "file", fileID)
	}
	if t.sample, err = tx.SampleByID(ctx, t.file.SampleID); err != nil {
		return t, missing(err, "file", fileID)
	}
	of, err := members(ctx, tx, []int64{t.sample.ID})
	if err != nil {
		return t, err
	}
	t.in = of[t.sample.ID]
	if !who.Upload(lines(t.in)) {
		if who.ViewSample(lines(t.in)) {
			return t, errForbidden("upload files to this sample")
		}
		return t, errNotFound("file", fileID)
	}
	switch f := &t.file; {
	case !t.sample.TrashedAt.IsZero():
		return t, errTrashed("sample", t.sample.ID)
	case f.Generation != t.sample.Generation || f.State == lab.FileRemoved:
		return t, lab.Errorf(lab.Conflict, "file %d was removed or replaced", fileID)
	case f.State == lab.FilePresent:
		return t, lab.Errorf(lab.Conflict, "file %d is there already; to replace it, replace the reads of its sample", fileID)
	}
	return t, nil
}

// checkQuota refuses bytes that the owners of the sample's sets, or the
// organisations that they belong to, have no room for. Their rows stay locked, so
// that two uploads that begin at once do not both take the last of it.
func (s *Service) checkQuota(ctx context.Context, tx *store.Tx, who *Actor, in []member, size int64) error {
	if s.PersonQuota > 0 {
		used, err := tx.QuotaUseOfPerson(ctx, who.User.ID)
		if err != nil {
			return err
		}
		if used+size > s.PersonQuota {
			return lab.Errorf(lab.NoSpace, "your quota is reached: %s of reads are allowed, %s are in samples that you made, and this file has %s; remove reads that are no longer needed, or ask an administrator for more",
				bytesText(s.PersonQuota), bytesText(used), bytesText(size))
		}
	}
	var ids []int64
	for i := range in {
		g, err := tx.GroupByID(ctx, in[i].set.GroupID)
		if err != nil {
			return err
		}
		ids = append(ids, g.ID)
		if g.ParentID != 0 {
			ids = append(ids, g.ParentID)
		}
	}
	for _, id := range distinct(ids) {
		g, err := tx.GroupByID(ctx, id)
		if err != nil {
			return err
		}
		if g.QuotaBytes == 0 && s.GroupQuota == 0 {
			continue
		}
		if g, err = tx.LockGroup(ctx, id); err != nil {
			return err
		}
		allowed := cmp.Or(g.QuotaBytes, s.GroupQuota)
		used, err := tx.QuotaUse(ctx, id)
		if err != nil {
			return err
		}
		if used+size > allowed {
			return lab.Errorf(lab.NoSpace, "the quota of %s is reached: %s of reads are allowed, %s are there or on their way, and this file has %s; remove reads that are no longer needed, or ask an administrator for more",
				g.Name, bytesText(allowed), bytesText(used), bytesText(size))
		}
	}
	return nil
}

// bytesText is a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}

// AllowUpload tells whether the actor may do anything with an upload: who began
// it and still has the right, or somebody else with the same right, who can go on
// with it. sending tells that bytes come with the request; then it is the actor's
// from now on. To all others it is not there.
func (s *Service) AllowUpload(ctx context.Context, who *Actor, id string, sending bool) error {
	if err := who.require(); err != nil {
		return err
	}
	var u lab.Upload
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		if u, err = tx.UploadByID(ctx, id); lab.CodeOf(err) == lab.NotFound {
			return errNoUpload()
		} else if err != nil {
			return err
		}
		f, err := tx.FileByID(ctx, u.FileID)
		if err != nil {
			return err
		}
		of, err := members(ctx, tx, []int64{f.SampleID})
		if err != nil {
			return err
		}
		switch sets := lines(of[f.SampleID]); {
		case who.Upload(sets):
			return nil
		case u.UserID == who.User.ID:
			return errForbidden("upload files to this sample any more")
		}
		return errNoUpload()
	})
	if err != nil || !sending {
		return err
	}
	if u.State == lab.UploadAbandoned {
		return lab.Errorf(lab.NotFound, "nothing comes of this upload: %s", u.Reason)
	}
	if u.State != lab.UploadReceiving || u.UserID == who.User.ID && u.TokenID == who.TokenID && u.ActorID == who.Actor {
		return nil
	}
	return s.takeOver(ctx, who, id)
}

// takeOver makes the actor the sender of an upload.
func (s *Service) takeOver(ctx context.Context, who *Actor, id string) error {
	return s.write(ctx, func(tx *store.Tx) error {
		u, err := tx.UploadByID(ctx, id)
		if err != nil || u.State != lab.UploadReceiving {
			return err
		}
		before := u.UserID
		u.UserID, u.TokenID, u.ActorID = who.User.ID, who.TokenID, who.Actor
		if before != u.UserID {
			f, err := tx.FileByID(ctx, u.FileID)
			if err != nil {
				return err
			}
			audit(tx, who.entry("upload.take_over", "sample", f.SampleID), map[string]any{"upload": id, "user": before}, map[string]any{"upload": id, "user": u.UserID})
		}
		return tx.UpdateUpload(ctx, &u)
	})
}

func errNoUpload() error {
	return lab.Errorf(lab.NotFound, "there is no upload of this name: it was never begun, or has ended, or has expired")
}

// InspectUpload tells, by the first bytes, whether a file is what its sample
// expects.
func (s *Service) InspectUpload(ctx context.Context, id string, kind content.Kind) error {
	return s.read(ctx, func(tx *store.Tx) error {
		u, err := tx.UploadByID(ctx, id)
		if err != nil {
			return err
		}
		f, err := tx.FileByID(ctx, u.FileID)
		if err != nil {
			return err
		}
		return checkContent(f.Role, kind)
	})
}

// checkContent refuses results where reads are expected, and the reverse.
func checkContent(role lab.FileRole, kind content.Kind) error {
	switch {
	case kind == content.Analysis:
		return lab.Errorf(lab.Invalid, "this is an .analysis file: import it where the results of its set are shown")
	case role == lab.RoleResult && !kind.Result():
		return lab.Errorf(lab.Invalid, "this file holds reads, and the result of another program (.vidjil, AIRR or .clntab) was expected")
	case role != lab.RoleResult && kind.Result():
		return lab.Errorf(lab.Invalid, "this file is the result of another program (%s), and reads were expected as %s: make a sample whose file has the role result", kind, role)
	}
	return nil
}

// UploadedFile is what has come.
type UploadedFile struct {
	Digest    string
	Size      int64
	Duplicate bool // the store had the bytes before
	Kind      content.Kind
}

// FinishUpload makes bytes that are in the store those of the file, with what
// follows from it: the jobs that waited for them or run by themselves, the lists,
// the audit entry. One transaction: after a crash either all of it is there or
// none, and then the upload is delivered again; the blob, which nothing refers
// to until then, is young and stays.
func (s *Service) FinishUpload(ctx context.Context, id string, got UploadedFile) error {
	return s.write(ctx, func(tx *store.Tx) error {
		u, err := tx.UploadByID(ctx, id)
		if lab.CodeOf(err) == lab.NotFound {
			return errNoUpload()
		} else if err != nil {
			return err
		}
		if u.State == lab.UploadFinished {
			return nil // delivered before, and the answer was lost
		}
		who, err := s.uploader(ctx, tx, &u)
		if err != nil {
			return err
		}
		t, err := lockedFile(ctx, tx, who, u.FileID)
		if err != nil {
			return err
		}
		// Now that the sample is locked: it may have been given up in between.
		if u, err = tx.UploadByID(ctx, id); err != nil {
			return err
		}
		if u.State != lab.UploadReceiving {
			return lab.Errorf(lab.Conflict, "nothing comes of this upload: %s", u.Reason)
		}
		if err := checkContent(t.file.Role, got.Kind); err != nil {
			return err
		}
		if err := checkTwin(ctx, tx, &t, got.Digest); err != nil {
			return err
		}
		if err := tx.KeepBlob(ctx, got.Digest, got.Size); err != nil {
			return err
		}
		t.file.State, t.file.Digest, t.file.Size = lab.FilePresent, got.Digest, got.Size
		t.file.Source, t.file.Path, t.file.Reason = "", lab.Private{}, ""
		u.State = lab.UploadFinished
		if err := tx.UpdateUpload(ctx, &u); err != nil {
			return err
		}
		audit(tx, sampleEntry(who, "file.upload", t.sample.ID, t.in), nil,
			map[string]any{"upload": id, "file": t.file.ID, "digest": got.Digest, "size": got.Size, "content": got.Kind, "duplicate": got.Duplicate})
		if w := s.Watcher; w != nil {
			tx.AfterCommit(func() { w.Uploaded(got.Size) })
		}
		return s.came(ctx, tx, &t)
	})
}

// came writes a file that is there now, and starts what follows from it.
func (s *Service) came(ctx context.Context, tx *store.Tx, t *uploadTarget) error {
	if err := tx.UpdateFile(ctx, &t.file); err != nil {
		return err
	}
	if err := s.arrived(ctx, tx, t.sample.ID); err != nil {
		return err
	}
	// Results do not change by it, so what was fused stays fresh.
	return told(ctx, tx, t.in)
}

// told brings lists up to date after a change of files, and tells open pages.
func told(ctx context.Context, tx *store.Tx, in []member) error {
	for _, id := range setIDs(in) {
		tx.Signal(fmt.Sprintf("set:%d", id))
	}
	return tx.Relist(ctx, setIDs(in))
}

// uploader is who sends an upload, with the rights of this moment. An account
// that was disabled, or a key that was revoked while the bytes came, gives them
// to nobody. That a key or session has ended by its time does not matter: it was
// good when the bytes were sent.
func (s *Service) uploader(ctx context.Context, tx *store.Tx, u *lab.Upload) (*Actor, error) {
	who := &Actor{}
	if err := s.identify(ctx, tx, who, u.UserID); err != nil {
		return nil, err
	}
	if !who.Known() {
		return nil, lab.Errorf(lab.Forbidden, "the account that sent the file was disabled in the meantime")
	}
	who.Actor, who.TokenID = u.ActorID, u.TokenID
	if u.TokenID != 0 {
		ok, err := tx.HasToken(ctx, u.UserID, u.TokenID)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, lab.Errorf(lab.Forbidden, "the API token by which the file was sent was revoked in the meantime")
		}
	}
	return who, nil
}

// checkTwin refuses a file that is there as another one of the same sample, as
// when R1 is chosen twice: each read would count twice.
func checkTwin(ctx context.Context, tx *store.Tx, t *uploadTarget, digest string) error {
	files, err := tx.FilesOf(ctx, []int64{t.sample.ID})
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Generation == t.file.Generation && f.State == lab.FilePresent && f.ID != t.file.ID && f.Digest == digest {
			return lab.Errorf(lab.Invalid, "the same bytes are there already as %s of this sample: was one file chosen twice?", placeOf(&f))
		}
	}
	return nil
}

// placeOf names a file of a sample without its name.
func placeOf(f *lab.File) string {
	if f.Lane > 0 {
		return fmt.Sprintf("%s of lane %d", f.Role, f.Lane)
	}
	return string(f.Role)
}

// AbandonUpload notes that nothing comes of an upload. The file says why, until
// it is tried again.
func (s *Service) AbandonUpload(ctx context.Context, id, reason string) error {
	return s.write(ctx, func(tx *store.Tx) error {
		u, err := tx.UploadByID(ctx, id)
		if err != nil || u.State != lab.UploadReceiving {
			return err
		}
		f, err := tx.FileByID(ctx, u.FileID)
		if err != nil {
			return err
		}
		if err := lockSample(ctx, tx, f.SampleID); err != nil {
			return err
		}
		if u, err = tx.UploadByID(ctx, id); err != nil || u.State != lab.UploadReceiving {
			return err
		}
		u.State, u.Reason = lab.UploadAbandoned, reason
		if err := tx.UpdateUpload(ctx, &u); err != nil {
			return err
		}
		if f, err = tx.FileByID(ctx, u.FileID); err != nil {
			return err
		}
		of, err := members(ctx, tx, []int64{f.SampleID})
		if err != nil {
			return err
		}
		in := of[f.SampleID]
		if f.State == lab.FileExpected {
			f.Reason = reason
			if err := tx.UpdateFile(ctx, &f); err != nil {
				return err
			}
		}
		who := &Actor{User: lab.User{ID: u.UserID}}
		who.Actor = u.ActorID
		audit(tx, sampleEntry(who, "upload.abandon", f.SampleID, in), nil, map[string]any{"upload": id, "file": f.ID, "reason": reason})
		return told(ctx, tx, in)
	})
}

// DeadUploads are those of the ids whose bytes nobody wants: they were given up
// here, as when the file was replaced, or their sample is gone.
func (s *Service) DeadUploads(ctx context.Context, ids []string) (dead []string, err error) {
	var living []string
	err = s.read(ctx, func(tx *store.Tx) error {
		living, err = tx.ReceivingUploads(ctx, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !slices.Contains(living, id) {
			dead = append(dead, id)
		}
	}
	return dead, nil
}

// orphanedAfter is how long an upload may be known here and not where its bytes
// are gathered: between the two steps of its beginning, which a crash can part.
const orphanedAfter = time.Hour

// keepUploads is how long it is known that an upload has ended.
const keepUploads = 30 * 24 * time.Hour

// TidyUploads gives up uploads of which no byte can come any more, as they are
// not known where bytes are gathered, and forgets those that ended long ago. Those
// of other servers are these servers' to judge.
func (s *Service) TidyUploads(ctx context.Context, gathered func(ctx context.Context, id string) (bool, error)) error {
	var idle []string
	err := s.write(ctx, func(tx *store.Tx) (err error) {
		if _, err := tx.ForgetUploads(ctx, tx.Now.Add(-keepUploads)); err != nil {
			return err
		}
		idle, err = tx.IdleUploads(ctx, tx.Now.Add(-orphanedAfter))
		return err
	})
	if err != nil {
		return fmt.Errorf("tidy uploads: %w", err)
	}
	for _, id := range idle {
		ok, err := s.elsewhere(ctx, id)
		if err == nil && !ok {
			ok, err = gathered(ctx, id)
		}
		if err != nil {
			return fmt.Errorf("tidy uploads: %w", err)
		}
		if ok {
			continue
		}
		if err := s.AbandonUpload(ctx, id, "the server was stopped as the upload began; send the file again"); err != nil && lab.CodeOf(err) != lab.NotFound {
			return fmt.Errorf("tidy uploads: %w", err)
		}
	}
	return nil
}

// SampleUploads lists the last upload of each file of a sample, for those who
// could go on with it.
func (s *Service) SampleUploads(ctx context.Context, who *Actor, sampleID int64) (list []lab.Upload, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		_, in, err := visibleSample(ctx, tx, who, sampleID)
		if err != nil {
			return err
		}
		if !who.Upload(lines(in)) {
			return errForbidden("upload files to this sample")
		}
		list, err = tx.UploadsOf(ctx, sampleID)
		return err
	})
	return list, err
}
