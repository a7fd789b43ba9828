// Package content tells what a file holds by its first bytes: reads, another
// program's result, or something that cannot be used, and then why. Names are
// not believed: people rename files.
//
// It looks at the head only and must not read a whole file, which is the
// business of the packages of the formats: what passes here can still be broken
// further on.
package content

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/seqio"
)

// Kind is what a file holds.
type Kind string

// The kinds.
const (
	Reads    Kind = "reads"     // FASTA, FASTQ or BAM
	Vidjil   Kind = ".vidjil"   // results of Vidjil, of one or several samples
	AIRR     Kind = "AIRR"      // a table of rearrangements, of any dialect that vdj/airr reads
	Clntab   Kind = ".clntab"   // a table of clonotypes of the EuroClonality-NGS tools
	Analysis Kind = ".analysis" // an .analysis file: what people noted on results
)

// Result tells whether the kind is a result of another program (or of Vidjil),
// which is imported and not analysed.
func (k Kind) Result() bool { return k == Vidjil || k == AIRR || k == Clntab }

// HeadBytes is how much of a file Sniff wants. The keys of a JSON object come in
// any order, and the clones, which are long, can stand before those that tell.
const HeadBytes = 1 << 20

// Sniff tells what a file holds. head is its beginning, up to HeadBytes of it, as
// it is stored: compressed or not. What is not of a known kind is a [lab.Invalid]
// error that says what it seems to be and what to do.
func Sniff(head []byte) (Kind, error) {
	if len(head) == 0 {
		return "", lab.Errorf(lab.Invalid, "the file is empty")
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(inflate(head), []byte("\xef\xbb\xbf")), " \t\r\n")
	if bytes.HasPrefix(text, []byte("{")) {
		return sniffJSON(text)
	}
	if kind := sniffTable(text); kind != "" {
		return kind, nil
	}
	return sniffReads(head)
}

// inflate decompresses as much of a gzipped head as there is; results come
// gzipped at most, and reads are left to vdj/seqio.
func inflate(head []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return head
	}
	text, _ := io.ReadAll(io.LimitReader(z, HeadBytes)) // the head is cut: an error at its end says nothing
	return text
}

// sniffTable knows a table by the columns of its header.
func sniffTable(text []byte) Kind {
	header, _, _ := bytes.Cut(text, []byte("\n"))
	for name := range bytes.SplitSeq(bytes.TrimRight(header, "\r"), []byte("\t")) {
		switch string(bytes.Trim(name, `"`)) {
		case "sequence_id", "v_call", "junction", "targetSequences", "bestVHit", "allVHitsWithScore":
			return AIRR
		case "sequence.raw nt seq":
			return Clntab
		}
	}
	return ""
}

// sniffJSON reads the keys of an object that may be cut short. The formats share
// most keys: the first one that only one of them has decides.
func sniffJSON(text []byte) (Kind, error) {
	var found Kind
	dec := json.NewDecoder(bytes.NewReader(text))
	_, err := dec.Token()
	for err == nil {
		var key json.Token
		if key, err = dec.Token(); err != nil {
			break
		}
		name, ok := key.(string)
		if !ok {
			break
		}
		switch name {
		case "reads", "germlines", "diversity", "distributions", "similarity", "system_segmented":
			return Vidjil, nil
		case "tags", "custom", "normalization", "report_save":
			return Analysis, nil
		case "Repertoire", "DataFile":
			return "", lab.Errorf(lab.Invalid, "this is AIRR metadata in JSON: give the table of rearrangements (TSV)")
		case "vidjil_json_version", "clones":
			found = Vidjil
		}
		var skip json.RawMessage
		err = dec.Decode(&skip)
	}
	if found == "" {
		return "", lab.Errorf(lab.Invalid, "this is JSON, and neither a .vidjil nor an .analysis file")
	}
	return found, nil
}

// sniffReads asks the reader of sequences, whose refusals say what to do.
func sniffReads(head []byte) (Kind, error) {
	source := seqio.Source{Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(head)), nil }}
	// A small block ends before the head does.
	r, err := seqio.NewReader([]seqio.Source{source}, seqio.Options{BlockBytes: 4 << 10, Threads: 1})
	if err != nil {
		return "", err
	}
	defer r.Close()
	var b seqio.Block
	if err = r.Next(&b); err == nil {
		_, err = b.Parse(nil)
	}
	fault, ok := errors.AsType[*seqio.ParseError](err)
	switch {
	case err == nil:
		return Reads, nil
	case errors.Is(err, seqio.ErrEmpty):
		return "", lab.Errorf(lab.Invalid, "this file cannot be used: it holds no sequence")
	case !ok:
		return "", err
	case errors.Is(err, seqio.ErrTruncated) && b.Format != seqio.FormatUnknown, errors.Is(err, seqio.ErrRecordTooLong):
		return Reads, nil // the head ends within the first record
	case errors.Is(err, seqio.ErrFormat):
		return "", lab.Errorf(lab.Invalid, "this file cannot be used: %s; reads (FASTA, FASTQ, BAM, .gz and .zst too), .vidjil, AIRR and .clntab are taken", fault.Msg)
	}
	return "", lab.Errorf(lab.Invalid, "this file cannot be used: record %d: %s", fault.Record, fault.Msg)
}
