package lab

import "time"

// Result is what one config revision made of one sample. It never changes; the
// newest of a sample and config is shown.
type Result struct {
	ID               int64
	SampleID         int64
	Generation       int // of the sample's reads
	ConfigID         int64
	ConfigRevisionID int64
	JobID            int64
	Digest           string // blob: the table of all clonotypes (vdj/clonetable)
	Size             int64
	ReadsDigest      string // of the reads: SHA-256 over the digests of its files in order
	Reads            int64  // in the files
	Recombined       int64  // in clonotypes
	Clonotypes       int64
	Summary          string // JSON: counts by cause and system, quality figures, warnings
	Provenance       string // JSON: versions, options, digests, timings
	CreatedAt        time.Time
	RemovedAt        time.Time // zero while it is there
}

// ResultFile is another output of a job, as an AIRR table or a log.
type ResultFile struct {
	ResultID  int64
	Name      string
	Digest    string
	Size      int64
	MediaType string
}

// Fused is several results joined by clonotype: those of a set and config, or
// chosen ones (SetID 0), kept by the digest of their inputs.
type Fused struct {
	ID        int64
	SetID     int64
	ConfigID  int64
	InputsKey string // digest of the inputs and options
	Inputs    string // JSON list of result ids, in order
	Digest    string // blob
	Size      int64
	Fresh     bool // nothing changed since
	CreatedAt time.Time
}

// Annotation is a version of what people noted on a set.
type Annotation struct {
	ID        int64
	SetID     int64
	Version   int // 1, 2, …
	AuthorID  int64
	Author    string // name
	Note      string // as "restored from version 3"
	Body      string // JSON
	CreatedAt time.Time
}
