// Package airr reads, writes and checks the files of the AIRR Community: the
// Rearrangement TSV (one row per sequence) and the Repertoire metadata (JSON).
//
// # Conventions of the Rearrangement table
//
// The header is one line, cells are separated by tabs, lines end with '\n',
// nothing is quoted, a boolean is T or F and an empty cell is null. Positions
// are 1-based and closed. Those named *_sequence_* count on the sequence, after
// reverse complement when rev_comp is T; those named *_germline_* count on the
// ungapped germline gene; those named *_alignment_* count columns of
// sequence_alignment and germline_alignment. A CIGAR has the gene as reference
// and the sequence as query: leading S (letters of the query before the match)
// stands before leading N (letters of the gene before it).
//
// Some decisions where the standard leaves room:
//
//   - sequence is the sequence as it was given. When rev_comp is T every other
//     column is about its reverse complement. (IgBLAST writes the reverse
//     complement in sequence as well; [Lint] tells the two apart.)
//   - sequence_alignment and germline_alignment are not IMGT-gapped: they hold
//     only the gaps of real insertions and deletions. They go from the first
//     gene of the recombination to the last, the constant gene left out.
//   - *_identity is a fraction, 0 to 1, as the schema says. Several programs
//     write a percentage there; [Reader] leaves numbers as they are.
//   - productive follows IMGT: anchors in frame and no stop codon. It is null
//     when that cannot be decided. Vidjil's stricter rule, which asks for a
//     [WF]PGxG motif too, is in eric_productive.
//   - locus is the locus proper; systems such as IGH+ or TRA+D are in
//     recombination_system. The D gene at the 5' side of an incomplete
//     recombination goes to d_call, and v_call stays empty; the intron of IGK
//     goes to v_call, its kappa-deleting element to j_call.
//   - junction_aa of an out-of-frame junction holds both readings, that of V
//     and that of J, with a mark ('#' or '!') where the frame breaks.
//
// A gene on the other strand, as unexpected recombinations have, cannot be put in
// germline coordinates: those and its CIGAR are null, and germline_alignment has
// the letters of its reverse complement.
//
// Only the letters of a gene proper count as aligned: where the engine
// recognised a gene by its genomic flank too, the flank is left out of the
// call, its CIGAR and its coordinates.
//
// The package does not open files, does not compute designations and knows no
// other format.
package airr
