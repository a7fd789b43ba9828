package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"vidjil.org/vidjil/internal/lab"
)

// S3Config says where a bucket is. Only Bucket has no default.
type S3Config struct {
	Bucket string
	// Prefix stands before all keys, so that a bucket can be shared; "vidjil/". It
	// is a folder when it ends with "/".
	Prefix string
	// Endpoint is the URL of a server that is not Amazon's.
	Endpoint string
	// Region is "us-east-1" when empty; most other servers ignore it.
	Region string
	// AccessKey and SecretKey; when empty, what the AWS environment gives:
	// variables, files, the role of the machine.
	AccessKey, SecretKey string
	// HostStyle puts the bucket's name in the host's. By default it stands in the
	// path, which every server understands.
	HostStyle bool
	// TempDir is where bytes of unknown digest are gathered before they are sent;
	// the system's when empty. It must have room for the largest blob.
	TempDir string
	// PartBytes is the size of the parts in which large blobs are sent, 64 MiB
	// when 0. It grows for a blob of more than 9000 parts: 10 000 are allowed.
	PartBytes int64
}

const (
	defaultPartBytes = 64 << 20
	maxParts         = 9000
	// copyLimit is the largest object that S3 copies in one call.
	copyLimit = 5 << 30
	// renewAfter spares a copy of the object for bytes that come twice in a short
	// time. The collector's delay must be longer.
	renewAfter = time.Hour
)

// S3 keeps blobs as objects of a bucket, under the keys that [Dir] uses too. A
// large object is sent in parts and appears when it is complete.
type S3 struct {
	client *s3.Client
	cfg    S3Config
	// renewAfter is the constant but in tests.
	renewAfter time.Duration
}

// OpenS3 makes a store of a bucket, which must exist.
func OpenS3(ctx context.Context, cfg S3Config) (*S3, error) {
	if cfg.Bucket == "" {
		return nil, lab.Errorf(lab.Usage, "the S3 store needs the name of a bucket")
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.PartBytes == 0 {
		cfg.PartBytes = defaultPartBytes
	}
	opts := []func(*config.LoadOptions) error{config.WithRegion(cfg.Region)}
	if cfg.AccessKey != "" {
		opts = append(opts, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(cfg.AccessKey, cfg.SecretKey, "")))
	}
	loaded, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("open S3 store: %w", err)
	}
	client := s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.UsePathStyle = !cfg.HostStyle
		if cfg.Endpoint != "" {
			o.BaseEndpoint = aws.String(cfg.Endpoint)
		}
		// The checksums that the SDK adds by itself are unknown to many servers;
		// our digests prove more.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &cfg.Bucket}); err != nil {
		return nil, lab.Errorf(lab.Unreachable, "the S3 bucket %s does not answer: check its name, the endpoint and the keys: %w", cfg.Bucket, err)
	}
	return &S3{client: client, cfg: cfg, renewAfter: renewAfter}, nil
}

// Put implements [Store]. What cannot be read twice is gathered in a temporary
// file, since an object has its name before it has its bytes.
func (s *S3) Put(ctx context.Context, r io.Reader, want Digest) (Info, error) {
	if want != "" {
		if info, err := s.renew(ctx, want); lab.CodeOf(err) != lab.NotFound {
			return info, err
		}
	}
	f, err := os.CreateTemp(s.cfg.TempDir, "vidjil-blob-")
	if err != nil {
		return Info{}, fmt.Errorf("put blob: %w", err)
	}
	defer func() {
		_ = f.Close()           // nothing of it is needed any more
		_ = os.Remove(f.Name()) // and the system clears its temporary folder
	}()
	sum := sha256.New()
	size, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(f, sum)}, contextReader{ctx, r}, make([]byte, copyBytes))
	if err != nil {
		return Info{}, fmt.Errorf("put blob: %w", err)
	}
	return s.putFile(ctx, f, size, SumOf(sum), want)
}

// Adopt implements [Adopter]: it saves the temporary file of Put.
func (s *S3) Adopt(ctx context.Context, file string, d Digest) (Info, error) {
	f, err := os.Open(file)
	if err != nil {
		return Info{}, fmt.Errorf("adopt blob %s: %w", d, err)
	}
	defer f.Close()
	info, err := s.renew(ctx, d)
	if lab.CodeOf(err) == lab.NotFound {
		sum := sha256.New()
		var size int64
		if size, err = io.Copy(sum, contextReader{ctx, f}); err == nil {
			info, err = s.putFile(ctx, f, size, SumOf(sum), d)
		}
	}
	if err != nil {
		return Info{}, fmt.Errorf("adopt blob: %w", err)
	}
	if err := os.Remove(file); err != nil {
		return Info{}, fmt.Errorf("adopt blob %s: %w", d, err)
	}
	return info, nil
}

func (s *S3) putFile(ctx context.Context, f io.ReaderAt, size int64, got, want Digest) (Info, error) {
	if want != "" && got != want {
		return Info{}, refused(got, want)
	}
	if want == "" {
		if info, err := s.renew(ctx, got); lab.CodeOf(err) != lab.NotFound {
			return info, err
		}
	}
	if err := s.send(ctx, s.key(got), f, size); err != nil {
		return Info{}, s3Error("put", got, err)
	}
	return s.Stat(ctx, got)
}

// send writes an object. Each part is a section of the file: it has a length and
// can be read again, so the client may repeat a request that failed.
func (s *S3) send(ctx context.Context, key string, f io.ReaderAt, size int64) error {
	if size <= s.cfg.PartBytes {
		_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: &s.cfg.Bucket, Key: &key, Body: io.NewSectionReader(f, 0, size), ContentLength: &size,
		})
		return err
	}
	up, err := s.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &s.cfg.Bucket, Key: &key})
	if err != nil {
		return err
	}
	done, err := s.sendParts(ctx, key, up.UploadId, f, size)
	if err == nil {
		_, err = s.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: &s.cfg.Bucket, Key: &key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
		})
	}
	if err != nil {
		// Parts cost money until they are dropped; Sweep drops those that stay.
		_, dropped := s.client.AbortMultipartUpload(context.WithoutCancel(ctx), &s3.AbortMultipartUploadInput{
			Bucket: &s.cfg.Bucket, Key: &key, UploadId: up.UploadId,
		})
		err = errors.Join(err, dropped)
	}
	return err
}

func (s *S3) sendParts(ctx context.Context, key string, id *string, f io.ReaderAt, size int64) ([]types.CompletedPart, error) {
	var done []types.CompletedPart
	part := max(s.cfg.PartBytes, size/maxParts+1)
	for off := int64(0); off < size; off += part {
		n, number := min(part, size-off), int32(len(done)+1)
		out, err := s.client.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &s.cfg.Bucket, Key: &key, UploadId: id, PartNumber: &number,
			Body: io.NewSectionReader(f, off, n), ContentLength: &n,
		})
		if err != nil {
			return nil, err
		}
		done = append(done, types.CompletedPart{PartNumber: &number, ETag: out.ETag})
	}
	return done, nil
}

// renew makes an object young: it is copied onto itself by the server. What is
// too large for that stays as old as it is and is told as not there, so that it
// is sent again.
func (s *S3) renew(ctx context.Context, d Digest) (Info, error) {
	info, err := s.Stat(ctx, d)
	if err != nil {
		return Info{}, err
	}
	info.Known = true
	if time.Since(info.PutAt) < s.renewAfter {
		return info, nil
	}
	if info.Size > copyLimit {
		return Info{}, notFound(d)
	}
	key := s.key(d)
	_, err = s.client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &s.cfg.Bucket, Key: &key, CopySource: aws.String(s.cfg.Bucket + "/" + key),
		MetadataDirective: types.MetadataDirectiveReplace,
	})
	if err != nil {
		return Info{}, s3Error("renew", d, err)
	}
	if info, err = s.Stat(ctx, d); err != nil {
		return Info{}, err
	}
	info.Known = true
	return info, nil
}

// Open implements [Store].
func (s *S3) Open(ctx context.Context, d Digest) (Reader, error) {
	info, err := s.Stat(ctx, d)
	if err != nil {
		return nil, err
	}
	return &objectReader{ctx: ctx, store: s, key: s.key(d), size: info.Size}, nil
}

// Stat implements [Store].
func (s *S3) Stat(ctx context.Context, d Digest) (Info, error) {
	if err := d.Check(); err != nil {
		return Info{}, err
	}
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.cfg.Bucket, Key: aws.String(s.key(d))})
	if err != nil {
		return Info{}, s3Error("stat", d, err)
	}
	return Info{Digest: d, Size: aws.ToInt64(out.ContentLength), PutAt: aws.ToTime(out.LastModified)}, nil
}

// Delete implements [Store]. S3 cannot compare the age and remove in one step:
// a Put in the milliseconds between would be lost, which the collector's delay of
// hours makes impossible in practice, since renewAfter is shorter.
func (s *S3) Delete(ctx context.Context, d Digest, unusedSince time.Time) error {
	info, err := s.Stat(ctx, d)
	if lab.CodeOf(err) == lab.NotFound {
		return nil
	} else if err != nil {
		return err
	}
	if young(info.PutAt, unusedSince) {
		return putAgain(d)
	}
	if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.cfg.Bucket, Key: aws.String(s.key(d))}); err != nil {
		return s3Error("delete", d, err)
	}
	return nil
}

// List implements [Store].
func (s *S3) List(ctx context.Context, after Digest) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		in := &s3.ListObjectsV2Input{Bucket: &s.cfg.Bucket, Prefix: aws.String(s.cfg.Prefix + "sha256/")}
		if after != "" {
			if err := after.Check(); err != nil {
				yield(Info{}, err)
				return
			}
			in.StartAfter = aws.String(s.key(after))
		}
		for pages := s3.NewListObjectsV2Paginator(s.client, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(Info{}, fmt.Errorf("list blobs: %w", err))
				return
			}
			for _, o := range page.Contents {
				d := Digest(path.Base(aws.ToString(o.Key)))
				if d.Check() != nil || s.key(d) != *o.Key {
					continue // not ours
				}
				if !yield(Info{Digest: d, Size: aws.ToInt64(o.Size), PutAt: aws.ToTime(o.LastModified)}, nil) {
					return
				}
			}
		}
	}
}

// Sweep implements [Sweeper]: it drops the parts of blobs that were never
// completed.
func (s *S3) Sweep(ctx context.Context, idleSince time.Time) (int, error) {
	return s.sweep(ctx, s.cfg.Prefix+"sha256/", idleSince)
}

// sweep drops the parts of what was begun below a prefix.
func (s *S3) sweep(ctx context.Context, prefix string, idleSince time.Time) (int, error) {
	removed := 0
	in := &s3.ListMultipartUploadsInput{Bucket: &s.cfg.Bucket, Prefix: &prefix}
	for pages := s3.NewListMultipartUploadsPaginator(s.client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "NoSuchUpload" {
			return removed, nil // how some servers say that there are none
		}
		if err != nil {
			return removed, fmt.Errorf("sweep blobs: %w", err)
		}
		for _, u := range page.Uploads {
			if aws.ToTime(u.Initiated).After(idleSince) || !strings.HasPrefix(aws.ToString(u.Key), *in.Prefix) {
				continue
			}
			if _, err := s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
				Bucket: &s.cfg.Bucket, Key: u.Key, UploadId: u.UploadId,
			}); err != nil {
				return removed, fmt.Errorf("sweep blobs: %w", err)
			}
			removed++
		}
	}
	return removed, nil
}

func (s *S3) key(d Digest) string { return s.cfg.Prefix + keyOf(d) }

// s3Error tells a missing object from other trouble.
func s3Error(operation string, d Digest, err error) error {
	if isMissing(err) {
		return notFound(d)
	}
	return fmt.Errorf("%s blob %s: %w", operation, d, err)
}

// objectError is s3Error for what is not named by a digest; nil stays nil.
func objectError(operation, name string, err error) error {
	if err == nil {
		return nil
	}
	if isMissing(err) {
		return lab.Errorf(lab.NotFound, "there is no %s", name)
	}
	return fmt.Errorf("%s %s: %w", operation, name, err)
}

func isMissing(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && (api.ErrorCode() == "NoSuchKey" || api.ErrorCode() == "NotFound")
}

var (
	_ Store   = (*S3)(nil)
	_ Adopter = (*S3)(nil)
	_ Sweeper = (*S3)(nil)
)
