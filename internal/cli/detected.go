package cli

import (
	"compress/gzip"
	"io"
	"strings"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/seqio"
)

// readOutputs are files of reads, sorted by what became of them.
type readOutputs struct {
	out    *outputs
	prefix string // DIR/NAME

	detected bool
	// undetected is the number of times that -u was given: 1 all causes but
	// those of reads far from any V(D)J region, 2 all causes, 3 a file of all
	// of them besides.
	undetected int
	grep       *windowMatcher

	files map[string]io.Writer // by what stands between the name and its extension
	buf   []byte
}

// wanted tells whether any file is.
func (r *readOutputs) wanted() bool { return r.detected || r.undetected > 0 || r.grep != nil }

// take writes one read to the files that it belongs to.
func (r *readOutputs) take(o *clonotype.ReadOutcome) error {
	if o.Cause == designation.None {
		if r.detected {
			if err := r.write("detected", &o.Record); err != nil {
				return err
			}
		}
		if r.grep != nil && r.grep.match(o.Window) {
			return r.write("grep", &o.Record)
		}
		return nil
	}
	far := o.Cause == designation.TooShortRead || o.Cause == designation.TooFew
	if r.undetected >= 2 || r.undetected == 1 && !far {
		if err := r.write("undetected."+slug(string(o.Cause)), &o.Record); err != nil {
			return err
		}
	}
	if r.undetected >= 3 {
		return r.write("undetected", &o.Record)
	}
	return nil
}

// write appends a record to a file, which is made with the first one: FASTQ
// when that has qualities, FASTA otherwise. Compression is the fastest: these
// files are large and soon read again.
func (r *readOutputs) write(kind string, record *seqio.Record) error {
	key, end := kind, ".fq.gz"
	if record.Qual == nil {
		key, end = kind+" FASTA", ".fa.gz"
	}
	w := r.files[key]
	if w == nil {
		var err error
		if w, err = r.out.createAt(r.prefix+"."+kind+end, gzip.BestSpeed); err != nil {
			return err
		}
		if r.files == nil {
			r.files = map[string]io.Writer{}
		}
		r.files[key] = w
	}
	if record.Qual == nil {
		r.buf = seqio.AppendFASTA(r.buf[:0], *record)
	} else {
		r.buf = seqio.AppendFASTQ(r.buf[:0], *record)
	}
	_, err := w.Write(r.buf)
	return err
}

// slug makes a cause a part of a file name: "only V/5'" becomes "only-V-5".
func slug(cause string) string {
	return strings.Join(strings.FieldsFunc(cause, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	}), "-")
}
