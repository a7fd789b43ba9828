package airr

import (
	"slices"
	"sync"
)

// kind is the type of a column.
type kind byte

const (
	kindString kind = iota
	kindBool
	kindInt
	kindNumber
)

// String is the schema's name of the type.
func (k kind) String() string {
	return [...]string{"string", "boolean", "integer", "number"}[k]
}

// column says where the cells of a column live in a Rearrangement. Exactly one
// of the accessors is set, that of its kind.
type column struct {
	name     string
	kind     kind
	required bool // in the header of every file
	own      bool // Vidjil's, not the schema's
	text     func(*Rearrangement) *string
	boolean  func(*Rearrangement) *Bool
	integer  func(*Rearrangement) *Opt[int]
	number   func(*Rearrangement) *Opt[float64]
}

type row = Rearrangement

func text(name string, f func(*row) *string) column {
	return column{name: name, kind: kindString, text: f}
}

func boolean(name string, f func(*row) *Bool) column {
	return column{name: name, kind: kindBool, boolean: f}
}

func integer(name string, f func(*row) *Opt[int]) column {
	return column{name: name, kind: kindInt, integer: f}
}

func number(name string, f func(*row) *Opt[float64]) column {
	return column{name: name, kind: kindNumber, number: f}
}

// table is the schema: columns in schema order (version 1.6), Vidjil's own
// after them.
type table struct {
	columns []column
	index   map[string]int
}

// schema is built once; nothing changes it afterwards.
var schema = sync.OnceValue(func() *table {
	t := &table{index: map[string]int{}}
	t.columns = slices.Concat(headColumns(), alignmentColumns(), callColumns(), positionColumns(), callAlignmentColumns(),
		lengthColumns(), identifierColumns(), ownColumns())
	for i := range t.columns {
		c := &t.columns[i]
		c.required = slices.Contains(required, c.name)
		t.index[c.name] = i
	}
	return t
})

// required lists the columns that every header must have, whichever version of
// the schema; their cells may be null.
var required = []string{
	"sequence_id", "sequence", "rev_comp", "productive", "v_call", "d_call", "j_call", "sequence_alignment",
	"germline_alignment", "junction", "junction_aa", "v_cigar", "d_cigar", "j_cigar",
}

func headColumns() []column {
	return []column{
		text("sequence_id", func(r *row) *string { return &r.SequenceID }),
		text("sequence", func(r *row) *string { return &r.Sequence }),
		text("quality", func(r *row) *string { return &r.Quality }),
		text("sequence_aa", func(r *row) *string { return &r.SequenceAA }),
		boolean("rev_comp", func(r *row) *Bool { return &r.RevComp }),
		boolean("productive", func(r *row) *Bool { return &r.Productive }),
		boolean("vj_in_frame", func(r *row) *Bool { return &r.VJInFrame }),
		boolean("stop_codon", func(r *row) *Bool { return &r.StopCodon }),
		boolean("complete_vdj", func(r *row) *Bool { return &r.CompleteVDJ }),
		text("locus", func(r *row) *string { return &r.Locus }),
		text("v_call", func(r *row) *string { return &r.V.Call }),
		text("d_call", func(r *row) *string { return &r.D.Call }),
		text("d2_call", func(r *row) *string { return &r.D2.Call }),
		text("j_call", func(r *row) *string { return &r.J.Call }),
		text("c_call", func(r *row) *string { return &r.C.Call }),
	}
}

func alignmentColumns() []column {
	cols := []column{
		text("sequence_alignment", func(r *row) *string { return &r.SequenceAlignment }),
		text("quality_alignment", func(r *row) *string { return &r.QualityAlignment }),
		text("sequence_alignment_aa", func(r *row) *string { return &r.SequenceAlignmentAA }),
		text("germline_alignment", func(r *row) *string { return &r.GermlineAlignment }),
		text("germline_alignment_aa", func(r *row) *string { return &r.GermlineAlignmentAA }),
		text("junction", func(r *row) *string { return &r.Junction }),
		text("junction_aa", func(r *row) *string { return &r.JunctionAA }),
	}
	for _, np := range npParts() {
		cols = append(cols,
			text(np.name, func(r *row) *string { return &np.at(r).Sequence }),
			text(np.name+"_aa", func(r *row) *string { return &np.at(r).AA }))
	}
	for _, region := range regions() {
		cols = append(cols,
			text(region.name, func(r *row) *string { return &region.at(r).Sequence }),
			text(region.name+"_aa", func(r *row) *string { return &region.at(r).AA }))
	}
	return cols
}

func callColumns() []column {
	var cols []column
	for _, call := range calls() {
		cols = append(cols,
			number(call.name+"_score", func(r *row) *Opt[float64] { return &call.at(r).Score }),
			number(call.name+"_identity", func(r *row) *Opt[float64] { return &call.at(r).Identity }),
			number(call.name+"_support", func(r *row) *Opt[float64] { return &call.at(r).Support }),
			text(call.name+"_cigar", func(r *row) *string { return &call.at(r).CIGAR }))
	}
	return cols
}

func positionColumns() []column {
	var cols []column
	for _, call := range calls() {
		cols = append(cols,
			integer(call.name+"_sequence_start", func(r *row) *Opt[int] { return &call.at(r).SequenceStart }),
			integer(call.name+"_sequence_end", func(r *row) *Opt[int] { return &call.at(r).SequenceEnd }),
			integer(call.name+"_germline_start", func(r *row) *Opt[int] { return &call.at(r).GermlineStart }),
			integer(call.name+"_germline_end", func(r *row) *Opt[int] { return &call.at(r).GermlineEnd }),
			integer(call.name+"_alignment_start", func(r *row) *Opt[int] { return &call.at(r).AlignmentStart }),
			integer(call.name+"_alignment_end", func(r *row) *Opt[int] { return &call.at(r).AlignmentEnd }))
	}
	for _, region := range regions() {
		cols = append(cols,
			integer(region.name+"_start", func(r *row) *Opt[int] { return &region.at(r).Start }),
			integer(region.name+"_end", func(r *row) *Opt[int] { return &region.at(r).End }))
	}
	return cols
}

func callAlignmentColumns() []column {
	var sequence, germline []column
	for _, call := range calls() {
		sequence = append(sequence,
			text(call.name+"_sequence_alignment", func(r *row) *string { return &call.at(r).SequenceAlignment }),
			text(call.name+"_sequence_alignment_aa", func(r *row) *string { return &call.at(r).SequenceAlignmentAA }))
		germline = append(germline,
			text(call.name+"_germline_alignment", func(r *row) *string { return &call.at(r).GermlineAlignment }),
			text(call.name+"_germline_alignment_aa", func(r *row) *string { return &call.at(r).GermlineAlignmentAA }))
	}
	return append(sequence, germline...)
}

func lengthColumns() []column {
	cols := []column{
		integer("junction_length", func(r *row) *Opt[int] { return &r.JunctionLength }),
		integer("junction_aa_length", func(r *row) *Opt[int] { return &r.JunctionAALength }),
	}
	for _, np := range npParts() {
		cols = append(cols, integer(np.name+"_length", func(r *row) *Opt[int] { return &np.at(r).Length }))
	}
	for _, np := range npParts() {
		cols = append(cols, integer(np.name[:1]+np.name[2:]+"_length", func(r *row) *Opt[int] { return &np.at(r).NLength }))
	}
	return append(cols,
		integer("p3v_length", func(r *row) *Opt[int] { return &r.P3V }),
		integer("p5d_length", func(r *row) *Opt[int] { return &r.P5D }),
		integer("p3d_length", func(r *row) *Opt[int] { return &r.P3D }),
		integer("p5d2_length", func(r *row) *Opt[int] { return &r.P5D2 }),
		integer("p3d2_length", func(r *row) *Opt[int] { return &r.P3D2 }),
		integer("p5j_length", func(r *row) *Opt[int] { return &r.P5J }),
		boolean("v_frameshift", func(r *row) *Bool { return &r.VFrameshift }),
		boolean("j_frameshift", func(r *row) *Bool { return &r.JFrameshift }),
		integer("d_frame", func(r *row) *Opt[int] { return &r.DFrame }),
		integer("d2_frame", func(r *row) *Opt[int] { return &r.D2Frame }),
	)
}

func identifierColumns() []column {
	return []column{
		integer("consensus_count", func(r *row) *Opt[int] { return &r.ConsensusCount }),
		integer("duplicate_count", func(r *row) *Opt[int] { return &r.DuplicateCount }),
		integer("umi_count", func(r *row) *Opt[int] { return &r.UMICount }),
		text("cell_id", func(r *row) *string { return &r.CellID }),
		text("clone_id", func(r *row) *string { return &r.CloneID }),
		text("repertoire_id", func(r *row) *string { return &r.RepertoireID }),
		text("sample_processing_id", func(r *row) *string { return &r.SampleProcessingID }),
		text("data_processing_id", func(r *row) *string { return &r.DataProcessingID }),
		text("rearrangement_id", func(r *row) *string { return &r.RearrangementID }),
		text("rearrangement_set_id", func(r *row) *string { return &r.RearrangementSetID }),
		text("germline_database", func(r *row) *string { return &r.GermlineDatabase }),
	}
}

func ownColumns() []column {
	cols := []column{
		text("recombination_system", func(r *row) *string { return &r.RecombinationSystem }),
		text("designation", func(r *row) *string { return &r.Designation }),
		text("cause", func(r *row) *string { return &r.Cause }),
		text("productive_reason", func(r *row) *string { return &r.ProductiveReason }),
		boolean("eric_productive", func(r *row) *Bool { return &r.ERICProductive }),
		text("warnings", func(r *row) *string { return &r.Warnings }),
	}
	for i := range cols {
		cols[i].own = true
	}
	return cols
}

// part is a group of columns that share a prefix.
type part[T any] struct {
	name string
	at   func(*row) *T
}

func calls() []part[Call] {
	return []part[Call]{
		{"v", func(r *row) *Call { return &r.V }},
		{"d", func(r *row) *Call { return &r.D }},
		{"d2", func(r *row) *Call { return &r.D2 }},
		{"j", func(r *row) *Call { return &r.J }},
		{"c", func(r *row) *Call { return &r.C }},
	}
}

func npParts() []part[NP] {
	return []part[NP]{
		{"np1", func(r *row) *NP { return &r.NP1 }},
		{"np2", func(r *row) *NP { return &r.NP2 }},
		{"np3", func(r *row) *NP { return &r.NP3 }},
	}
}

// regions are in the order of the schema.
func regions() []part[Region] {
	return []part[Region]{
		{"cdr1", func(r *row) *Region { return &r.CDR1 }},
		{"cdr2", func(r *row) *Region { return &r.CDR2 }},
		{"cdr3", func(r *row) *Region { return &r.CDR3 }},
		{"fwr1", func(r *row) *Region { return &r.FWR1 }},
		{"fwr2", func(r *row) *Region { return &r.FWR2 }},
		{"fwr3", func(r *row) *Region { return &r.FWR3 }},
		{"fwr4", func(r *row) *Region { return &r.FWR4 }},
	}
}

// lookup returns the column of that name, nil when it is an extra one.
func lookup(name string) *column {
	t := schema()
	if i, ok := t.index[name]; ok {
		return &t.columns[i]
	}
	return nil
}

// SchemaColumns lists the columns of the AIRR schema 1.6, in its order.
func SchemaColumns() []string {
	var names []string
	for _, c := range schema().columns {
		if !c.own {
			names = append(names, c.name)
		}
	}
	return names
}

// RequiredColumns lists the columns that the header of every file must have.
func RequiredColumns() []string { return slices.Clone(required) }

// EngineColumns lists what [FromDesignation] and [FromClonotype] fill: the
// required columns, the optional ones that the engine knows, and Vidjil's own.
func EngineColumns() []string {
	skip := map[string]bool{
		"sequence_aa": true, "quality_alignment": true, "sequence_alignment_aa": true, "germline_alignment_aa": true,
		"np1_aa": true, "np2_aa": true, "np3_aa": true, "v_frameshift": true, "j_frameshift": true, "d_frame": true,
		"d2_frame": true, "consensus_count": true, "umi_count": true, "cell_id": true, "repertoire_id": true,
		"sample_processing_id": true, "data_processing_id": true, "rearrangement_id": true, "rearrangement_set_id": true,
		"germline_database": true, "n1_length": true, "n2_length": true, "n3_length": true, "p3v_length": true,
		"p5d_length": true, "p3d_length": true, "p5d2_length": true, "p3d2_length": true, "p5j_length": true,
		"c_alignment_start": true, "c_alignment_end": true,
	}
	for _, call := range calls() {
		for _, of := range []string{"_sequence_alignment", "_sequence_alignment_aa", "_germline_alignment", "_germline_alignment_aa"} {
			skip[call.name+of] = true
		}
	}
	var names []string
	for _, c := range schema().columns {
		if !skip[c.name] {
			names = append(names, c.name)
		}
	}
	return names
}
