package seqio

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Source is one input of a sample: a file, a lane, a pipe.
type Source struct {
	Name string                        // used in errors: file name, or "-" for standard input
	Size int64                         // bytes that Open gives, for progress and sampling; 0 = unknown
	Open func() (io.ReadCloser, error) // raw bytes, still compressed; sampling opens a source of known size twice
}

// File is the source of a path; "-" is standard input, which is never closed.
func File(path string) Source {
	if path == "-" {
		return Source{Name: path, Open: func() (io.ReadCloser, error) { return io.NopCloser(os.Stdin), nil }}
	}
	s := Source{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	// A path that cannot be read has size 0 here and gives its error when it is opened.
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		s.Size = info.Size()
	}
	return s
}

// SampleName strips directories, one compression extension and one sequence extension from a path, in any
// case: "run7/Ly-12.FASTQ.gz" gives "Ly-12", "-" gives "stdin". The rest of the name is kept as it is, and a name
// that is nothing but extensions is kept whole.
func SampleName(path string) string {
	if path == "-" {
		return "stdin"
	}
	name := filepath.Base(path)
	name = stripExtension(name, ".gz", ".bgz", ".bz2", ".zst")
	return stripExtension(name, ".fa", ".fasta", ".fna", ".fq", ".fastq", ".bam")
}

func stripExtension(name string, extensions ...string) string {
	ext := filepath.Ext(name)
	if ext == name {
		return name
	}
	for _, e := range extensions {
		if strings.EqualFold(ext, e) {
			return name[:len(name)-len(ext)]
		}
	}
	return name
}
