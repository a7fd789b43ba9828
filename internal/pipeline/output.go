package pipeline

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"vidjil.org/vidjil/internal/blob"
)

// errAborted ends an output that is not wanted any more.
var errAborted = errors.New("the output was given up")

// output is a blob that is being written. Either close or abort must be called;
// abort after close does nothing.
type output struct {
	pipe *io.PipeWriter
	zip  *gzip.Writer // nil: as it is
	w    io.Writer
	done chan struct{} // closed when the store has ended
	info blob.Info
	err  error
}

// create begins a blob; a gzipped one is compressed as fast as can be, for its
// writer waits.
func (p *Pipeline) create(ctx context.Context, gzipped bool) *output {
	r, w := io.Pipe()
	o := &output{pipe: w, w: w, done: make(chan struct{})}
	if gzipped {
		o.zip, _ = gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is good
		o.w = o.zip
	}
	go func() {
		defer close(o.done)
		defer func() {
			// A panic here would be that of the whole server, not of a job.
			if p := recover(); p != nil {
				o.err = fmt.Errorf("put blob: panic: %v", p)
			}
			r.CloseWithError(errors.Join(errAborted, o.err)) // whoever still writes
		}()
		o.info, o.err = p.Blobs.Put(ctx, r, "")
	}()
	return o
}

// Write appends to the blob.
func (o *output) Write(b []byte) (int, error) { return o.w.Write(b) }

// close ends the blob and returns what the store says.
func (o *output) close() (blob.Info, error) {
	var err error
	if o.zip != nil {
		err = o.zip.Close()
	}
	o.pipe.CloseWithError(err) // nil is the end
	<-o.done
	if o.err != nil {
		err = o.err // the cause of the other
	}
	return o.info, err
}

// abort gives up the blob, of which nothing is kept.
func (o *output) abort() {
	o.pipe.CloseWithError(errAborted)
	<-o.done
}
