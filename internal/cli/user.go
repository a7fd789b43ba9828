package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// storeOption names the store of a server for commands that open it themselves:
// by its options, or by the settings that the server has. They work beside a
// running server, and without one.
type storeOption struct {
	file           configFile
	data, database string
}

func (o *storeOption) addFlags(cmd *cobra.Command) {
	section(cmd, "Server", func(fs *pflag.FlagSet) {
		fs.StringVar(&o.data, "data", "", "the server's data `DIR`ectory")
		o.file.addFlags(fs)
		fs.StringVar(&o.database, "database", "", "`URL` of the database, as the server has it; default is a file in --data")
	})
}

// load reads the settings. Only these options count: those of the commands are
// no settings, though --name is called like one.
func (o *storeOption) load() (*config.Loaded, error) {
	flags := map[string]any{}
	for key, value := range map[string]string{"data": o.data, "database": o.database} {
		if value != "" {
			flags[key] = value
		}
	}
	return config.Load(config.Input{File: o.file.name, Environ: os.Environ(), Flags: flags})
}

// open opens the store of a server that has run, or with create also a new one.
func (o *storeOption) open(ctx context.Context, create bool) (*store.Store, error) {
	l, err := o.load()
	if err != nil {
		return nil, err
	}
	if l.Database != "" {
		return store.Open(ctx, store.Config{URL: l.Database, BeforeMigrate: store.RefuseMigration})
	}
	if l.Data == "" {
		return nil, lab.Errorf(lab.Usage, "--data is missing: the server's data directory, its settings with --config, or its database with --database")
	}
	if create {
		if err := os.MkdirAll(l.Data, 0o700); err != nil {
			return nil, lab.Errorf(lab.Unwritable, "data directory: %w", err)
		}
	}
	file := filepath.Join(l.Data, "vidjil.db")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && !create {
		return nil, lab.Errorf(lab.NotFound, "there is no server in %s: no file vidjil.db", l.Data)
	}
	return store.Open(ctx, store.Config{URL: store.SQLite + ":" + file, BeforeMigrate: store.RefuseMigration})
}

// with opens the store, runs f with its use cases and closes it.
func (o *storeOption) with(ctx context.Context, create bool, c service.Config, f func(*service.Service) error) error {
	st, err := o.open(ctx, create)
	if err != nil {
		return err
	}
	c.Store = st
	return errors.Join(f(service.New(c)), st.Close())
}

// userOptions are those of "vidjil user".
type userOptions struct {
	storeOption
	url          string
	name         string
	admin        bool
	limited      bool
	secondFactor bool
	json         bool
}

func newUserCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "user COMMAND",
		GroupID: groupServer,
		Short:   "Make, list and disable accounts of a server, from its shell",
		Long: `Works on the store of a server directly: beside the running server, and before
its first start. Whoever may write to the data directory may do this; the audit
notes it as done from the shell.`,
		RunE: onlyCommands,
	}
	cmd.AddCommand(newUserAddCommand(s), newUserListCommand(s), newUserResetCommand(s), newUserDisableCommand(s), newUserAnonymiseCommand(s))
	return cmd
}

func newUserAddCommand(s *streams) *cobra.Command {
	var o userOptions
	cmd := &cobra.Command{
		Use:   "add EMAIL",
		Short: "Make an account and print the link by which its owner chooses a password",
		Long: `Makes an account and prints a link, good once and for a week, by which its owner
chooses a password. On an empty store it also makes what the first start makes:
the public group, configs, pre-processes and tags.`,
		Example: `  vidjil user add ada@example.org --admin --data /srv/vidjil
  vidjil user add bob@example.org --name "Bob B." --data /srv/vidjil`,
		Args: wantArgs(1, 1, "an EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.add(cmd.Context(), s, args[0]) },
	}
	o.addFlags(cmd)
	section(cmd, "Account", func(fs *pflag.FlagSet) {
		fs.StringVar(&o.name, "name", "", "`NAME` of the person; default is the beginning of EMAIL")
		fs.BoolVar(&o.admin, "admin", false, "make an administrator")
		fs.BoolVar(&o.limited, "limited", false, "an account that several people share: it cannot change itself")
	})
	o.addLinkFlags(cmd)
	return cmd
}

func (o *userOptions) addLinkFlags(cmd *cobra.Command) {
	section(cmd, "Link", func(fs *pflag.FlagSet) {
		fs.StringVar(&o.url, "url", "", "`URL` by which people reach the server; default is that of its last start")
	})
}

func (o *userOptions) add(ctx context.Context, s *streams, email string) error {
	name := o.name
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	return o.with(ctx, true, service.Config{PublicURL: o.url}, func(uses *service.Service) error {
		inv, err := uses.CreateUser(ctx, service.Shell(), service.NewUser{Email: email, Name: name, Admin: o.admin, Limited: o.limited})
		if err != nil {
			return err
		}
		kind := "account"
		if o.admin {
			kind = "administrator"
		}
		_, err = fmt.Fprintf(s.out, "Made the %s %s. The owner chooses a password here, once, within a week:\n  %s\n", kind, inv.User.Email, absolute(inv.Link))
		return err
	})
}

// absolute completes the link of a server that never ran.
func absolute(link string) string {
	if strings.HasPrefix(link, "/") {
		return "http://127.0.0.1:8080" + link
	}
	return link
}

func newUserListCommand(s *streams) *cobra.Command {
	var o userOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the accounts",
		Long: `Lists all accounts by name: what state they are in, when their owners signed in
last (UTC), and the groups that they are in besides their own and the public
one.`,
		Example: "  vidjil user list --data /srv/vidjil",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.list(cmd.Context(), s) },
	}
	o.addFlags(cmd)
	section(cmd, "Output", func(fs *pflag.FlagSet) { fs.BoolVar(&o.json, "json", false, "print a JSON array") })
	return cmd
}

// userLine is an account in "vidjil user list --json".
type userLine struct {
	ID        int64      `json:"id"`
	Email     string     `json:"email"`
	Name      string     `json:"name"`
	State     string     `json:"state"`
	Admin     bool       `json:"admin"`
	LastLogin *time.Time `json:"last_login_at"`
	Groups    []string   `json:"groups"`
}

func (o *userOptions) list(ctx context.Context, s *streams) error {
	return o.with(ctx, false, service.Config{}, func(uses *service.Service) error {
		lines := []userLine{}
		for cursor := ""; ; {
			page, err := uses.Users(ctx, service.Shell(), service.Page{Cursor: cursor, Limit: 200})
			if err != nil {
				return err
			}
			for i := range page.Items {
				lines = append(lines, lineOf(&page.Items[i]))
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if o.json {
			enc := json.NewEncoder(s.out)
			enc.SetIndent("", "  ")
			return enc.Encode(lines)
		}
		return printUsers(s, lines)
	})
}

func lineOf(v *service.UserView) userLine {
	l := userLine{ID: v.ID, Email: v.Email, Name: v.Name, State: string(v.State), Admin: v.Admin, Groups: []string{}}
	if !v.LastLoginAt.IsZero() {
		l.LastLogin = &v.LastLoginAt
	}
	for _, g := range v.Groups {
		if g.Kind == lab.GroupOrdinary {
			l.Groups = append(l.Groups, g.Name)
		}
	}
	return l
}

func printUsers(s *streams, lines []userLine) error {
	t := textTable{color: s.color, columns: []textColumn{{head: "id", right: true}, {head: "e-mail"}, {head: "name", limit: 30}, {head: "state"}, {head: "last login"}, {head: "groups", limit: 60}}}
	for _, l := range lines {
		state, login := l.State, ""
		if l.Admin {
			state += ", administrator"
		}
		if l.LastLogin != nil {
			login = l.LastLogin.UTC().Format(time.DateTime)
		}
		t.add(textCell{text: strconv.FormatInt(l.ID, 10)}, textCell{text: l.Email}, textCell{text: l.Name}, textCell{text: state}, textCell{text: login}, textCell{text: strings.Join(l.Groups, ", ")})
	}
	_, err := io.WriteString(s.out, t.String())
	return err
}

func newUserResetCommand(s *streams) *cobra.Command {
	var o userOptions
	cmd := &cobra.Command{
		Use:   "reset-password EMAIL",
		Short: "Print a link by which the owner of an account chooses a new password",
		Long: `Prints a link, good once and for an hour (a week for somebody who never chose a
password), by which the owner of an account chooses a new password. The present
one stays until then. Choosing a new password ends the account's sessions.`,
		Example: "  vidjil user reset-password ada@example.org --data /srv/vidjil",
		Args:    wantArgs(1, 1, "an EMAIL"),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.reset(cmd.Context(), s, args[0]) },
	}
	o.addFlags(cmd)
	o.addLinkFlags(cmd)
	section(cmd, "Second factor", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.secondFactor, "second-factor", false, "also turn off the second factor, when it is lost")
	})
	return cmd
}

func (o *userOptions) reset(ctx context.Context, s *streams, email string) error {
	return o.with(ctx, false, service.Config{PublicURL: o.url}, func(uses *service.Service) error {
		u, err := uses.UserByEmail(ctx, service.Shell(), email)
		if err != nil {
			return err
		}
		if o.secondFactor {
			if err := uses.RemoveSecondFactor(ctx, service.Shell(), u.ID); err != nil {
				return err
			}
		}
		inv, err := uses.UserLink(ctx, service.Shell(), u.ID, false)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s chooses a new password here, once:\n  %s\n", inv.User.Email, absolute(inv.Link))
		return err
	})
}

func newUserDisableCommand(s *streams) *cobra.Command {
	var o userOptions
	cmd := &cobra.Command{
		Use:   "disable EMAIL",
		Short: "Disable an account: its sessions end and its API tokens are removed",
		Long: `Disables an account at once, also on a running server: its sessions end and its
API tokens are removed. What its owner has made stays. An administrator can
enable it again.`,
		Example: "  vidjil user disable eve@example.org --data /srv/vidjil",
		Args:    wantArgs(1, 1, "an EMAIL"),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.disable(cmd.Context(), s, args[0]) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *userOptions) disable(ctx context.Context, s *streams, email string) error {
	return o.with(ctx, false, service.Config{}, func(uses *service.Service) error {
		u, err := uses.UserByEmail(ctx, service.Shell(), email)
		if err != nil {
			return err
		}
		state := lab.UserDisabled
		if _, err := uses.UpdateUser(ctx, service.Shell(), u.ID, service.UserChange{State: &state}); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "Disabled %s.\n", u.Email)
		return err
	})
}

func newUserAnonymiseCommand(s *streams) *cobra.Command {
	var o userOptions
	cmd := &cobra.Command{
		Use:   "anonymise EMAIL",
		Short: "Take name and address from an account, for good",
		Long: `Takes name and address from an account for good, and with them its password,
second factor, sessions, API tokens, mails and archives. What its owner has made
stays, and the audit names the account by its number. There is no way back.`,
		Example: "  vidjil user anonymise eve@example.org --data /srv/vidjil",
		Args:    wantArgs(1, 1, "an EMAIL"),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.anonymise(cmd.Context(), s, args[0]) },
	}
	o.addFlags(cmd)
	return cmd
}

func (o *userOptions) anonymise(ctx context.Context, s *streams, email string) error {
	return o.with(ctx, false, service.Config{}, func(uses *service.Service) error {
		u, err := uses.UserByEmail(ctx, service.Shell(), email)
		if err != nil {
			return err
		}
		if err := uses.AnonymiseUser(ctx, service.Shell(), u.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "Anonymised: the account is number %d from now on.\n", u.ID)
		return err
	})
}
