package client

import "context"

// PlanFiles are files of which samples are to be made.
type PlanFiles struct {
	Files []PlanFile `json:"files" nullable:"false" minItems:"1" maxItems:"10000"`
	Sheet string     `json:"sheet,omitempty" maxLength:"2000000" doc:"Text of a sample sheet of a sequencer, or of a table with a header"`
	// SheetFile may also be a workbook, or text in another encoding.
	SheetFile []byte  `json:"sheet_file,omitempty" maxLength:"11000000" doc:"A sample sheet as a file, in place of its text: CSV, TSV or .xlsx, in base64"`
	Sets      []int64 `json:"set_ids,omitempty" maxItems:"100" doc:"The sets that the samples will be in, if they are known"`
	Form      string  `json:"form,omitempty" maxLength:"500" doc:"How the laboratory names its files: a regular expression with the group sample and, where there are such, lane, read, number, index and chunk"`
}

// PlanFile is a file that somebody has.
type PlanFile struct {
	Path string `json:"path" minLength:"1" maxLength:"4000"`
	Size int64  `json:"size,omitempty" minimum:"0" doc:"Bytes, where known"`
}

// UploadPlan is what files would become. Nothing was written.
type UploadPlan struct {
	Samples    []PlannedSample `json:"samples" nullable:"false"`
	Unassigned []string        `json:"unassigned" nullable:"false" doc:"Reads that the sequencer could give to no sample: left out"`
	Ignored    []string        `json:"ignored" nullable:"false" doc:"Neither reads nor results"`
	Notes      []string        `json:"notes" nullable:"false" doc:"What is odd about the sheet"`
}

// PlannedSample is a sample that would be made, or one that is there.
type PlannedSample struct {
	Name         string          `json:"name"`
	SamplingDate string          `json:"sampling_date,omitempty"`
	Info         string          `json:"info,omitempty"`
	Files        []PlannedFile   `json:"files" nullable:"false"`
	Doubts       []Doubt         `json:"doubts" nullable:"false" doc:"What a person should look at"`
	Faults       []string        `json:"faults" nullable:"false" doc:"Why the sample cannot be made of these files as it stands"`
	SampleID     int64           `json:"sample_id,omitempty" doc:"A sample of the sets that was made for these files before: go on with it"`
	Subject      *PlannedPatient `json:"subject,omitempty" doc:"The patient, as the sheet tells"`
	Patients     []PatientMatch  `json:"patients" nullable:"false" doc:"Who may be meant, of those whose identity one may know"`
}

// PlannedFile is a file in a sample.
type PlannedFile struct {
	Path   string `json:"path" doc:"As it was given"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Role   string `json:"role" enum:"reads,R1,R2,I1,I2,result"`
	Lane   int    `json:"lane,omitempty"`
	FileID int64  `json:"file_id,omitempty" doc:"Of the sample that is there"`
	State  string `json:"state,omitempty" enum:"expected,present,missing" doc:"Of the sample that is there"`
}

// PlannedPatient is what a sheet tells about a patient.
type PlannedPatient struct {
	Label     string `json:"label,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	Birth     string `json:"birth,omitempty" doc:"YYYY-MM-DD"`
}

// Doubt is what is not certain.
type Doubt struct {
	Kind string `json:"kind" enum:"missing_mate,unequal_lanes,twice,several_runs,same_name,by_number,mixed_formats"`
	Text string `json:"text"`
}

// PatientMatch is a patient who may be meant.
type PatientMatch struct {
	SetID int64  `json:"set_id"`
	Title string `json:"title"`
	Label string `json:"label,omitempty"`
	Why   string `json:"why" enum:"label,name" doc:"What is the same"`
}

// PlanUploads makes samples of files, by their names and a sheet, and writes
// nothing.
func (c *Client) PlanUploads(ctx context.Context, in PlanFiles) (out UploadPlan, err error) {
	_, err = c.do(ctx, post("/uploads/plan", in), &out)
	return out, err
}
