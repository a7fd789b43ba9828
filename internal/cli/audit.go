package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// auditOptions are those of "vidjil audit".
type auditOptions struct {
	storeOption
	expect string
}

func newAuditCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "audit COMMAND",
		GroupID: groupServer,
		Short:   "Verify and export the audit of a server",
		Long: `The audit notes every change, and every reading of an identity or a result:
who, when, what, and in whose account. Its entries are chained: each holds the
SHA-256 hash of itself and the one before.`,
		RunE: onlyCommands,
	}
	cmd.AddCommand(newAuditVerifyCommand(s), newAuditExportCommand(s))
	return cmd
}

func newAuditVerifyCommand(s *streams) *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Recompute the chain of the audit and name the first entry that does not hold",
		Long: `Recomputes the chain of hashes and prints its end as NUMBER:HASH. The exit
status is 6 when an entry was changed, removed, put in or moved; the first such
entry is named.

Whoever can write to the database could write the whole chain anew, or cut off
its end. To notice that, keep the printed end elsewhere, and give it to a later
run with --expect.`,
		Example: `  vidjil audit verify --data /srv/vidjil
  vidjil audit verify --data /srv/vidjil --expect 1024:5f1d…
  vidjil audit verify --database postgres://vidjil@db/vidjil`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.verify(cmd.Context(), s) },
	}
	o.addFlags(cmd)
	section(cmd, "Check", func(fs *pflag.FlagSet) {
		fs.StringVar(&o.expect, "expect", "", "an end that was printed before, as `NUMBER:HASH`: it must still be a part of the chain")
	})
	return cmd
}

// known is the end that --expect names.
func (o *auditOptions) known() (store.AuditHead, error) {
	if o.expect == "" {
		return store.AuditHead{}, nil
	}
	number, hash, ok := strings.Cut(o.expect, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || id <= 0 || len(hash) != 64 {
		return store.AuditHead{}, lab.Errorf(lab.Usage, "--expect %s: want NUMBER:HASH, as an earlier verify printed it", o.expect)
	}
	return store.AuditHead{ID: id, Hash: hash}, nil
}

func (o *auditOptions) verify(ctx context.Context, s *streams) error {
	known, err := o.known()
	if err != nil {
		return err
	}
	return o.with(ctx, false, service.Config{}, func(uses *service.Service) error {
		end, broken, err := uses.VerifyAudit(ctx, known)
		if err != nil {
			return err
		}
		if broken != nil {
			return lab.Errorf(lab.Problems, "the audit is broken at entry %d: %s", broken.ID, broken.Why)
		}
		_, err = fmt.Fprintf(s.out, "%d entries hold. Keep this end elsewhere:\n  %d:%s\n", end.ID, end.ID, end.Hash)
		return err
	})
}

func newAuditExportCommand(s *streams) *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the audit as JSON lines, without identities",
		Long: `Prints one JSON object a line, the oldest entry first. As in the web client,
values that could tell who somebody is are left out, and their fields are named.`,
		Example: "  vidjil audit export --data /srv/vidjil > audit.jsonl",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.export(cmd.Context(), s) },
	}
	o.addFlags(cmd)
	return cmd
}

// auditLine is an entry in "vidjil audit export".
type auditLine struct {
	ID        int64          `json:"id"`
	At        time.Time      `json:"at"`
	UserID    int64          `json:"user_id,omitempty"`
	BehalfOf  int64          `json:"behalf_of,omitempty"`
	Action    string         `json:"action"`
	Object    string         `json:"object"`
	ObjectID  int64          `json:"object_id,omitempty"`
	SetID     int64          `json:"set_id,omitempty"`
	Before    map[string]any `json:"before,omitempty"`
	After     map[string]any `json:"after,omitempty"`
	Hidden    []string       `json:"hidden,omitempty"`
	RequestID string         `json:"request_id,omitempty"`
	Address   string         `json:"address,omitempty"`
	Hash      string         `json:"hash"`
}

func (o *auditOptions) export(ctx context.Context, s *streams) error {
	return o.with(ctx, false, service.Config{}, func(uses *service.Service) error {
		out := bufio.NewWriter(s.out)
		enc := json.NewEncoder(out)
		err := uses.ExportAudit(ctx, func(v *service.AuditView) error {
			return enc.Encode(auditLine{
				ID: v.ID, At: v.At, UserID: v.UserID, BehalfOf: v.BehalfOf, Action: v.Action, Object: v.Object, ObjectID: v.ObjectID, SetID: v.SetID,
				Before: v.Before, After: v.After, Hidden: v.Hidden, RequestID: v.RequestID, Address: v.Address, Hash: v.Hash,
			})
		})
		return errors.Join(err, out.Flush())
	})
}
