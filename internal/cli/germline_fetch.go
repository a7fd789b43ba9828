package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/germline"
)

type germlineFetchOptions struct {
	accept bool
	output string
}

func (o *germlineFetchOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Licence", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.accept, "accept-licence", false, "accept the licence of the source; without it you are asked")
	})
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", ".", "`DIRECTORY` to store the file in")
	})
}

func newGermlineFetchCommand(s *streams) *cobra.Command {
	var o germlineFetchOptions
	cmd := &cobra.Command{
		Use:   "fetch [SOURCE]",
		Short: "Download germline genes from OGRDB, IMGT or vidjil.org",
		Long: `Downloads a file of germline genes, after its licence was shown and accepted.
Without SOURCE, lists the sources with their licences. "germline import" makes
a set of the file.

This is the only command that uses the network. Where there is none (status 7),
fetch the file on another machine; the list has its address.`,
		Example: `  vidjil germline fetch
  vidjil germline fetch ogrdb-human-igh -o downloads
  vidjil germline import downloads/human_IGH.json -o germlines/ogrdb-igh`,
		Args: wantArgs(0, 1, "SOURCE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listSources(s)
			}
			return runGermlineFetch(cmd.Context(), o, s, args[0])
		},
	}
	o.addFlags(cmd)
	return cmd
}

func listSources(s *streams) error {
	w := bufio.NewWriter(s.out)
	for _, source := range germline.Sources() {
		fmt.Fprintf(w, "%s\n  %s\n  %s\n  licence: %s\n", source.Key, source.Title, source.URL, source.Licence)
	}
	for _, l := range germline.Licences() {
		fmt.Fprintf(w, "\nlicence %s (%s)\n", l.Key, l.URL)
		for _, line := range wrap(l.Text, helpWidth-2) {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
	return w.Flush()
}

func runGermlineFetch(ctx context.Context, o germlineFetchOptions, s *streams, key string) error {
	source, err := germline.FindSource(key)
	if err != nil {
		return &lab.Error{Code: lab.NotFound, Err: err}
	}
	terms, err := source.Terms()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%s: %s\n%s\n%s\n", source.Key, source.Title, strings.Join(wrap(terms.Text, helpWidth), "\n"), terms.URL)
	if !o.accept && !askAccept(s) {
		return lab.Errorf(lab.Usage, "the licence of %s is not accepted; --accept-licence accepts it", source.Key)
	}
	path, err := germline.Fetch(ctx, http.DefaultClient, source, true, o.output)
	if err != nil {
		if stopped := context.Cause(ctx); stopped != nil {
			return stopped
		}
		return &lab.Error{Code: fetchCode(err), Err: err}
	}
	_, err = fmt.Fprintln(s.out, path)
	return err
}

// askAccept asks a person; who is not before a terminal has not accepted.
func askAccept(s *streams) bool {
	if !s.live || !isTerminal(s.in) {
		return false
	}
	fmt.Fprint(s.err, "Do you accept? [y/N] ")
	answer, err := bufio.NewReader(s.in).ReadString('\n')
	return err == nil && strings.EqualFold(strings.TrimSpace(answer), "y")
}

// fetchCode tells a disk that refuses from a site that does: whatever is not
// about a file here is about the file there.
func fetchCode(err error) lab.Code {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return lab.Unwritable
	}
	return lab.Unreachable
}
