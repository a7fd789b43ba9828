// Package seqio reads sequences: FASTA, FASTQ and BAM, plain or compressed with gzip, BGZF or zstd, from
// files, standard input or any [io.Reader], several of them as the lanes of one sample. It also writes
// FASTA and FASTQ records.
//
// It knows letters and qualities only. It must not know genes, must not open anything but its sources, must
// not run other programs, and must not change what a read says beyond the three rewritings listed below.
//
// # Cutting and parsing
//
// Reading is done in two steps, so that the costly one can run in many goroutines:
//
//	sources ─▶ decompress ─▶ cut ─────────────────▶ Block ─▶ Parse ─▶ []Record
//	           Reader.Next: one goroutine            any goroutine, one per block
//
// [Reader.Next] only counts line ends: a [Block] is a run of whole records of one source, with the exact
// number of its first record. [Block.Parse] finds, checks and normalises the records without allocating.
// Neither the block size nor the number of goroutines changes a record or an error message; of several
// blocks in error, the one with the lowest Index holds the fault, since a broken record shifts the line
// count of the blocks after it.
//
// # What is accepted
//
// The format is found by content, never by file name, for each source by itself.
//
//   - Letters are those of IUPAC, ACGTURYSWKMBDHVN in either case. They come out in upper case, with T for
//     U. Anything else (gap, '*', digit, space, NUL) is an error.
//   - Line ends are LF or CRLF; the last one may be missing. Blank lines at the end are ignored, and so are a
//     UTF-8 byte order mark and blank lines at the start.
//   - A record may have no letters: it is a read of length 0.
//   - FASTA may be wrapped. Blank lines and comment lines (starting with '#' or ';') may stand anywhere
//     between lines.
//   - FASTQ has four lines per record; wrapped FASTQ is refused. What follows the '+' is not compared with
//     the name. Qualities are bytes from '!' to '~', as many as letters, and are taken for Phred+33:
//     [Reader.Phred64Suspected] tells when they look like the old Phred+64, and nothing is converted.
//   - BAM gives each read once, in sequencing orientation: alignments on the reverse strand are
//     reverse-complemented back, secondary and supplementary ones are skipped and counted. "/1" and "/2" are
//     appended to the names of paired reads. Reads without qualities have a nil Qual.
//   - gzip may have several members, followed by NUL padding. A BGZF file of text may lack its end-of-file
//     block, since a cut shows in its last record nearly always ([Reader.MissingEndBlock] tells); a BAM file
//     may not.
//
// SAM, CRAM, bzip2, xz, zip, SRA, UTF-16 and other binary files are refused with a message that says what to
// do. A source without any record is [ErrEmpty], also when it is one lane of several.
//
// # Errors
//
// What is wrong in the data is a [*ParseError] with the source, the record (from 1) and the byte (from 0, in
// the decompressed source).
package seqio
