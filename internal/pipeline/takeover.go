package pipeline

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// TakenOver is a result of another server as one of ours.
type TakenOver struct {
	Table      blob.Info // of clonotypes; zero when it was only looked at
	Summary    lab.ResultSummary
	Provenance lab.Provenance
}

// TakeOver makes a .vidjil file of one sample, compressed or not, a table of
// clonotypes as an import job does, and puts it into blobs; nil looks whether
// that can be done. name is what the table calls the sample: nothing that tells
// who somebody is.
func TakeOver(ctx context.Context, blobs blob.Store, r io.Reader, name string) (t TakenOver, err error) {
	started := time.Now()
	file, err := readVidjil(ctx, r)
	if err != nil {
		return t, err
	}
	if file.Samples.Number > 1 {
		return t, lab.Errorf(lab.Invalid, "the file has %d samples, and a result has one", file.Samples.Number)
	}
	t.Provenance = lab.Provenance{
		Program: lab.ProgramImport, Imported: cutText(producerOf(file, 0)), Files: []lab.ProvenanceFile{},
		Timings: lab.ProvenanceTimings{Started: started.UTC().Format(time.RFC3339)},
	}
	for _, original := range file.Samples.OriginalNames {
		if file.Distributions != nil {
			rename(file.Distributions, original, name)
		}
	}
	forget(file, 0, name)
	source := repertoire.FromFile(file, 0)
	s, err := summarizeImport(ctx, source)
	if err != nil {
		return t, readError(ctx, err)
	}
	t.Summary = s.ResultSummary
	if blobs == nil {
		return t, nil
	}
	out := (&Pipeline{Config: Config{Blobs: blobs}}).create(ctx, false)
	defer out.abort()
	if err := clonetable.WriteSource(ctx, out, source); err != nil {
		return t, readError(ctx, err)
	}
	t.Table, err = out.close()
	t.Provenance.Timings.Seconds = time.Since(started).Seconds()
	return t, err
}

// readVidjil reads a .vidjil file, compressed or not.
func readVidjil(ctx context.Context, r io.Reader) (*vidjilfile.File, error) {
	buffered := bufio.NewReaderSize(watched{ctx, r}, content.HeadBytes)
	head, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, readError(ctx, err)
	}
	text := io.Reader(&bounded{r: buffered, left: maxImport})
	if bytes.Equal(head, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, importError(ctx, err)
		}
		text = &bounded{r: unpacked, left: maxImport}
	}
	file, err := vidjilfile.Read(text)
	if err != nil {
		return nil, importError(ctx, err)
	}
	return file, nil
}
