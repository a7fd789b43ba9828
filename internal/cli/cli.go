// Package cli is the command line of vidjil: one file per command, each in the
// same four parts: newXCommand (words of the help page), xOptions.addFlags,
// xOptions.check (what the parser of options cannot see) and runX, which tests
// may call directly.
//
// Commands translate options into calls of the packages under vdj and print
// what comes back. They hold no biology; file names, terminals, signals and
// exit statuses are known here and nowhere below.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vidjil.org/vidjil/internal/lab"
)

// streams are the standard streams that a command may use. Results go to out,
// everything said to a person goes to err, so that pipes stay clean.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// live tells that err is a terminal with a person before it, on which
	// progress may be drawn.
	live bool
	// color tells that out is a terminal whose user did not refuse colours.
	color bool
}

// standardOutput gives the errors of writing to it their name and code.
type standardOutput struct{ w io.Writer }

func (o standardOutput) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		err = lab.Errorf(lab.Unwritable, "write standard output: %w", reason(err))
	}
	return n, err
}

// isTerminal tells whether a stream is a terminal that can move its cursor.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// Main runs the program with its arguments (without the program's name) and
// returns the exit status. Interrupt, hang-up and termination signals cancel
// the command, which then removes its unfinished outputs.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := withSignals(context.Background())
	defer stop()
	err := execute(ctx, args, &streams{
		in: stdin, out: standardOutput{stdout}, err: stderr, live: isTerminal(stderr),
		color: isTerminal(stdout) && os.Getenv("NO_COLOR") == "",
	})
	if s, ok := errors.AsType[*signalError](context.Cause(ctx)); ok && err != nil {
		err = s
	}
	if err == nil {
		return 0
	}
	if !errors.Is(err, syscall.EPIPE) && !isSignal(err, syscall.SIGPIPE) {
		fmt.Fprintf(stderr, "vidjil: %s\n", strings.TrimRight(err.Error(), "\n"))
	}
	return exitStatus(err)
}

// execute parses the arguments and runs the command that they name.
func execute(ctx context.Context, args []string, s *streams) error {
	root := newRootCommand(s)
	started := false
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	nameDefaults(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return nil
	}
	// What fails before a command starts is a fault of the command line.
	if !started && lab.CodeOf(err) == lab.Internal {
		err = lab.Errorf(lab.Usage, "%w", err)
	}
	if lab.CodeOf(err) == lab.Usage {
		err = lab.Errorf(lab.Usage, "%w\nSee '%s --help'.", trimmed{err}, cmd.CommandPath())
	}
	return err
}

// trimmed is an error whose message does not end in line ends (the parser's
// suggestions do).
type trimmed struct{ error }

func (t trimmed) Error() string { return strings.TrimRight(t.error.Error(), "\n") }
func (t trimmed) Unwrap() error { return t.error }

// The groups in which the root's help lists the commands.
const (
	groupAnalysis = "analysis"
	groupFiles    = "files"
	groupServer   = "server"
	groupTrust    = "trust"
	groupProgram  = "program"
)

func newRootCommand(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "vidjil COMMAND",
		Short: "V(D)J recombination analysis: from reads to clonotypes",
		Long: `Vidjil analyses sequencing reads of lymphocytes. It finds the reads that carry
a V(D)J recombination, in all loci at once, gathers them into clonotypes, names
the genes of each, and writes .vidjil and AIRR files.

Files may be compressed; "-" is standard input or output. Results go to files or
to standard output, messages to standard error. An output file appears under its
name only when it is complete.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddGroup(
		&cobra.Group{ID: groupAnalysis, Title: "Reads to clonotypes"},
		&cobra.Group{ID: groupFiles, Title: "Files and reference sets"},
		&cobra.Group{ID: groupServer, Title: "The server"},
		&cobra.Group{ID: groupTrust, Title: "Checks and validation"},
		&cobra.Group{ID: groupProgram, Title: "The program itself"},
	)
	root.SetHelpCommandGroupID(groupProgram)
	root.SetCompletionCommandGroupID(groupProgram)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { pageOf(cmd).writeHelp(s.out) })
	root.AddCommand(
		newAnalyzeCommand(s),
		newDesignateCommand(s),
		newGermlineCommand(s),
		newConvertCommand(s),
		newCheckCommand(s),
		newServeCommand(s),
		newWorkerCommand(s),
		newMonitorCommand(s),
		newConfigCommand(s),
		newUploadCommand(s),
		newAttachCommand(s),
		newUserCommand(s),
		newAuditCommand(s),
		newExportCommand(s),
		newImportCommand(s),
		newBackupCommand(s),
		newRestoreCommand(s),
		newDirectoryCommand(s),
		newDoctorCommand(s),
		newHealthCommand(s),
		newSimulateCommand(s),
		newSelftestCommand(s),
		newVersionCommand(s),
		newManCommand(s),
		newReferenceCommand(s),
	)
	return root
}

// nameDefaults gives the commands and options that the parser adds words of our
// own.
func nameDefaults(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Short = "Explain a command"
			cmd.Long = "Shows the page of a command, as \"COMMAND --help\" does."
		case "completion":
			cmd.Short = "Write a completion script for a shell"
			cmd.Long = `Writes a script that completes commands, options and file names of vidjil in
bash, zsh, fish or PowerShell. "vidjil completion SHELL --help" tells where to
put it.`
			cmd.Example = `  vidjil completion bash > /etc/bash_completion.d/vidjil
  source <(vidjil completion zsh)`
			cmd.Args, cmd.ValidArgs, cmd.RunE = nil, nil, onlyCommands
		}
	}
}

// onlyCommands is the RunE of a command that only holds others: alone it shows
// its help, with an unknown word it fails, as the root does.
func onlyCommands(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return lab.Errorf(lab.Usage, "unknown command %q for %q", args[0], cmd.CommandPath())
	}
	return cmd.Help()
}

// wantArgs accepts between least and most arguments (most < 0: any number);
// what names them in the message: "a FILE".
func wantArgs(least, most int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return lab.Errorf(lab.Usage, "%s is missing", what)
		case most == 0 && len(args) > 0:
			return lab.Errorf(lab.Usage, "unexpected argument %q", args[0])
		case most > 0 && len(args) > most:
			return lab.Errorf(lab.Usage, "unexpected argument %q after %s", args[most], what)
		}
		return nil
	}
}
