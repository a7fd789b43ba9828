package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"vidjil.org/vidjil/internal/directory"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
)

type directoryOptions struct {
	site         siteOptions
	user         string
	passwordFile string
}

func newDirectoryCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "directory COMMAND",
		GroupID: groupServer,
		Short:   "Try the sign-in through the laboratory's directory",
		Long: `Works with the settings of a server, section directory.ldap, beside the running
server and before its first start.`,
		RunE: onlyCommands,
	}
	cmd.AddCommand(newDirectoryCheckCommand(s))
	return cmd
}

func newDirectoryCheckCommand(s *streams) *cobra.Command {
	var o directoryOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Tell step by step what works: connection, TLS, search, person, password, groups",
		Long: `Connects to each server of the directory, encrypts, binds as who searches and
looks at the places where people and groups are. With --user it finds a person
as signing in does, asks for their password, and tells their groups as the
settings may name them. An empty password skips that step. Nobody is signed in
and no account is made or changed.

The exit status is 0 when all that was tried works.`,
		Example: `  vidjil directory check --data /srv/vidjil
  vidjil directory check --data /srv/vidjil --user ada
  vidjil directory check --config vidjil.toml --user ada --password-file ada.txt`,
		Args: wantArgs(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.check(cmd, s) },
	}
	section(cmd, "Server", func(f *pflag.FlagSet) {
		f.String("data", "", "the server's data `DIR`ectory")
		o.site.file.addFlags(f)
	})
	section(cmd, "Person", func(f *pflag.FlagSet) {
		f.StringVar(&o.user, "user", "", "`NAME` as the person types it to sign in")
		f.StringVar(&o.passwordFile, "password-file", "", "`FILE` whose first line is the password; without it, it is asked for")
	})
	return cmd
}

func (o *directoryOptions) check(cmd *cobra.Command, s *streams) error {
	l, err := o.site.file.load(cmd)
	if err != nil {
		return err
	}
	password, err := o.password(s)
	if err != nil {
		return err
	}
	return runDirectoryCheck(cmd.Context(), s, func(ctx context.Context, tell func(directory.Step)) (bool, error) {
		return server.CheckDirectory(ctx, &l.Config, o.user, password, tell)
	})
}

func runDirectoryCheck(ctx context.Context, s *streams, check func(context.Context, func(directory.Step)) (bool, error)) error {
	var t error
	there, err := check(ctx, func(step directory.Step) {
		mark, text := "ok  ", step.Detail
		if step.Err != nil {
			mark, text = "FAIL", step.Err.Error()
		}
		if _, err := fmt.Fprintf(s.out, "%s  %s\n", mark, step.Name); err != nil {
			t = err
		}
		if text != "" {
			if _, err := fmt.Fprintf(s.out, "      %s\n", text); err != nil {
				t = err
			}
		}
	})
	switch {
	case t != nil:
		return t
	case !there:
		return lab.Errorf(lab.Usage, "the settings name no directory: directory.ldap.url is missing")
	case err != nil:
		return lab.Errorf(lab.Problems, "signing in through the directory does not work yet")
	}
	return nil
}

// password is never an argument, which others on the machine could read.
func (o *directoryOptions) password(s *streams) (string, error) {
	switch {
	case o.passwordFile != "":
		f, err := os.Open(o.passwordFile)
		if err != nil {
			return "", lab.Errorf(lab.NotFound, "password file: %w", err)
		}
		defer f.Close()
		return firstLine(f)
	case o.user == "":
		return "", nil
	}
	in, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", nil // nobody is there to type it
	}
	fmt.Fprintf(s.err, "Password of %s (nothing skips the step): ", o.user)
	text, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(s.err)
	if err != nil {
		return "", lab.Errorf(lab.Invalid, "read the password: %w", err)
	}
	return string(text), nil
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 64<<10)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", lab.Errorf(lab.Invalid, "password file: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
