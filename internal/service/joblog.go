package service

import (
	"context"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/events"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// logPage is how many pieces of a log are read at once.
const logPage = 200

// JobLog is a part of the log of a job.
type JobLog struct {
	Pieces []lab.LogPiece
	More   bool         // there are further pieces already
	State  lab.JobState // of the job: when it has ended and there is no more, the log is whole
}

// JobLog reads the log of a job after a piece (0: from the start). Where the
// actor may not know who the patients are, words that tell it are blanked: what
// programs write is not ours to trust.
func (s *Service) JobLog(ctx context.Context, who *Actor, id int64, after int) (out JobLog, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		j, rights, err := visibleJob(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if !rights.log(&j) {
			return errForbidden("read the logs of this set")
		}
		words, err := wordsOfJob(ctx, tx, who, j, rights)
		if err != nil {
			return err
		}
		out.State = j.State
		if out.Pieces, err = tx.JobLog(ctx, id, after, logPage+1); err != nil {
			return err
		}
		if len(out.Pieces) > logPage {
			out.Pieces, out.More = out.Pieces[:logPage], true
		}
		for i := range out.Pieces {
			out.Pieces[i].Text = access.Redact(out.Pieces[i].Text, words, "…")
		}
		return nil
	})
	return out, err
}

// wordsOfJob are the words in the log of a job that the actor must not see: none
// where they may know the patients of its sets and the names of its sample.
func wordsOfJob(ctx context.Context, tx *store.Tx, who *Actor, j lab.Job, r jobRights) ([]string, error) {
	var words []string
	sets, err := membersByID(ctx, tx, r.sets[j.ID])
	if err != nil {
		return nil, err
	}
	for _, m := range sets {
		if m.set.Kind == lab.Patient && !who.SeeIdentity(m.access) {
			words = append(words, identityWords(&m.set)...)
		}
	}
	if j.SampleID == 0 {
		return words, nil
	}
	in, err := members(ctx, tx, []int64{j.SampleID})
	if err != nil {
		return nil, err
	}
	o := opener{who: who}
	if o.seesNames(in[j.SampleID]) {
		return words, nil
	}
	samples, err := tx.SamplesByID(ctx, []int64{j.SampleID})
	if err != nil {
		return nil, err
	}
	files, err := tx.FilesOf(ctx, []int64{j.SampleID})
	if err != nil {
		return nil, err
	}
	for i := range samples {
		words = append(words, samples[i].Name.Stored())
	}
	for i := range files {
		words = append(words, files[i].Name.Stored(), files[i].Path.Stored())
	}
	return words, nil
}

// LogFollower reads a log as it is written.
type LogFollower struct {
	s      *Service
	who    *Actor
	id     int64
	after  int
	stream *events.Stream
}

// FollowJobLog begins to follow the log of a job after a piece. The caller closes
// what it returns.
func (s *Service) FollowJobLog(ctx context.Context, who *Actor, id int64, after int) (*LogFollower, error) {
	// The first question is asked here, while an error can still be an answer.
	if _, err := s.JobLog(ctx, who, id, after); err != nil {
		return nil, err
	}
	f := &LogFollower{s: s, who: who, id: id, after: after, stream: s.events.Open()}
	return f, nil
}

// Close ends the following.
func (f *LogFollower) Close() { f.stream.Close() }

// Ready is told when something may have been written.
func (f *LogFollower) Ready() <-chan struct{} { return f.stream.Ready() }

// Take returns the pieces written since the last time; done is true when there
// will be no more. Rights are asked each time, as they are then.
func (f *LogFollower) Take(ctx context.Context) (pieces []lab.LogPiece, done bool, err error) {
	if f.stream.Take().Over {
		return nil, true, nil
	}
	for {
		who, err := f.s.renew(ctx, f.who)
		if err != nil {
			return pieces, true, err
		}
		log, err := f.s.JobLog(ctx, who, f.id, f.after)
		if err != nil {
			return pieces, true, err
		}
		pieces = append(pieces, log.Pieces...)
		if n := len(log.Pieces); n > 0 {
			f.after = log.Pieces[n-1].Piece
		}
		if !log.More {
			return pieces, log.State.Ended(), nil
		}
	}
}

// renew returns the actor with the rights of this moment: those who follow
// something stay longer than a request.
func (s *Service) renew(ctx context.Context, who *Actor) (*Actor, error) {
	now := &Actor{SessionID: who.SessionID, RequestID: who.RequestID, Address: who.Address}
	err := s.read(ctx, func(tx *store.Tx) error { return s.identify(ctx, tx, now, who.User.ID) })
	if err == nil {
		err = now.require()
	}
	now.Scopes, now.Actor, now.ReadOnly = who.Scopes, who.Actor, who.ReadOnly
	return now, err
}
