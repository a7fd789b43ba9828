package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
}

// SetCursor is a place in a list: after a set. It holds no name: names are
// looked up, as cursors stand in addresses of pages.
type SetCursor struct {
	Hidden bool   `json:"h,omitempty"` // among the patients without a known name
	Key    string `json:"k,omitempty"` // what it was sorted by then, unless that is a name or birth
	ID     int64  `json:"i"`
}

// Up to so many sets, all that one condition leaves are looked up and sorted;
// where there are more, the list is walked in its order until the page is full.
// Of 100,000 patients, 4,000 take 15 ms to look up, 10,000 take 35 ms; to walk past
// all takes 100 ms. In the order of names one does more often walk past all, as
// who looks for a name finds it where that name stands (BenchmarkLists).
const (
	fewSets  = 4000
	fewNames = 10_000
)

// candidates are the sets that one condition leaves, as a query for their ids.
type candidates struct {
	query bun.Safe // "" for none: the list is walked
	// words are the terms by which they were found: in their open text only, or in
	// either text.
	words    []int
	openOnly bool
}

// knowledge is of which patients in a part of a list the reader may know who
// they are.
type knowledge int

const (
	knowSome knowledge = iota // to be asked for each
	knowAll
	knowNone
)

// knows is the knowledge of all that the reader sees.
func (q *SetQuery) knows() knowledge {
	switch {
	case len(q.Anon) == 0:
		return knowNone
	case !q.all() && subset(q.View, q.Anon):
		return knowAll
	}
	return knowSome
}

// exact are the terms that hold for all candidates, and need not be looked at.
func (c *candidates) exact(k knowledge) []int {
	if c.openOnly && k == knowNone || !c.openOnly && k == knowAll {
		return c.words
	}
	return nil
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

// termConditions is the search as conditions on l, without the terms that hold
// anyway.
func (tx *Tx) termConditions(q *SetQuery, know knowledge, hold []int) []bun.Safe {
	var list []bun.Safe
	for i := range q.Terms {
		if slices.Contains(hold, i) {
			continue
		}
		c := tx.condition(q, &q.Terms[i], know)
		if q.Terms[i].Not {
			c = "NOT (" + c + ")"
		}
		list = append(list, c)
	}
	return list
}

func (tx *Tx) condition(q *SetQuery, t *SetTerm, know knowledge) bun.Safe {
	switch t.Kind {
	case lab.TermID:
		return tx.raw("l.set_id = ?", t.ID)
	case lab.TermTag:
		return tx.raw("EXISTS (SELECT 1 FROM set_tags t WHERE t.set_id = l.set_id AND t.tag_id IN (?))", idList(t.TagIDs))
	case lab.TermGroup:
		return sharedWith(t.Groups)
	case lab.TermCreated:
		return "EXISTS (SELECT 1 FROM sets s WHERE s.id = l.set_id AND " + tx.span("s.created_at", t, dayTime) + ")"
	case lab.TermChanged:
		return tx.span("l.changed", t, dayTime)
	case lab.TermDate:
		return "(" + tx.days("l.day", t) + " OR EXISTS (SELECT 1 FROM sample_sets m JOIN samples p ON p.id = m.sample_id" +
			" WHERE m.set_id = l.set_id AND " + tx.days("m.day", t) + " AND p.trashed_at IS NULL))"
	}
	word := "EXISTS (SELECT 1 FROM sets s WHERE s.id = l.set_id AND (" + tx.holds("s.open_text", t.Text)
	if know != knowNone {
		word += " OR " + tx.holds("s.identity_text", t.Text)
	}
	if know == knowSome {
		word += " AND " + sharedWith(q.Anon)
	}
	word += "))"
	if t.ID > 0 {
		word = tx.raw("(l.set_id = ? OR ?)", t.ID, word)
	}
	return word
}

// holds tells whether a text has a word in it.
func (tx *Tx) holds(column, word string) bun.Safe {
	f := "instr"
	if tx.dialect == Postgres {
		f = "strpos"
	}
	return tx.raw(f+"("+column+", ?) > 0", word)
}

func (tx *Tx) span(column string, t *SetTerm, value func(lab.Date) any) bun.Safe {
	var list []bun.Safe
	if t.From != "" {
		list = append(list, tx.raw(column+" >= ?", value(t.From)))
	}
	if t.Until != "" {
		list = append(list, tx.raw(column+" < ?", value(t.Until)))
	}
	return and(list)
}

// days is span for a column of days, in which "" is none and lies within no span.
func (tx *Tx) days(column string, t *SetTerm) bun.Safe {
	span := *t
	if span.From == "" {
		span.From = "0" // before all days, behind none
	}
	return tx.span(column, &span, func(d lab.Date) any { return d })
}

// dayTime is the start of a day in UTC.
func dayTime(d lab.Date) any {
	at, _ := d.Time() // the search was parsed
	return at
}

// fewCandidates looks for a condition that leaves few sets.
func (tx *Tx) fewCandidates(ctx context.Context, q *SetQuery) (best candidates, err error) {
	most := int64(fewSets)
	switch {
	case q.few != 0:
		most = q.few
	case q.Sort == lab.SortName || q.Sort == lab.SortBirth:
		most = fewNames
	}
	try := func(c candidates) error {
		if c.query == "" {
			return nil
		}
		n, err := value[int64](ctx, tx, "SELECT count(*) FROM (? LIMIT ?) c", c.query, most+1)
		if err != nil {
			return fmt.Errorf("search sets: %w", err)
		}
		if n <= most {
			most, best = n, c
		}
		return nil
	}
	words, err := tx.wordCandidates(ctx, q)
	if err != nil {
		return best, err
	}
	if err := try(words); err != nil {
		return best, err
	}
	for i := range q.Terms {
		if q.Terms[i].Not {
			continue
		}
		if err := try(candidates{query: tx.termCandidates(q, &q.Terms[i])}); err != nil {
			return best, err
		}
	}
	return best, nil
}

// wordCandidates are the sets that have all the words of a search, of two letters
// and more, as SQLite's index of words finds them.
func (tx *Tx) wordCandidates(ctx context.Context, q *SetQuery) (c candidates, err error) {
	if tx.dialect != SQLite {
		return c, nil
	}
	var phrases []string
	var numbered bun.Safe
	for i := range q.Terms {
		t := &q.Terms[i]
		switch {
		case t.Kind != lab.TermWord || t.Not || utf8.RuneCountInString(t.Text) < 2:
			continue
		case t.ID > 0 && len(q.Terms) > 1:
			continue // it may also be the number of a set, whatever words that has
		case t.ID > 0:
			numbered = tx.raw(" UNION ALL SELECT id FROM sets WHERE id = ?", t.ID)
		}
		runs := []string{t.Text}
		if utf8.RuneCountInString(t.Text) == 2 {
			if runs, err = all[string](ctx, tx, "SELECT term FROM set_word_terms WHERE term >= ? AND term < ?", t.Text, t.Text+"\U0010FFFF"); err != nil {
				return c, err
			}
		}
		if len(runs) == 0 {
			return candidates{query: tx.raw("SELECT id FROM sets WHERE id = ?", t.ID)}, nil // 0 is none's
		}
		for j, r := range runs {
			runs[j] = `"` + strings.ReplaceAll(r, `"`, `""`) + `"`
		}
		phrases = append(phrases, "("+strings.Join(runs, " OR ")+")")
		c.words = append(c.words, i)
	}
	if len(phrases) == 0 {
		return c, nil
	}
	match := strings.Join(phrases, " AND ")
	if c.openOnly = len(q.Anon) == 0; c.openOnly {
		match = "open : (" + match + ")"
	}
	c.query = tx.raw("SELECT rowid FROM set_words WHERE set_words MATCH ?", match) + numbered
	return c, nil
}

// termCandidates is a query for the sets for which a term may hold, by an index;
// "" where there is none.
func (tx *Tx) termCandidates(q *SetQuery, t *SetTerm) bun.Safe {
	place := and(tx.place(part{shelves: q.Shelves, groups: q.View}))
	switch t.Kind {
	case lab.TermID:
		return tx.raw("SELECT id FROM sets WHERE id = ?", t.ID)
	case lab.TermTag:
		return tx.raw("SELECT set_id FROM set_tags WHERE tag_id IN (?)", idList(t.TagIDs))
	case lab.TermCreated:
		return "SELECT s.id FROM sets s WHERE " + tx.span("s.created_at", t, dayTime)
	case lab.TermChanged:
		return "SELECT l.set_id FROM set_listing l WHERE " + place + " AND " + tx.span("l.changed", t, dayTime)
	case lab.TermDate:
		return "SELECT l.set_id FROM set_listing l WHERE " + place + " AND " + tx.days("l.day", t) +
			" UNION ALL SELECT m.set_id FROM sample_sets m WHERE " + tx.days("m.day", t)
	}
	return ""
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
