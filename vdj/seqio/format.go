package seqio

import (
	"bytes"
	"strings"
)

// Format is the format of the records of a source.
type Format uint8

// The formats that are read.
const (
	FormatUnknown Format = iota
	FASTA
	FASTQ
	BAM // in a Block: rendered as text, FASTQ records and, where qualities are missing, FASTA records of two lines
)

// String names the format as its users do.
func (f Format) String() string {
	switch f {
	case FASTA:
		return "FASTA"
	case FASTQ:
		return "FASTQ"
	case BAM:
		return "BAM"
	case FormatUnknown:
	}
	return "unknown format"
}

const bamMagic = "BAM\x01"

// detect finds the format from the first bytes of a source. skip is the number of bytes before the first
// record (byte order mark, blank lines, comments). more asks for more bytes, which atEOF forbids.
func detect(head []byte, atEOF bool) (format Format, skip int, more bool, err error) {
	if bytes.HasPrefix(head, []byte(bamMagic)) {
		return BAM, 0, false, nil
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		skip = 3
	}
	comment := false
	for skip < len(head) {
		switch head[skip] {
		case '\n', '\r', ' ', '\t':
			skip++
			continue
		case '#', ';':
			comment = true
			end := bytes.IndexByte(head[skip:], '\n')
			if end < 0 {
				return 0, len(head), !atEOF, nil
			}
			skip += end + 1
			continue
		case '>':
			return FASTA, skip, false, nil
		}
		break
	}
	rest := head[skip:]
	const enough = 512 // the longest look that a refusal below needs
	switch {
	case len(rest) < enough && !atEOF:
		return 0, skip, true, nil
	case len(rest) == 0:
		return 0, skip, false, nil
	}
	if msg := refuse(rest); msg != "" {
		return 0, skip, false, &fault{ErrFormat, msg}
	}
	if rest[0] == '@' && !comment {
		return FASTQ, skip, false, nil
	}
	return 0, skip, false, &fault{ErrFormat, describeUnknown(rest, comment)}
}

// refusals are the beginnings of files that people do hand in by mistake, and what to do with them.
var refusals = []struct{ magic, msg string }{
	{"CRAM", "this is a CRAM file, whose reads cannot be decoded without their reference: convert it with 'samtools fastq -o reads.fastq FILE.cram'"},
	{"@HD\t", samAdvice},
	{"@SQ\t", samAdvice},
	{"@RG\t", samAdvice},
	{"@PG\t", samAdvice},
	{"@CO\t", samAdvice},
	{"\x1f\x8b", "this file was compressed twice: decompress it once with 'gzip -dc'"},
	{"\x28\xb5\x2f\xfd", "this file was compressed twice: decompress it once"},
	{"BZh", "bzip2 is not supported: decompress with 'bzip2 -dc FILE.bz2' and give the result, or pipe it to '-'"},
	{"\xfd7zXZ\x00", "xz is not supported: decompress with 'xz -dc FILE.xz' and give the result, or pipe it to '-'"},
	{"PK\x03\x04", "this is a zip archive (or a spreadsheet): unpack it and give the sequence files inside"},
	{"NCBI.sra", "this is an SRA archive: extract the reads with 'fasterq-dump'"},
	{"\x89HDF\r\n", "this is an HDF5 (fast5) file of raw signals: give the basecalled FASTQ"},
	{".sff", "this is a 454 SFF file: convert it to FASTQ first"},
	{"\xff\xfe", utf16Advice},
	{"\xfe\xff", utf16Advice},
	{"<!DOCTYPE", htmlAdvice},
	{"<html", htmlAdvice},
	{"<?xml", htmlAdvice},
}

const (
	samAdvice   = "this is SAM text: convert it with 'samtools view -b -o reads.bam FILE.sam' and give the BAM file"
	utf16Advice = "this is UTF-16 text: save it as plain text (UTF-8)"
	htmlAdvice  = "this is a web page or XML, not sequences: the download probably gave an error page"
)

func refuse(rest []byte) string {
	for _, r := range refusals {
		if bytes.HasPrefix(rest, []byte(r.magic)) {
			return r.msg
		}
	}
	return ""
}

// describeUnknown says why a source whose first byte is neither '>' nor '@' is not one of ours.
func describeUnknown(rest []byte, comment bool) string {
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	switch {
	case rest[0] == '@' && comment:
		return "comment lines stand before an '@': FASTQ has no comments, remove them"
	case bytes.Count(line, []byte("\t")) >= 10 && !bytes.HasPrefix(line, []byte("\t")) && looksLikeSAM(line):
		return samAdvice
	case bytes.IndexByte(rest, 0) >= 0 || !isText(rest):
		return "this is a binary file, not FASTA, FASTQ or BAM"
	}
	return "not FASTA, FASTQ or BAM: the first record starts with neither '>' nor '@'"
}

// looksLikeSAM tells whether the second column is a number and the tenth a sequence.
func looksLikeSAM(line []byte) bool {
	columns := strings.Split(string(line), "\t")
	if columns[1] == "" || strings.Trim(columns[1], "0123456789") != "" {
		return false
	}
	return strings.Trim(columns[9], "ACGTNacgtn*") == ""
}

// isText tells whether the first bytes hold no control character but white space. Bytes above 127 are text:
// names of patients and authors have accents.
func isText(data []byte) bool {
	for _, c := range data[:min(len(data), 512)] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
