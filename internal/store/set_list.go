package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"vidjil.org/vidjil/internal/lab"
)

// ShelfTrash is the shelf of sets in the trash, of all kinds; the other shelves
// are the kinds.
const ShelfTrash = "trash"

// SetQuery asks for a page of sets.
type SetQuery struct {
	Shelves []string // kinds, or [ShelfTrash]
	// View are the groups through which the reader sees sets, or [Everything]
	// alone.
	View []int64
	// Anon are the groups through which the reader may know who patients are.
	// Names, births and labels of other patients neither find nor sort.
	Anon  []int64
	Terms []SetTerm
	Sort  lab.SetSort
	Desc  bool
	After *SetCursor // where the page before ended; nil for the first
	Limit int

	few int64 // in the place of fewSets, for tests
}

// SetTerm is a condition with the names in it resolved.
type SetTerm struct {
	lab.Term
	TagIDs []int64 // of a tag; none: nothing has it
	Groups []int64 // of a group; none: there is none of that name
	// Configs are those of that name that the reader may use; none: there is none.
	Configs []int64
}

// SetCursor is a place in a list: after a set. It holds no name: names are
// looked up, as cursors stand in addresses of pages.
type SetCursor struct {
	Hidden bool   `json:"h,omitempty"` // among the patients without a known name
	Key    string `json:"k,omitempty"` // what it was sorted by then, unless that is a name or birth
	ID     int64  `json:"i"`
}

// part is a piece of a list: a shelf as it is seen through some groups.
type part struct {
	shelves []string
	groups  []int64
	where   []bun.Safe // further conditions on l
}

// Sets returns a page of sets and the place where the next begins, nil at the
// end.
func (tx *Tx) Sets(ctx context.Context, q SetQuery) ([]lab.SetRow, *SetCursor, error) {
	few, err := tx.fewCandidates(ctx, &q)
	if err != nil {
		return nil, nil, err
	}
	var ids []int64
	hidden := 0 // index in ids from which patients have no known name
	for _, unknown := range []bool{false, true} {
		if len(ids) > q.Limit || !unknown && q.After != nil && q.After.Hidden {
			continue
		}
		parts := q.parts(unknown)
		if len(parts) == 0 {
			continue
		}
		query, err := tx.pageQuery(ctx, &q, parts, unknown, few, q.Limit+1-len(ids))
		if err != nil {
			return nil, nil, err
		}
		found, err := all[int64](ctx, tx, "?", query)
		if err != nil {
			return nil, nil, fmt.Errorf("list sets: %w", err)
		}
		ids = append(ids, found...)
		if !unknown {
			hidden = len(ids)
		}
	}
	more := len(ids) > q.Limit
	ids = ids[:min(len(ids), q.Limit)]
	rows, err := tx.SetRows(ctx, ids)
	if err != nil || !more || len(rows) == 0 {
		return rows, nil, err
	}
	last := &rows[len(rows)-1]
	return rows, &SetCursor{Hidden: len(ids) > hidden, Key: cursorKey(q.Sort, last), ID: last.ID}, nil
}

// SumSets counts the sets of a list, without regard to pages.
func (tx *Tx) SumSets(ctx context.Context, q SetQuery) (lab.SetTotals, error) {
	few, err := tx.fewCandidates(ctx, &q)
	if err != nil {
		return lab.SetTotals{}, err
	}
	where := tx.conditions(&q, part{shelves: q.Shelves, groups: q.View}, q.knows(), few.exact(q.knows()))
	if few.query != "" {
		where = append(where, "l.set_id IN ("+few.query+")")
	}
	distinct := "DISTINCT "
	if len(q.View) == 1 {
		distinct = ""
	}
	return one[lab.SetTotals](ctx, tx, "total", `SELECT count(*) AS sets, coalesce(sum(samples), 0) AS samples, coalesce(sum(files), 0) AS files, coalesce(sum(bytes), 0) AS bytes
		FROM (SELECT `+distinct+`l.set_id, l.samples, l.files, l.bytes FROM set_listing l WHERE ?) sums`, and(where))
}

// parts are the pieces of a list: those where names are known, and then, where
// the order is by something that tells who a patient is, those where not.
func (q *SetQuery) parts(unknown bool) []part {
	if len(q.View) == 0 {
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(q.Shelves), func(s string) bool { return s == string(lab.Patient) })
	patients := len(others) < len(q.Shelves)
	if !patients || q.Sort != lab.SortName && q.Sort != lab.SortBirth {
		if unknown {
			return nil
		}
		return []part{{shelves: q.Shelves, groups: q.View}}
	}
	patient := part{shelves: []string{string(lab.Patient)}}
	if unknown {
		patient.groups = slices.DeleteFunc(slices.Clone(q.View), func(g int64) bool { return slices.Contains(q.Anon, g) })
		if len(q.Anon) > 0 {
			patient.where = []bun.Safe{"NOT " + sharedWith(q.Anon)}
		}
		if len(patient.groups) == 0 {
			return nil
		}
		return []part{patient}
	}
	var list []part
	if len(q.Anon) > 0 {
		patient.groups = q.Anon
		if !q.all() && !subset(q.Anon, q.View) {
			patient.where = []bun.Safe{sharedWith(q.View)}
		}
		list = append(list, patient)
	}
	if len(others) > 0 {
		list = append(list, part{shelves: others, groups: q.View})
	}
	return list
}

func (q *SetQuery) all() bool { return slices.Equal(q.View, []int64{Everything}) }

func subset(a, b []int64) bool {
	return !slices.ContainsFunc(a, func(x int64) bool { return !slices.Contains(b, x) })
}

func sharedWith(groups []int64) bun.Safe {
	return "EXISTS (SELECT 1 FROM set_access x WHERE x.set_id = l.set_id AND x.group_id IN (" + idList(groups) + "))"
}

// pageQuery is the query for the ids of a page.
func (tx *Tx) pageQuery(ctx context.Context, q *SetQuery, parts []part, unknown bool, few candidates, limit int) (bun.Safe, error) {
	key := sortColumn(q.Sort)
	if unknown {
		key = "set_id"
	}
	dir, than := "ASC", ">"
	if q.Desc {
		dir, than = "DESC", "<"
	}
	var after bun.Safe
	if q.After != nil && q.After.Hidden == unknown {
		value, err := tx.cursorValue(ctx, q, unknown)
		if err != nil {
			return "", err
		}
		after = tx.raw("(l."+key+", l.set_id) "+than+" (?, ?)", value, q.After.ID)
		if key == "set_id" {
			after = tx.raw("l.set_id "+than+" ?", q.After.ID)
		}
	}
	know := q.knows()
	if named := q.Sort == lab.SortName || q.Sort == lab.SortBirth; named && unknown {
		know = knowNone
	} else if named {
		know = knowAll // of those who are patients: the rest follows
	}
	if few.query != "" {
		return tx.fewQuery(q, parts, key, dir, after, know, few, limit), nil
	}
	// SQLite, without statistics, would leave the order for any condition that
	// another index knows.
	index := ""
	if tx.dialect == SQLite {
		index = "INDEXED BY " + sortIndex(key)
	}
	var branches []string
	for _, p := range parts {
		for _, shelf := range p.shelves {
			for _, g := range p.groups {
				where := tx.conditions(q, part{shelves: []string{shelf}, groups: []int64{g}, where: p.where}, know, nil)
				if after != "" {
					where = append(where, after)
				}
				branches = append(branches, fmt.Sprintf("SELECT l.set_id AS id, l.%s AS k FROM set_listing l %s WHERE %s ORDER BY %s LIMIT %d",
					key, index, and(where), ordered("l."+key, "l.set_id", dir), limit))
			}
		}
	}
	// Each branch is read off an index up to the limit; what remains is to
	// merge them.
	for i, b := range branches {
		branches[i] = fmt.Sprintf("SELECT * FROM (%s) b%d", b, i)
	}
	return bun.Safe(fmt.Sprintf("SELECT id FROM (%s) u ORDER BY k %s, id %s LIMIT %d", strings.Join(branches, " UNION "), dir, dir, limit)), nil
}

// fewQuery is pageQuery when few sets are left anyway.
func (tx *Tx) fewQuery(q *SetQuery, parts []part, key, dir string, after bun.Safe, know knowledge, few candidates, limit int) bun.Safe {
	var either []string
	for _, p := range parts {
		either = append(either, "("+string(and(append(tx.place(p), p.where...)))+")")
	}
	where := append([]bun.Safe{"l.set_id IN (" + few.query + ")", bun.Safe("(" + strings.Join(either, " OR ") + ")")}, tx.termConditions(q, know, few.exact(know))...)
	if after != "" {
		where = append(where, after)
	}
	return bun.Safe(fmt.Sprintf("SELECT id FROM (SELECT DISTINCT l.set_id AS id, l.%s AS k FROM set_listing l WHERE %s) u ORDER BY k %s, id %s LIMIT %d", key, and(where), dir, dir, limit))
}

// place says where in the listing a part is.
func (tx *Tx) place(p part) []bun.Safe {
	shelf := tx.raw("l.shelf IN (?)", bun.List(p.shelves))
	if len(p.shelves) == 1 {
		shelf = tx.raw("l.shelf = ?", p.shelves[0])
	}
	if len(p.groups) == 1 {
		return []bun.Safe{tx.raw("l.group_id = ?", p.groups[0]), shelf}
	}
	return []bun.Safe{tx.raw("l.group_id IN (?)", idList(p.groups)), shelf}
}

func (tx *Tx) conditions(q *SetQuery, p part, know knowledge, hold []int) []bun.Safe {
	return append(append(tx.place(p), p.where...), tx.termConditions(q, know, hold)...)
}

func sortColumn(s lab.SetSort) string {
	switch s {
	case lab.SortChanged:
		return "changed"
	case lab.SortName:
		return "name_key"
	case lab.SortBirth:
		return "birth"
	case lab.SortDate:
		return "day"
	case lab.SortSamples:
		return "samples"
	default:
		return "set_id"
	}
}

// ordered is an ORDER BY a key and then by an id, which may be the key itself.
func ordered(key, id, dir string) string {
	if key == id {
		return id + " " + dir
	}
	return key + " " + dir + ", " + id + " " + dir
}

// sortIndex is the index of set_listing that has a column in order.
func sortIndex(column string) string {
	switch column {
	case "set_id":
		return "set_listing_id"
	case "name_key":
		return "set_listing_name"
	default:
		return "set_listing_" + column
	}
}

// cursorKey is what the last set of a page was sorted by.
func cursorKey(s lab.SetSort, r *lab.SetRow) string {
	switch s {
	case lab.SortChanged:
		return strconv.FormatInt(r.ChangedAt.UnixMicro(), 10)
	case lab.SortDate:
		return string(r.Day)
	case lab.SortSamples:
		return strconv.FormatInt(r.Samples, 10)
	default:
		return ""
	}
}

// cursorValue is what the set before the page was sorted by, as the database
// compares it.
func (tx *Tx) cursorValue(ctx context.Context, q *SetQuery, unknown bool) (any, error) {
	number := func() int64 {
		n, _ := strconv.ParseInt(q.After.Key, 10, 64) // a cursor that somebody made up begins anywhere
		return n
	}
	switch {
	case unknown:
		return q.After.ID, nil
	case q.Sort == lab.SortChanged:
		return time.UnixMicro(number()).UTC(), nil
	case q.Sort == lab.SortSamples:
		return number(), nil
	case q.Sort == lab.SortName || q.Sort == lab.SortBirth:
		return value[string](ctx, tx, "SELECT "+sortColumn(q.Sort)+" FROM set_listing WHERE group_id = ? AND set_id = ?", Everything, q.After.ID)
	default:
		return q.After.Key, nil
	}
}

// raw fills in a piece of SQL.
func (tx *Tx) raw(query string, args ...any) bun.Safe {
	return bun.Safe(schema.NewQueryGen(tx.Dialect()).FormatQuery(query, args...))
}

func and(list []bun.Safe) bun.Safe {
	if len(list) == 0 {
		return "TRUE"
	}
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = string(c)
	}
	return bun.Safe(strings.Join(texts, " AND "))
}
