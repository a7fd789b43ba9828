package seqio

// AppendFASTA appends a record as FASTA, its sequence on one line, and returns the extended buffer.
func AppendFASTA(dst []byte, r Record) []byte {
	dst = append(dst, '>')
	dst = append(dst, r.Name...)
	dst = append(dst, '\n')
	dst = append(dst, r.Seq...)
	return append(dst, '\n')
}

// AppendFASTQ appends a record as FASTQ and returns the extended buffer. A record without qualities gets '!'
// (Phred 0, nothing known) for each letter, so that no later step takes it for a good one.
func AppendFASTQ(dst []byte, r Record) []byte {
	dst = append(dst, '@')
	dst = append(dst, r.Name...)
	dst = append(dst, '\n')
	dst = append(dst, r.Seq...)
	dst = append(dst, "\n+\n"...)
	if r.Qual == nil {
		for range r.Seq {
			dst = append(dst, '!')
		}
	} else {
		dst = append(dst, r.Qual...)
	}
	return append(dst, '\n')
}
