package airr

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Schema is a version of the AIRR schema of repertoire metadata.
type Schema string

// The versions that can be written. They differ in the words of keywords_study
// (contains_tcr, since 1.4 contains_tr) and in amounts and times, which were
// text ("14 day") and are a number with a unit since 1.4.
const (
	Schema13 Schema = "1.3"
	Schema16 Schema = "1.6"
)

// Repertoires is a file of repertoire metadata.
type Repertoires struct {
	Info       Info         `json:"Info"`
	Repertoire []Repertoire `json:"Repertoire"`
}

// Info describes the file.
type Info struct {
	Title       string `json:"title"`
	Version     string `json:"version"` // of the schema; set by Write
	Description string `json:"description,omitempty"`
}

// Repertoire is the set of sequences of one subject that were analysed
// together. Nil pointers are null: MiAIRR wants the keys of its important items
// present, and null where nothing is known.
type Repertoire struct {
	RepertoireID          *string          `json:"repertoire_id"`
	RepertoireName        *string          `json:"repertoire_name,omitempty"`
	RepertoireDescription *string          `json:"repertoire_description,omitempty"`
	Study                 Study            `json:"study"`
	Subject               Subject          `json:"subject"`
	Sample                []Sample         `json:"sample"`
	DataProcessing        []DataProcessing `json:"data_processing"`
}

// Ontology is a term: a CURIE ("NCBITAXON:9606") and its label.
type Ontology struct {
	ID    *string `json:"id"`
	Label *string `json:"label"`
}

// Term makes an ontology term.
func Term(id, label string) *Ontology { return &Ontology{ID: &id, Label: &label} }

// Study is MiAIRR set 1, study.
type Study struct {
	StudyID                    *string   `json:"study_id"`
	StudyTitle                 *string   `json:"study_title"`
	StudyType                  *Ontology `json:"study_type"`
	StudyDescription           *string   `json:"study_description,omitempty"`
	InclusionExclusionCriteria *string   `json:"inclusion_exclusion_criteria"`
	Grants                     *string   `json:"grants"`
	CollectedBy                *string   `json:"collected_by"`
	LabName                    *string   `json:"lab_name"`
	LabAddress                 *string   `json:"lab_address"`
	SubmittedBy                *string   `json:"submitted_by"`
	PubIDs                     *string   `json:"pub_ids"`
	// KeywordsStudy are the words of schema 1.6; Write turns them into those of
	// 1.3, and leaves out those that 1.3 does not have.
	KeywordsStudy []string `json:"keywords_study"`
}

// Subject is MiAIRR set 1, subject. Synthetic and Species may not be null.
type Subject struct {
	SubjectID          *string     `json:"subject_id"`
	Synthetic          bool        `json:"synthetic"`
	Species            Ontology    `json:"species"`
	Sex                *string     `json:"sex"`
	AgeMin             *float64    `json:"age_min"`
	AgeMax             *float64    `json:"age_max"`
	AgeUnit            *Ontology   `json:"age_unit"`
	AgeEvent           *string     `json:"age_event"`
	AncestryPopulation *string     `json:"ancestry_population"`
	Ethnicity          *string     `json:"ethnicity"`
	Race               *string     `json:"race"`
	StrainName         *string     `json:"strain_name"`
	LinkedSubjects     *string     `json:"linked_subjects"`
	LinkType           *string     `json:"link_type"`
	Diagnosis          []Diagnosis `json:"diagnosis"`
}

// Diagnosis is MiAIRR set 1, diagnosis and intervention.
type Diagnosis struct {
	StudyGroupDescription *string   `json:"study_group_description"`
	DiseaseDiagnosis      *Ontology `json:"disease_diagnosis"`
	DiseaseLength         *string   `json:"disease_length"`
	DiseaseStage          *string   `json:"disease_stage"`
	PriorTherapies        *string   `json:"prior_therapies"`
	Immunogen             *string   `json:"immunogen"`
	Intervention          *string   `json:"intervention"`
	MedicalHistory        *string   `json:"medical_history"`
}

// Quantity is a number with a unit (UO). Text is what a file of schema 1.3
// said, where that is not a number and a unit.
type Quantity struct {
	Value *float64
	Unit  *Ontology
	Text  string
}

// Sample is MiAIRR sets 2 to 4: a sample, how its cells and nucleic acids were
// processed, and how it was sequenced.
type Sample struct {
	SampleProcessingID           *string   `json:"sample_processing_id"`
	SampleID                     *string   `json:"sample_id"`
	SampleType                   *string   `json:"sample_type"`
	Tissue                       *Ontology `json:"tissue"`
	AnatomicSite                 *string   `json:"anatomic_site"`
	DiseaseStateSample           *string   `json:"disease_state_sample"`
	CollectionTimePointRelative  Quantity  `json:"-"`
	CollectionTimePointReference *string   `json:"collection_time_point_reference"`
	BiomaterialProvider          *string   `json:"biomaterial_provider"`

	TissueProcessing       *string   `json:"tissue_processing"`
	CellSubset             *Ontology `json:"cell_subset"`
	CellPhenotype          *string   `json:"cell_phenotype"`
	CellSpecies            *Ontology `json:"cell_species"`
	SingleCell             *bool     `json:"single_cell"`
	CellNumber             *int      `json:"cell_number"`
	CellsPerReaction       *int      `json:"cells_per_reaction"`
	CellStorage            *bool     `json:"cell_storage"`
	CellQuality            *string   `json:"cell_quality"`
	CellIsolation          *string   `json:"cell_isolation"`
	CellProcessingProtocol *string   `json:"cell_processing_protocol"`

	TemplateClass               string      `json:"template_class"` // DNA or RNA, never null
	TemplateQuality             *string     `json:"template_quality"`
	TemplateAmount              Quantity    `json:"-"`
	LibraryGenerationMethod     string      `json:"library_generation_method"` // never null
	LibraryGenerationProtocol   *string     `json:"library_generation_protocol"`
	LibraryGenerationKitVersion *string     `json:"library_generation_kit_version"`
	PCRTarget                   []PCRTarget `json:"pcr_target"`
	CompleteSequences           string      `json:"complete_sequences"` // never null
	PhysicalLinkage             string      `json:"physical_linkage"`   // never null

	SequencingRunID           *string         `json:"sequencing_run_id"`
	TotalReadsPassingQCFilter *int            `json:"total_reads_passing_qc_filter"`
	SequencingPlatform        *string         `json:"sequencing_platform"`
	SequencingFacility        *string         `json:"sequencing_facility"`
	SequencingRunDate         *string         `json:"sequencing_run_date"`
	SequencingKit             *string         `json:"sequencing_kit"`
	SequencingFiles           SequencingFiles `json:"sequencing_files"`
}

// PCRTarget is a locus that was amplified.
type PCRTarget struct {
	Locus   *string `json:"pcr_target_locus"`
	Forward *string `json:"forward_pcr_primer_target_location"`
	Reverse *string `json:"reverse_pcr_primer_target_location"`
}

// SequencingFiles are the raw reads.
type SequencingFiles struct {
	SequencingDataID    *string `json:"sequencing_data_id,omitempty"` // schema 1.6
	FileType            *string `json:"file_type"`
	Filename            *string `json:"filename"`
	ReadDirection       *string `json:"read_direction"`
	ReadLength          *int    `json:"read_length"`
	PairedFilename      *string `json:"paired_filename"`
	PairedReadDirection *string `json:"paired_read_direction"`
	PairedReadLength    *int    `json:"paired_read_length"`
}

// DataProcessing is MiAIRR set 5.
type DataProcessing struct {
	DataProcessingID        *string  `json:"data_processing_id"`
	PrimaryAnnotation       bool     `json:"primary_annotation"`
	SoftwareVersions        *string  `json:"software_versions"`
	PairedReadsAssembly     *string  `json:"paired_reads_assembly"`
	QualityThresholds       *string  `json:"quality_thresholds"`
	PrimerMatchCutoffs      *string  `json:"primer_match_cutoffs"`
	CollapsingMethod        *string  `json:"collapsing_method"`
	DataProcessingProtocols *string  `json:"data_processing_protocols"`
	DataProcessingFiles     []string `json:"data_processing_files"`
	GermlineDatabase        *string  `json:"germline_database"`
	AnalysisProvenanceID    *string  `json:"analysis_provenance_id"`
}

// The sample as files have it: two fields differ between versions.
type plainSample Sample

type fileSample struct {
	plainSample
	CollectionTime     any `json:"collection_time_point_relative"`
	CollectionTimeUnit any `json:"collection_time_point_relative_unit,omitempty"`
	TemplateAmount     any `json:"template_amount"`
	TemplateAmountUnit any `json:"template_amount_unit,omitempty"`
}

// ReadRepertoires reads a file of repertoire metadata in JSON, of any schema
// version from 1.3 to 1.6. Keys that the structs do not have are ignored.
func ReadRepertoires(r io.Reader) (*Repertoires, error) {
	var file struct {
		Info       Info
		Repertoire []struct {
			Repertoire
			Sample []fileSample `json:"sample"`
		}
	}
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("read repertoire metadata: %w", err)
	}
	out := &Repertoires{Info: file.Info}
	for i, fr := range file.Repertoire {
		rep := fr.Repertoire
		for j, fs := range fr.Sample {
			s := Sample(fs.plainSample)
			var err error
			if s.CollectionTimePointRelative, err = readQuantity(fs.CollectionTime, fs.CollectionTimeUnit); err != nil {
				return nil, fmt.Errorf("read repertoire metadata: Repertoire[%d].sample[%d].collection_time_point_relative: %w", i, j, err)
			}
			if s.TemplateAmount, err = readQuantity(fs.TemplateAmount, fs.TemplateAmountUnit); err != nil {
				return nil, fmt.Errorf("read repertoire metadata: Repertoire[%d].sample[%d].template_amount: %w", i, j, err)
			}
			rep.Sample = append(rep.Sample, s)
		}
		for k, w := range rep.Study.KeywordsStudy {
			if w == "contains_tcr" {
				rep.Study.KeywordsStudy[k] = "contains_tr"
			}
		}
		out.Repertoire = append(out.Repertoire, rep)
	}
	return out, nil
}

func readQuantity(value, unit any) (Quantity, error) {
	var q Quantity
	switch v := value.(type) {
	case nil:
	case float64:
		q.Value = &v
	case string:
		number, name, ok := strings.Cut(strings.TrimSpace(v), " ")
		if f, err := strconv.ParseFloat(number, 64); err == nil && ok {
			q.Value, q.Unit = &f, &Ontology{Label: &name}
		} else {
			q.Text = v
		}
	default:
		return q, fmt.Errorf("%T is neither a number nor text", value)
	}
	if term, ok := unit.(map[string]any); ok {
		q.Unit = &Ontology{}
		if id, ok := term["id"].(string); ok {
			q.Unit.ID = &id
		}
		if label, ok := term["label"].(string); ok {
			q.Unit.Label = &label
		}
	}
	return q, nil
}

// Write writes the metadata as JSON of that schema version.
func (m *Repertoires) Write(w io.Writer, schema Schema) error {
	if schema != Schema13 && schema != Schema16 {
		return fmt.Errorf("write repertoire metadata: unknown schema version %q", schema)
	}
	type fileRepertoire struct {
		Repertoire
		Sample []fileSample `json:"sample"`
	}
	out := struct {
		Info       Info
		Repertoire []fileRepertoire
	}{Info: m.Info, Repertoire: []fileRepertoire{}}
	out.Info.Version = string(schema)
	for _, rep := range m.Repertoire {
		fr := fileRepertoire{Repertoire: rep, Sample: []fileSample{}}
		fr.Study.KeywordsStudy = keywords(rep.Study.KeywordsStudy, schema)
		fr.Subject.Diagnosis = orEmpty(rep.Subject.Diagnosis)
		fr.DataProcessing = orEmpty(rep.DataProcessing)
		for _, s := range rep.Sample {
			s.PCRTarget = orEmpty(s.PCRTarget)
			if schema == Schema13 {
				s.SequencingFiles.SequencingDataID = nil
			}
			fs := fileSample{plainSample: plainSample(s)}
			fs.CollectionTime, fs.CollectionTimeUnit = s.CollectionTimePointRelative.encode(schema)
			fs.TemplateAmount, fs.TemplateAmountUnit = s.TemplateAmount.encode(schema)
			fr.Sample = append(fr.Sample, fs)
		}
		out.Repertoire = append(out.Repertoire, fr)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("write repertoire metadata: %w", err)
	}
	return nil
}

// orEmpty makes a missing list an empty one: the schema has no null lists.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func keywords(words []string, schema Schema) []string {
	known := []string{"contains_ig", "contains_tcr", "contains_single_cell", "contains_paired_chain"}
	out := []string{}
	for _, w := range words {
		if schema == Schema13 {
			if w == "contains_tr" {
				w = "contains_tcr"
			}
			if !slices.Contains(known, w) {
				continue
			}
		}
		out = append(out, w)
	}
	return out
}

// encode gives the value and the unit as a file of that version has them.
func (q Quantity) encode(schema Schema) (value, unit any) {
	if schema == Schema13 {
		if q.Value == nil {
			if q.Text == "" {
				return nil, nil
			}
			return q.Text, nil
		}
		text := strconv.FormatFloat(*q.Value, 'g', -1, 64)
		if q.Unit != nil && q.Unit.Label != nil {
			text += " " + *q.Unit.Label
		}
		return text, nil
	}
	value, unit = json.RawMessage("null"), json.RawMessage("null")
	if q.Value != nil {
		value = *q.Value
	}
	if q.Unit != nil {
		unit = q.Unit
	}
	return value, unit
}
