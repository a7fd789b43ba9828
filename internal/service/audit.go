package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// AuditQuery chooses entries of the audit; zero fields choose all.
type AuditQuery struct {
	UserID, BehalfOf, SetID int64
	Object                  string // with ObjectID
	ObjectID                int64
	Action                  string
	From, To                lab.Date // both included
	Cursor                  string
	Limit                   int
}

// AuditView is an entry as it may leave the server: of the values before and
// after, those that cannot tell who somebody is. Fields of the others are named.
type AuditView struct {
	lab.Entry     // without Before and After
	Before, After map[string]any
	Hidden        []string
	User, Behalf  string // names
}

// AuditPage is a part of the audit, the newest first.
type AuditPage struct {
	Items []AuditView
	Next  string
}

// Audit lists entries: to administrators all, to others those of a set that they
// may edit, without addresses.
func (s *Service) Audit(ctx context.Context, who *Actor, q AuditQuery) (page AuditPage, err error) {
	if err := who.require(); err != nil {
		return page, err
	}
	filter, err := q.filter()
	if err != nil {
		return page, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		if err := mayAudit(ctx, tx, who, q.SetID); err != nil {
			return err
		}
		limit := filter.Limit
		filter.Limit++
		list, err := tx.AuditPage(ctx, filter)
		if err != nil {
			return err
		}
		if len(list) > limit {
			list = list[:limit]
			page.Next = strconv.FormatInt(list[limit-1].ID, 10)
		}
		page.Items, err = viewAudit(ctx, tx, list, who.Administer())
		return err
	})
	return page, err
}

// mayAudit decides whether the actor may see the entries of a set, or (0) all.
func mayAudit(ctx context.Context, tx *store.Tx, who *Actor, setID int64) error {
	if who.Administer() {
		return nil
	}
	if setID == 0 {
		return lab.Errorf(lab.Forbidden, "only administrators see the whole audit: name a set that you may edit")
	}
	shared, err := tx.SetAccess(ctx, []int64{setID})
	if err != nil {
		return err
	}
	switch groups := shared[setID]; {
	case !who.ViewSet(groups): // which by a token takes the scope read
		return errNotFound("set", setID)
	case !who.EditSet(groups):
		return errForbidden("see the audit of this set")
	}
	return nil
}

func (q *AuditQuery) filter() (f store.AuditFilter, err error) {
	f = store.AuditFilter{UserID: q.UserID, BehalfOf: q.BehalfOf, SetID: q.SetID, Object: q.Object, ObjectID: q.ObjectID, Action: q.Action}
	var faults lab.Faults
	faults.Require((q.Object == "") == (q.ObjectID == 0), "object_id", "object and object_id go together")
	day := func(field string, d lab.Date, days int) (t time.Time) {
		if d == "" {
			return t
		}
		t, ok := d.Time()
		faults.Require(ok, field, "want a day, as 2026-03-02")
		return t.AddDate(0, 0, days)
	}
	f.From, f.To = day("from", q.From, 0), day("to", q.To, 1)
	if q.Cursor != "" {
		f.Below, err = strconv.ParseInt(q.Cursor, 10, 64)
		faults.Require(err == nil && f.Below > 0, "cursor", "is not one of this list")
	}
	if err := faults.Err(); err != nil {
		return f, err
	}
	f.Limit, err = parseLimit(q.Limit)
	return f, err
}

// viewAudit makes entries safe to show.
func viewAudit(ctx context.Context, tx *store.Tx, list []lab.Entry, all bool) ([]AuditView, error) {
	names := map[int64]string{0: ""}
	name := func(id int64) (string, error) {
		if n, ok := names[id]; ok {
			return n, nil
		}
		u, err := tx.UserByID(ctx, id)
		if lab.CodeOf(err) == lab.NotFound {
			err = nil
		}
		names[id] = u.Name
		return u.Name, err
	}
	views := make([]AuditView, len(list))
	for i, e := range list {
		v, err := OpenEntry(e)
		if err != nil {
			return nil, err
		}
		if v.User, err = name(e.UserID); err != nil {
			return nil, err
		}
		if v.Behalf, err = name(e.BehalfOf); err != nil {
			return nil, err
		}
		if !all {
			v.Address, v.RequestID, v.Hash, v.PrevHash = "", "", "", ""
		}
		views[i] = v
	}
	return views, nil
}

// OpenEntry makes an entry safe to show to whoever may see it at all. Whose right
// it is to know an identity was decided for each set at its time, and sets and
// groups change: so the audit shows identities to nobody. Numbers and yes or no
// are shown, and texts of the fields that hold words of ours.
func OpenEntry(e lab.Entry) (AuditView, error) {
	v := AuditView{Entry: e}
	v.Entry.Before, v.Entry.After = "", ""
	for _, side := range []struct {
		text string
		out  *map[string]any
	}{{e.Before, &v.Before}, {e.After, &v.After}} {
		if side.text == "" {
			continue
		}
		var content any
		if err := json.Unmarshal([]byte(side.text), &content); err != nil {
			return v, fmt.Errorf("read audit entry %d: %w", e.ID, err)
		}
		fields, ok := content.(map[string]any)
		if !ok {
			fields = map[string]any{"value": content}
		}
		*side.out = map[string]any{}
		for name, value := range fields {
			if !plainName(name) {
				name, value = "other", name
			}
			if harmless(name, value) {
				(*side.out)[name] = value
			} else if !slices.Contains(v.Hidden, name) {
				v.Hidden = append(v.Hidden, name)
			}
		}
	}
	slices.Sort(v.Hidden)
	return v, nil
}

// wordFields are the fields of before and after whose texts are words of this
// program, dates and digests of its own, and never what a person typed.
func wordFields() []string {
	return []string{
		"action", "changed", "changed_at", "created_at", "digest", "expires_at", "kind", "lane", "language", "program",
		"purpose", "right", "rights", "role", "scopes", "source", "state",
	}
}

// harmless tells whether a value of a field can be shown.
func harmless(name string, value any) bool {
	switch v := value.(type) {
	case nil, bool, float64:
		return true
	case string:
		return v == "" || slices.Contains(wordFields(), name)
	case []any:
		return !slices.ContainsFunc(v, func(one any) bool { return !harmless(name, one) })
	case map[string]any:
		for inner, one := range v {
			if !plainName(inner) || !harmless(inner, one) {
				return false
			}
		}
		return true
	}
	return false
}

// plainName tells whether a name is one of a field, and not data that became one.
func plainName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' })
}

// VerifyAudit recomputes the chain of the audit; see [store.Tx.VerifyAudit]. It
// is for the shell.
func (s *Service) VerifyAudit(ctx context.Context, known store.AuditHead) (end store.AuditHead, broken *store.AuditBreak, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		end, broken, err = tx.VerifyAudit(ctx, known)
		return err
	})
	return end, broken, err
}

// ExportAudit calls f with all entries, made safe to show. It is for the shell.
func (s *Service) ExportAudit(ctx context.Context, f func(*AuditView) error) error {
	return s.read(ctx, func(tx *store.Tx) error {
		return tx.AuditEach(ctx, func(e *lab.Entry) error {
			v, err := OpenEntry(*e)
			if err != nil {
				return err
			}
			return f(&v)
		})
	})
}
