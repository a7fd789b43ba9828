package service

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/store"
)

// bundleLife is how long an archive of one's own data can be downloaded.
const bundleLife = 7 * 24 * time.Hour

// BundleView is an archive with the state of the job that makes it.
type BundleView struct {
	lab.Bundle
	State    lab.JobState
	Progress float64
	Error    string
}

type bundleArgs struct {
	Bundle int64 `json:"bundle"`
}

// RequestBundle has an archive made of all that the actor may reach: sets,
// samples, annotations, the newest results and, if they are asked for, reads. A
// mail tells when it is ready.
func (s *Service) RequestBundle(ctx context.Context, who *Actor, reads bool) (v BundleView, err error) {
	if err := who.own(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		v.Bundle = lab.Bundle{UserID: who.User.ID, Reads: reads}
		if err := tx.InsertBundle(ctx, &v.Bundle); err != nil {
			return err
		}
		jobs, added, err := job.Enqueue(ctx, tx, lab.Job{
			Kind: lab.JobExport, UserID: who.User.ID, Key: fmt.Sprintf("export:user:%d", who.User.ID), Args: encode(bundleArgs{v.ID}), TimeoutSec: int64(24 * time.Hour / time.Second), Lane: lab.LaneLong,
		})
		if err != nil {
			return err
		}
		if added == 0 {
			return lab.Errorf(lab.Conflict, "an archive for you is being made already")
		}
		v.JobID, v.State = jobs[0].ID, jobs[0].State
		audit(tx, who.entry("user.export", "user", who.User.ID), nil, map[string]any{"archive": v.ID, "reads": reads})
		return tx.SetBundleJob(ctx, v.ID, v.JobID)
	})
	return v, err
}

// Bundles lists the actor's archives, the newest first.
func (s *Service) Bundles(ctx context.Context, who *Actor) (list []BundleView, err error) {
	if err := who.own(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		rows, err := tx.BundlesOf(ctx, who.User.ID)
		if err != nil {
			return err
		}
		for _, b := range rows {
			v := BundleView{Bundle: b, State: lab.JobFailed}
			j, err := tx.JobByID(ctx, b.JobID)
			if err == nil {
				v.State, v.Progress, v.Error = j.State, j.Progress, j.Error
			} else if lab.CodeOf(err) != lab.NotFound {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}

// OpenBundle opens an archive of the actor. The caller closes it.
func (s *Service) OpenBundle(ctx context.Context, who *Actor, id int64) (*FileContent, error) {
	if err := who.own(); err != nil {
		return nil, err
	}
	var b lab.Bundle
	err := s.write(ctx, func(tx *store.Tx) (err error) {
		b, err = tx.BundleByID(ctx, id)
		if err == nil && b.UserID != who.User.ID {
			return errNotFound("archive", id)
		}
		if err != nil {
			return missing(err, "archive", id)
		}
		switch {
		case b.Digest == "":
			return lab.Errorf(lab.Conflict, "the archive %d is not ready", id)
		case !b.ExpiresAt.After(tx.Now):
			return lab.Errorf(lab.NotFound, "the time of the archive %d is over: ask for a new one", id)
		}
		audit(tx, who.entry("user.export_read", "user", who.User.ID), nil, map[string]any{"archive": id})
		return nil
	})
	if err != nil {
		return nil, err
	}
	r, err := s.Blobs.Open(ctx, blob.Digest(b.Digest))
	if err != nil {
		return nil, fmt.Errorf("open archive %d: %w", id, err)
	}
	return &FileContent{ReadSeekCloser: r, Name: "vidjil-" + b.ReadyAt.UTC().Format(time.DateOnly) + ".zip", Digest: b.Digest}, nil
}

// DeleteBundle removes an archive of the actor.
func (s *Service) DeleteBundle(ctx context.Context, who *Actor, id int64) error {
	if err := who.own(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		found, err := tx.DeleteBundle(ctx, who.User.ID, id)
		if err == nil && !found {
			return errNotFound("archive", id)
		}
		return err
	})
}

// PurgeBundles removes archives whose time is over.
func (s *Service) PurgeBundles(ctx context.Context) (n int64, err error) {
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.PurgeBundles(ctx, tx.Now.Add(-bundleLife))
		purged(tx, "archives", n, 0, nil)
		return err
	})
	return n, err
}

// MakeBundle runs the job that makes an archive, with the rights that its owner
// has at that moment.
func (s *Service) MakeBundle(ctx context.Context, r *job.Run) error {
	var args bundleArgs
	if err := json.Unmarshal([]byte(r.Job.Args), &args); err != nil {
		return fmt.Errorf("read arguments: %w", err)
	}
	who := &Actor{RequestID: fmt.Sprintf("job-%d", r.Job.ID)}
	var b lab.Bundle
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		if b, err = tx.BundleByID(ctx, args.Bundle); err != nil {
			return err
		}
		return s.identify(ctx, tx, who, b.UserID)
	})
	if err != nil {
		return err
	}
	if !who.Known() {
		return lab.Errorf(lab.Forbidden, "the account is not in use any more")
	}
	info, err := s.putBundle(ctx, who, &b, r)
	if err != nil {
		return err
	}
	r.Finish(func(ctx context.Context, tx *store.Tx) error {
		b.Digest, b.Size, b.ReadyAt, b.ExpiresAt = string(info.Digest), info.Size, tx.Now, tx.Now.Add(bundleLife)
		if err := tx.KeepBlob(ctx, b.Digest, b.Size); err != nil {
			return err
		}
		wanted, err := tx.FinishBundle(ctx, &b)
		if err != nil || !wanted {
			return err
		}
		base, err := s.base(ctx, tx)
		if err != nil {
			return err
		}
		return s.post(ctx, tx, b.UserID, mail.Export{Link: base + "/account", Bytes: b.Size, Until: b.ExpiresAt})
	})
	return nil
}

// putBundle writes the archive straight into the blob store: it may be larger
// than any other disk.
func (s *Service) putBundle(ctx context.Context, who *Actor, b *lab.Bundle, r *job.Run) (info blob.Info, err error) {
	in, out := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := s.writeBundle(ctx, out, who, b, r)
		out.CloseWithError(err) // nil is the end
		written <- err
	}()
	info, err = s.Blobs.Put(ctx, in, "")
	in.CloseWithError(errors.Join(errBundleAborted, err)) // whoever still writes
	if writeErr := <-written; writeErr != nil && !errors.Is(writeErr, errBundleAborted) {
		err = writeErr // the cause of the other
	}
	return info, err
}

var errBundleAborted = errors.New("nobody reads the archive any more")

// bundle is an archive while it is written.
type bundle struct {
	s     *Service
	who   *Actor
	z     *zip.Writer
	run   *job.Run
	reads bool
	seen  map[int64]bool // samples that were written
	rows  []archived     // of metadata.json
	sets  []bundledSet
	files []bundledFile
}

type bundledSet struct {
	ID        int64            `json:"id"`
	Kind      lab.SetKind      `json:"kind"`
	FirstName string           `json:"first_name,omitempty"`
	LastName  string           `json:"last_name,omitempty"`
	Birth     string           `json:"birth,omitempty"`
	Label     string           `json:"label,omitempty"`
	Name      string           `json:"name,omitempty"`
	RunDate   lab.Date         `json:"run_date,omitempty"`
	Sequencer string           `json:"sequencer,omitempty"`
	Pcr       string           `json:"pcr,omitempty"`
	Info      string           `json:"info,omitempty"`
	CreatedAt time.Time        `json:"created_at"`
	Samples   []archivedSample `json:"samples"`
}

// bundledFile is a file of reads, and whether its bytes are in the archive.
type bundledFile struct {
	Sample int64        `json:"sample_id"`
	Name   string       `json:"name"`
	Role   lab.FileRole `json:"role"`
	Size   int64        `json:"size"`
	Digest string       `json:"sha256,omitempty"`
	Path   string       `json:"path,omitempty"` // in the archive
	Why    string       `json:"missing,omitempty"`
}

func (s *Service) writeBundle(ctx context.Context, w io.Writer, who *Actor, b *lab.Bundle, r *job.Run) error {
	z := zip.NewWriter(w)
	a := &bundle{s: s, who: who, z: z, run: r, reads: b.Reads, seen: map[int64]bool{}, sets: []bundledSet{}, files: []bundledFile{}, rows: []archived{}}
	if err := a.account(ctx); err != nil {
		return err
	}
	if err := a.all(ctx); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		v    any
	}{{"sets.json", a.sets}, {"reads.json", a.files}, {"metadata.json", a.rows}} {
		if err := putJSON(z, f.name, f.v); err != nil {
			return err
		}
	}
	return z.Close()
}

// account writes what the server knows of the person.
func (a *bundle) account(ctx context.Context) error {
	type named struct {
		Name   string    `json:"name"`
		Rights []string  `json:"rights,omitempty"`
		At     time.Time `json:"created_at,omitzero"`
	}
	var out struct {
		Account  map[string]any `json:"account"`
		Groups   []named        `json:"groups"`
		Tokens   []named        `json:"tokens"`
		Sessions []named        `json:"sessions"`
	}
	err := a.s.read(ctx, func(tx *store.Tx) error {
		u, err := tx.UserByID(ctx, a.who.User.ID)
		if err != nil {
			return err
		}
		out.Account = map[string]any{
			"id": u.ID, "name": u.Name, "email": u.Email, "language": u.Language, "state": u.State, "administrator": u.Admin, "created_at": u.CreatedAt, "last_login_at": u.LastLoginAt,
		}
		groups, err := tx.GroupsOf(ctx, u.ID)
		if err != nil {
			return err
		}
		list, err := tx.GrantsOf(ctx, u.ID)
		if err != nil {
			return err
		}
		for _, g := range groups {
			n := named{Name: g.Name}
			for _, x := range grants(list, g.ID) {
				n.Rights = append(n.Rights, x.String())
			}
			out.Groups = append(out.Groups, n)
		}
		tokens, err := tx.TokensOf(ctx, u.ID)
		if err != nil {
			return err
		}
		for _, t := range tokens {
			out.Tokens = append(out.Tokens, named{Name: t.Name, At: t.CreatedAt})
		}
		sessions, err := tx.SessionsOf(ctx, u.ID)
		for _, x := range sessions {
			out.Sessions = append(out.Sessions, named{Name: x.Address + " " + x.Agent, At: x.CreatedAt})
		}
		return err
	})
	if err != nil {
		return err
	}
	return putJSON(a.z, "account.json", out)
}

// all writes all sets that the person sees, the oldest first.
func (a *bundle) all(ctx context.Context) error {
	page := Page{Sort: "created", Limit: 50}
	done := 0
	sum, err := a.s.SumSets(ctx, a.who, SetFilter{}, "")
	if err != nil {
		return err
	}
	for {
		list, err := a.s.Sets(ctx, a.who, SetFilter{}, page)
		if err != nil {
			return err
		}
		for i := range list.Items {
			if err := a.set(ctx, &list.Items[i].Set); err != nil {
				return fmt.Errorf("archive set %d: %w", list.Items[i].ID, err)
			}
			done++
			a.run.Progress(float64(done)/float64(max(sum.Sets, 1)), 0, "archive")
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			return nil
		}
	}
}

func (a *bundle) set(ctx context.Context, set *lab.Set) error {
	out := bundledSet{
		ID: set.ID, Kind: set.Kind, FirstName: set.FirstName.String(), LastName: set.LastName.String(), Birth: set.Birth.String(), Label: set.Label.String(),
		Name: set.Name, RunDate: set.RunDate, Sequencer: set.Sequencer, Pcr: set.Pcr, Info: set.Info, CreatedAt: set.CreatedAt, Samples: []archivedSample{},
	}
	var fresh []int64
	page := Page{Limit: 100}
	for {
		list, err := a.s.Samples(ctx, a.who, set.ID, page)
		if err != nil {
			return err
		}
		for i := range list.Items {
			v := &list.Items[i]
			out.Samples = append(out.Samples, archivedSample{ID: v.ID, Name: v.Title(), SamplingDate: string(v.SamplingDate), Info: v.Info})
			if a.seen[v.ID] {
				continue
			}
			a.seen[v.ID] = true
			fresh = append(fresh, v.ID)
			for k := range v.Files {
				if err := a.file(ctx, &v.Files[k]); err != nil {
					return err
				}
			}
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			break
		}
	}
	a.sets = append(a.sets, out)
	if err := a.annotation(ctx, set.ID); err != nil {
		return err
	}
	return a.results(ctx, fresh)
}

// annotation writes the newest annotation of a set, if there is one.
func (a *bundle) annotation(ctx context.Context, setID int64) error {
	v, err := a.s.Annotation(ctx, a.who, setID, 0)
	if err != nil || v.Version == 0 {
		return err
	}
	c, err := a.s.ExportAnnotation(ctx, a.who, setID, v.Version)
	if err != nil {
		return err
	}
	out, err := a.z.Create(fmt.Sprintf("annotations/set-%d.analysis", setID))
	if err != nil {
		return err
	}
	return c.Write(ctx, out)
}

// results writes the newest results of samples, a hundred at a time.
func (a *bundle) results(ctx context.Context, samples []int64) error {
	var ids []int64
	err := a.s.read(ctx, func(tx *store.Tx) error {
		configs, err := usableConfigs(ctx, tx, a.who)
		if err != nil {
			return err
		}
		list, err := tx.NewestResults(ctx, samples, 0)
		for i := range list {
			if _, ok := configs[list[i].ConfigID]; ok {
				ids = append(ids, list[i].ID)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	const piece = 100
	for ; len(ids) > 0; ids = ids[min(piece, len(ids)):] {
		q := &ArchiveRequest{Results: ids[:min(piece, len(ids))], Formats: []ExportFormat{ExportVidjil}, Files: true}
		x, err := a.s.gather(ctx, a.who, q)
		if lab.CodeOf(err) == lab.NotFound {
			a.run.Printf("Results %v were removed meanwhile.", q.Results)
			continue
		}
		if err != nil {
			return err
		}
		if err := a.s.writeArchive(ctx, a.z, "results/", x); err != nil {
			return err
		}
		a.rows = append(a.rows, x.rows...)
	}
	return nil
}

// file notes a file of reads, and writes its bytes if reads are wanted. One whose
// bytes cannot be had is noted, with the reason.
func (a *bundle) file(ctx context.Context, f *lab.File) (err error) {
	out := bundledFile{Sample: f.SampleID, Name: f.Name.String(), Role: f.Role, Size: f.Size, Digest: f.Digest}
	defer func() { a.files = append(a.files, out) }()
	if !a.reads {
		return nil
	}
	c, err := a.s.OpenFile(ctx, a.who, f.ID)
	if e, ok := errors.AsType[*lab.Error](err); ok {
		out.Why = e.Error()
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	out.Path = fmt.Sprintf("reads/sample-%d/%d-%s", f.SampleID, f.ID, safeName(out.Name))
	// Reads are compressed already.
	w, err := a.z.CreateHeader(&zip.FileHeader{Name: out.Path, Method: zip.Store, Modified: a.s.Now().UTC()})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, c)
	return err
}
