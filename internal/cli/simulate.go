package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/simulate"
)

// simulateOptions are those of simulate.Options as a person writes them: 0 is
// none, not "the default".
type simulateOptions struct {
	germline   germlineOption
	clones     int
	exponent   float64
	productive float64
	mutation   float64
	weights    map[string]int

	reads     int
	length    string
	placement string
	strands   string
	errors    float64
	junk      float64
	paired    bool
	insert    int
	insertSD  int

	seed   uint64
	output string
	plain  bool
}

func (o *simulateOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Germline", o.germline.addFlags)
	section(cmd, "Clone", func(fs *pflag.FlagSet) {
		fs.IntVarP(&o.clones, "clones", "c", 1000, "`NUMBER` of clones")
		fs.Float64Var(&o.exponent, "exponent", 1, "clone of rank r has a size in proportion to r^-`X`; 0: equal sizes")
		fs.Float64Var(&o.productive, "productive", 0.8, "`SHARE` of complete clones that are made productive; the others are as they come")
		fs.Float64Var(&o.mutation, "mutation", 0.04, "mean `SHARE` of letters that hypermutation changes in IG clones; 0: none")
		fs.StringToIntVar(&o.weights, "weights", nil, "relative frequency of `SYSTEM=N,...`; default: all systems of the set, B and T cells mixed")
	})
	section(cmd, "Read", func(fs *pflag.FlagSet) {
		fs.IntVarP(&o.reads, "reads", "n", 10000, "`NUMBER` of reads, or of pairs")
		fs.StringVarP(&o.length, "length", "l", "250", "length of reads, or shortest and longest, in `LETTERS`, as 100-250")
		fs.StringVar(&o.placement, "placement", "amplicon", "`WHERE` reads lie: amplicon (end at a primer in the 3' gene) or random (around the junction)")
		fs.StringVar(&o.strands, "strands", "both", "`WHICH` strands reads come from: both, forward or reverse")
		fs.Float64Var(&o.errors, "errors", 0.003, "mean `SHARE` of letters read wrong; 0: none")
		fs.Float64Var(&o.junk, "junk", 0, "`SHARE` of reads without recombination")
		fs.BoolVar(&o.paired, "paired", false, "two reads for each fragment")
		fs.IntVar(&o.insert, "insert", 350, "mean `LENGTH` of fragments, with --paired")
		fs.IntVar(&o.insertSD, "insert-sd", 30, "standard `DEVIATION` of the length of fragments, with --paired")
	})
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.Uint64Var(&o.seed, "seed", 1, "`NUMBER` that all chance comes from")
		fs.StringVarP(&o.output, "output", "o", "", "`PREFIX` of the files, with its directory; '-' writes reads alone to standard output")
		fs.BoolVar(&o.plain, "plain", false, "do not compress")
	})
}

func newSimulateCommand(s *streams) *cobra.Command {
	var o simulateOptions
	cmd := &cobra.Command{
		Use:     "simulate -o PREFIX",
		Short:   "Make reads whose clones and designations are known",
		GroupID: groupTrust,
		Long: `Makes reads for the validation of a protocol, of this program or of any other:
clones recombined from the genes of a germline set, with hypermutation, sizes by
a power law, and reads with errors and the qualities that go with them.

Writes PREFIX.fastq.gz (or PREFIX_R1.fastq.gz and PREFIX_R2.fastq.gz), and the
truth: PREFIX.clones.tsv.gz, one line per clone with genes, junction and
designation, and PREFIX.truth.tsv.gz, which tells the clone of each read.
The same options, set and seed give the same bytes on any machine.`,
		Example: `  vidjil simulate -o trial/demo
  vidjil simulate -n 200000 -c 5000 --weights IGH=3,TRG=1 --seed 7 -o trial/b-t
  vidjil simulate -l 100 --placement random --errors 0.01 -o trial/short
  vidjil simulate --paired -l 150 --insert 300 -o trial/pairs
  vidjil simulate -o - | vidjil analyze -`,
		Args: wantArgs(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return runSimulate(cmd.Context(), o, s) },
	}
	o.addFlags(cmd)
	return cmd
}

// options checks what was written and translates it.
func (o *simulateOptions) options(set *germline.Set) (simulate.Options, error) {
	opt := simulate.Options{
		Seed: o.seed, Clones: o.clones, Reads: o.reads,
		Exponent: noneIfZero(o.exponent), Productive: noneIfZero(o.productive), Mutation: noneIfZero(o.mutation),
		Paired: o.paired, InsertMean: o.insert, InsertSD: o.insertSD,
		ErrorRate: noneIfZero(o.errors), Junk: o.junk, Systems: o.weights,
	}
	switch {
	case o.output == "":
		return opt, lab.Errorf(lab.Usage, "--output is missing: the PREFIX of the files")
	case o.output == "-" && o.paired:
		return opt, lab.Errorf(lab.Usage, "pairs cannot go to standard output: give --output a PREFIX")
	case o.clones < 1 || o.reads < 1:
		return opt, lab.Errorf(lab.Usage, "--clones and --reads must be at least 1")
	}
	for _, share := range []struct {
		flag  string
		value float64
	}{{"productive", o.productive}, {"mutation", o.mutation}, {"errors", o.errors}, {"junk", o.junk}} {
		if share.value < 0 || share.value > 1 {
			return opt, lab.Errorf(lab.Usage, "--%s is a share, between 0 and 1", share.flag)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(o.weights)) {
		if set.System(code) == nil {
			return opt, lab.Errorf(lab.Usage, "--weights: the germline set %s has no system %q", set.Name, code)
		}
	}
	if err := o.readShape(&opt); err != nil {
		return opt, err
	}
	return opt, nil
}

// readShape translates the options that are words.
func (o *simulateOptions) readShape(opt *simulate.Options) error {
	low, high, ranged := strings.Cut(o.length, "-")
	var err1, err2 error
	opt.Length, err1 = strconv.Atoi(low)
	opt.LengthMax = opt.Length
	if ranged {
		opt.LengthMax, err2 = strconv.Atoi(high)
	}
	if err1 != nil || err2 != nil || opt.Length < 1 || opt.LengthMax < opt.Length {
		return lab.Errorf(lab.Usage, "--length %q: want a number or a range, as 250 or 100-250", o.length)
	}
	var ok bool
	if opt.Placement, ok = map[string]simulate.Placement{"amplicon": simulate.Amplicon, "random": simulate.Random}[o.placement]; !ok {
		return lab.Errorf(lab.Usage, "--placement %q: want amplicon or random", o.placement)
	}
	opt.Strands, ok = map[string]simulate.Strands{
		"both": simulate.BothStrands, "forward": simulate.ForwardStrand, "reverse": simulate.ReverseStrand,
	}[o.strands]
	if !ok {
		return lab.Errorf(lab.Usage, "--strands %q: want both, forward or reverse", o.strands)
	}
	return nil
}

// noneIfZero writes "none" as package simulate does.
func noneIfZero(x float64) float64 {
	if x == 0 {
		return -1
	}
	return x
}

func runSimulate(ctx context.Context, o simulateOptions, s *streams) error {
	set, err := o.germline.load()
	if err != nil {
		return err
	}
	opt, err := o.options(set)
	if err != nil {
		return err
	}
	out := newOutputs(ctx, s)
	defer out.discard()
	dst, names, err := o.open(out)
	if err != nil {
		return err
	}
	clones, err := simulate.Generate(set, opt, dst)
	if err != nil {
		if lab.CodeOf(err) == lab.Internal && ctx.Err() == nil {
			err = &lab.Error{Code: lab.Usage, Err: err} // options that do not go together
		}
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	what := "reads"
	if o.paired {
		what = "pairs"
	}
	if o.output != "-" {
		fmt.Fprintf(s.err, "%d %s of %d clones: %s\n", o.reads, what, len(clones), strings.Join(names, " "))
	}
	return nil
}

// open makes the files of the prefix.
func (o *simulateOptions) open(out *outputs) (dst simulate.Output, names []string, err error) {
	if o.output == "-" {
		dst.Reads, err = out.create("-")
		return dst, nil, err
	}
	if err := os.MkdirAll(filepath.Dir(o.output), 0o777); err != nil {
		return dst, nil, lab.Errorf(lab.Unwritable, "make directory %s: %w", filepath.Dir(o.output), reason(err))
	}
	end := ".gz"
	if o.plain {
		end = ""
	}
	files := []struct {
		suffix string
		w      *io.Writer
	}{{".fastq", &dst.Reads}, {".clones.tsv", &dst.Clones}, {".truth.tsv", &dst.Truth}}
	if o.paired {
		files[0].suffix = "_R1.fastq"
		files = slices.Insert(files, 1, struct {
			suffix string
			w      *io.Writer
		}{"_R2.fastq", &dst.Mates})
	}
	for _, f := range files {
		name := o.output + f.suffix + end
		if *f.w, err = out.create(name); err != nil {
			return dst, nil, err
		}
		names = append(names, name)
	}
	return dst, names, nil
}
