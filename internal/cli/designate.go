package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
)

type designateOptions struct {
	first, sampled limit
	headerSep      string
	germline       germlineOption
	unexpected     bool
	output         string
	threads        int
}

func (o *designateOptions) addFlags(cmd *cobra.Command) {
	o.first, o.sampled = limit{all: true}, limit{all: true}
	section(cmd, "Input", func(fs *pflag.FlagSet) {
		fs.VarP(&o.first, "first-reads", "x", "stop after `NUMBER` sequences")
		fs.VarP(&o.sampled, "sampled-reads", "X", "take about `NUMBER` sequences, evenly spread over the file")
		fs.StringVar(&o.headerSep, "header-sep", " ", "a sequence's identifier ends at `TEXT`; '': it is the whole header")
	})
	section(cmd, "Germline", o.germline.addFlags)
	section(cmd, "Detection", func(fs *pflag.FlagSet) {
		fs.BoolVarP(&o.unexpected, "unexpected", "2", true, "report recombinations between systems or strands, as xxx; --unexpected=false does not")
	})
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", "-", "write to `FILE`; a name that ends in .gz is compressed")
		fs.IntVar(&o.threads, "threads", 0, "`NUMBER` of threads; default: all processors. Results do not depend on it")
	})
}

func (o *designateOptions) check() error {
	if o.threads < 0 {
		return lab.Errorf(lab.Usage, "--threads cannot be negative")
	}
	for name, l := range map[string]*limit{"--first-reads": &o.first, "--sampled-reads": &o.sampled} {
		if !l.all && l.n == 0 {
			return lab.Errorf(lab.Usage, "%s: want a number of at least 1, or all", name)
		}
	}
	return nil
}

func newDesignateCommand(s *streams) *cobra.Command {
	var o designateOptions
	cmd := &cobra.Command{
		Use:     "designate FILE",
		Short:   "Name the V(D)J recombination of each sequence by itself",
		GroupID: groupAnalysis,
		Long: `Designates each sequence of a FASTA, FASTQ or BAM file by itself: genes,
deletions and inserted letters, junction, productivity, regions. Nothing is
gathered: for clonotypes of reads there is "vidjil analyze".

Writes an AIRR rearrangement table, one row for each sequence, in the order of
the file, also for those without a recombination. Besides the columns of the
standard it has recombination_system (empty when nothing is reported, then cause
says why) and designation: genes, deletions and inserted letters as text.

Recombinations between systems or strands are reported here unless
--unexpected=false is given; "vidjil analyze" reports them only when asked.`,
		Example: `  vidjil designate sequences.fa
  vidjil designate sequences.fa -o sequences.airr.tsv
  zcat reads.fq.gz | vidjil designate - -g human:TRG --first-reads 1000`,
		Args: wantArgs(1, 1, "a FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return runDesignate(cmd.Context(), o, s, args[0]) },
	}
	o.addFlags(cmd)
	return cmd
}

// designateBlockBytes is about 150 sequences of 350 letters, so that even a
// small file is shared out among the threads.
const designateBlockBytes = 64 << 10

// designated is a run of sequences and their rows.
type designated struct {
	block   seqio.Block
	records []seqio.Record
	rows    []airr.Rearrangement
}

// designator makes a row of each sequence of a reader.
type designator struct {
	set       *germline.Set
	engine    *designation.Engine
	reader    *seqio.Reader
	headerSep string // see identifier
	threads   int
}

// run hands all rows to take, in order.
func (d *designator) run(ctx context.Context, take func(*airr.Rearrangement) error) error {
	return designation.DesignateAll(ctx, d.engine, d.threads, designation.Batches[designated]{
		New:  func() *designated { return &designated{} },
		Next: func(b *designated) error { return d.reader.Next(&b.block) },
		Each: func(b *designated, designate func([]byte) *designation.Designation) error {
			var err error
			if b.records, err = b.block.Parse(b.records); err != nil {
				return err
			}
			b.rows = b.rows[:0]
			for i := range b.records {
				rec := &b.records[i]
				row := airr.FromDesignation(d.set, designate(rec.Seq), identifier(rec.Name, d.headerSep))
				row.Quality = string(rec.Qual)
				b.rows = append(b.rows, row)
			}
			return nil
		},
		Take: func(b *designated) error {
			for i := range b.rows {
				if err := take(&b.rows[i]); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

func runDesignate(ctx context.Context, o designateOptions, s *streams, name string) error {
	if err := o.check(); err != nil {
		return err
	}
	set, engine, err := newEngine(&o.germline, o.unexpected)
	if err != nil {
		return err
	}
	files, err := newReads([]string{name}, s)
	if err != nil {
		return err
	}
	reader, err := seqio.NewReader(files.sources, seqio.Options{
		BlockBytes: designateBlockBytes, FirstReads: int64(o.first.number()), SampledReads: int64(o.sampled.number()), Threads: o.threads,
	})
	if err != nil {
		return readsError(ctx, err)
	}
	defer reader.Close()
	out := newOutputs(ctx, s)
	defer out.discard()
	w, err := out.create(o.output)
	if err != nil {
		return err
	}
	table, err := airr.NewWriter(w, nil)
	if err != nil {
		return err
	}
	p := newProgress(s)
	var total, found int64
	d := designator{set: set, engine: engine, reader: reader, headerSep: o.headerSep, threads: o.threads}
	err = d.run(ctx, func(row *airr.Rearrangement) error {
		total++
		if row.RecombinationSystem != "" {
			found++
		}
		p.reading(readProgress{total, found, reader.BytesRead(), reader.TotalBytes()})
		return table.Write(row)
	})
	if err == nil {
		err = table.Flush()
	}
	p.clear()
	if err != nil {
		return readsError(ctx, err)
	}
	if err := out.commit(); err != nil {
		return err
	}
	if o.output != "-" {
		fmt.Fprintf(s.err, "%s of %s sequences designated: %s\n", grouped(found), grouped(total), o.output)
	}
	return nil
}

// identifier is a header up to the separator; the default, a space, stands for
// any white space.
func identifier(header []byte, separator string) string {
	switch separator {
	case "":
		return strings.TrimSpace(string(header))
	case " ":
		if fields := bytes.Fields(header); len(fields) > 0 {
			return string(fields[0])
		}
		return ""
	}
	id, _, _ := strings.Cut(string(header), separator)
	return id
}
