package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
)

type analyzeOptions struct {
	command string

	first, sampled limit
	headerSep      string

	germline   germlineOption
	unexpected bool

	window limit
	eValue threshold

	minReads                               int
	minRatio                               float64 // %
	maxClones, maxConsensus, maxDesignated limit
	everything                             bool
	noClusters                             bool
	label                                  labelOptions

	dir, base        string
	gz               bool
	noAIRR, noVidjil bool
	fasta            bool
	detected         bool
	undetected       int
	filterReads      bool
	threads          int
}

// The commands of vidjil-algo, values of -c.
const (
	commandClones       = "clones"
	commandWindows      = "windows"
	commandDetect       = "detect"
	commandDesignations = "designations"
)

func (o *analyzeOptions) addFlags(cmd *cobra.Command) {
	o.first, o.sampled = limit{all: true}, limit{all: true}
	o.window, o.eValue = limit{n: clonotype.DefaultWindow}, clonotype.DefaultEValue
	o.maxClones, o.maxConsensus, o.maxDesignated = limit{all: true}, limit{all: true}, limit{all: true}
	section(cmd, "Input", func(fs *pflag.FlagSet) {
		fs.VarP(&o.first, "first-reads", "x", "stop after `NUMBER` reads")
		fs.VarP(&o.sampled, "sampled-reads", "X", "take about `NUMBER` reads, evenly spread over the files")
	})
	section(cmd, "Germline", o.germline.addFlags)
	section(cmd, "Detection", func(fs *pflag.FlagSet) {
		fs.VarP(&o.window, "window", "w", "reads with the same `LETTERS` around the junction are one clonotype; all: the whole read")
		fs.VarP(&o.eValue, "e-value", "e", "at most `NUMBER` reads of the sample are taken for recombined by chance")
		fs.BoolVarP(&o.unexpected, "unexpected", "2", false, "report recombinations between systems or strands too, as xxx")
	})
	section(cmd, "Clonotype", func(fs *pflag.FlagSet) {
		fs.IntVarP(&o.minReads, "min-reads", "r", clonotype.DefaultMinReads, "report clonotypes of `NUMBER` reads or more")
		fs.Float64Var(&o.minRatio, "min-ratio", 0, "report clonotypes of `PERCENT` of the recombined reads or more")
		fs.Var(&o.maxClones, "max-clones", "report the `NUMBER` largest clonotypes")
		fs.VarP(&o.maxConsensus, "max-consensus", "y", "make representative sequences of the `NUMBER` largest clonotypes")
		fs.VarP(&o.maxDesignated, "max-designations", "z", "designate the `NUMBER` largest clonotypes")
		fs.BoolVar(&o.everything, "all", false, "report, represent and designate all, from the first read on")
		fs.BoolVar(&o.noClusters, "no-clusters", false, "do not propose clusters of clonotypes that sequencing errors explain")
	})
	section(cmd, "Sequence of interest", o.label.addFlags)
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.dir, "output", "o", "out", "write into `DIRECTORY`, which is made when it is not there")
		fs.StringVarP(&o.base, "base", "b", "", "`NAME` of the files; default: that of the first file without its extensions")
		fs.BoolVar(&o.gz, "gz", false, "compress the files")
		fs.BoolVar(&o.noVidjil, "no-vidjil", false, "no NAME.vidjil")
		fs.BoolVar(&o.noAIRR, "no-airr", false, "no NAME.airr.tsv")
		fs.BoolVar(&o.fasta, "fasta", false, "also NAME.clones.fa: the sequences of the clonotypes")
		fs.BoolVarP(&o.detected, "out-detected", "U", false, "also NAME.detected.fq.gz: the reads with a recombination")
		fs.CountVarP(&o.undetected, "out-undetected", "u", "also NAME.undetected.CAUSE.fq.gz: the reads without, by cause; too short reads and those far from any V or J gene only with -uu; -uuu: also all in one file")
		fs.BoolVar(&o.filterReads, "filter-reads", false, "only reads that might have a recombination: -c detect -U -e 1e6 -2")
		fs.IntVar(&o.threads, "threads", 0, "`NUMBER` of threads; default: all processors. Results do not depend on it")
	})
	section(cmd, "Compatibility", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.command, "command", "c", commandClones, "`COMMAND` of vidjil-algo: clones; designations, as \"vidjil designate\"; detect, reads only")
		fs.BoolVar(&o.fasta, "out-vdjfa", false, "same as --fasta")
		fs.StringVar(&o.headerSep, "header-sep", " ", "a read's name ends at `TEXT`; for -c designations")
		fs.Lookup("out-vdjfa").Hidden = true
		addForeign(fs)
	})
}

func newAnalyzeCommand(s *streams) *cobra.Command {
	var o analyzeOptions
	cmd := &cobra.Command{
		Use:     "analyze READS...",
		Short:   "Turn reads into clonotypes",
		GroupID: groupAnalysis,
		Long: `Finds the reads that carry a V(D)J recombination, gathers them into clonotypes
and names the genes, junction and productivity of each. Every read is counted:
in a clonotype, or by the cause for which it is in none.

READS are FASTA, FASTQ or BAM files, plain or compressed (.gz, .zst); "-" is
standard input. Several files are one sample: its lanes. Pairs of reads must be
merged before.

Writes NAME.vidjil for the Vidjil client, NAME.airr.tsv for other programs and
NAME.summary.json, the record of the run. A summary goes to standard output.
Clonotypes that sequencing errors in a larger one explain are proposed as
clusters, never merged.

The options of vidjil-algo have the same names here and mean the same; those
that have no meaning here are noted or refused.`,
		Example: `  vidjil analyze reads.fastq.gz -o results
  vidjil analyze lane1.fq.gz lane2.fq.gz --base patient-7 --min-reads 1
  vidjil analyze -g human:IGH,IGH+,IGK,IGK+ --unexpected reads.bam
  vidjil analyze --label-json spike-ins.json --sampled-reads 100000 reads.fq.gz
  zcat reads.fq.gz | vidjil analyze - -b reads`,
		Args: wantArgs(1, -1, "a file of READS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := judgeForeign(cmd.Flags(), s.err); err != nil {
				return err
			}
			o.settle(cmd.Flags())
			return runAnalyze(cmd.Context(), o, s, args, commandLine(cmd, args))
		},
	}
	o.addFlags(cmd)
	return cmd
}

// settle resolves the options that stand for several others.
func (o *analyzeOptions) settle(fs *pflag.FlagSet) {
	if o.filterReads {
		o.command, o.detected, o.unexpected = commandDetect, true, true
		if !fs.Changed("e-value") {
			o.eValue = 1e6
		}
	}
	if o.everything {
		o.minReads, o.minRatio = 1, 0
		o.maxClones, o.maxConsensus, o.maxDesignated = limit{all: true}, limit{all: true}, limit{all: true}
	}
	if o.label.grep != "" {
		o.label.filter = true
	}
	if o.command == commandDetect {
		o.noAIRR, o.noVidjil, o.fasta, o.detected = true, true, false, true
	}
}

// check refuses what cannot be and notes what is understood otherwise.
func (o *analyzeOptions) check(s *streams, files []string) error {
	switch o.command {
	case commandClones, commandDetect, commandDesignations:
	case commandWindows:
		fmt.Fprintln(s.err, "vidjil: note: -c windows is -c clones: representatives and designations are made too")
	default:
		return lab.Errorf(lab.Usage, "--command %q: want clones, designations or detect", o.command)
	}
	if strings.ContainsRune(o.base, filepath.Separator) {
		return lab.Errorf(lab.Usage, "--base %s: want a name without directory; --output says where", o.base)
	}
	if o.minReads < 0 || o.minRatio < 0 || o.minRatio > 100 || o.threads < 0 {
		return lab.Errorf(lab.Usage, "--min-reads, --threads and --min-ratio (percent) cannot be negative, nor a share above 100")
	}
	for name, l := range map[string]*limit{"--first-reads": &o.first, "--sampled-reads": &o.sampled, "--max-clones": &o.maxClones} {
		if !l.all && l.n == 0 {
			return lab.Errorf(lab.Usage, "%s: want a number of at least 1, or all", name)
		}
	}
	for _, l := range []struct {
		name  string
		value *limit
	}{{"--max-consensus", &o.maxConsensus}, {"--max-designations", &o.maxDesignated}} {
		if !l.value.all && l.value.n == 0 {
			fmt.Fprintf(s.err, "vidjil: note: %s 0 is taken as 1\n", l.name)
			l.value.n = 1
		}
	}
	if a, b, ok := looksPaired(files); ok {
		fmt.Fprintf(s.err, "vidjil: warning: %s and %s look like pairs of reads: they are counted as reads of their own; merge them before\n", a, b)
	}
	return nil
}

// engineOptions translates the options for the engine.
func (o *analyzeOptions) engineOptions(s *streams) (clonotype.Options, error) {
	labels, err := o.label.load(s)
	if err != nil {
		return clonotype.Options{}, err
	}
	opt := clonotype.Options{
		Window: o.window.n, WholeReads: o.window.all, EValue: float64(o.eValue),
		MinReads: max(1, o.minReads), MinRatio: o.minRatio / 100,
		MaxClones: o.maxClones.number(), MaxConsensus: o.maxConsensus.number(), MaxDesignations: o.maxDesignated.number(),
		Labels: labels, LabelFilter: o.label.filter, NoClusters: o.noClusters, Threads: o.threads,
	}
	if !o.window.all && o.window.n == 0 {
		return opt, lab.Errorf(lab.Usage, "--window: want a number of letters, or all")
	}
	if err := opt.Check(); err != nil {
		return opt, lab.Errorf(lab.Usage, "%s", optionNames.Replace(err.Error()))
	}
	return opt, nil
}

// optionNames turns the names of fields that the engine finds fault with into
// those of our options.
var optionNames = strings.NewReplacer(
	"Window ", "--window ", "EValue ", "--e-value ", "LabelFilter true", "--label-filter", "Labels ", "--label ",
)

// name is the base name of the files of results.
func (o *analyzeOptions) name(files []string) string {
	return cmp.Or(o.base, seqio.SampleName(files[0]))
}

func runAnalyze(ctx context.Context, o analyzeOptions, s *streams, names []string, line string) error {
	if err := o.check(s, names); err != nil {
		return err
	}
	if o.command == commandDesignations {
		return o.designate(ctx, s, names)
	}
	opt, err := o.engineOptions(s)
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
	run, err := newRun(o, names, line, s)
	if err != nil {
		return err
	}
	out := newOutputs(ctx, s)
	defer out.discard()
	sample, err := run.gather(ctx, opt, out, s)
	if err != nil {
		return err
	}
	shown, err := run.write(ctx, sample, out)
	if err != nil {
		return err
	}
	if err := run.writeSummary(sample, out); err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	run.progress.clear()
	for _, w := range sample.Result.Warnings {
		fmt.Fprintf(s.err, "vidjil: warning: %s (%s)\n", w.Message, w.Code)
	}
	return run.writeTable(s, sample, shown)
}

// designate runs what -c designations asks for.
func (o *analyzeOptions) designate(ctx context.Context, s *streams, names []string) error {
	if len(names) > 1 {
		return lab.Errorf(lab.Usage, "-c designations takes one file")
	}
	if err := makeDirectory(o.dir); err != nil {
		return err
	}
	d := designateOptions{
		germline: o.germline, unexpected: o.unexpected, headerSep: o.headerSep, threads: o.threads, first: o.first, sampled: o.sampled,
		output: filepath.Join(o.dir, o.name(names)+".airr.tsv"),
	}
	if o.gz {
		d.output += ".gz"
	}
	return runDesignate(ctx, d, s, names[0])
}

func makeDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return lab.Errorf(lab.Unwritable, "make directory %s: %w", dir, reason(err))
	}
	return nil
}

// commandLine is the command with those of its options that results can depend
// on, and its files, written so that a shell takes it.
func commandLine(cmd *cobra.Command, args []string) string {
	words := strings.Fields(cmd.CommandPath())
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains([]string{"threads", "output", "base", "gz"}, f.Name) {
			return
		}
		switch f.Value.Type() {
		case "bool":
			words = append(words, "--"+f.Name+map[string]string{"false": "=false"}[f.Value.String()])
			return
		case "count":
			n, _ := strconv.Atoi(f.Value.String()) // the parser's own number
			words = append(words, slices.Repeat([]string{"--" + f.Name}, n)...)
			return
		}
		values := []string{f.Value.String()}
		switch list := f.Value.(type) {
		case pflag.SliceValue:
			values = list.GetSlice()
		case *setNames:
			values = *list
		}
		for _, v := range values {
			words = append(words, "--"+f.Name, shellWord(v))
		}
	})
	for _, a := range args {
		words = append(words, shellWord(a))
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word where a shell would take it apart.
func shellWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,:=+@%#~", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// newEngine loads the set and prepares the engine.
func newEngine(o *germlineOption, unexpected bool) (*germline.Set, *designation.Engine, error) {
	set, err := o.load()
	if err != nil {
		return nil, nil, err
	}
	engine, err := designation.New(set, designation.Options{Unexpected: unexpected})
	if err != nil {
		return nil, nil, lab.Errorf(lab.Invalid, "germline set %s: %w", set.Name, err)
	}
	return set, engine, nil
}
