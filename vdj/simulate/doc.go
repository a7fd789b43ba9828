// Package simulate makes reads whose truth is known: clones recombined from the
// genes of a reference set, somatic hypermutation, sequencing errors and
// qualities that go with them. It writes FASTQ, the clones and the truth of
// each read, in the tables of package curated.
//
// The same options and set give the same bytes on any machine: all draws come
// from one PCG generator per purpose and are made with integers.
//
// # What a clone is
//
// A system and one of its recombinations, genes drawn among alleles (functional
// ones where the pool has any), deletions and insertions drawn from the tables
// of tables.go. Deletions never reach an anchor codon, D genes keep three
// letters, TRBD2 never joins TRBJ1 (it lies downstream of it), and of several
// Ds each lies downstream of the one before. No P nucleotides, no inverted D.
//
// The truth's designation is in the normal form of package curated, with the
// inserted letters of the clone's sequence: what the sequence cannot tell
// apart, the truth does not tell apart either, so that a program can be right
// to the last letter.
//
// Beside the genes stand the reference's flanks; beyond them, where a read may
// reach, letters drawn once for each gene, the same for all seeds. V genes
// start at their first letter, as amplified by primers in framework 1.
//
// # What a read is
//
// With the placement [Amplicon] all reads of a clone end at a primer in the J
// gene; with [Random] they start anywhere, but hold the junction and twenty
// letters to each side. Errors become more frequent along the read; nineteen
// out of twenty are substitutions, the others insertions or deletions of one
// letter. Wrong letters mostly have low qualities.
//
// The package analyses nothing, and must not import the engine that it tests.
package simulate
