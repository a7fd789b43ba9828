package client

import (
	"context"
	"fmt"
)

// Erasure says what to keep of a patient besides reads, results and dates.
type Erasure struct {
	KeepInfo     bool `json:"keep_info,omitempty" doc:"The free text of the patient and of its samples, without the words that tell who it is"`
	KeepNotes    bool `json:"keep_notes,omitempty" doc:"What was noted on clonotypes, likewise"`
	KeepImported bool `json:"keep_imported,omitempty" doc:"Results and files of other programs, in which names may stand anywhere"`
}

// Erased tells what an erasure did.
type Erased struct {
	Samples  int `json:"samples" doc:"That have neutral names since"`
	Versions int `json:"versions" doc:"Of annotations, that were rewritten"`
	Imported int `json:"imported" doc:"Results of other programs, that were removed"`
	Mounted  int `json:"mounted" doc:"Files of mounted folders, that are referred to no longer: they lie there still, under their names"`
	Entries  int `json:"entries" doc:"Of the audit, from which the identity was taken"`
}

// ErasePatient takes from a patient, for good, what says who it is.
func (c *Client) ErasePatient(ctx context.Context, id int64, keep Erasure) (out Erased, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/sets/%d/erase", id), keep), &out)
	return out, err
}
