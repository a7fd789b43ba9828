package lab

import (
	"strconv"
	"time"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Sample is one sequenced library.
type Sample struct {
	ID           int64
	Name         Private // often the file's, which may name the patient
	SamplingDate Date
	Info         string // free text, with #tags
	PreProcessID int64  // 0 for none
	Generation   int    // of its reads: grows with each re-upload, results of older ones are stale
	CreatorID    int64
	CreatedAt    time.Time
	ChangedAt    time.Time
	TrashedAt    time.Time
	Discarded    bool // put into the trash by itself, not with its last set
}

// SampleText is what a sample is found and sorted by, folded: see [Fold].
type SampleText struct {
	NameKey string // the name, which may tell who the patient is
	Open    string // for everybody who sees the sample
}

// SampleSort is an order of the samples of a set.
type SampleSort string

// The orders. By name, samples whose name the reader may not know come last, by
// number.
const (
	SamplesCreated SampleSort = "created"
	SamplesChanged SampleSort = "changed"
	SamplesDate    SampleSort = "date"
	SamplesName    SampleSort = "name"
)

// SampleSorts lists the orders.
func SampleSorts() []SampleSort {
	return []SampleSort{SamplesCreated, SamplesChanged, SamplesDate, SamplesName}
}

// Title is how the sample is called where its reader may see it.
func (s *Sample) Title() string {
	if name, ok := s.Name.Shown(); ok && name != "" {
		return name
	}
	return "Sample " + itoa(s.ID)
}

// FileRole says what the reads of a file are.
type FileRole string

// The roles of a file.
const (
	RoleReads  FileRole = "reads"  // single reads
	RoleR1     FileRole = "R1"     // first of pair
	RoleR2     FileRole = "R2"     // second of pair
	RoleI1     FileRole = "I1"     // index, kept and not analysed
	RoleI2     FileRole = "I2"     // index, kept and not analysed
	RoleResult FileRole = "result" // another program's result: .vidjil, AIRR, .clntab
)

// FileState is where the bytes of a file are.
type FileState string

// The states of a file.
const (
	FileExpected FileState = "expected" // announced; its upload may have begun
	FilePresent  FileState = "present"  // in the blob store, or in a mounted folder
	FileMissing  FileState = "missing"  // was in a mounted folder and is there no longer
	FileRemoved  FileState = "removed"  // removed by a person or by retention; results stay
)

// File is a file of a sample.
type File struct {
	ID         int64
	SampleID   int64
	Generation int // of the sample's reads
	Role       FileRole
	Lane       int // 1, 2, …; 0 when not told
	Name       Private
	State      FileState
	Size       int64  // bytes; 0 when not known
	Digest     string // SHA-256, hexadecimal; of a mounted file once it was read
	Source     string // name of the mounted folder; "" for an upload
	Path       Private
	Reason     string // why its last upload came to nothing; "" when none did
	CreatedAt  time.Time
}
