package repertoire

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// airrChunk is the number of clonotypes that are rows at a time: a row has a
// hundred fields, and a fused result may have a million of them.
const airrChunk = 256

// WriteAIRR writes an AIRR Rearrangement table: a row for each kept clonotype
// and sample in which it has reads, sample by sample. Besides the columns of
// single results it has filename, ratio_segmented and ratio_locus (see
// [vidjilfile.AIRRExtra]); sequence_id is the identifier, followed by "_" and
// the number of the sample when there are several; clone_id is the identifier.
// Warnings are those of the sample.
func (f *Fused) WriteAIRR(w io.Writer) error {
	out, err := airr.NewWriter(w, slices.Concat(airr.EngineColumns(), vidjilfile.AIRRExtra()))
	if err != nil {
		return fmt.Errorf("write fused AIRR table: %w", err)
	}
	file := f.File()
	n := len(f.Samples)
	for i := range n {
		head := cutHead(file, i)
		head.Clusters = nil
		for start := 0; start < len(f.Clones); start += airrChunk {
			head.Clones = head.Clones[:0]
			for k := start; k < min(start+airrChunk, len(f.Clones)); k++ {
				head.Clones = append(head.Clones, cutClone(&f.Clones[k], i, n))
			}
			for _, row := range head.ToAIRR() {
				if n > 1 {
					row.SequenceID += "_" + strconv.Itoa(i+1)
				}
				if err := out.Write(&row); err != nil {
					return fmt.Errorf("write fused AIRR table: sample %d: %w", i+1, err)
				}
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write fused AIRR table: %w", err)
	}
	return nil
}
