package lab

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ProgramPairs merges read pairs (vdj/pairs).
const ProgramPairs = "pairs"

// PairOptions says how read pairs are merged. Its zero value keeps R1 of pairs
// that do not merge.
type PairOptions struct {
	// Keep is what remains of a pair that does not merge: "r1" (the default),
	// "r2" or "none".
	Keep string `json:"keep,omitempty"`
	// MinOverlap is the shortest overlap, in letters; 0 is the program's.
	MinOverlap int `json:"min_overlap,omitempty"`
	// MaxMismatchPercent is the largest share of differing letters in the
	// overlap; 0 is the program's.
	MaxMismatchPercent float64 `json:"max_mismatch_percent,omitempty"`
}

// Check reports all faults, by field.
func (o *PairOptions) Check() error {
	var f Faults
	f.Require(o.Keep == "" || o.Keep == "r1" || o.Keep == "r2" || o.Keep == "none", "keep", "want r1, r2 or none")
	f.Require(o.MinOverlap >= 0, "min_overlap", "want a number of 0 or more")
	f.Require(o.MaxMismatchPercent >= 0 && o.MaxMismatchPercent <= 50, "max_mismatch_percent", "want a percentage from 0 to 50")
	return f.Err()
}

// Encode is the text that is stored.
func (o *PairOptions) Encode() string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // plain fields always encode
	}
	return string(text)
}

// ParsePairOptions reads stored options.
func ParsePairOptions(text string) (PairOptions, error) {
	var o PairOptions
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return o, fmt.Errorf("read pair options: %w", err)
	}
	return o, nil
}
