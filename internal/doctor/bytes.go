package doctor

import (
	"context"
	"fmt"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// piece is how many blobs are looked at in one transaction.
const piece = 2000

// bytes looks whether the bytes are there to which rows refer.
func (e *exam) bytes(ctx context.Context) error {
	var lost, reads, sizes []string
	for after := ""; ; {
		var list []store.UsedBlob
		err := e.Store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.UsedBlobs(ctx, after, piece)
			return err
		})
		if err != nil {
			return err
		}
		for _, b := range list {
			after = b.Digest
			info, err := e.Blobs.Stat(ctx, blob.Digest(b.Digest))
			switch {
			case lab.CodeOf(err) == lab.NotFound && b.Reads:
				reads = append(reads, b.Digest)
			case lab.CodeOf(err) == lab.NotFound:
				lost = append(lost, b.Digest)
			case err != nil:
				return err
			case info.Size != b.Size:
				sizes = append(sizes, b.Digest)
			}
		}
		if len(list) < piece {
			break
		}
	}
	const do = "restore them from a backup: its objects have these names when it is not encrypted"
	e.blobs("blob.missing", "bytes of results are lost", do+"; or analyse the samples again", lost)
	e.blobs("blob.missing_reads", "bytes of reads are lost", do+"; or upload the files again", reads)
	e.blobs("blob.damaged", "files of bytes have another size than what was put into them", do, sizes)
	return nil
}

func (e *exam) blobs(code, msg, do string, digests []string) {
	if n := len(digests); n > 0 {
		e.add(Finding{Code: code, Severity: Error, Object: "blob", IDs: digests[:min(n, most)], Msg: fmt.Sprintf("%d %s", n, msg), Do: do})
	}
}

// strays looks for bytes that take room for nothing: without a row, or whose row
// nothing refers to, for longer than the server leaves them there.
func (e *exam) strays(ctx context.Context) error {
	const slack = 2 * 24 * time.Hour // the collector comes round in hours
	since := e.Now().Add(-service.BlobGrace - slack)
	var n int
	var bytes int64
	var some []string
	note := func(digest string, size int64) {
		n, bytes = n+1, bytes+size
		if len(some) < most {
			some = append(some, digest)
		}
	}
	var old []blob.Info
	flush := func() error {
		defer func() { old = old[:0] }()
		return e.Store.Read(ctx, func(tx *store.Tx) error {
			digests := make([]string, len(old))
			for i, b := range old {
				digests[i] = string(b.Digest)
			}
			known, err := tx.KnownBlobs(ctx, digests)
			have := map[string]bool{}
			for _, d := range known {
				have[d] = true
			}
			for _, b := range old {
				if !have[string(b.Digest)] {
					note(string(b.Digest), b.Size)
				}
			}
			return err
		})
	}
	for b, err := range e.Blobs.List(ctx, "") {
		if err != nil {
			return err
		}
		if !b.PutAt.Before(since) {
			continue
		}
		if old = append(old, b); len(old) == piece {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	err := e.Store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.Orphans(ctx, since, "", piece)
		for _, b := range list {
			note(b.Digest, b.Size)
		}
		return err
	})
	if err != nil || n == 0 {
		return err
	}
	return e.addFixable(ctx, Finding{
		Code: "blob.orphan", Severity: Warning, Object: "blob", IDs: some,
		Msg: fmt.Sprintf("%d files, %d MB, are of no use, and the server has not removed them", n, bytes>>20),
		Do:  "start the server, which removes them within hours, or let --fix do that",
	}, func(ctx context.Context) (string, error) {
		c, err := e.uses.CollectBlobs(ctx, service.BlobGrace)
		return fmt.Sprintf("%d files, %d MB, were removed", c.Removed+c.Strays, c.Bytes>>20), err
	})
}

// digests reads all blobs.
func (e *exam) digests(ctx context.Context) error {
	if !e.Deep {
		return skip("--deep reads all bytes and compares them with their digests")
	}
	var damaged []string
	_, err := e.uses.VerifyBlobs(ctx, func(f service.BlobFault) {
		if !f.Lost { // those are known already
			damaged = append(damaged, f.Digest)
		}
	})
	if err != nil {
		return err
	}
	e.blobs("blob.changed", "files of bytes are not what was put into them", "restore them from a backup, and have the disk examined", damaged)
	return nil
}
