// Package columns writes clonotypes as columns: an Arrow IPC stream of one
// record batch, which a browser turns into typed arrays without parsing, and
// which pyarrow, R and DuckDB read as well. [WriteFused] writes a fused result,
// [WriteSource] all clonotypes of one result.
//
// # Columns
//
// One row is one clonotype, in the order of the result. Columns of the base, in
// this order (those of Options.Columns, or all but sequence):
//
//	id                              text: the window
//	top                             int32: rank in its best sample, 0 unknown
//	system                          dictionary of text
//	five, four, four_a, four_b, three   dictionaries: genes with alleles; four_a and four_b flank four
//	name, label                     text; dictionary
//	length                          float32: average read length, nucleotides
//	sequence_length, gc             int32; float32: share of G and C of the representative
//	cdr3_aa, cdr3_start, cdr3_stop  text; int32, without anchors
//	junction_aa, junction_start, junction_stop   the same, with both anchors
//	productive                      int8: -1 unknown, 0 no, 1 yes
//	five_stop, four_start, four_stop, three_start   int32
//	five_del_right, four_del_left, four_del_right, three_del_left   int32: nucleotides deleted
//	evalue                          float64
//	warnings                        dictionary: codes, separated by ","
//	sequence                        text: the representative
//
// then the reads of each chosen sample, reads_0, reads_1, …, uint32, numbered
// as in the result. Of a single result there is reads_0. With Options.Lengths
// length_0, length_1, … follow, float32: the average read length in the sample.
//
// Positions are 1-based and closed, as in files. There are no nulls: an unknown
// position or number is -1, an unknown text is empty, an unknown float is NaN,
// so that each column is one plain typed array.
//
// The schema's metadata has a key "vidjil" with JSON (see [Meta]): the samples
// with their ids, their totals by system, the exact sums of the clonotypes
// that are not rows, and the clusters that the program proposes; of a fused
// result, unless reads alone are written, also its distributions and overlaps.
//
// Streams are not compressed in themselves: HTTP does that, and readers in
// browsers would need a decoder.
//
// The package knows the samples' names as the result has them; whoever may not
// see them must get a result without.
package columns
