package lab

import "time"

// Classification is a heading under which configs are listed.
type Classification struct {
	ID       int64
	Name     string
	Position int
}

// Config is a named way to analyse a sample. What it does stands in its
// revisions, which never change.
type Config struct {
	ID               int64
	Name             string
	Info             string
	ClassificationID int64 // 0 for none
	GroupID          int64 // the owner, whose editors may change it
	Program          string
	Revision         int // the newest
	Archived         bool
	CreatedAt        time.Time
}

// ConfigRevision is what a config said at a time.
type ConfigRevision struct {
	ID        int64
	ConfigID  int64
	Number    int    // 1, 2, …
	Program   string // "vidjil", "import", or the name of a program of internal/program
	Options   string // JSON, as internal/service validated it
	Note      string
	Digest    string // of program and options
	AuthorID  int64
	CreatedAt time.Time
}

// PreProcess is a step before analysis, as merging read pairs.
type PreProcess struct {
	ID        int64
	Name      string
	Info      string
	GroupID   int64
	Program   string // "pairs", or the name of a program of internal/program
	Options   string // JSON
	Revision  int
	Archived  bool
	CreatedAt time.Time
}
