package service

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/vdj/clonetable"
)

// maxOpenTables is how many tables stay open for those who come next. Each
// costs a file descriptor and the head of its result, some KB.
const maxOpenTables = 512

// tables keeps tables of clonotypes open: one set is asked for many times by the
// person who looks at it, and a search goes through all. Tables that are in use
// are not closed, however many there are.
type tables struct {
	blobs func() blob.Store
	most  int

	mu   sync.Mutex
	open map[string]*openTable
	idle list.List // of *openTable that nobody uses, the one used last in front
}

// openTable is a table that is open. users and place are under the lock of
// tables; the others are written once.
type openTable struct {
	digest string
	users  int
	place  *list.Element // in idle; nil while it is used

	opened sync.Once
	bytes  blob.Reader
	err    error

	parsed   sync.Once // a search needs no head
	table    *clonetable.Table
	tableErr error
}

func newTables(blobs func() blob.Store, most int) *tables {
	return &tables{blobs: blobs, most: most, open: map[string]*openTable{}}
}

// take returns the table of a digest. It must be given back.
func (t *tables) take(ctx context.Context, digest string) (*openTable, error) {
	t.mu.Lock()
	o := t.open[digest]
	if o == nil {
		o = &openTable{digest: digest}
		t.open[digest] = o
	}
	if o.place != nil {
		t.idle.Remove(o.place)
		o.place = nil
	}
	o.users++
	t.mu.Unlock()
	o.opened.Do(func() {
		// The table outlives the request that opened it.
		o.bytes, o.err = t.blobs().Open(context.WithoutCancel(ctx), blob.Digest(digest))
	})
	if o.err != nil {
		err := fmt.Errorf("open table %s: %w", digest, o.err)
		return nil, errors.Join(err, t.give(o))
	}
	return o, nil
}

// read is the table with its head.
func (o *openTable) read() (*clonetable.Table, error) {
	o.parsed.Do(func() { o.table, o.tableErr = clonetable.Open(o.bytes, o.bytes.Size()) })
	return o.table, o.tableErr
}

// give gives back what take returned. The error is that of closing what had to
// make room.
func (t *tables) give(o *openTable) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	o.users--
	if o.users > 0 {
		return nil
	}
	if o.err != nil {
		delete(t.open, o.digest)
		return o.close()
	}
	o.place = t.idle.PushFront(o)
	return t.shrink(t.most)
}

func (t *tables) shrink(most int) error {
	var errs []error
	for t.idle.Len() > most {
		last, _ := t.idle.Remove(t.idle.Back()).(*openTable)
		delete(t.open, last.digest)
		errs = append(errs, last.close())
	}
	return errors.Join(errs...)
}

// Close closes the tables that nobody uses.
func (t *tables) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.shrink(0)
}

func (o *openTable) close() error {
	if o.bytes == nil {
		return nil
	}
	return o.bytes.Close()
}

// target is a table as the search wants it.
func (t *tables) target(resultID int64, digest string) clonetable.Target {
	return clonetable.Target{Result: resultID, Open: func(ctx context.Context) (io.ReaderAt, int64, func() error, error) {
		o, err := t.take(ctx, digest)
		if err != nil {
			return nil, 0, nil, err
		}
		return o.bytes, o.bytes.Size(), func() error { return t.give(o) }, nil
	}}
}
