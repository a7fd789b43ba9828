package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

type checkOptions struct {
	set    string
	reads  int
	strict bool
	all    bool
	json   bool
}

func (o *checkOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Check", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.set, "germline", "g", "", "calls must be genes of this germline `SET`, and positions lie in them")
		fs.IntVar(&o.reads, "reads", 0, "the sample has `NUMBER` reads: counts may not exceed it")
		fs.BoolVar(&o.strict, "strict", false, "warnings count as errors")
	})
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.all, "all", false, "list every finding; otherwise the first five of a kind and how many follow")
		fs.BoolVar(&o.json, "json", false, "print a JSON array")
	})
}

func newCheckCommand(s *streams) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:     "check FILE...",
		Short:   "Check AIRR and .vidjil files, of any program",
		GroupID: groupTrust,
		Long: `Looks for what breaks the format, contradicts itself or will trip other
programs: types, positions, CIGAR strings, junctions against sequences, counts
against totals. What a file is, its content tells. Compressed files may be given
as they are.

Each finding has a place, a message that says what to do, and a stable code in
brackets. The status is 6 when there is an error, 3 or 4 when a file could not
be checked; the others are checked all the same.`,
		Example: `  vidjil check sample.airr.tsv sample.vidjil
  vidjil check --germline human --strict igblast.tsv
  zcat big.tsv.gz | vidjil check -`,
		Args: wantArgs(1, -1, "a FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return runCheck(cmd.Context(), o, s, args) },
	}
	o.addFlags(cmd)
	return cmd
}

// checkedFile is what "vidjil check --json" says about a file.
type checkedFile struct {
	File     string         `json:"file"`
	Content  content.Kind   `json:"content"`
	Errors   int            `json:"errors"`
	Warnings int            `json:"warnings"`
	Findings []checkFinding `json:"findings"`
}

// checkFinding is a finding of any of the linters.
type checkFinding struct {
	Severity string `json:"severity"` // error or warning
	Code     string `json:"code"`
	Place    string `json:"place,omitempty"` // "line 12, v_cigar"
	Message  string `json:"message"`
	More     int    `json:"more,omitempty"` // findings of this code that are not listed
}

func (f checkFinding) String() string {
	text := f.Severity + ": "
	if f.Place != "" {
		text += f.Place + ": "
	}
	text += f.Message + " [" + f.Code + "]"
	if f.More > 0 {
		text += fmt.Sprintf(" (and %d more)", f.More)
	}
	return text
}

func runCheck(ctx context.Context, o checkOptions, s *streams, names []string) error {
	var set *germline.Set
	if o.set != "" {
		var err error
		if set, err = loadGermline(o.set); err != nil {
			return err
		}
	}
	files := []checkedFile{}
	faulty := 0
	var unreadable error
	w := bufio.NewWriter(s.out)
	for _, name := range names {
		f, err := checkFile(ctx, o, s, set, name)
		switch {
		case err == nil:
		case context.Cause(ctx) != nil:
			return err
		case unreadable == nil:
			unreadable = err // told last, with its status
			continue
		default:
			fmt.Fprintf(s.err, "vidjil: %v\n", err)
			continue
		}
		if f.Errors > 0 || o.strict && f.Warnings > 0 {
			faulty++
		}
		files = append(files, f)
		if !o.json {
			f.write(w)
		}
	}
	if o.json {
		if err := writeJSON(w, files); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	switch {
	case unreadable != nil:
		return unreadable
	case faulty == 0:
		return nil
	case len(names) == 1:
		return lab.Errorf(lab.Problems, "%s has problems", names[0])
	}
	return lab.Errorf(lab.Problems, "%d of %d files have problems", faulty, len(files))
}

func (f *checkedFile) write(w io.Writer) {
	for _, finding := range f.Findings {
		fmt.Fprintf(w, "%s: %s\n", f.File, finding)
	}
	fmt.Fprintf(w, "%s: %s, %d errors, %d warnings\n", f.File, f.Content, f.Errors, f.Warnings)
}

// checkFile gives a file to the linter of its format.
func checkFile(ctx context.Context, o checkOptions, s *streams, set *germline.Set, name string) (checkedFile, error) {
	if err := context.Cause(ctx); err != nil {
		return checkedFile{}, err
	}
	in, err := openInput(name, s)
	if err != nil {
		return checkedFile{}, err
	}
	defer in.Close()
	f := checkedFile{File: name, Content: in.content, Findings: []checkFinding{}}
	perCode := 0
	if o.all {
		perCode = math.MaxInt
	}
	switch in.content {
	case content.AIRR:
		err = f.checkAIRR(in, airr.LintOptions{Germline: set, Reads: o.reads, PerCode: perCode})
	case content.Vidjil:
		err = f.checkVidjil(in, vidjilfile.LintOptions{Germline: set, PerCode: perCode})
	case content.Analysis:
		f.checkAnalysis(in)
	case content.Reads:
		return f, lab.Errorf(lab.Invalid, "read %s: it holds sequences, not results; \"vidjil analyze\" reads it", name)
	default:
		return f, in.wants(name, "AIRR tables, .vidjil and .analysis files can be checked")
	}
	if err != nil {
		return f, inputError(ctx, name, err)
	}
	return f, nil
}

func (f *checkedFile) checkAIRR(r io.Reader, opt airr.LintOptions) error {
	findings, err := airr.Lint(r, opt)
	if err != nil {
		return err
	}
	for _, a := range findings {
		place := ""
		if a.Line > 0 {
			place = fmt.Sprintf("line %d", a.Line)
		}
		if a.Column != "" && place != "" {
			place += ", "
		}
		f.add(checkFinding{a.Severity.String(), a.Code, place + a.Column, a.Message, a.More}, a.Severity == airr.Error)
	}
	return nil
}

func (f *checkedFile) checkVidjil(r io.Reader, opt vidjilfile.LintOptions) error {
	findings, err := vidjilfile.Lint(r, opt)
	if err != nil {
		return err
	}
	for _, v := range findings {
		f.add(checkFinding{v.Severity.String(), v.Code, v.Path, v.Message, v.More}, v.Severity == vidjilfile.Error)
	}
	return nil
}

// checkAnalysis reads an .analysis file; there is nothing in it that could
// contradict itself.
func (f *checkedFile) checkAnalysis(r io.Reader) {
	if _, err := vidjilfile.ReadAnalysis(r); err != nil {
		f.add(checkFinding{vidjilfile.Error.String(), "json", "", err.Error(), 0}, true)
	}
}

func (f *checkedFile) add(finding checkFinding, isError bool) {
	if isError {
		f.Errors += 1 + finding.More
	} else {
		f.Warnings += 1 + finding.More
	}
	f.Findings = append(f.Findings, finding)
}
