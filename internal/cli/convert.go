package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

type convertOptions struct {
	to     string
	output string
}

func (o *convertOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", "-", "write to `FILE`; a name that ends in .gz is compressed")
		fs.StringVar(&o.to, "to", "", "`FORMAT`: vidjil, airr or fasta; without it the name of the output tells")
	})
}

// format is the format of the output: that of --to, or that of the name.
func (o *convertOptions) format() (string, error) {
	switch o.to {
	case "vidjil", "airr", "fasta":
		return o.to, nil
	case "":
	default:
		return "", lab.Errorf(lab.Usage, "--to %q: want vidjil, airr or fasta", o.to)
	}
	name := strings.TrimSuffix(strings.ToLower(o.output), ".gz")
	switch filepath.Ext(name) {
	case ".vidjil":
		return "vidjil", nil
	case ".tsv", ".airr":
		return "airr", nil
	case ".fa", ".fasta", ".fna":
		return "fasta", nil
	}
	return "", lab.Errorf(lab.Usage, "the name %s does not tell the format: --to vidjil, airr or fasta does", o.output)
}

func newConvertCommand(s *streams) *cobra.Command {
	var o convertOptions
	cmd := &cobra.Command{
		Use:     "convert FILE",
		Short:   "Convert between .vidjil, AIRR tables and FASTA",
		GroupID: groupFiles,
		Long: `Reads a .vidjil file of any version, an AIRR rearrangement table of any program
(IgBLAST, MiXCR, TRUST4 and others, with their spellings), or a .clntab table,
and writes a .vidjil file (2016b), an AIRR table in the strict form, or the
sequences of the clonotypes as FASTA.

From AIRR to .vidjil each row becomes a clonotype of duplicate_count reads. From
.vidjil to AIRR there is a row for each clonotype and sample; what a .vidjil
does not hold (alignments) stays empty. SOURCE_DATE_EPOCH in the environment
fixes the time stamp of a .vidjil, for files that must be the same on every run.`,
		Example: `  vidjil convert sample.vidjil -o sample.tsv
  vidjil convert igblast.tsv.gz -o sample.vidjil
  vidjil convert sample.vidjil --to fasta | head
  vidjil convert mixcr.tsv -o strict.airr.tsv`,
		Args: wantArgs(1, 1, "a FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return runConvert(cmd.Context(), o, s, args[0]) },
	}
	o.addFlags(cmd)
	return cmd
}

func runConvert(ctx context.Context, o convertOptions, s *streams, name string) error {
	format, err := o.format()
	if err != nil {
		return err
	}
	in, err := openInput(name, s)
	if err != nil {
		return err
	}
	defer in.Close()
	out := newOutputs(ctx, s)
	defer out.discard()
	w, err := out.create(o.output)
	if err != nil {
		return err
	}
	if in.content == content.AIRR && format == "airr" {
		err = rewriteAIRR(ctx, in, w)
	} else {
		err = convert(ctx, in, w, name, format)
	}
	if err != nil {
		return inputError(ctx, name, err)
	}
	return out.commit()
}

// inputError says that reading a file went wrong, unless the error is about
// something else.
func inputError(ctx context.Context, name string, err error) error {
	if stopped := context.Cause(ctx); stopped != nil {
		return stopped
	}
	if lab.CodeOf(err) != lab.Internal {
		return err
	}
	return readError(name, err)
}

// convert goes through the one form that holds all: a .vidjil file in memory.
func convert(ctx context.Context, in *input, w io.Writer, name, format string) error {
	from := vidjilfile.Import{OriginalName: filepath.Base(name), Timestamp: timestamp().Format(vidjilTime)}
	var f *vidjilfile.File
	var err error
	switch in.content {
	case content.Vidjil:
		f, err = vidjilfile.Read(in)
	case content.AIRR:
		f, err = importAIRR(ctx, in, from)
	case content.Clntab:
		f, err = vidjilfile.ReadClntab(in, from)
	default:
		return in.wants(name, ".vidjil, AIRR and .clntab files can be converted")
	}
	if err != nil {
		return err
	}
	switch format {
	case "vidjil":
		return f.Write(w)
	case "fasta":
		return f.WriteFASTA(w)
	}
	return writeAIRR(w, f)
}

// vidjilTime is how .vidjil files write times.
const vidjilTime = "2006-01-02 15:04:05"

// timestamp is now, or the time that the environment fixes for builds that must
// be reproducible.
func timestamp() time.Time {
	if seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(seconds, 0).UTC()
	}
	return time.Now()
}

// checkEvery is how many rows pass between two looks at the context.
const checkEvery = 4096

func importAIRR(ctx context.Context, r io.Reader, from vidjilfile.Import) (*vidjilfile.File, error) {
	table, err := airr.NewReader(r)
	if err != nil {
		return nil, err
	}
	var rows []airr.Rearrangement
	for row, err := range table.All() {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
		if len(rows)%checkEvery == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return vidjilfile.FromAIRR(rows, from), nil
}

func writeAIRR(w io.Writer, f *vidjilfile.File) error {
	table, err := airr.NewWriter(w, slices.Concat(airr.EngineColumns(), vidjilfile.AIRRExtra()))
	if err != nil {
		return err
	}
	for _, row := range f.ToAIRR() {
		if err := table.Write(&row); err != nil {
			return err
		}
	}
	return table.Flush()
}

// rewriteAIRR writes a table again in the strict form: the standard's names and
// spellings, its required columns, other columns in snake_case.
func rewriteAIRR(ctx context.Context, r io.Reader, w io.Writer) error {
	in, err := airr.NewReader(r)
	if err != nil {
		return err
	}
	columns := in.Columns()
	renamed := map[string]string{}
	schema := airr.SchemaColumns()
	for i, name := range columns {
		if slices.Contains(schema, name) {
			continue
		}
		columns[i] = unused(snakeCase(name), columns[:i], schema)
		renamed[name] = columns[i]
	}
	for _, name := range airr.RequiredColumns() {
		if !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	out, err := airr.NewWriter(w, columns)
	if err != nil {
		return err
	}
	var row airr.Rearrangement
	for n := 1; ; n++ {
		err := in.Read(&row)
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		for i := range row.Extra {
			if name, ok := renamed[row.Extra[i].Name]; ok {
				row.Extra[i].Name = name
			}
		}
		if err := out.Write(&row); err != nil {
			return err
		}
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// snakeCase makes a column name of small letters, digits and single
// underscores: "nSeqCDR3" becomes "n_seq_cdr3", "sequence.size" "sequence_size".
func snakeCase(name string) string {
	var b strings.Builder
	lower := false // the letter before was a small one
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			if lower {
				b.WriteByte('_')
			}
			b.WriteRune(r - 'A' + 'a')
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
		lower = r >= 'a' && r <= 'z'
	}
	text := strings.Join(strings.FieldsFunc(b.String(), func(r rune) bool { return r == '_' }), "_")
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		text = "x_" + text
	}
	return strings.TrimSuffix(text, "_")
}

// unused adds a number to a name that is taken.
func unused(name string, taken ...[]string) string {
	free := name
	for n := 2; slices.ContainsFunc(taken, func(list []string) bool { return slices.Contains(list, free) }); n++ {
		free = fmt.Sprintf("%s_%d", name, n)
	}
	return free
}
