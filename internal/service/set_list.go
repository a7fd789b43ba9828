package service

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Sizes of pages.
const (
	defaultPage = 50
	maxPage     = 200
)

// Page says which part of a list is wanted.
type Page struct {
	Sort   string // an order, "-" before it turns it round; "" is the list's own
	Cursor string // where the page before ended; "" for the first
	Limit  int    // 0 is 50; at most 200
	Q      string // search: see docs/user/search.md
}

// SetPage is a part of a list of sets.
type SetPage struct {
	Items []SetView
	Next  string // cursor of the next page; "" at the end
}

// SetFilter says which sets a list is of.
type SetFilter struct {
	Kind  lab.SetKind // "" for all
	Trash bool        // those in the trash instead
}

func (f SetFilter) shelves() ([]string, error) {
	switch {
	case f.Trash:
		return []string{store.ShelfTrash}, nil
	case f.Kind == "":
		return []string{string(lab.Patient), string(lab.Run), string(lab.PlainSet)}, nil
	case slices.Contains(lab.SetKinds(), f.Kind):
		return []string{string(f.Kind)}, nil
	}
	return nil, fault("kind", "want patient, run or set, not %q", f.Kind)
}

// Sets lists the sets that the actor may see.
func (s *Service) Sets(ctx context.Context, who *Actor, filter SetFilter, page Page) (out SetPage, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	q, err := setQuery(who, filter, page)
	if err != nil {
		return out, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		var err error
		if q.Terms, err = resolve(ctx, tx, who, page.Q); err != nil {
			return err
		}
		rows, next, err := tx.Sets(ctx, q)
		if err != nil {
			return err
		}
		out.Next = writeCursor(string(q.Sort), q.Desc, next)
		out.Items, err = s.viewRows(ctx, tx, o, rows)
		return err
	})
	if err == nil {
		err = s.auditRead(ctx, o, "set", 0)
	}
	if err != nil {
		return SetPage{}, err
	}
	return out, nil
}

// SumSets adds up the sets of a list, on all of its pages.
func (s *Service) SumSets(ctx context.Context, who *Actor, filter SetFilter, search string) (sum lab.SetTotals, err error) {
	if err := who.require(); err != nil {
		return sum, err
	}
	q, err := setQuery(who, filter, Page{})
	if err != nil {
		return sum, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		var err error
		if q.Terms, err = resolve(ctx, tx, who, search); err != nil {
			return err
		}
		sum, err = tx.SumSets(ctx, q)
		return err
	})
	return sum, err
}

// setQuery is a list as the store is asked for it.
func setQuery(who *Actor, filter SetFilter, page Page) (q store.SetQuery, err error) {
	if q.Shelves, err = filter.shelves(); err != nil {
		return q, err
	}
	q.View, q.Anon = seenThrough(who)
	sorts, byDefault := lab.SetSorts(), "-created"
	if filter.Trash {
		// What is in the trash is found by when it got there; names would have
		// to be hidden kind by kind.
		sorts, byDefault = []lab.SetSort{lab.SortChanged, lab.SortCreated}, "-changed"
	}
	if q.Sort, q.Desc, err = parseSort(page.Sort, byDefault, sorts); err != nil {
		return q, err
	}
	if q.Limit, err = parseLimit(page.Limit); err != nil {
		return q, err
	}
	q.After, err = readCursor(string(q.Sort), q.Desc, page.Cursor)
	return q, err
}

// seenThrough are the groups through which the actor sees sets, and knows who
// patients are.
func seenThrough(who *Actor) (view, anon []int64) {
	everything, view := who.ViewSets()
	if everything {
		view = []int64{store.Everything}
	}
	return view, who.Reach(access.Set, access.Anon)
}

// parseSort reads an order, as "name" or "-name".
func parseSort[S ~string](text, byDefault string, orders []S) (sort S, desc bool, err error) {
	if text == "" {
		text = byDefault
	}
	name, desc := strings.CutPrefix(text, "-")
	if !slices.Contains(orders, S(name)) {
		names := make([]string, len(orders))
		for i, o := range orders {
			names[i] = string(o)
		}
		return "", false, fault("sort", "want %s, or one of them with \"-\" before it, not %q", strings.Join(names, ", "), text)
	}
	return S(name), desc, nil
}

func parseLimit(n int) (int, error) {
	switch {
	case n == 0:
		return defaultPage, nil
	case n < 0 || n > maxPage:
		return 0, fault("limit", "want 1 to %d", maxPage)
	}
	return n, nil
}

// cursor is a place in a list, with the order in which it is one.
type cursor struct {
	Sort string `json:"s"`
	Desc bool   `json:"d,omitempty"`
	store.SetCursor
}

func writeCursor(sort string, desc bool, at *store.SetCursor) string {
	if at == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(encode(cursor{sort, desc, *at})))
}

func readCursor(sort string, desc bool, text string) (*store.SetCursor, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no cursor is the first page
	}
	var c cursor
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(plain, &c) != nil || c.Sort != sort || c.Desc != desc || c.ID <= 0 {
		return nil, fault("cursor", "is not one of this list in this order")
	}
	return &c.SetCursor, nil
}

// resolve reads a search and looks up the tags and groups in it. Groups that
// the actor may not see are not found.
func resolve(ctx context.Context, tx *store.Tx, who *Actor, text string) ([]store.SetTerm, error) {
	query, err := lab.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	terms := make([]store.SetTerm, len(query))
	for i, t := range query {
		terms[i].Term = t
		switch t.Kind {
		case lab.TermTag:
			terms[i].TagIDs, err = tx.TagIDs(ctx, t.Text)
		case lab.TermGroup:
			terms[i].Groups, err = groupsNamed(ctx, tx, who, t.Text)
		case lab.TermConfig:
			terms[i].Configs, err = configsNamed(ctx, tx, who, t.Text)
		}
		if err != nil {
			return nil, err
		}
	}
	return terms, nil
}

func groupsNamed(ctx context.Context, tx *store.Tx, who *Actor, text string) ([]int64, error) {
	groups, err := tx.Groups(ctx)
	var ids []int64
	for i := range groups {
		if strings.Contains(lab.Fold(groups[i].Name), text) && who.ViewGroup(team(&groups[i])) {
			ids = append(ids, groups[i].ID)
		}
	}
	return ids, err
}

// Neighbours are the sets of the same kind before and after a set, by number,
// that the actor may see; 0 where there is none.
func (s *Service) Neighbours(ctx context.Context, who *Actor, id int64) (previous, next int64, err error) {
	if err := who.require(); err != nil {
		return 0, 0, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		set, _, err := visibleSet(ctx, tx, who, id)
		if err != nil {
			return err
		}
		view, _ := seenThrough(who)
		for _, dir := range []struct {
			desc bool
			to   *int64
		}{{true, &previous}, {false, &next}} {
			rows, _, err := tx.Sets(ctx, store.SetQuery{
				Shelves: []string{string(set.Kind)}, View: view, Sort: lab.SortCreated, Desc: dir.desc, After: &store.SetCursor{ID: id}, Limit: 1,
			})
			if err != nil {
				return err
			}
			if len(rows) > 0 {
				*dir.to = rows[0].ID
			}
		}
		return nil
	})
	return previous, next, err
}
