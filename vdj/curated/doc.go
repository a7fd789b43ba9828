// Package curated scores what a program says of a sequence against what is
// known of it: designations curated by hand, and simulated reads whose truth is
// recorded.
//
// # Curated designations
//
// An [Entry] is a sequence with its expected designation. The expected text is
// a small grammar (see [ParseExpected]); it stands for one or several plain
// designations, any of which is right. [Entry.Score] gives an [Observation] a
// verdict at each [Level], every level stricter than the one before:
//
//   - detected: a recombination is reported; for an entry UNSEG, none is
//   - locus: it is of the right system
//   - ends: first and last gene are right, alleles left aside
//   - genes: all genes are right, in number and order
//   - alleles: the alleles are right too, where the entry gives them
//   - full: deletions and insertions are right too, where the entry gives
//     them, and so is the junction's amino acid sequence
//
// The rules:
//
//   - A gene without allele takes any allele. Deletions written beside it refer
//     to allele *01: counts of another allele are carried over to *01 with
//     [Germline] when one is given, and taken as they are otherwise.
//   - A segment name without number (IGHV) takes any gene of the segment.
//   - Names are compared as they are written: no alias is resolved, since an
//     alias that one program writes is not what another one reads.
//   - An insertion may be expected as letters or as a count; letters must then
//     be equal, a count must be their number.
//   - A junction that the entry leaves out is right whatever it is. A junction
//     that the observation leaves out is right only there.
//   - The locus "unexpected" is written "xxx" by programs.
//   - Ties: the observed designation is one choice and that choice must match.
//     Programs that write no designation but lists of equally good genes
//     (v_call, d_call, j_call) are judged by the first of each list, as a
//     reader of their table would; they cannot reach the level full.
//
// # Simulated reads
//
// [ScoreReads] compares per-read designations with the truth of package
// simulate, [ScoreClonotypes] compares clonotypes with the true clones. There
// ties count as right when the truth is among them, and the mean size of the
// lists is reported, so that "list everything" shows.
//
// The package runs no program and reads no sequence: it compares texts. It
// must not import the engine that it judges.
package curated
