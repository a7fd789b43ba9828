package service

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/clonetable"
)

const (
	// maxSearched is the number of results that one search goes through.
	maxSearched = 50_000
	// maxHits is the number of hits that are told; all are counted.
	maxHits = 1000
	// searchTime is how long a search may take: from a cold disk a large one takes
	// much longer than from memory.
	searchTime = 2 * time.Minute
)

// CloneQuery says what clonotypes must have.
type CloneQuery = clonetable.Query

// CloneSearch says which clonotypes are looked for, and where.
type CloneSearch struct {
	CloneQuery
	Sets    []int64 // only in samples of these; none: of all that the actor may see
	Configs []int64 // only in results by these; none: by all that the actor may use
	Limit   int     // of the hits told; 0 is 100
}

// CloneHit is a clonotype that was found.
type CloneHit struct {
	clonetable.Hit
	Result lab.Result // what a search needs of it: no summary, no provenance
	Sample lab.Sample // its name opened where the actor may know it
	Sets   []lab.Set  // of the sample, those that the actor sees
	Stale  bool       // the reads of the sample were replaced since
}

// CloneAnswer is what a search found.
type CloneAnswer struct {
	Hits    []CloneHit // by reads, most first
	Total   int        // hits in all
	Results int        // results with at least one
	Tables  int        // results that were searched
	Rows    int        // clonotypes that were searched
	Failed  []int64    // results that could not be searched, as their bytes are damaged or missing
	Configs map[int64]lab.Config
}

// SearchClones looks for clonotypes in the newest results of all samples that
// the actor may see.
func (s *Service) SearchClones(ctx context.Context, who *Actor, q CloneSearch) (out CloneAnswer, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	if err := q.Check(); err != nil {
		return out, lab.Errorf(lab.Invalid, "%w", err)
	}
	if (CloneQuery{MinReads: q.MinReads, CDR3Within: q.CDR3Within, CDR3Mismatches: q.CDR3Mismatches}) == q.CloneQuery {
		return out, lab.Errorf(lab.Invalid, "what is to be looked for? give a sequence, a CDR3, a gene or a system")
	}
	if q.Limit < 0 || q.Limit > maxHits {
		return out, fault("limit", "want 1 to %d", maxHits)
	}
	var results []lab.Result
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		results, out.Configs, err = searched(ctx, tx, who, &q)
		return err
	})
	if err != nil {
		return out, err
	}
	if len(results) > maxSearched {
		return out, lab.Errorf(lab.TooLarge, "these are more than %d results; choose sets or configs", maxSearched)
	}
	found, err := s.runSearch(ctx, results, &q)
	if err != nil {
		return out, err
	}
	return s.describeHits(ctx, who, found, results, out)
}

// searched lists the results to search in.
func searched(ctx context.Context, tx *store.Tx, who *Actor, q *CloneSearch) ([]lab.Result, map[int64]lab.Config, error) {
	configs, err := usableConfigs(ctx, tx, who)
	if err != nil {
		return nil, nil, err
	}
	scope := store.CloneScope{Sets: q.Sets, Limit: maxSearched + 1}
	if len(q.Sets) == 0 {
		scope.Sets = nil
	}
	scope.All, scope.Groups = who.ViewSets()
	for _, id := range distinct(q.Sets) {
		if _, _, err := visibleSet(ctx, tx, who, id); err != nil {
			return nil, nil, err
		}
	}
	for _, id := range distinct(q.Configs) {
		if _, ok := configs[id]; !ok {
			return nil, nil, errNotFound("config", id)
		}
		scope.Configs = append(scope.Configs, id)
	}
	if len(q.Configs) == 0 {
		for id := range configs {
			scope.Configs = append(scope.Configs, id)
		}
	}
	results, err := tx.SearchedResults(ctx, scope)
	return results, configs, err
}

// runSearch goes through the tables, a few searches at a time.
func (s *Service) runSearch(ctx context.Context, results []lab.Result, q *CloneSearch) (*clonetable.Answer, error) {
	done, err := s.searches.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	targets := make([]clonetable.Target, len(results))
	for i := range results {
		targets[i] = s.tables.target(results[i].ID, results[i].Digest)
	}
	slow := lab.Errorf(lab.Unavailable, "the search took more than %s; choose sets or configs", searchTime)
	ctx, cancel := context.WithTimeoutCause(ctx, searchTime, slow)
	defer cancel()
	found, err := clonetable.Search(ctx, targets, q.CloneQuery, clonetable.SearchOptions{Limit: q.Limit})
	if err != nil && errors.Is(context.Cause(ctx), slow) {
		return nil, slow
	}
	return found, err
}

// describeHits tells of which samples and sets the hits are. Which results were
// found is in the audit; what was looked for is not.
func (s *Service) describeHits(ctx context.Context, who *Actor, found *clonetable.Answer, results []lab.Result, out CloneAnswer) (CloneAnswer, error) {
	out.Total, out.Results, out.Tables, out.Rows = found.Total, found.Results, found.Tables, found.Rows
	for _, x := range found.Failed {
		out.Failed = append(out.Failed, x.Result)
		s.Log.LogAttrs(ctx, slog.LevelError, "result cannot be searched", slog.String("request_id", who.RequestID), slog.Int64("result_id", x.Result), slog.Any("error", x.Err))
	}
	byResult := make(map[int64]*lab.Result, len(results))
	for i := range results {
		byResult[results[i].ID] = &results[i]
	}
	var samples []int64
	for i := range found.Hits {
		samples = append(samples, byResult[found.Hits[i].Result].SampleID)
	}
	o := &opener{who: who}
	err := s.read(ctx, func(tx *store.Tx) error {
		names, hidden, err := sampleNames(ctx, tx, o, samples)
		if err != nil {
			return err
		}
		for i := range found.Hits {
			h := found.Hits[i]
			r := byResult[h.Result]
			n := names[r.SampleID]
			if n == nil {
				continue // the sample was removed while the search ran
			}
			h.Name = hidden.text(h.Name)
			out.Hits = append(out.Hits, CloneHit{Hit: h, Result: *r, Sample: n.Sample, Sets: visibleSets(o, n.in), Stale: r.Generation < n.Generation})
		}
		return nil
	})
	if err == nil {
		err = s.auditResults(ctx, o, "clonotype.search", "result", 0, 0)
	}
	if err != nil {
		return CloneAnswer{}, err
	}
	return out, nil
}
