package lab

import "time"

// SetKind is what a set of samples stands for.
type SetKind string

// The kinds of set.
const (
	Patient  SetKind = "patient"
	Run      SetKind = "run"
	PlainSet SetKind = "set"
)

// SetKinds lists the kinds, in the order of pages.
func SetKinds() []SetKind { return []SetKind{Patient, Run, PlainSet} }

// Set is a group of samples: a patient, a sequencing run, or any other. The
// identity of a patient is private; names of runs and sets are not.
type Set struct {
	ID      int64
	Kind    SetKind
	GroupID int64 // the owner

	// of a patient
	FirstName, LastName Private
	Birth               Private // YYYY-MM-DD

	Name      string  // of a run or set
	RunDate   Date    // of a run
	Sequencer string  // of a run
	Pcr       string  // of a run
	Label     Private // identifier outside, as the hospital's
	Info      string  // free text, with #tags

	CreatorID int64
	CreatedAt time.Time
	ChangedAt time.Time
	TrashedAt time.Time // zero when not in the trash
	TrashedBy int64
}

// SetText is what a set is found and sorted by, folded: see [Fold].
type SetText struct {
	NameKey  string // the name; of a patient it tells who it is
	Open     string // for everybody who sees the set
	Identity string // for those who may know who the patient is
}

// SetRow is a set in a list, with what its samples add up to.
type SetRow struct {
	Set
	Day     Date // of a run its date, of others the newest sampling date
	Samples int64
	Files   int64
	Bytes   int64 // of the files of reads that are there
}

// SetTotals is what a list of sets adds up to. A sample that is in several of
// the sets counts in each.
type SetTotals struct {
	Sets, Samples, Files, Bytes int64
}

// SetSort is an order of sets.
type SetSort string

// The orders. By name and by birth, patients whose identity the reader may not
// know come last, by number.
const (
	SortCreated SetSort = "created"
	SortChanged SetSort = "changed"
	SortName    SetSort = "name"
	SortBirth   SetSort = "birth"
	SortDate    SetSort = "date"
	SortSamples SetSort = "samples"
)

// SetSorts lists the orders.
func SetSorts() []SetSort {
	return []SetSort{SortCreated, SortChanged, SortName, SortBirth, SortDate, SortSamples}
}

// Title is how the set is called where its reader may see it: a patient without
// opened identity is its number.
func (s *Set) Title() string {
	if s.Kind != Patient {
		return s.Name
	}
	last, ok := s.LastName.Shown()
	if !ok {
		return "Patient " + itoa(s.ID)
	}
	first, _ := s.FirstName.Shown()
	if first == "" {
		return last
	}
	return last + " " + first
}

// Open opens the identity.
func (s *Set) Open() {
	s.FirstName, s.LastName = s.FirstName.Opened(), s.LastName.Opened()
	s.Birth, s.Label = s.Birth.Opened(), s.Label.Opened()
}
