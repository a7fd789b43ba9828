package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

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
	case lab.TermState:
		return setState(t)
	case lab.TermConfig:
		return "EXISTS (SELECT 1 FROM sample_sets m WHERE m.set_id = l.set_id AND " + tx.analysedBy(t, "m.sample_id") + ")"
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
	case lab.TermState:
		return stateCandidates(t)
	case lab.TermConfig:
		return tx.raw("SELECT m.set_id FROM results r JOIN sample_sets m ON m.sample_id = r.sample_id WHERE r.config_id IN (?) AND r.removed_at IS NULL", idList(t.Configs))
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
