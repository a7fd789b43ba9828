package content

import "bytes"

// The flags of a gzip header (RFC 1952, 2.3.1) that tell of texts in it.
const (
	gzipName    = 1 << 3
	gzipComment = 1 << 4
)

// Named tells whether a file of this beginning has a place for names of other
// files or of samples inside, which may be those of patients: the results of
// programs and BAM have, with their command lines, and so has gzip when it kept
// the name of what it compressed. Names of reads are the sequencer's. head is as
// for Sniff; what is of no known kind counts as named.
func Named(head []byte) bool {
	kind, err := Sniff(head)
	if err != nil || kind != Reads {
		return true
	}
	if bytes.HasPrefix(inflate(head), []byte("BAM\x01")) {
		return true
	}
	return len(head) > 3 && head[0] == 0x1f && head[1] == 0x8b && head[3]&(gzipName|gzipComment) != 0
}
