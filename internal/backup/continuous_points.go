package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Point is a stretch of time to whose every moment a continuous copy can bring a
// server back: one database in the target.
type Point struct {
	ID    string    `json:"id"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// Ended tells that the server stopped at Until; without it, it works or was
	// killed.
	Ended   bool  `json:"ended"`
	Bytes   int64 `json:"bytes"`   // of the changes
	Missing int   `json:"missing"` // blobs that the server had lost
	// NoReads tells that reads are left out.
	NoReads bool `json:"no_reads,omitempty"`

	state ContinuousState
	list  []change
}

// Points lists what a continuous copy can bring back, the newest first.
func Points(ctx context.Context, t *Target) ([]Point, error) {
	if _, err := t.continuous(ctx); err != nil {
		return nil, err
	}
	folders, err := os.ReadDir(databaseDir(t.Place, ""))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list points: %w", err)
	}
	var points []Point
	for _, f := range folders {
		p, err := t.point(ctx, f.Name())
		if err != nil {
			return nil, err
		}
		if !p.From.IsZero() {
			points = append(points, p)
		}
	}
	slices.SortFunc(points, func(a, b Point) int { return b.Until.Compare(a.Until) })
	return points, nil
}

// point reads what one database can bring back; its From is zero when that is
// nothing.
func (t *Target) point(ctx context.Context, id string) (p Point, err error) {
	p.ID = id
	text, err := t.read(ctx, path.Join(databaseFolder, id, stateName))
	if lab.CodeOf(err) != lab.NotFound && err != nil {
		return p, err
	}
	if err == nil {
		if err := json.Unmarshal(text, &p.state); err != nil {
			return p, lab.Errorf(lab.Invalid, "%s of database %s in %s is damaged", stateName, id, t.Place)
		}
	}
	if p.list, err = changes(ctx, databaseDir(t.Place, id)); err != nil {
		return p, lab.Errorf(lab.Invalid, "database %s in %s is damaged: %w", id, t.Place, err)
	}
	p.Until, p.Ended, p.Missing, p.NoReads = p.state.At, p.state.Ended, p.state.Missing, p.state.NoReads
	for _, c := range p.list {
		p.Bytes += c.Size
		if c.First == 1 && (p.From.IsZero() || c.At.Before(p.From)) {
			p.From = c.At // the whole database: changes begin there
		}
		if c.At.After(p.Until) {
			p.Until = c.At
		}
	}
	return p, nil
}

// at finds the last state that a database had at a time, and when it came to be.
func (p *Point) at(when time.Time) (state uint64, since time.Time) {
	for _, c := range p.list {
		if !c.At.After(when) && c.Last > state {
			state, since = c.Last, c.At
		}
	}
	return state, since
}

// pick finds the database that a server had at a time.
func pick(points []Point, id string, when time.Time) (*Point, error) {
	var found []*Point
	for i := range points {
		p := &points[i]
		if strings.HasPrefix(p.ID, id) && !when.Before(p.From) {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		if len(points) == 0 {
			return nil, lab.Errorf(lab.NotFound, "there is nothing to bring back yet")
		}
		first := points[len(points)-1].From
		for _, p := range points {
			if p.From.Before(first) {
				first = p.From
			}
		}
		return nil, lab.Errorf(lab.NotFound, "the continuous copy does not reach back to %s: it begins %s", when.UTC().Format(time.RFC3339), first.UTC().Format(time.RFC3339))
	}
	// Of those that had begun the one that began last was in use: one is begun when
	// the one before is given up.
	best := slices.MaxFunc(found, func(a, b *Point) int { return a.From.Compare(b.From) })
	state, _ := best.at(when)
	if !when.Before(best.state.At) && state < best.state.State {
		return nil, lab.Errorf(lab.Invalid, "database %s has lost changes: it reached state %d, and has %d; a time before may do, or a backup", best.ID, best.state.State, state)
	}
	return best, nil
}
