package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// SampleQuery asks for a page of the samples of a set.
type SampleQuery struct {
	SetID int64
	// Anon are the groups through which the reader may know who patients are.
	// The names of other samples neither find nor sort.
	Anon  []int64
	Terms []SetTerm
	Sort  lab.SampleSort
	Desc  bool
	After *SetCursor
	Limit int
}

// Samples returns a page of the samples of a set that are not in the trash, and
// the place where the next begins, nil at the end.
func (tx *Tx) Samples(ctx context.Context, q SampleQuery) ([]lab.Sample, *SetCursor, error) {
	query, err := tx.samplePage(ctx, &q)
	if err != nil {
		return nil, nil, err
	}
	found, err := all[struct {
		ID int64
		H  int
	}](ctx, tx, "?", query)
	if err != nil {
		return nil, nil, fmt.Errorf("list samples: %w", err)
	}
	more := len(found) > q.Limit
	found = found[:min(len(found), q.Limit)]
	ids := make([]int64, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	rows, err := tx.SamplesByID(ctx, ids)
	if err != nil || !more || len(rows) == 0 {
		return rows, nil, err
	}
	last := &rows[len(rows)-1]
	next := &SetCursor{Hidden: found[len(found)-1].H != 0, ID: last.ID}
	switch q.Sort {
	case lab.SamplesChanged:
		next.Key = strconv.FormatInt(last.ChangedAt.UnixMicro(), 10)
	case lab.SamplesDate:
		next.Key = string(last.SamplingDate)
	}
	return rows, next, nil
}

// samplePage is the query for the ids of a page. By number and by date it is
// read off an index; the other orders sort the samples of the set.
func (tx *Tx) samplePage(ctx context.Context, q *SampleQuery) (bun.Safe, error) {
	where := []bun.Safe{tx.raw("m.set_id = ? AND p.trashed_at IS NULL", q.SetID)}
	for i := range q.Terms {
		c := tx.sampleCondition(q, &q.Terms[i])
		if q.Terms[i].Not {
			c = "NOT (" + c + ")"
		}
		where = append(where, c)
	}
	dir, than := "ASC", ">"
	if q.Desc {
		dir, than = "DESC", "<"
	}
	if q.Sort == lab.SamplesName {
		after := bun.Safe("TRUE")
		if q.After != nil {
			key, err := value[string](ctx, tx, "SELECT name_key FROM samples WHERE id = ?", q.After.ID)
			if err != nil {
				return "", err
			}
			h := 0
			if q.After.Hidden {
				h, key = 1, ""
			}
			after = tx.raw("(h > ? OR h = ?0 AND (k, id) "+than+" (?1, ?2))", h, key, q.After.ID)
		}
		return bun.Safe(fmt.Sprintf(`SELECT id, h FROM (SELECT id, h, CASE h WHEN 0 THEN name_key ELSE '' END AS k FROM (
			SELECT p.id, p.name_key, CASE WHEN %s THEN 0 ELSE 1 END AS h FROM sample_sets m JOIN samples p ON p.id = m.sample_id WHERE %s) x) y WHERE %s ORDER BY h, k %s, id %s LIMIT %d`,
			nameKnown(q.Anon), and(where), after, dir, dir, q.Limit+1)), nil
	}
	key := "m.sample_id"
	if q.After != nil {
		n, _ := strconv.ParseInt(q.After.Key, 10, 64) // a cursor that somebody made up begins anywhere
		switch q.Sort {
		case lab.SamplesDate:
			where = append(where, tx.raw("(m.day, m.sample_id) "+than+" (?, ?)", q.After.Key, q.After.ID))
		case lab.SamplesChanged:
			where = append(where, tx.raw("(p.changed_at, m.sample_id) "+than+" (?, ?)", time.UnixMicro(n).UTC(), q.After.ID))
		default:
			where = append(where, tx.raw("m.sample_id "+than+" ?", q.After.ID))
		}
	}
	index := "INDEXED BY sample_sets_set"
	switch q.Sort {
	case lab.SamplesDate:
		key, index = "m.day", "INDEXED BY sample_sets_day"
	case lab.SamplesChanged:
		key = "p.changed_at"
	}
	if tx.dialect != SQLite {
		index = ""
	}
	return bun.Safe(fmt.Sprintf("SELECT m.sample_id AS id, 0 AS h FROM sample_sets m %s JOIN samples p ON p.id = m.sample_id WHERE %s ORDER BY %s LIMIT %d",
		index, and(where), ordered(key, "m.sample_id", dir), q.Limit+1)), nil
}

// nameKnown tells whether the reader may know the name of the sample p: the
// rule of access.SeeFileNames.
func nameKnown(anon []int64) bun.Safe {
	if len(anon) == 0 {
		return "FALSE"
	}
	unknown := "NOT EXISTS (SELECT 1 FROM set_access x WHERE x.set_id = v.set_id AND x.group_id IN (" + idList(anon) + "))"
	const patients = "EXISTS (SELECT 1 FROM sample_sets v JOIN sets vs ON vs.id = v.set_id WHERE v.sample_id = p.id AND vs.kind = 'patient'"
	return "CASE WHEN " + patients + ") THEN NOT " + patients + " AND " + unknown + ") ELSE NOT EXISTS (SELECT 1 FROM sample_sets v WHERE v.sample_id = p.id AND " + unknown + ") END"
}

func (tx *Tx) sampleCondition(q *SampleQuery, t *SetTerm) bun.Safe {
	switch t.Kind {
	case lab.TermID:
		return tx.raw("m.sample_id = ?", t.ID)
	case lab.TermTag:
		return tx.raw("EXISTS (SELECT 1 FROM sample_tags t WHERE t.sample_id = m.sample_id AND t.tag_id IN (?))", idList(t.TagIDs))
	case lab.TermGroup:
		return tx.raw("EXISTS (SELECT 1 FROM sample_sets o JOIN set_access x ON x.set_id = o.set_id WHERE o.sample_id = m.sample_id AND x.group_id IN (?))", idList(t.Groups))
	case lab.TermState:
		return sampleState(t, "m.sample_id")
	case lab.TermConfig:
		return tx.analysedBy(t, "m.sample_id")
	case lab.TermCreated:
		return tx.span("p.created_at", t, dayTime)
	case lab.TermChanged:
		return tx.span("p.changed_at", t, dayTime)
	case lab.TermDate:
		return tx.days("m.day", t)
	}
	word := tx.holds("p.open_text", t.Text)
	if len(q.Anon) > 0 {
		word += " OR " + tx.holds("p.name_key", t.Text) + " AND " + nameKnown(q.Anon)
	}
	if t.ID > 0 {
		word += tx.raw(" OR m.sample_id = ?", t.ID)
	}
	return "(" + word + ")"
}
