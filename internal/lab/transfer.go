package lab

import "time"

// What becomes of an archive from another server.

// Known says what to do with sets that came here before, with their samples.
type Known string

// The choices; the zero value refuses the archive, so that nobody has things
// twice unawares.
const (
	KnownRefuse Known = ""
	KnownSkip   Known = "skip" // leave them as they are here
	KnownAgain  Known = "copy" // take them once more, as others
)

// Matched is how a config of an archive finds its place.
type Matched string

// The ways.
const (
	MatchContent Matched = "content" // one here says the same
	MatchName    Matched = "name"    // one here has the name; of archives of the original
	MatchMap     Matched = "map"     // somebody chose it
	MatchNew     Matched = "new"     // it will be made
	MatchNone    Matched = "none"    // somebody has to choose
)

// TransferConfig says which config here takes the results of one of the archive.
type TransferConfig struct {
	Archive int64   `json:"archive"`        // its number in the archive
	Name    string  `json:"name"`           // there
	Here    int64   `json:"here,omitempty"` // its number here; 0 for a new one
	New     string  `json:"new,omitempty"`  // the name of a new one
	How     Matched `json:"how,omitempty"`
	Results int     `json:"results,omitempty"` // in the archive
}

// TransferPreProcess says likewise of a pre-process; without one here, samples
// have none.
type TransferPreProcess struct {
	Archive int64   `json:"archive"`
	Name    string  `json:"name"`
	Here    int64   `json:"here,omitempty"`
	How     Matched `json:"how,omitempty"`
}

// TransferMap is how the configs and pre-processes of an archive are called here.
// A dry run proposes one; people may change it and hand it back.
type TransferMap struct {
	Configs      []TransferConfig     `json:"configs"`
	PreProcesses []TransferPreProcess `json:"pre_processes"`
}

// TransferKnown is a set that came here before.
type TransferKnown struct {
	Archive int64     `json:"archive"` // its number in the archive
	Here    int64     `json:"here"`
	Same    bool      `json:"same"` // it had the same content when it came
	At      time.Time `json:"at"`
}

// TransferMade is what became of a set.
type TransferMade struct {
	Archive int64 `json:"archive"`
	Here    int64 `json:"here"`
}

// TransferReport tells what an import did, or would do.
type TransferReport struct {
	DryRun      bool            `json:"dry_run"`
	Program     string          `json:"program"` // that wrote the archive
	Server      string          `json:"server"`
	Original    bool            `json:"original"`
	Anonymous   bool            `json:"anonymous"`
	Map         TransferMap     `json:"map"`
	Known       []TransferKnown `json:"known"`
	Skipped     int             `json:"skipped"` // sets of these that were left as they are
	Sets        int             `json:"sets"`
	Samples     int             `json:"samples"`
	Files       int             `json:"files"` // with their bytes
	Results     int             `json:"results"`
	Annotations int             `json:"annotations"` // versions
	Bytes       int64           `json:"bytes"`       // of the archive's blobs
	People      int             `json:"people"`      // authors who have an account here
	Strangers   int             `json:"strangers"`   // who have none: the importer stands for them
	Made        []TransferMade  `json:"made"`
	// Faults must be put right first, Notes are good to know.
	Faults []string `json:"faults"`
	Notes  []string `json:"notes"`
}

// Origin says that a row came from another server.
type Origin struct {
	Server    string
	Noun      string // "set", "sample"
	ForeignID int64
	LocalID   int64
	Digest    string // of its content when it came
	CreatedAt time.Time
}

// Transfer is an archive of another server on its way in, and what became of it.
type Transfer struct {
	ID        int64
	UserID    int64 // who brings it
	GroupID   int64 // that will own its sets
	Name      string
	Size      int64 // bytes
	JobID     int64 // the last one; 0 for none
	Report    string
	DoneAt    time.Time // when it was imported; zero before
	CreatedAt time.Time
	ChangedAt time.Time
}

// TransferPieceSize is the size of the pieces in which archives come, in bytes;
// the last one has the rest.
const TransferPieceSize = 8 << 20

// TransferPiece is a part of an archive that has come.
type TransferPiece struct {
	TransferID int64
	Number     int64 // from 0
	Digest     string
	Size       int64
}
