package seqio_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"vidjil.org/vidjil/vdj/seqio"
)

func Example() {
	text := "@read1\nacgtn\n+\nIIII#\n@read2\nGGUA\n+\nFFFF\n"
	source := seqio.Source{Name: "example.fq", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}
	r, err := seqio.NewReader([]seqio.Source{source}, seqio.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close() // only read from
	var block seqio.Block
	var records []seqio.Record
	for {
		err := r.Next(&block)
		if err == io.EOF {
			break
		}
		if err == nil {
			records, err = block.Parse(records) // any goroutine may do this
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, rec := range records {
			fmt.Printf("%d %s %s %s\n", block.FirstRead+int64(i), rec.Name, rec.Seq, rec.Qual)
		}
	}
	// Output:
	// 0 read1 ACGTN IIII#
	// 1 read2 GGTA FFFF
}

func ExampleParseError() {
	block := seqio.Block{Source: "lane1.fq", Format: seqio.FASTQ, Data: []byte("@read1\nACGT\n+\nIII\n")}
	_, err := block.Parse(nil)
	fmt.Println(err)
	// Output:
	// lane1.fq: record 1, byte 14: 3 qualities for 4 letters: they must be as many
}

func ExampleAppendFASTA() {
	rec := seqio.Record{Name: []byte("IGHV1-2"), Seq: []byte("CAGGTGCAG")}
	os.Stdout.Write(seqio.AppendFASTA(nil, rec))
	// Output:
	// >IGHV1-2
	// CAGGTGCAG
}

func ExampleSampleName() {
	fmt.Println(seqio.SampleName("/data/run7/Ly-12.fastq.gz"))
	// Output:
	// Ly-12
}
