// Package multialign lays a few hundred sequences of chosen clonotypes under each
// other, so that a person sees where they differ, and tells how similar they are:
// a table of identities, and a map on which similar ones are neighbours.
//
// [Align] is progressive: a guide tree of k-mer distances is walked from its leaves,
// and at each node two alignments become one by dynamic programming over their
// columns. Where sequences agree, all orders give the same; elsewhere it is a good
// alignment, not the best one, which nobody can compute. For two sequences it is
// the best one.
//
// [Compare] counts edits between all pairs; [Similarity.Map] places sequences by
// principal coordinates. No step draws at random, and the number of threads does
// not show in any result.
//
// Sequences are of one strand: turning them is up to the caller. The package must
// not know genes or clonotypes, and must not be used on samples of reads: cost and
// memory grow with the square of the number and of the length of the sequences.
package multialign
