package transfer

import (
	"encoding/json"
	"time"
)

// The rows. Numbers of rows (id, sample, author, …) are those of the server that
// wrote the archive: inside it they tell rows apart and join them, and they mean
// nothing elsewhere. Times are UTC, dates YYYY-MM-DD.

// Content is all rows of an archive, in the order of their numbers.
type Content struct {
	People       []Person
	Configs      []Config
	PreProcesses []PreProcess
	Sets         []Set
	Samples      []Sample
	Files        []File
	Results      []Result
	Logs         []Log
	Annotations  []Annotation
}

// Person is somebody to whom another row refers.
type Person struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

// Config is a way to analyse, with all its revisions.
type Config struct {
	ID        int64      `json:"id"`
	Name      string     `json:"name"`
	Info      string     `json:"info,omitempty"`
	Revisions []Revision `json:"revisions"` // the oldest first
	// Link is the number of the config on the importing server, as somebody wrote
	// it into an archive of the original; never written.
	Link int64 `json:"-"`
}

// Revision is what a config said from a time on.
type Revision struct {
	ID        int64           `json:"id"`
	Number    int             `json:"number"`
	Program   string          `json:"program"`
	Options   json.RawMessage `json:"options"`
	Note      string          `json:"note,omitempty"`
	Digest    string          `json:"sha256"` // of program and options: the same means the same analysis
	Author    int64           `json:"author,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
}

// PreProcess is what is done to reads before they are analysed.
type PreProcess struct {
	ID      int64           `json:"id"`
	Name    string          `json:"name"`
	Info    string          `json:"info,omitempty"`
	Program string          `json:"program"`
	Options json.RawMessage `json:"options"`
}

// Set is a patient, a run or a plain set.
type Set struct {
	ID        int64     `json:"id"`
	Kind      string    `json:"kind"`
	FirstName string    `json:"first_name,omitempty"`
	LastName  string    `json:"last_name,omitempty"`
	Birth     string    `json:"birth,omitempty"`
	Name      string    `json:"name,omitempty"`
	RunDate   string    `json:"run_date,omitempty"`
	Sequencer string    `json:"sequencer,omitempty"`
	Pcr       string    `json:"pcr,omitempty"`
	Label     string    `json:"label,omitempty"`
	Info      string    `json:"info,omitempty"`
	Creator   int64     `json:"creator,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// Sample is a sequenced library.
type Sample struct {
	ID           int64     `json:"id"`
	Sets         []int64   `json:"sets"` // of those in the archive
	Name         string    `json:"name"`
	SamplingDate string    `json:"sampling_date,omitempty"`
	Info         string    `json:"info,omitempty"`
	PreProcess   int64     `json:"pre_process,omitempty"`
	Generation   int       `json:"generation"` // of its reads; results of older ones are stale
	Creator      int64     `json:"creator,omitempty"`
	CreatedAt    time.Time `json:"created_at"`
}

// File is a file of reads, or of another program's result.
type File struct {
	ID         int64     `json:"id"`
	Sample     int64     `json:"sample"`
	Generation int       `json:"generation"`
	Role       string    `json:"role"`
	Lane       int       `json:"lane,omitempty"`
	Name       string    `json:"name"`
	Size       int64     `json:"size"`             // bytes
	Digest     string    `json:"sha256,omitempty"` // "" where it was not known
	Inside     bool      `json:"inside,omitempty"` // its bytes are in the archive
	Removed    bool      `json:"removed,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
}

// Result is what one revision of a config made of one sample.
type Result struct {
	ID          int64           `json:"id"`
	Sample      int64           `json:"sample"`
	Generation  int             `json:"generation"`
	Config      int64           `json:"config"`
	Revision    int64           `json:"revision"`
	Digest      string          `json:"sha256"` // the table of its clonotypes
	Size        int64           `json:"size"`
	ReadsDigest string          `json:"reads_sha256,omitempty"`
	Reads       int64           `json:"reads"`
	Recombined  int64           `json:"recombined"`
	Clonotypes  int64           `json:"clonotypes"`
	Summary     json.RawMessage `json:"summary"`
	Provenance  json.RawMessage `json:"provenance"`
	Files       []ResultFile    `json:"files,omitempty"`
	Author      int64           `json:"author,omitempty"` // who had it made
	CreatedAt   time.Time       `json:"created_at"`
	// Path is the .vidjil file of a result in an archive of the original; never
	// written.
	Path string `json:"-"`
}

// ResultFile is another output of an analysis.
type ResultFile struct {
	Name      string `json:"name"`
	Digest    string `json:"sha256"`
	Size      int64  `json:"size"`
	MediaType string `json:"media_type"`
}

// Log is a part of what the job of a result wrote.
type Log struct {
	Result int64     `json:"result"`
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
}

// Annotation is a version of what people noted on a set.
type Annotation struct {
	Set       int64           `json:"set"`
	Version   int             `json:"version"`
	Author    int64           `json:"author,omitempty"`
	Note      string          `json:"note,omitempty"`
	Body      json.RawMessage `json:"body"`
	CreatedAt time.Time       `json:"created_at"`
	// Path is the .analysis file of a version in an archive of the original; never
	// written.
	Path string `json:"-"`
}
