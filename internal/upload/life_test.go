package upload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
)

func sha256New() hash.Hash { return sha256.New() }

func jsonLog(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) }

func TestWrongDigest(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 50_000)
	url := b.begin(len(data), "sha256", string(digestOf(data)))
	data[30_000] ^= 2
	resp := b.patch(url, 0, data)
	wantStatus(t, resp, 460)
	if got := detail(resp); !strings.Contains(got, "send it again") {
		t.Errorf("got %q", got)
	}
	wantStatus(t, b.do("HEAD", url, nil), 460)
	wantStatus(t, b.patch(url, len(data), nil), 460)
	if s := b.status(url); s.State != "refused" || !strings.Contains(s.Reason, "SHA-256") {
		t.Errorf("status: got %+v", s)
	}
	if len(b.ledger.finished) != 0 || !strings.Contains(b.ledger.abandoned["u1"], "SHA-256") {
		t.Errorf("ledger: finished %v, abandoned %v", b.ledger.finished, b.ledger.abandoned)
	}
	if _, err := b.blobs.Stat(t.Context(), digestOf(data)); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("the store has the bytes: %v", err)
	}
	if _, err := os.Stat(filepath.Join(b.cfg.Dir, "u1.part")); !os.IsNotExist(err) {
		t.Errorf("the bytes are still there: %v", err)
	}
}

// TestContent: a file of no use is refused by its first megabyte, and told so.
func TestContent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		data []byte
		size int
		says string
	}{
		"spreadsheet":       {[]byte("PK\x03\x04" + strings.Repeat("x", 5000)), 5004, "spreadsheet"},
		"analysis":          {[]byte(`{"tags": {}}`), 12, ".analysis"},
		"huge and not ours": {bytes.Repeat([]byte("no reads\n"), 200_000), 20 << 30, "cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Config{})
			b.r.free = func(context.Context) (int64, error) { return 1 << 40, nil }
			url := b.begin(tt.size)
			resp := b.patch(url, 0, tt.data)
			wantStatus(t, resp, http.StatusUnsupportedMediaType)
			if got := detail(resp); !strings.Contains(got, tt.says) {
				t.Errorf("got %q, want %q in it", got, tt.says)
			}
			if got := b.ledger.abandoned["u1"]; !strings.Contains(got, tt.says) {
				t.Errorf("the ledger was told %q", got)
			}
			wantStatus(t, b.do("HEAD", url, nil), http.StatusUnsupportedMediaType)
		})
	}
	b := newBench(t, Config{})
	_, resp := b.send([]byte("sequence_id\tsequence\n1\tACGT\n"))
	wantStatus(t, resp, http.StatusNoContent)
	if got := resp.Header.Get("Upload-Content"); got != "AIRR" {
		t.Errorf("a table of rearrangements: got content %q", got)
	}
}

// TestRoom: the disk must hold what was announced before and is still to come.
func TestRoom(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{ReserveBytes: 1000})
	room := func() { b.r.free = func(context.Context) (int64, error) { return 21_000, nil } }
	room()
	data := fastq(1, 10_000)
	first := b.begin(len(data))
	b.begin(9000)
	resp := b.post(1001)
	wantStatus(t, resp, http.StatusInsufficientStorage)
	if got := detail(resp); !strings.Contains(got, "administrator") {
		t.Errorf("got %q", got)
	}
	b.restart()
	room()
	wantStatus(t, b.post(1001), http.StatusInsufficientStorage)
	// What has arrived no longer counts: it is no longer free.
	wantStatus(t, b.patch(first, 0, data), http.StatusNoContent)
	wantStatus(t, b.post(1001), http.StatusCreated)
	if len(b.ledger.abandoned) != 0 || len(b.ledger.begun) != 3 {
		t.Errorf("ledger: begun %v, abandoned %v", b.ledger.begun, b.ledger.abandoned)
	}
}

func TestOffset(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 5000)
	url := b.begin(len(data))
	wantStatus(t, b.patch(url, 0, data[:3000]), http.StatusNoContent)
	wantStatus(t, b.patch(url, 2000, data[2000:]), http.StatusConflict)
	wantStatus(t, b.patch(url, 3000, append(data[3000:], 'x')), http.StatusRequestEntityTooLarge)
	wantStatus(t, b.do("PATCH", url, nil, "Upload-Offset", "3000"), http.StatusBadRequest)
	wantStatus(t, b.do("POST", url, bytes.NewReader(data[3000:]), "X-HTTP-Method-Override", "PATCH", "Upload-Offset", "3000",
		"Content-Type", "application/offset+octet-stream"), http.StatusNoContent)
	b.kept(url, data)
}

// TestFinishFails: what the ledger could not take is offered again, by the next
// request, by Sweep, and at the next start; once it has it, no more.
func TestFinishFails(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(*bench, string){
		"HEAD":    func(b *bench, url string) { wantStatus(b.t, b.do("HEAD", url, nil), http.StatusOK) },
		"PATCH":   func(b *bench, url string) { wantStatus(b.t, b.patch(url, 5000, nil), http.StatusNoContent) },
		"Recover": func(b *bench, _ string) { b.restart(); noError(b.t, b.r.Recover(b.t.Context())) },
		"Sweep":   func(b *bench, _ string) { _, err := b.r.Sweep(b.t.Context(), time.Now()); noError(b.t, err) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Config{})
			data := fastq(1, 5000)
			b.ledger.failFinish = errors.New("the database is secretly locked")
			url, resp := b.send(data)
			wantStatus(t, resp, http.StatusInternalServerError)
			if text := detail(resp); strings.Contains(text, "secret") {
				t.Errorf("got %q", text)
			}
			wantStatus(t, b.do("HEAD", url, nil), http.StatusInternalServerError)
			b.ledger.failFinish = nil
			again(b, url)
			b.kept(url, data)
			calls := b.ledger.finishes
			again(b, url)
			if b.ledger.finishes != calls {
				t.Error("a finished upload was finished again")
			}
		})
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// TestFinishRefused: the sample was removed while its file was on its way.
func TestFinishRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	b.ledger.failFinish = lab.Errorf(lab.NotFound, "the sample is no longer there")
	b.ledger.failAbandon = errors.New("the database went away")
	url, resp := b.send(fastq(1, 5000))
	wantStatus(t, resp, http.StatusNotFound)
	if s := b.status(url); s.State != "refused" || s.Reason != "the sample is no longer there" {
		t.Errorf("status: got %+v", s)
	}
	// The refusal is told when that is possible again.
	b.ledger.failAbandon = nil
	b.restart()
	noError(t, b.r.Recover(t.Context()))
	if got := b.ledger.abandoned["u1"]; got != "the sample is no longer there" {
		t.Errorf("the ledger was told %q", got)
	}
}

// crashStore fails right before or after it does something, as a program that is
// killed there.
type crashStore struct {
	*blob.Dir

	before, after bool
}

var errCrash = errors.New("killed")

func (s *crashStore) Adopt(ctx context.Context, file string, d blob.Digest) (blob.Info, error) {
	if s.before {
		return blob.Info{}, errCrash
	}
	info, err := s.Dir.Adopt(ctx, file, d)
	if s.after {
		return blob.Info{}, errors.Join(errCrash, err)
	}
	return info, err
}

// plainStore can only put.
type plainStore struct{ blob.Store }

// TestCrashWhileStoring: nothing is lost around the moment at which the bytes
// change hands.
func TestCrashWhileStoring(t *testing.T) {
	t.Parallel()
	data := fastq(1, 5000)
	for name, crash := range map[string]crashStore{"before": {before: true}, "after": {after: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Config{})
			whole := b.blobs
			crash.Dir = whole.(*blob.Dir)
			b.blobs = &crash
			b.restart()
			url, resp := b.send(data)
			wantStatus(t, resp, http.StatusInternalServerError)
			b.blobs = whole
			b.restart()
			noError(t, b.r.Recover(t.Context()))
			b.kept(url, data)
		})
	}
	t.Run("a store that cannot adopt", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, Config{})
		b.blobs = plainStore{b.blobs}
		b.restart()
		url, resp := b.send(data)
		wantStatus(t, resp, http.StatusNoContent)
		b.kept(url, data)
	})
	t.Run("bytes are lost", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, Config{})
		b.ledger.failFinish = errCrash
		url, _ := b.send(data)
		noError(t, b.blobs.Delete(t.Context(), digestOf(data), time.Time{}))
		b.ledger.failFinish = nil
		wantStatus(t, b.do("HEAD", url, nil), http.StatusNotFound) // so that the client begins again
		if got := b.ledger.abandoned["u1"]; !strings.Contains(got, "send it again") {
			t.Errorf("the ledger was told %q", got)
		}
	})
}

// TestPowerLoss: after a crash of the machine only what was synced counts.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 9000)
	url := b.begin(len(data))
	wantStatus(t, b.patch(url, 0, data[:4000]), http.StatusNoContent)
	// The program dies while it writes, and what was not synced is zeros later.
	part := filepath.Join(b.cfg.Dir, "u1.part")
	if err := os.WriteFile(part, append(data[:4000:4000], make([]byte, 3000)...), 0o600); err != nil {
		t.Fatal(err)
	}
	b.restart()
	b.r.dir.boot = "after the power came back"
	head := b.do("HEAD", url, nil)
	if got := head.Header.Get("Upload-Offset"); got != "4000" {
		t.Fatalf("got offset %s, want 4000", got)
	}
	wantStatus(t, b.patch(url, 4000, data[4000:]), http.StatusNoContent)
	b.kept(url, data)
}

// TestAnyLife sends files in pieces of any size, with lines that break,
// programs that are killed and machines that lose power, and wants the bytes.
func TestAnyLife(t *testing.T) {
	t.Parallel()
	data := fastq(1, 20_000)
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, Config{})
		b.r.every = 1000
		url := b.begin(len(data), "sha256", string(digestOf(data)))
		offset := 0
		for step := 0; offset < len(data); step++ {
			n := min(rapid.IntRange(0, 9_000).Draw(rt, "bytes"), len(data)-offset)
			var body io.Reader = bytes.NewReader(data[offset : offset+n])
			if rapid.Bool().Draw(rt, "line breaks") {
				body = io.MultiReader(body, brokenLine{})
			}
			b.do("PATCH", url, body, "Upload-Offset", itoa(offset), "Content-Type", "application/offset+octet-stream")
			switch rapid.SampledFrom([]string{"goes on", "restart", "kill", "power"}).Draw(rt, "then") {
			case "restart":
				b.restart()
			case "kill": // bytes were written that no checkpoint tells of
				b.restart()
				if b.status(url).State == "receiving" {
					more := min(rapid.IntRange(0, 3000).Draw(rt, "more"), len(data)-offset-n)
					appendTo(rt, filepath.Join(b.cfg.Dir, filepath.Base(url)+".part"), data[offset+n:offset+n+more])
				}
			case "power":
				b.restart()
				b.r.dir.boot = itoa(step)
				if b.status(url).State == "receiving" {
					appendTo(rt, filepath.Join(b.cfg.Dir, filepath.Base(url)+".part"), make([]byte, rapid.IntRange(0, 3000).Draw(rt, "zeros")))
				}
			}
			b.r.every = 1000
			head := b.do("HEAD", url, nil)
			if head.StatusCode != http.StatusOK {
				rt.Fatalf("HEAD: got status %d, %+v", head.StatusCode, b.status(url))
			}
			offset = atoi(head.Header.Get("Upload-Offset"))
		}
		b.kept(url, data)
		noError(t, b.r.Close())
	})
}

type brokenLine struct{}

func (brokenLine) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func appendTo(t *rapid.T, file string, data []byte) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(data)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 5000)
	url := b.begin(len(data))
	wantStatus(t, b.patch(url, 0, data[:1000]), http.StatusNoContent)
	b.ledger.failAbandon = errors.New("the database went away")
	wantStatus(t, b.do("DELETE", url, nil), http.StatusInternalServerError)
	if s := b.status(url); s.Offset != 1000 {
		t.Errorf("an upload that could not be abandoned: got %+v", s)
	}
	b.ledger.failAbandon = nil
	wantStatus(t, b.do("DELETE", url, nil), http.StatusNoContent)
	wantStatus(t, b.do("HEAD", url, nil), http.StatusNotFound)
	if got := b.ledger.abandoned["u1"]; got == "" {
		t.Error("the ledger was not told")
	}
	if left, err := os.ReadDir(b.cfg.Dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	// What is finished stays so.
	url, _ = b.send(data)
	wantStatus(t, b.do("DELETE", url, nil), http.StatusNoContent)
	b.kept(url, data)
	if got, ok := b.ledger.abandoned["u2"]; ok {
		t.Errorf("a finished upload was abandoned: %s", got)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 5000)
	half := b.begin(len(data))
	wantStatus(t, b.patch(half, 0, data[:1000]), http.StatusNoContent)
	done, _ := b.send(data)
	bad, _ := b.send([]byte("no reads at all\n"))
	for _, name := range []string{"stray.part", "stray.new", "README"} {
		if err := os.WriteFile(filepath.Join(b.cfg.Dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		after     time.Duration
		forgotten int
		left      []string
	}{
		{time.Hour, 0, []string{"README", "stray.new", "stray.part", "u1.json", "u1.part", "u2.json", "u3.json"}},
		{25 * time.Hour, 2, []string{"README", "u1.json", "u1.part"}},
		{6 * 24 * time.Hour, 0, []string{"README", "u1.json", "u1.part"}},
		{8 * 24 * time.Hour, 1, []string{"README"}},
	} {
		n, err := b.r.Sweep(t.Context(), time.Now().Add(tt.after))
		if n != tt.forgotten || err != nil {
			t.Errorf("after %v: got %d forgotten, error %v, want %d", tt.after, n, err, tt.forgotten)
		}
		left, err := b.r.dir.names()
		if err != nil || strings.Join(left, " ") != strings.Join(tt.left, " ") {
			t.Errorf("after %v: left %v, error %v, want %v", tt.after, left, err, tt.left)
		}
	}
	if got := b.ledger.abandoned["u1"]; !strings.Contains(got, "expired") {
		t.Errorf("the ledger was told %q of the half one", got)
	}
	for _, url := range []string{half, done, bad} {
		wantStatus(t, b.do("HEAD", url, nil), http.StatusNotFound)
	}
	if len(b.r.pending) != 0 {
		t.Errorf("still expected: %v", b.r.pending)
	}
}

// TestDamagedRecord: one bad file costs one upload, not the start of the server.
func TestDamagedRecord(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 5000)
	url := b.begin(len(data))
	if err := os.WriteFile(filepath.Join(b.cfg.Dir, "bad.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.restart()
	if err := b.r.Recover(t.Context()); err == nil || !strings.Contains(err.Error(), "bad") {
		t.Errorf("Recover: got error %v, want one that names the record", err)
	}
	wantStatus(t, b.do("HEAD", "/api/v1/uploads/bad", nil), http.StatusInternalServerError)
	wantStatus(t, b.patch(url, 0, data), http.StatusNoContent)
}

// TestManyAtOnce also runs under the race detector.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			data := fastq(i, 100_000+i)
			url := b.begin(len(data))
			for at := 0; at < len(data); at += 30_000 {
				if resp := b.patch(url, at, data[at:min(len(data), at+30_000)]); resp.StatusCode != http.StatusNoContent {
					t.Errorf("got status %d: %s", resp.StatusCode, detail(resp))
				}
			}
		})
		wg.Go(func() {
			if _, err := b.r.Sweep(t.Context(), time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(b.ledger.finished); got != 8 {
		t.Errorf("got %d finished, want 8", got)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func listen() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// TestInspect: a file that its sample does not expect is refused at its first
// megabyte, with the server's words.
func TestInspect(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 3<<20)
	url := b.begin(len(data))
	b.ledger.set(func() { b.ledger.refuseContent = lab.Errorf(lab.Invalid, "a result was expected") })
	wantStatus(t, b.patch(url, 0, data[:100_000]), http.StatusNoContent)
	resp := b.patch(url, 100_000, data[100_000:])
	wantStatus(t, resp, http.StatusUnsupportedMediaType)
	if got := detail(resp); got != "a result was expected" {
		t.Errorf("got %q", got)
	}
	if s := b.status(url); s.State != "refused" || b.ledger.abandoned["u1"] != "a result was expected" {
		t.Errorf("got %+v, abandoned %v", s, b.ledger.abandoned)
	}
	// A fault of the database is not a refusal.
	url = b.begin(len(data))
	b.ledger.set(func() { b.ledger.refuseContent = errors.New("the database is away") })
	wantStatus(t, b.patch(url, 0, data), http.StatusInternalServerError)
	b.ledger.set(func() { b.ledger.refuseContent = nil })
	wantStatus(t, b.patch(url, int(b.status(url).Offset), data[b.status(url).Offset:]), http.StatusNoContent)
	b.kept(url, data)
}

// TestDead: what the server has given up goes with the next sweep, however young;
// what has come stays.
func TestDead(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 5000)
	dead, whole, other := b.begin(len(data)), b.begin(len(data)), b.begin(len(data))
	wantStatus(t, b.patch(whole, 0, data), http.StatusNoContent)
	b.ledger.set(func() { b.ledger.dead = []string{"u1", "u2"} })
	if n, err := b.r.Sweep(t.Context(), time.Now()); n != 1 || err != nil {
		t.Fatalf("sweep: got %d, %v; want 1", n, err)
	}
	wantStatus(t, b.do("HEAD", dead, nil), http.StatusNotFound)
	wantStatus(t, b.do("HEAD", other, nil), http.StatusOK)
	b.kept(whole, data)
}

// TestLateDelivery: bytes that have waited for days to be delivered are young
// again when they are, so that no collector takes them; those that it has taken
// are sent again.
func TestLateDelivery(t *testing.T) {
	t.Parallel()
	for _, collected := range []bool{false, true} {
		b := newBench(t, Config{})
		data := fastq(1, 5000)
		b.ledger.set(func() { b.ledger.failFinish = errors.New("the database is away") })
		url := b.begin(len(data))
		wantStatus(t, b.patch(url, 0, data), http.StatusInternalServerError)
		days := time.Now().Add(-8 * 24 * time.Hour)
		name := filepath.Join(b.cfg.Dir, "u1.json")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text = regexp.MustCompile(`"changed_at": ?"[^"]*"`).ReplaceAll(text, []byte(`"changed_at":"`+days.UTC().Format(time.RFC3339)+`"`))
		d, ok := b.blobs.(*blob.Dir)
		if !ok {
			t.Fatal("not a directory")
		}
		if err := errors.Join(os.WriteFile(name, text, 0o600), os.Chtimes(d.Path(digestOf(data)), days, days)); err != nil {
			t.Fatal(err)
		}
		if collected {
			if err := b.blobs.Delete(t.Context(), digestOf(data), time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		b.ledger.set(func() { b.ledger.failFinish = nil })
		b.restart()
		if err := b.r.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if collected {
			if s := b.status(url); s.State != "refused" || !strings.Contains(s.Reason, "send it again") {
				t.Errorf("collected: got %+v", s)
			}
			continue
		}
		b.kept(url, data)
		if err := b.blobs.Delete(t.Context(), digestOf(data), time.Now().Add(-time.Hour)); lab.CodeOf(err) != lab.Conflict {
			t.Errorf("the collector takes what was just delivered: %v", err)
		}
	}
}
