package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"

	"vidjil.org/vidjil/internal/lab"
)

// content is what a file holds. It is told by the first bytes, never by the
// name: people rename files.
type content string

const (
	contentAIRR      content = "AIRR rearrangements"
	contentVidjil    content = ".vidjil"
	contentAnalysis  content = ".analysis"
	contentClntab    content = ".clntab"
	contentSequences content = "sequences"
	contentUnknown   content = "unknown"
)

// input is an open file, decompressed, of known content.
type input struct {
	io.Reader

	content content
	closers []io.Closer
}

// sniffBytes is how much of a file is looked at. The keys of a JSON object come
// in any order, with the clones, which are long, before those that tell.
const sniffBytes = 1 << 20

// openInput opens a file, "-" for standard input, and tells what it holds.
func openInput(path string, s *streams) (*input, error) {
	var in input
	raw := s.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, readError(path, err)
		}
		in.closers = append(in.closers, f)
		raw = f
	}
	r := bufio.NewReaderSize(raw, sniffBytes)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		zip, err := gzip.NewReader(r)
		if err != nil {
			return nil, in.failed(readError(path, err))
		}
		r = bufio.NewReaderSize(zip, sniffBytes)
	}
	head, err := r.Peek(sniffBytes)
	if err != nil && len(head) == 0 {
		if err == io.EOF {
			return nil, in.failed(lab.Errorf(lab.Invalid, "read %s: the file is empty", path))
		}
		return nil, in.failed(readError(path, err))
	}
	in.Reader, in.content = r, sniff(head)
	return &in, nil
}

func (in *input) failed(err error) error {
	in.Close()
	return err
}

// Close closes the file. It was read only: an error here loses nothing.
func (in *input) Close() {
	for _, c := range in.closers {
		_ = c.Close()
	}
}

// readError names the file, and tells a missing one from a broken one.
func readError(path string, err error) error {
	code := lab.Invalid
	if os.IsNotExist(err) {
		code = lab.NotFound
	}
	return lab.Errorf(code, "read %s: %w", path, reason(err))
}

// sniff tells the content by the first bytes of a file.
func sniff(head []byte) content {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(text) == 0 {
		return contentUnknown
	}
	switch text[0] {
	case '{':
		return sniffJSON(text)
	case '>', '@', ';', '#':
		return contentSequences
	}
	header, _, _ := bytes.Cut(text, []byte("\n"))
	for name := range bytes.SplitSeq(bytes.TrimRight(header, "\r"), []byte("\t")) {
		switch string(name) {
		case "sequence_id", "v_call", "junction", "targetSequences", "bestVHit", "allVHitsWithScore":
			return contentAIRR
		case "sequence.raw nt seq":
			return contentClntab
		}
	}
	return contentUnknown
}

// sniffJSON reads the keys of an object that may be cut short. The formats share
// most keys: the first one that only one of them has decides.
func sniffJSON(text []byte) content {
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return contentUnknown
	}
	found := contentUnknown
	for {
		key, err := dec.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			return found
		}
		switch name {
		case "reads", "germlines", "diversity", "distributions", "similarity", "system_segmented":
			return contentVidjil
		case "tags", "custom", "normalization", "report_save":
			return contentAnalysis
		case "vidjil_json_version", "clones":
			found = contentVidjil
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			return found
		}
	}
}
