// Package repertoire puts several samples side by side: it joins their
// clonotypes by identifier ("fuse"), counts along axes, compares repertoires,
// finds candidates of contamination, gives the figures of quality of a result,
// and turns reads into copies where spike-ins of known amount are there.
//
// It reads results through [Source], so that it does not matter whether they
// are files in memory or tables on a disk; [FromFile] is the first kind. It
// opens no files, knows no database, and has no opinion on who may see what:
// that is decided before a Source is handed in.
//
// # What is fused
//
// A fused result keeps the whole clonotypes that are among the first of some
// sample, or that somebody asked for ([Options]), with their reads in every
// sample, and for all others exact sums by sample and system ([Rest]), so that
// any list still adds up to all reads. Overlaps and distributions are those of
// all clonotypes, kept or not.
//
//	pass one  every sample   Scan ─▶ (hash of id, reads, row) ─▶ sorted by hash
//	                                                            │
//	          every 1/256th of the hashes: groups of equal id ◀─┘
//	                 │ exact sums of all pairs of samples (overlap)
//	                 ▼ chosen groups
//	pass two  every sample   Clones(rows of the chosen) ─▶ one clonotype each
//
// The cost is linear in the number of clonotypes, the memory 32 bytes for each
// of them and sample. All sums are sums of integers: neither the number of
// threads nor the order of the samples changes them.
//
// # Positions
//
// As in package vidjilfile: 0-based and half-open in memory. Distributions have
// the values that files have: 1-based and closed.
package repertoire
