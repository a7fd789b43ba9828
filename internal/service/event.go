package service

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/events"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Topics say what a person wants to be told of.
type Topics struct {
	Jobs bool    // all jobs that they may see
	Sets []int64 // these sets, and the jobs on them
}

// ParseTopics reads topics as "jobs,set:12".
func ParseTopics(text string) (t Topics, err error) {
	for word := range strings.SplitSeq(text, ",") {
		noun, id, _ := strings.Cut(strings.TrimSpace(word), ":")
		set, numErr := strconv.ParseInt(id, 10, 64)
		switch {
		case noun == "jobs" && id == "":
			t.Jobs = true
		case noun == "set" && numErr == nil && set > 0:
			t.Sets = append(t.Sets, set)
		default:
			return t, fault("topics", "want jobs and set:NUMBER, separated by commas, not %q", word)
		}
	}
	t.Sets = distinct(t.Sets)
	if len(t.Sets) > 100 {
		return t, fault("topics", "at most 100 sets can be followed at once")
	}
	return t, nil
}

// Event is something that a person is told.
type Event struct {
	ID    string   // from which to go on after an interruption; "" for none
	Job   *JobView // a job as it is now
	SetID int64    // a set, or what belongs to it, has changed: read it anew
	Reset bool     // too much has changed: read everything anew
}

// Follower tells a person of changes.
type Follower struct {
	s      *Service
	who    *Actor
	topics Topics
	stream *events.Stream
	told   map[int64]time.Time // the change of each job that was told last
	first  []Event
}

// Follow begins to tell an actor of changes, of which last is the id of the last
// event that they know; "" for none. An event is a state, not a step: the same
// may come twice, and of several quick changes the last one alone. The caller
// closes what it returns.
func (s *Service) Follow(ctx context.Context, who *Actor, topics Topics, last string) (*Follower, error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	f := &Follower{s: s, who: who, topics: topics, told: map[int64]time.Time{}, stream: s.events.Open()}
	err := s.read(ctx, func(tx *store.Tx) error {
		for _, id := range topics.Sets {
			if _, _, err := visibleSet(ctx, tx, who, id); err != nil {
				return err
			}
		}
		if last == "" {
			return nil
		}
		return f.resume(ctx, tx, last)
	})
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// longestGap is how long after an interruption one is told what has changed
// meanwhile, and mostMissed how many jobs.
const (
	longestGap = time.Hour
	mostMissed = 1000
)

// timeOf is the time that the id of an event stands for.
func timeOf(id string) (t time.Time, known bool) {
	micros, err := strconv.ParseInt(id, 10, 64)
	return time.UnixMicro(micros).UTC(), err == nil
}

// resume makes up for an interruption: the jobs that have changed since, and each
// set, of which it is not known.
func (f *Follower) resume(ctx context.Context, tx *store.Tx, last string) error {
	since, known := timeOf(last)
	if !known || tx.Now.Sub(since) > longestGap {
		f.first = []Event{{Reset: true}}
		return nil
	}
	jobs, err := tx.JobsChanged(ctx, since.Add(-events.Overlap), 0, mostMissed)
	if err != nil {
		return err
	}
	if len(jobs) == mostMissed {
		f.first = []Event{{Reset: true}}
		return nil
	}
	if f.first, err = f.choose(ctx, tx, f.who, events.News{Jobs: jobs, Sets: f.topics.Sets}); err != nil {
		return err
	}
	return nil
}

// Close ends the following.
func (f *Follower) Close() { f.stream.Close() }

// Ready is told when there may be something to take.
func (f *Follower) Ready() <-chan struct{} { return f.stream.Ready() }

// Take returns what has happened since the last time, as far as the person may
// see it with the rights of this moment; over is true when the server is about
// to stop.
func (f *Follower) Take(ctx context.Context) (list []Event, over bool, err error) {
	list, f.first = f.first, nil
	news := f.stream.Take()
	if news.Over {
		return list, true, nil
	}
	if news.Lost {
		list = append(list, Event{Reset: true})
	}
	if len(news.Jobs) == 0 && len(news.Sets) == 0 {
		return list, false, nil
	}
	who, err := f.s.renew(ctx, f.who)
	if err != nil {
		return nil, false, err
	}
	err = f.s.read(ctx, func(tx *store.Tx) error {
		chosen, err := f.choose(ctx, tx, who, news)
		list = append(list, chosen...)
		return err
	})
	return list, false, err
}

// choose makes events of what is new, of the topics and visible to the person.
func (f *Follower) choose(ctx context.Context, tx *store.Tx, who *Actor, news events.News) (list []Event, err error) {
	rights, err := rightsOnJobs(ctx, tx, who, news.Jobs)
	if err != nil {
		return nil, err
	}
	for _, j := range news.Jobs {
		if f.told[j.ID].Equal(j.ChangedAt) || !f.wants(rights.sets[j.ID]) || !rights.view(&j) {
			continue
		}
		f.told[j.ID] = j.ChangedAt
		v := rights.show(j)
		list = append(list, Event{ID: strconv.FormatInt(j.ChangedAt.UnixMicro(), 10), Job: &v})
	}
	f.forget(news.Jobs)
	var sets []int64
	for _, id := range news.Sets {
		if slices.Contains(f.topics.Sets, id) {
			sets = append(sets, id)
		}
	}
	access, err := tx.SetAccess(ctx, sets)
	if err != nil {
		return nil, err
	}
	for _, id := range sets {
		if who.ViewSet(access[id]) {
			list = append(list, Event{SetID: id})
		}
	}
	return list, nil
}

// wants tells whether a job on the sets is of the topics.
func (f *Follower) wants(sets []int64) bool {
	return f.topics.Jobs || slices.ContainsFunc(sets, func(id int64) bool { return slices.Contains(f.topics.Sets, id) })
}

// forget drops what can no longer come twice.
func (f *Follower) forget(jobs []lab.Job) {
	if len(jobs) == 0 {
		return
	}
	before := jobs[len(jobs)-1].ChangedAt.Add(-2 * events.Overlap)
	for id, at := range f.told {
		if at.Before(before) {
			delete(f.told, id)
		}
	}
}
