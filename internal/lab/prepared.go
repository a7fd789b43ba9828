package lab

import "time"

// Prepared is the reads that a pre-process made of the files of a sample.
type Prepared struct {
	SampleID         int64
	Generation       int
	PreProcessDigest string // of its program and options
	Inputs           string // JSON list of the ids of the files, in order
	Digest           string // blob
	Size             int64
	Record           string // JSON of a PreparedRecord
	CreatedAt        time.Time
}

// PreparedRecord is what results say of the reads that they were made from.
type PreparedRecord struct {
	PreProcess ProvenancePreProcess `json:"pre_process"`
	Files      []ProvenanceFile     `json:"files"`
	Summary    PreProcessSummary    `json:"summary"`
	Warnings   []Warning            `json:"warnings"`
}

// FileSum is what a file of a mounted folder was when it was first read.
type FileSum struct {
	FileID int64
	Digest string // SHA-256
	Size   int64
	ReadAt time.Time
}
