package pairs

import (
	"context"
	"errors"
	"io"

	"vidjil.org/vidjil/vdj/seqio"
)

// Stream is the text that Merge writes, as it is read: merged reads go to an
// analysis without a file in between.
//
//	stream := m.Open(ctx, r1, r2)
//	reader, err := seqio.NewReader([]seqio.Source{stream.Source("sample 7")}, seqio.Options{})
//	sample, err := clonotype.Analyze(ctx, reader, engine, options, hooks)
//	err = reader.Close()
//	stats := stream.Stats()
//
// If no pair leaves a read, the reader's error is seqio.ErrEmpty.
type Stream struct {
	pipe   *io.PipeReader
	cancel context.CancelCauseFunc
	done   chan struct{}
	stats  Stats // set before done is closed
}

var errClosed = errors.New("stream of merged pairs is closed")

// Open starts to merge two samples, as Merge does. The stream must be closed; the
// readers afterwards.
func (m *Merger) Open(ctx context.Context, first, second *seqio.Reader) *Stream {
	ctx, cancel := context.WithCancelCause(ctx)
	pipe, w := io.Pipe()
	s := &Stream{pipe: pipe, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		w.CloseWithError(guard(func() (err error) {
			s.stats, err = m.Merge(ctx, first, second, w)
			return err
		}))
	}()
	return s
}

// Read gives the text of the merged reads. Its errors are those of Merge.
func (s *Stream) Read(p []byte) (int, error) { return s.pipe.Read(p) }

// Close ends the merging, at any time, and waits for its goroutines. Closing again
// does nothing.
func (s *Stream) Close() error {
	s.cancel(errClosed)
	s.pipe.CloseWithError(errClosed)
	<-s.done
	return nil
}

// Stats tells what became of the pairs: of all of them once Read has returned
// io.EOF, of those merged so far after Close. It waits for the one or the other.
func (s *Stream) Stats() Stats {
	<-s.done
	return s.stats
}

// Source makes the stream the source of a reader, which closes it. The name stands
// in errors.
func (s *Stream) Source(name string) seqio.Source {
	return seqio.Source{Name: name, Open: func() (io.ReadCloser, error) { return s, nil }}
}
