package blob_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/blob/blobtest"
	"vidjil.org/vidjil/internal/lab"
)

// realS3 names a bucket of a real server, as "s3://BUCKET?endpoint=URL", with
// its keys where the AWS tools look for them. The server in this process, which
// the other tests use, is as kind as its makers: it checks no signature, and
// knows of parts, ranges and errors what they thought of. blobtest/s3.sh starts a
// real one and runs these tests.
const realS3 = "VIDJIL_TEST_S3"

// openReal opens a place in the real bucket that no other test has, and empties
// it at the end.
func openReal(t *testing.T) (*blob.S3, blob.S3Config) {
	t.Helper()
	place := os.Getenv(realS3)
	if place == "" {
		t.Skipf("SKIP a real S3 server: %s is not set (internal/blob/blobtest/s3.sh starts one)", realS3)
	}
	cfg, err := blob.ParseS3(place)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Prefix += "test-" + strings.ToLower(rand.Text()) + "/"
	// The smallest part that S3 takes, so that blobs of the tests have several.
	cfg.TempDir, cfg.PartBytes = t.TempDir(), 5<<20
	s, err := blob.OpenS3(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { empty(t, cfg) })
	return s, cfg
}

// rawS3 is a client of the bucket without our store.
func rawS3(ctx context.Context, t *testing.T, cfg blob.S3Config) *s3.Client {
	t.Helper()
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion("us-east-1"))
	if err != nil {
		t.Fatal(err)
	}
	return s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.UsePathStyle = true
		if cfg.Endpoint != "" {
			o.BaseEndpoint = &cfg.Endpoint
		}
	})
}

// empty removes what a test left below its prefix.
func empty(t *testing.T, cfg blob.S3Config) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	raw := rawS3(ctx, t, cfg)
	for pages := s3.NewListObjectsV2Paginator(raw, &s3.ListObjectsV2Input{Bucket: &cfg.Bucket, Prefix: &cfg.Prefix}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Errorf("empty the bucket: %v", err)
			return
		}
		for _, o := range page.Contents {
			if _, err := raw.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &cfg.Bucket, Key: o.Key}); err != nil {
				t.Errorf("empty the bucket: %v", err)
			}
		}
	}
}

func TestRealS3(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blob.Store {
		t.Helper()
		s, _ := openReal(t)
		return s
	})
}

// TestRealS3Parts: a blob of several parts reads as one, from any place.
func TestRealS3Parts(t *testing.T) {
	t.Parallel()
	s, _ := openReal(t)
	data := blobtest.Data(1, 11<<20)
	d := mustPut(t, s, data)
	r, err := s.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, off := range []int64{5<<20 - 3, 10<<20 - 3, 11<<20 - 6} { // over the borders of parts, to the end
		p := make([]byte, 6)
		if n, err := r.ReadAt(p, off); n != 6 || err != nil && err != io.EOF || !bytes.Equal(p, data[off:off+6]) {
			t.Errorf("at %d: got %d bytes %x, %v, want %x", off, n, p, err, data[off:off+6])
		}
	}
	if err := blob.Verify(t.Context(), s, d); err != nil {
		t.Error(err)
	}
}

// TestRealS3Renew: bytes that come again are made young, by a copy onto
// themselves that leaves them what they are. Some servers refuse such a copy
// unless something else changes with it.
func TestRealS3Renew(t *testing.T) {
	t.Parallel()
	s, _ := openReal(t)
	s.SetRenewAfter(0)
	for _, size := range []int{1000, 11 << 20} { // one that was sent at once, one in parts
		data := blobtest.Data(1, size)
		d := mustPut(t, s, data)
		info, err := s.Put(t.Context(), bytes.NewReader(data), d)
		if err != nil || !info.Known || info.Size != int64(size) {
			t.Errorf("put %d bytes again: got %+v, %v", size, info, err)
		}
		if err := blob.Verify(t.Context(), s, d); err != nil {
			t.Error(err)
		}
	}
}

// TestRealS3Sweep: parts of a blob that was never completed can be dropped.
func TestRealS3Sweep(t *testing.T) {
	t.Parallel()
	s, cfg := openReal(t)
	raw := rawS3(t.Context(), t, cfg)
	key := cfg.Prefix + "sha256/ab/cd/" + string(blobtest.DigestOf(nil))
	up, err := raw.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &cfg.Bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	number := int32(1)
	if _, err := raw.UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: &cfg.Bucket, Key: &key, UploadId: up.UploadId, PartNumber: &number, Body: bytes.NewReader(blobtest.Data(1, 5<<20)),
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		since time.Duration
		want  int
	}{{-time.Hour, 0}, {time.Hour, 1}, {time.Hour, 0}} {
		if n, err := s.Sweep(t.Context(), time.Now().Add(c.since)); n != c.want || err != nil {
			t.Errorf("idle since %v: got %d removed, error %v, want %d", c.since, n, err, c.want)
		}
	}
}

// TestRealS3List: more objects than an answer holds are all given, in order, and
// what is not a blob is left out.
func TestRealS3List(t *testing.T) {
	t.Parallel()
	s, cfg := openReal(t)
	raw := rawS3(t.Context(), t, cfg)
	var want []blob.Digest
	for i := range 1100 { // an answer has at most 1000
		want = append(want, mustPut(t, s, blobtest.Data(uint64(i), 8)))
	}
	slices.Sort(want)
	for _, key := range []string{"sha256/readme", "sha256/00/00/" + string(want[0]), "sha256/" + string(want[1])} {
		if _, err := raw.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &cfg.Bucket, Key: aws.String(cfg.Prefix + key), Body: strings.NewReader("not a blob"),
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{-1, 0, 500, 1098} {
		var after blob.Digest
		if i >= 0 {
			after = want[i]
		}
		var got []blob.Digest
		for info, err := range s.List(t.Context(), after) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, info.Digest)
		}
		if !slices.Equal(got, want[i+1:]) {
			t.Errorf("after number %d: got %d blobs, want %d in order", i, len(got), len(want)-i-1)
		}
	}
}

// TestRealS3Refused: wrong keys and a bucket that is not there are told as such,
// not as bytes that are lost.
func TestRealS3Refused(t *testing.T) {
	t.Parallel()
	_, cfg := openReal(t)
	for name, change := range map[string]func(*blob.S3Config){
		"wrong secret": func(c *blob.S3Config) { c.AccessKey, c.SecretKey = "nobody", "wrong" },
		"no bucket":    func(c *blob.S3Config) { c.Bucket += "-not-there" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := cfg
			change(&c)
			if _, err := blob.OpenS3(t.Context(), c); lab.CodeOf(err) != lab.Unreachable {
				t.Errorf("got error %v, want code %s", err, lab.Unreachable)
			}
		})
	}
}

// TestRealS3Shelf: what stands beside the blobs is kept, replaced, listed and
// removed.
func TestRealS3Shelf(t *testing.T) {
	t.Parallel()
	_, cfg := openReal(t)
	place := "s3://" + cfg.Bucket + "/" + strings.TrimSuffix(cfg.Prefix, "/")
	if cfg.Endpoint != "" {
		place += "?endpoint=" + cfg.Endpoint
	}
	shelf, err := blob.OpenShelf(t.Context(), place, t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "the second is longer"} {
		if n, err := shelf.Put(t.Context(), "lists/a.json", strings.NewReader(text)); n != int64(len(text)) || err != nil {
			t.Fatalf("put: got %d, %v", n, err)
		}
		r, err := shelf.Open(t.Context(), "lists/a.json")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); string(got) != text || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if _, err := shelf.Put(t.Context(), "lists/b/c.json", strings.NewReader("")); err != nil {
		t.Fatal(err)
	}
	var names []string
	for o, err := range shelf.List(t.Context(), "lists") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, o.Name)
	}
	if want := []string{"lists/a.json", "lists/b/c.json"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
	for range 2 { // what is not there needs no removal
		if err := shelf.Delete(t.Context(), "lists/a.json"); err != nil {
			t.Error(err)
		}
	}
	if _, err := shelf.Open(t.Context(), "lists/a.json"); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("open what was removed: got error %v", err)
	}
}
