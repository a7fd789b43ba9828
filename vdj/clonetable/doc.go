// Package clonetable holds all clonotypes of one result at rest: an immutable
// file of columns that is written once as a stream, read by column or by row,
// and searched together with thousands of others.
//
// A table loses nothing of a .vidjil file of one sample: [Write] and
// [Table.File] are inverses. It is also a [repertoire.Source], so that fusing,
// comparing and exporting read the columns they need and no more.
//
// # One table, one sample
//
// A file of several samples becomes a table for each of them, with
// [repertoire.FromFile] and [WriteSource]. Totals (reads, segmented, those by
// system) are copied from the file and never derived from the clonotypes: a file
// that lists only the largest 100 still says how many reads there were, and the
// reads that no listed clonotype has are the difference.
//
// # The file
//
//	"VDJT" version, 4 bytes
//	chunks of up to 4096 clonotypes in the order of their rank; in each
//	    a block for each column, and the JSON of what has no column
//	head block: everything but the clonotypes, as a .vidjil file
//	footer block: names and kinds of the columns, and for each block of each
//	    chunk where it is, how it is packed, its length and CRC-32C
//	trailer, 24 bytes: place, length and CRC-32C of the footer, "VDJT"
//
// Columns are found by name: a later version may add some, a reader passes over
// those it does not know. Every byte that is used is checked against its sum
// before it is believed; a file that was cut or damaged is an error that wraps
// [ErrDamaged] and never a panic or a wrong answer.
//
// # Search without an index
//
// Windows and sequences stand in 2 bits a letter, uncompressed. A text is looked
// for in the packed bytes themselves: both strands and all alignments of its
// letters to bytes are one bitmap of 16-bit words, which stays in the first-level
// cache, and only hits are compared letter by letter. That goes about as fast as
// memory, costs no index to build, and a frequent text costs no more than a rare
// one. Genes and systems are looked up in a dictionary for each chunk.
//
// The package opens no files, knows no database, and has no opinion on who may
// see what: that is decided before a table is handed to it.
package clonetable
