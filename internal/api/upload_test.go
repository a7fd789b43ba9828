package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/source"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
	"vidjil.org/vidjil/internal/upload"
)

// openUploads gives a site blobs, mounted folders and a receiver of uploads.
func (w *site) openUploads(c *siteConfig) http.Handler {
	w.t.Helper()
	blobs, err := blob.OpenDir(filepath.Join(c.Dir, "blobs"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service.Blobs = blobs
	if w.Service.Sources, err = source.New(c.Sources); err != nil {
		w.t.Fatal(err)
	}
	c.Upload.Dir, c.Upload.Path, c.Upload.Refuse = filepath.Join(c.Dir, "uploads"), api.UploadPath, api.RefuseUpload(slog.New(slog.DiscardHandler))
	r, err := upload.New(blobs, api.Ledger(w.Service), c.Upload)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := r.Recover(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.receiver = r
	w.t.Cleanup(func() {
		if err := errors.Join(r.Close(), blobs.Close()); err != nil {
			w.t.Error(err)
		}
	})
	return r
}

// eachWithUploads runs a test on a new site that takes uploads.
func eachWithUploads(t *testing.T, c siteConfig, test func(t *testing.T, w *site)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) {
		c := c
		c.Dir = t.TempDir()
		test(t, newSite(t, url, c))
	})
}

// fastq is reads of about n bytes, other ones for each seed.
func fastq(seed, n int) []byte {
	var b bytes.Buffer
	state := uint32(seed)*2654435761 + 1
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "@read%d\n", i)
		for range 100 {
			state = state*1664525 + 1013904223
			b.WriteByte("ACGT"[state>>30])
		}
		b.WriteString("\n+\n" + strings.Repeat("I", 100) + "\n")
	}
	return b.Bytes()
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// eager is options for tests: small pieces, short pauses.
func eager(data []byte) client.UploadOptions {
	return client.UploadOptions{PieceBytes: 64 << 10, Patience: 5 * time.Second, Backoff: time.Millisecond, SHA256: digestOf(data)}
}

// patientSample makes a patient with a sample that expects the files.
func (w *site) patientSample(c *client.Client, group int64, files ...client.NewFile) (client.Set, client.Sample) {
	w.t.Helper()
	sets, err := c.CreateSets(w.t.Context(), client.NewSet{Kind: "patient", GroupID: group, FirstName: "Marie", LastName: "Dupont"})
	if err != nil {
		w.t.Fatal(err)
	}
	samples, err := c.CreateSamples(w.t.Context(), client.NewSample{Sets: []int64{sets[0].ID}, Files: files})
	if err != nil {
		w.t.Fatal(err)
	}
	return sets[0], samples[0]
}

func (w *site) sample(c *client.Client, id int64) client.Sample {
	w.t.Helper()
	s, err := c.Sample(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

var allRights = []string{"set:create", "set:read", "set:edit", "set:upload", "set:anon"}

func TestUpload(t *testing.T) {
	t.Parallel()
	eachWithUploads(t, siteConfig{}, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.group("laboratory", 0, allRights...)
		marie := w.person("marie", g.ID)
		r1, r2 := fastq(1, 300_000), fastq(2, 300_000)
		set, s := w.patientSample(marie, g.ID, client.NewFile{Role: "R1", Name: "Dupont_R1.fastq", Size: int64(len(r1))}, client.NewFile{Role: "R2", Name: "Dupont_R2.fastq"})
		var sent []int64
		opt := eager(r1)
		opt.Progress = func(n int64) { sent = append(sent, n) }
		got, err := marie.Upload(ctx, s.Files[0].ID, "Dupont_R1.fastq", bytes.NewReader(r1), int64(len(r1)), opt)
		if err != nil {
			t.Fatal(err)
		}
		if got.State != "finished" || got.SHA256 != digestOf(r1) || got.Content != "reads" || got.Duplicate {
			t.Errorf("upload: got %+v", got)
		}
		if len(sent) < 5 || sent[len(sent)-1] != int64(len(r1)) {
			t.Errorf("progress: got %v", sent)
		}
		if _, err := marie.Upload(ctx, s.Files[1].ID, "Dupont_R2.fastq", bytes.NewReader(r2), int64(len(r2)), eager(r2)); err != nil {
			t.Fatal(err)
		}
		for i, f := range w.sample(marie, s.ID).Files {
			want := [][]byte{r1, r2}[i]
			if f.State != "present" || f.Size != int64(len(want)) || f.Digest != digestOf(want) || f.Reason != "" {
				t.Errorf("file: got %+v", f)
			}
		}
		if set, err := marie.Set(ctx, set.ID); err != nil || set.Files != 2 || set.Bytes != int64(len(r1)+len(r2)) {
			t.Errorf("set: got %d files, %d bytes (%v)", set.Files, set.Bytes, err)
		}
		_, err = marie.Upload(ctx, s.Files[0].ID, "x.fastq", bytes.NewReader(r2), int64(len(r2)), eager(r2))
		wantCode(t, "upload to a file that is there", err, "conflict")

		// The same bytes for another sample: kept once, and told.
		_, other := w.patientSample(marie, g.ID, client.NewFile{Name: "again.fastq"})
		got, err = marie.Upload(ctx, other.Files[0].ID, "again.fastq", bytes.NewReader(r1), int64(len(r1)), eager(r1))
		if err != nil || !got.Duplicate {
			t.Errorf("duplicate: got %+v, %v", got, err)
		}
		c, err := marie.FileContent(ctx, s.Files[0].ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(c)
		if err := errors.Join(err, c.Close()); err != nil || !bytes.Equal(data, r1) || c.Name != "Dupont_R1.fastq" {
			t.Errorf("download: got %d bytes, name %q, %v", len(data), c.Name, err)
		}
		w.wantAudit(s.ID, "upload.begin", "file.upload", "file.read")
	})
}

// wantAudit wants entries about a sample, among others and in order.
func (w *site) wantAudit(sample int64, actions ...string) {
	w.t.Helper()
	var got []string
	err := w.Store.Read(w.t.Context(), func(tx *store.Tx) error {
		return tx.AuditEach(w.t.Context(), func(e *lab.Entry) error {
			if e.Object == "sample" && e.ObjectID == sample {
				got = append(got, e.Action)
			}
			return nil
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	rest := actions
	for _, a := range got {
		if len(rest) > 0 && a == rest[0] {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 {
		w.t.Errorf("audit of sample %d: got %v, want %v", sample, got, actions)
	}
}

// TestUploadRights: §10.1 item 5 of the original's faults, and the right at every
// request.
func TestUploadRights(t *testing.T) {
	t.Parallel()
	eachWithUploads(t, siteConfig{}, func(t *testing.T, w *site) {
		ctx := t.Context()
		ours := w.group("ours", 0, allRights...)
		readers := w.group("readers", ours.ID, "set:read", "set:anon")
		theirs := w.group("theirs", 0, allRights...)
		marie, paul, reader, other := w.person("marie", ours.ID), w.person("paul", ours.ID), w.person("reader", readers.ID), w.person("other", theirs.ID)
		data := fastq(3, 200_000)
		_, s := w.patientSample(marie, ours.ID, client.NewFile{Name: "a.fastq"}, client.NewFile{Name: "b.fastq", Lane: 2})
		file := s.Files[0].ID
		try := func(c *client.Client) error {
			_, err := c.Upload(ctx, file, "a.fastq", bytes.NewReader(data), int64(len(data)), eager(data))
			return err
		}
		wantCode(t, "nobody", try(w.nobody()), "unauthenticated")
		wantCode(t, "another laboratory", try(other), "not_found")
		wantCode(t, "a reader", try(reader), "forbidden")
		wantCode(t, "a key without the scope", try(w.token(marie, "read")), "forbidden")
		_, err := marie.Upload(ctx, 999_999, "a.fastq", bytes.NewReader(data), int64(len(data)), eager(data))
		wantCode(t, "no such file", err, "not_found")

		// A sample that is also in a set of others takes the right on both.
		theirSets, err := other.CreateSets(ctx, client.NewSet{Kind: "run", GroupID: theirs.ID, Name: "run"})
		if err != nil {
			t.Fatal(err)
		}
		err = w.Store.Write(ctx, func(tx *store.Tx) error { _, err := tx.AttachSample(ctx, s.ID, theirSets[0].ID); return err })
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, "right on one of two sets", try(marie), "forbidden")
		err = w.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.DetachSample(ctx, s.ID, theirSets[0].ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}

		id := w.beginUpload(marie, file, data, len(data)/2)
		for name, c := range map[string]*client.Client{"other": other, "reader": reader} {
			_, err := c.UploadStatus(ctx, id)
			wantCode(t, name+": status of somebody else's upload", err, "not_found")
			_, err = c.ResumeUpload(ctx, id, bytes.NewReader(data), int64(len(data)), eager(data))
			wantCode(t, name+": go on with somebody else's upload", err, "not_found")
			wantCode(t, name+": cancel somebody else's upload", c.CancelUpload(ctx, id), "not_found")
		}
		// A colleague with the same right goes on with it, wherever it was left.
		list, err := paul.SampleUploads(ctx, s.ID)
		if err != nil || len(list) != 1 || list[0].ID != id || list[0].State != "receiving" {
			t.Errorf("uploads of the sample: got %+v, %v", list, err)
		}
		_, err = reader.SampleUploads(ctx, s.ID)
		wantCode(t, "list of uploads, by a reader", err, "forbidden")
		if _, err := paul.ResumeUpload(ctx, id, bytes.NewReader(data), int64(len(data)), eager(data)); err != nil {
			t.Fatal(err)
		}
		w.wantAudit(s.ID, "upload.begin", "upload.take_over", "file.upload")

		// The right is taken away in the middle: at the next request.
		second := fastq(4, 200_000)
		id = w.beginUpload(marie, s.Files[1].ID, second, 100_000)
		if _, err := w.admin().SetRights(ctx, ours.ID, "set:read", "set:anon"); err != nil {
			t.Fatal(err)
		}
		_, err = marie.ResumeUpload(ctx, id, bytes.NewReader(second), int64(len(second)), eager(second))
		wantCode(t, "the right was taken away", err, "forbidden")
	})
}

// beginUpload begins an upload and sends the first n bytes.
func (w *site) beginUpload(c *client.Client, file int64, data []byte, n int) string {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	opt, id := eager(data), ""
	opt.PieceBytes = int64(n)
	opt.Begun = func(name string) { id = name }
	opt.Progress = func(int64) {
		// The first time from the body, the second when the server has it.
		if st, err := c.UploadStatus(w.t.Context(), id); err == nil && st.Offset >= int64(n) {
			stop()
		}
	}
	_, err := c.Upload(ctx, file, "begun.fastq", bytes.NewReader(data), int64(len(data)), opt)
	if !errors.Is(err, context.Canceled) {
		w.t.Fatalf("begin upload: got %v, want to be stopped", err)
	}
	return id
}

// TestUploadTokenRevoked: a key that is revoked while its bytes come.
func TestUploadTokenRevoked(t *testing.T) {
	t.Parallel()
	eachWithUploads(t, siteConfig{}, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.group("laboratory", 0, allRights...)
		marie := w.person("marie", g.ID)
		data := fastq(5, 400_000)
		_, s := w.patientSample(marie, g.ID, client.NewFile{Name: "a.fastq"})
		made, err := marie.CreateToken(ctx, client.NewToken{Name: "sequencer", Scopes: []string{"upload"}})
		if err != nil {
			t.Fatal(err)
		}
		script := w.script(made.Text)
		id := w.beginUpload(script, s.Files[0].ID, data, 100_000)

		// In the middle of the last request: it was allowed when it began.
		opt := eager(data)
		opt.PieceBytes = 1 << 30
		revoked := false
		opt.Progress = func(sent int64) {
			if sent > 200_000 && !revoked {
				revoked = true
				for { // until the server has let the request in
					if st, err := marie.UploadStatus(ctx, id); err != nil || st.Offset > 100_000 {
						break
					}
				}
				if err := marie.RevokeToken(ctx, made.ID); err != nil {
					t.Error(err)
				}
			}
		}
		_, err = script.ResumeUpload(ctx, id, bytes.NewReader(data), int64(len(data)), opt)
		wantCode(t, "revoked in the middle", err, "forbidden")
		_, err = script.UploadStatus(ctx, id)
		wantCode(t, "the key after that", err, "unauthenticated")
		f := w.sample(marie, s.ID).Files[0]
		if f.State != "expected" || !strings.Contains(f.Reason, "revoked") {
			t.Errorf("file: got %+v, want it to say that the token was revoked", f)
		}
		// By the person themselves it works.
		if _, err := marie.Upload(ctx, s.Files[0].ID, "a.fastq", bytes.NewReader(data), int64(len(data)), eager(data)); err != nil {
			t.Fatal(err)
		}
		if f := w.sample(marie, s.ID).Files[0]; f.State != "present" || f.Reason != "" {
			t.Errorf("file: got %+v", f)
		}
	})
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	c := siteConfig{Upload: upload.Config{MaxBytes: 1_000_000, ReserveBytes: 10_000_000}}
	storetest.Each(t, func(t *testing.T, url string) {
		c, room := c, int64(1<<40)
		c.Dir = t.TempDir()
		c.Upload.Free = func(context.Context) (int64, error) { return room, nil }
		w := newSite(t, url, c)
		ctx := t.Context()
		g := w.group("laboratory", 0, allRights...)
		marie := w.person("marie", g.ID)
		reads := fastq(6, 100_000)
		table := []byte("sequence_id\tsequence\tv_call\nx\tACGT\tIGHV1-2*01\n")
		_, s := w.patientSample(marie, g.ID, client.NewFile{Role: "R1", Name: "r1.fastq"}, client.NewFile{Role: "R2", Name: "r2.fastq"})
		_, res := w.patientSample(marie, g.ID, client.NewFile{Role: "result", Name: "airr.tsv"})
		_, sized := w.patientSample(marie, g.ID, client.NewFile{Name: "a.fastq", Size: 12})
		try := func(file int64, data []byte, opt client.UploadOptions) error {
			_, err := marie.Upload(ctx, file, "name.fastq", bytes.NewReader(data), int64(len(data)), opt)
			return err
		}
		wantText := func(what string, err error, code, text string) {
			t.Helper()
			wantCode(t, what, err, code)
			if err != nil && !strings.Contains(err.Error(), text) {
				t.Errorf("%s: got %q, want it to say %q", what, err, text)
			}
		}
		large := fastq(7, 1_100_000)
		wantText("too large", try(s.Files[0].ID, large, eager(large)), "too_large", "at most")
		wantText("another size", try(sized.Files[0].ID, reads, eager(reads)), "invalid", "announced")
		wantText("reads for a result", try(res.Files[0].ID, reads, eager(reads)), "invalid", "holds reads")
		wantText("a result for reads", try(s.Files[0].ID, table, eager(table)), "invalid", "AIRR")
		if f := w.sample(marie, s.ID).Files[0]; f.State != "expected" || !strings.Contains(f.Reason, "AIRR") {
			t.Errorf("the file does not say why: %+v", f)
		}
		junk := bytes.Repeat([]byte("%PDF-1.7 "), 100)
		wantText("neither", try(s.Files[0].ID, junk, eager(junk)), "invalid", "cannot be used")
		opt := eager(reads)
		opt.SHA256 = digestOf(large)
		wantText("wrong checksum", try(s.Files[0].ID, reads, opt), "invalid", "changed on its way")
		room = 10_050_000
		wantText("disk nearly full", try(s.Files[0].ID, reads, eager(reads)), "no_space", "no room")
		room = 1 << 40
		if err := try(s.Files[0].ID, reads, eager(reads)); err != nil {
			t.Fatal(err)
		}
		wantText("R1 as R2", try(s.Files[1].ID, reads, eager(reads)), "invalid", "R1")
		if err := try(res.Files[0].ID, table, eager(table)); err != nil {
			t.Fatal(err)
		}
		if err := marie.TrashSample(ctx, s.ID); err != nil {
			t.Fatal(err)
		}
		wantText("a sample in the trash", try(s.Files[1].ID, large[:5000], eager(large[:5000])), "conflict", "trash")
	})
}

func TestUploadQuota(t *testing.T) {
	t.Parallel()
	eachWithUploads(t, siteConfig{}, func(t *testing.T, w *site) {
		ctx := t.Context()
		org := w.group("hospital", 0, allRights...)
		role := w.group("doctors", org.ID, allRights...)
		quota := int64(250_000)
		if _, err := w.admin().UpdateGroup(ctx, org.ID, client.GroupChange{QuotaBytes: &quota}); err != nil {
			t.Fatal(err)
		}
		marie := w.person("marie", org.ID, role.ID)
		data, more := fastq(8, 100_000), fastq(9, 100_000)
		_, s := w.patientSample(marie, org.ID, client.NewFile{Name: "a.fastq"}, client.NewFile{Name: "b.fastq", Lane: 2}, client.NewFile{Name: "c.fastq", Lane: 3})
		_, below := w.patientSample(marie, role.ID, client.NewFile{Name: "d.fastq"})
		try := func(file int64, data []byte) error {
			_, err := marie.Upload(ctx, file, "a.fastq", bytes.NewReader(data), int64(len(data)), eager(data))
			return err
		}
		if err := try(s.Files[0].ID, data); err != nil {
			t.Fatal(err)
		}
		// What is on its way counts; begun anew, it counts once.
		for range 3 {
			w.beginUpload(marie, s.Files[1].ID, more, 50_000)
		}
		third := fastq(10, 60_000)
		wantCode(t, "third file", try(s.Files[2].ID, third), "no_space")
		wantCode(t, "file of a group below", try(below.Files[0].ID, third), "no_space")
		if err := marie.RemoveReads(ctx, s.ID); err != nil {
			t.Fatal(err)
		}
		if err := try(below.Files[0].ID, third); err != nil {
			t.Errorf("after the reads were removed: %v", err)
		}
	})
}

// TestUploadGivenUp: the file is replaced or removed while its bytes come, begun
// anew, cancelled.
func TestUploadGivenUp(t *testing.T) {
	t.Parallel()
	eachWithUploads(t, siteConfig{}, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.group("laboratory", 0, allRights...)
		marie := w.person("marie", g.ID)
		data := fastq(11, 200_000)
		_, s := w.patientSample(marie, g.ID, client.NewFile{Name: "a.fastq"})
		file := s.Files[0].ID
		first := w.beginUpload(marie, file, data, 100_000)
		second := w.beginUpload(marie, file, data, 100_000)
		_, err := marie.ResumeUpload(ctx, first, bytes.NewReader(data), int64(len(data)), eager(data))
		wantCode(t, "the first of two uploads", err, "not_found")
		if err := marie.CancelUpload(ctx, second); err != nil {
			t.Fatal(err)
		}
		if f := w.sample(marie, s.ID).Files[0]; !strings.Contains(f.Reason, "cancelled") {
			t.Errorf("cancelled: got %+v", f)
		}
		third := w.beginUpload(marie, file, data, 100_000)
		replaced, err := marie.ReplaceReads(ctx, s.ID, client.NewFile{Name: "b.fastq"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = marie.ResumeUpload(ctx, third, bytes.NewReader(data), int64(len(data)), eager(data))
		wantCode(t, "upload of a file that was replaced", err, "not_found")
		// The bytes of those given up go with the next sweep, at once.
		if n, err := w.receiver.Sweep(ctx, time.Now()); err != nil || n != 2 {
			t.Errorf("sweep: got %d, %v; want 2", n, err)
		}
		if got, err := marie.Upload(ctx, replaced.Files[0].ID, "b.fastq", bytes.NewReader(data), int64(len(data)), eager(data)); err != nil || got.State != "finished" {
			t.Errorf("the new file: got %+v, %v", got, err)
		}
	})
}

// TestUploadBegunAndLost: the server was killed after the database knew of an
// upload and before its bytes had a place.
func TestUploadBegunAndLost(t *testing.T) {
	t.Parallel()
	eachWithUploads(t, siteConfig{}, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.group("laboratory", 0, allRights...)
		marie := w.person("marie", g.ID)
		data := fastq(12, 100_000)
		_, s := w.patientSample(marie, g.ID, client.NewFile{Name: "a.fastq"}, client.NewFile{Name: "b.fastq", Lane: 2})
		kept := w.beginUpload(marie, s.Files[1].ID, data, 50_000)
		err := w.Store.Write(ctx, func(tx *store.Tx) error {
			return tx.InsertUpload(ctx, &lab.Upload{ID: "lost", UserID: 1, FileID: s.Files[0].ID, Size: 5, State: lab.UploadReceiving})
		})
		if err != nil {
			t.Fatal(err)
		}
		gathered := func(ctx context.Context, id string) (bool, error) {
			_, err := w.receiver.Status(ctx, id)
			return err == nil, nil
		}
		reasons := func() (list []string) {
			for _, f := range w.sample(marie, s.ID).Files {
				list = append(list, f.Reason)
			}
			return list
		}
		if err := w.Service.TidyUploads(ctx, gathered); err != nil {
			t.Fatal(err)
		}
		if got := reasons(); got[0] != "" || got[1] != "" {
			t.Errorf("at once: got %q; it may be about to get its place", got)
		}
		w.Clock.Move(2 * time.Hour)
		if err := w.Service.TidyUploads(ctx, gathered); err != nil {
			t.Fatal(err)
		}
		if got := reasons(); !strings.Contains(got[0], "send the file again") || got[1] != "" {
			t.Errorf("after two hours: got %q", got)
		}
		if _, err := marie.ResumeUpload(ctx, kept, bytes.NewReader(data), int64(len(data)), eager(data)); err != nil {
			t.Errorf("the other one: %v", err)
		}
	})
}

// TestDownload: rights and names.
func TestDownload(t *testing.T) {
	t.Parallel()
	eachWithUploads(t, siteConfig{}, func(t *testing.T, w *site) {
		ctx := t.Context()
		ours := w.group("ours", 0, allRights...)
		blind := w.group("blind", ours.ID, "set:read")
		theirs := w.group("theirs", 0, allRights...)
		marie, reader, other := w.person("marie", ours.ID), w.person("reader", blind.ID), w.person("other", theirs.ID)
		plain := fastq(13, 50_000)
		var named, bare bytes.Buffer
		for _, x := range []struct {
			to   *bytes.Buffer
			name string
		}{{&named, "Dupont_R1.fastq"}, {&bare, ""}} {
			z := gzip.NewWriter(x.to)
			z.Name = x.name
			if _, err := z.Write(plain); err != nil {
				t.Fatal(err)
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
		}
		result := []byte("sequence_id\tsequence\tv_call\nDupont\tACGT\tIGHV1-2*01\n")
		for _, tt := range []struct {
			name, role string
			data       []byte
			neutral    string // "": not for those who may not know names
		}{
			{"Dupont.fastq", "reads", plain, ".fastq"},
			{"Dupont.fastq.gz", "reads", bare.Bytes(), ".fastq.gz"},
			{"Dupont_2.fastq.gz", "reads", named.Bytes(), ""},
			{"Dupont.tsv", "result", result, ""},
		} {
			_, s := w.patientSample(marie, ours.ID, client.NewFile{Role: tt.role, Name: tt.name})
			file := s.Files[0].ID
			_, err := marie.FileContent(ctx, file, 0)
			wantCode(t, tt.name+" before it came", err, "conflict")
			if _, err := marie.Upload(ctx, file, tt.name, bytes.NewReader(tt.data), int64(len(tt.data)), eager(tt.data)); err != nil {
				t.Fatal(err)
			}
			_, err = other.FileContent(ctx, file, 0)
			wantCode(t, tt.name+" of others", err, "not_found")
			c, err := marie.FileContent(ctx, file, 10)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(c)
			if err := errors.Join(err, c.Close()); err != nil || !bytes.Equal(data, tt.data[10:]) || c.Name != tt.name {
				t.Errorf("%s: got %d bytes, name %q, %v", tt.name, len(data), c.Name, err)
			}
			c, err = reader.FileContent(ctx, file, 0)
			if tt.neutral == "" {
				wantCode(t, tt.name+" without the right to names", err, "forbidden")
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			data, err = io.ReadAll(c)
			if err := errors.Join(err, c.Close()); err != nil || !bytes.Equal(data, tt.data) || strings.Contains(c.Name, "Dupont") || !strings.HasSuffix(c.Name, tt.neutral) {
				t.Errorf("%s without the right to names: got %d bytes, name %q, %v", tt.name, len(data), c.Name, err)
			}
		}
	})
}
