package cli

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
)

// configFile is the option that names the file of settings.
type configFile struct{ name string }

func (o *configFile) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.name, "config", "", "`FILE` with settings, TOML; default is $VIDJIL_CONFIG, or vidjil.toml in the data directory when it is there")
}

// errNoData is the answer to a server without a place for its things.
var errNoData = lab.Errorf(lab.Usage, "--data is missing: the directory of everything that the server keeps")

// load reads the settings for a command: its options that were given are the
// strongest.
func (o *configFile) load(cmd *cobra.Command) (*config.Loaded, error) {
	flags, err := given(cmd.Flags())
	if err != nil {
		return nil, err
	}
	return config.Load(config.Input{File: o.name, Environ: os.Environ(), Flags: flags})
}

// given are the options that are settings and were given, by key.
func given(fs *pflag.FlagSet) (map[string]any, error) {
	values := map[string]any{}
	for _, f := range config.Fields() {
		flag := fs.Lookup(f.Flag)
		if f.Flag == "" || flag == nil || !flag.Changed {
			continue
		}
		list, isList := flag.Value.(pflag.SliceValue)
		switch {
		case f.IsMap():
			if err := pairs(values, &f, list.GetSlice()); err != nil {
				return nil, err
			}
		case isList:
			values[f.Key] = list.GetSlice()
		default:
			values[f.Key] = flag.Value.String()
		}
	}
	if flag := fs.Lookup("no-public-analysis"); flag != nil && flag.Changed {
		values["public_analysis"] = map[string]string{"true": "nobody", "false": "anybody"}[flag.Value.String()]
	}
	return values, nil
}

// pairs reads the NAME=VALUE of an option for a table.
func pairs(values map[string]any, f *config.Field, list []string) error {
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" || value == "" {
			return lab.Errorf(lab.Usage, "--%s %s: want NAME=DIR", f.Flag, text)
		}
		if _, twice := values[f.Key+"."+name]; twice {
			return lab.Errorf(lab.Usage, "--%s: there are two of the name %s", f.Flag, name)
		}
		values[f.Key+"."+name] = value
	}
	return nil
}

// newLogger writes the log of a server.
func newLogger(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	opt := &slog.HandlerOptions{Level: level}
	switch c.Format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, opt))
	case "none":
		return slog.New(slog.DiscardHandler)
	default:
		return slog.New(slog.NewTextHandler(w, opt))
	}
}

func newConfigCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config COMMAND",
		GroupID: groupServer,
		Short:   "Show, check and explain the settings of a server",
		Long: `The settings of a server come from a TOML file, from the environment and from
options, the later stronger. These commands tell what is in effect and why, and
what is wrong.`,
		RunE: onlyCommands,
	}
	cmd.AddCommand(newConfigShowCommand(s), newConfigCheckCommand(s), newConfigExampleCommand(s), newConfigReferenceCommand(s))
	return cmd
}

// configOptions are those of commands that look at settings.
type configOptions struct {
	file       configFile
	data       string
	json, toml bool
}

func (o *configOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Settings", func(f *pflag.FlagSet) {
		o.file.addFlags(f)
		f.StringVar(&o.data, "data", "", "data `DIR`ectory of the server, whose vidjil.toml is read")
	})
}

func newConfigShowCommand(s *streams) *cobra.Command {
	var o configOptions
	cmd := &cobra.Command{
		Use:   "show",
		Short: "List the settings in effect, and where each comes from",
		Long: `Lists every setting with the value that a server would take, and the file and
line, variable or option that gives it. Secrets are masked.`,
		Example: `  vidjil config show --data /srv/vidjil
  VIDJIL_HTTP__ADDR=:8443 vidjil config show --config vidjil.toml --json`,
		Args: wantArgs(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.json && o.toml {
				return lab.Errorf(lab.Usage, "--json and --toml exclude each other")
			}
			l, err := o.file.load(cmd)
			if err != nil {
				return err
			}
			return runConfigShow(s.out, s.color, l, o)
		},
	}
	o.addFlags(cmd)
	section(cmd, "Output", func(f *pflag.FlagSet) {
		f.BoolVar(&o.json, "json", false, "write JSON")
		f.BoolVar(&o.toml, "toml", false, "write a file that can be read again; secrets are left out")
	})
	return cmd
}

func runConfigShow(w io.Writer, color bool, l *config.Loaded, o configOptions) error {
	switch {
	case o.toml:
		return l.WriteTOML(w)
	case o.json:
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(l.Settings())
	}
	t := textTable{columns: []textColumn{{head: "setting"}, {head: "value", limit: 60}, {head: "from"}}, color: color}
	for _, each := range l.Settings() {
		look := faint
		if each.Source != string(config.FromDefault) {
			look = ""
		}
		t.add(textCell{text: each.Key}, textCell{each.Text(), look}, textCell{each.Source, look})
	}
	_, err := io.WriteString(w, t.String())
	return err
}

func newConfigCheckCommand(s *streams) *cobra.Command {
	var o configOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "List all that is wrong with the settings",
		Long: `Reads the settings as a server does and lists everything that is wrong with
them. Nothing is started, and nothing on the network is asked.`,
		Example: `  vidjil config check --config /etc/vidjil/vidjil.toml`,
		Args:    wantArgs(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := o.file.load(cmd)
			if err != nil {
				return err
			}
			file := l.File
			if file == "" {
				file = "no file"
			}
			_, err = io.WriteString(s.out, "the settings are good ("+file+")\n")
			return err
		},
	}
	o.addFlags(cmd)
	return cmd
}

func newConfigExampleCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "example",
		Short: "Write a file with all settings and their meaning to begin with",
		Long: `Writes a settings file to standard output: every setting with what it means and
its default, commented out. What is left commented out follows the defaults of
the program, also after an upgrade.`,
		Example: `  vidjil config example > /etc/vidjil/vidjil.toml`,
		Args:    wantArgs(0, 0, ""),
		RunE:    func(*cobra.Command, []string) error { return config.WriteExample(s.out) },
	}
}

// newConfigReferenceCommand makes the page in docs/admin; people read that one.
func newConfigReferenceCommand(s *streams) *cobra.Command {
	var o referenceOptions
	cmd := &cobra.Command{
		Use:    "reference",
		Short:  "Write the reference of all settings as Markdown",
		Hidden: true,
		Args:   wantArgs(0, 0, ""),
		RunE:   func(cmd *cobra.Command, _ []string) error { return runConfigReference(cmd.Context(), o, s) },
	}
	o.addFlags(cmd)
	return cmd
}

func runConfigReference(ctx context.Context, o referenceOptions, s *streams) error {
	out := newOutputs(ctx, s)
	defer out.discard()
	w, err := out.create(o.output)
	if err != nil {
		return err
	}
	if err := config.WriteReference(w); err != nil {
		return err
	}
	return out.commit()
}
