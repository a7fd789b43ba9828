package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/store"
)

// What people are told by mail without having just done something. Each look
// writes its mails in the transaction that notes what was told: nothing is told
// twice, and nothing is lost when the server stops in between.

const (
	// gathering is how long failures and news of a set are gathered before they
	// are told, so that a run of a hundred samples is one mail.
	gathering = 15 * time.Minute
	// failuresEvery is the time between two mails about failed jobs to a person.
	failuresEvery = time.Hour
	// faultsEvery and diskEvery are those between two to the administrators.
	faultsEvery = time.Hour
	diskEvery   = 24 * time.Hour
	diskHurry   = 4 * time.Hour // when next to nothing is left
	// mostListed is how many objects a mail names.
	mostListed = 10
	// digestAt is when the daily digest is written unless the config says otherwise.
	digestAt = "06:00"
	// lookAt bounds a look.
	lookAt = 1000
)

// TellNews looks for what people want to be told. Each part is looked for,
// whatever becomes of the others.
func (s *Service) TellNews(ctx context.Context) error {
	var errs []error
	for _, part := range []struct {
		name string
		tell func(context.Context) error
	}{
		{"failed jobs", s.tellFailures}, {"followed sets", s.tellFollowers}, {"disk", s.tellDisk}, {"digest", s.tellDigest}, {"faults", s.tellFaults}, {"backups", s.TellBackup},
	} {
		if err := part.tell(ctx); err != nil {
			errs = append(errs, fmt.Errorf("tell of %s: %w", part.name, err))
		}
	}
	return errors.Join(errs...)
}

// tellFailures tells people of their jobs that have failed.
func (s *Service) tellFailures(ctx context.Context) error {
	var list []store.Failure
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.UntoldFailures(ctx, lookAt)
		return err
	})
	if err != nil {
		return err
	}
	of := map[int64][]store.Failure{}
	for _, f := range list {
		of[f.UserID] = append(of[f.UserID], f)
	}
	for user, failures := range of {
		err := s.write(ctx, func(tx *store.Tx) error { return s.tellFailuresOf(ctx, tx, user, failures) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tellFailuresOf(ctx context.Context, tx *store.Tx, user int64, list []store.Failure) error {
	wanted := false
	if user != 0 {
		oldest := slices.MinFunc(list, func(a, b store.Failure) int { return a.FailedAt.Compare(b.FailedAt) }).FailedAt
		last, err := tx.LastMail(ctx, user, lab.MailJobs)
		if err != nil || tx.Now.Sub(oldest) < gathering || tx.Now.Sub(last) < failuresEvery {
			return err
		}
		u, err := tx.UserByID(ctx, user)
		if err != nil && lab.CodeOf(err) != lab.NotFound {
			return err
		}
		choices, err := mailChoices(ctx, tx, u)
		if err != nil {
			return err
		}
		wanted = u.State == lab.UserActive && choices[lab.MailJobs]
	}
	base, err := s.base(ctx, tx)
	if err != nil {
		return err
	}
	l := mail.Jobs{Link: base + "/jobs"}
	for _, f := range list {
		mine, err := tx.ForgetFailure(ctx, f.JobID)
		if err != nil {
			return err
		}
		if !mine {
			continue
		}
		if f.Code == lab.Internal {
			tx.AfterCommit(func() { s.faults.job(f.JobID, f.FailedAt) })
		}
		if f.Again {
			continue // the person has seen it
		}
		if l.Total++; len(l.Failed) < mostListed {
			l.Failed = append(l.Failed, mail.FailedJob{ID: f.JobID, What: string(f.Kind), Link: setLink(base, f.SetID)})
		}
	}
	if !wanted || l.Total == 0 {
		return nil
	}
	return s.post(ctx, tx, user, l)
}

// setLink is the page of a set, "" of none.
func setLink(base string, id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf("%s/sets/%d", base, id)
}

// tellFollowers tells people what is new in sets that they follow.
func (s *Service) tellFollowers(ctx context.Context) error {
	var list []store.News
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.News(ctx, tx.Now.Add(-gathering), lookAt)
		return err
	})
	if err != nil {
		return err
	}
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(n store.News) bool { return n.UserID != list[0].UserID })
		if n < 0 {
			n = len(list)
		}
		err := s.write(ctx, func(tx *store.Tx) error { return s.tellFollower(ctx, tx, list[:n]) })
		if err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// tellFollower tells one person. What they may not see any more they follow no
// longer.
func (s *Service) tellFollower(ctx context.Context, tx *store.Tx, list []store.News) error {
	u, err := tx.UserByID(ctx, list[0].UserID)
	if err != nil {
		return err
	}
	who, err := person(ctx, tx, u)
	if err != nil {
		return err
	}
	choices, err := mailChoices(ctx, tx, u)
	if err != nil {
		return err
	}
	base, err := s.base(ctx, tx)
	if err != nil {
		return err
	}
	l := mail.Followed{Link: base + "/account"}
	for i := range list {
		n := &list[i]
		groups, err := tx.SetAccess(ctx, []int64{n.SetID})
		if err != nil {
			return err
		}
		if !who.ViewSet(groups[n.SetID]) {
			if _, err := tx.UnfollowSet(ctx, n.UserID, n.SetID); err != nil {
				return err
			}
			continue
		}
		mine, err := tx.Told(ctx, n, tx.Now)
		if err != nil {
			return err
		}
		samples := max(0, n.HasSamples-n.Samples)
		if !mine || samples+n.NewResults == 0 {
			continue
		}
		set, err := tx.SetByID(ctx, n.SetID)
		if err != nil {
			return err
		}
		l.Sets = append(l.Sets, mail.NewInSet{ID: n.SetID, What: string(set.Kind), Samples: samples, Results: n.NewResults, Link: setLink(base, n.SetID)})
	}
	if len(l.Sets) == 0 || !choices[lab.MailFollowed] {
		return nil
	}
	return s.post(ctx, tx, u.ID, l)
}

// postAdministrators puts a letter to the administrators into the outbox: to the
// addresses of the config, or to all accounts of administrators where it names
// none. Who has an account gets it only if they want mails of the kind.
func (s *Service) postAdministrators(ctx context.Context, tx *store.Tx, l mail.Letter) error {
	admins, err := tx.Administrators(ctx)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, u := range admins {
		has[strings.ToLower(u.Email)] = true
		if len(s.Administrators) > 0 && !slices.ContainsFunc(s.Administrators, func(a string) bool { return strings.EqualFold(a, u.Email) }) {
			continue
		}
		choices, err := mailChoices(ctx, tx, u)
		if err != nil {
			return err
		}
		if !choices[l.Kind()] {
			continue
		}
		if err := s.post(ctx, tx, u.ID, l); err != nil {
			return err
		}
	}
	for _, address := range s.Administrators {
		if has[strings.ToLower(address)] {
			continue
		}
		if err := s.postMail(ctx, tx, &lab.Mail{Address: address}, l); err != nil {
			return err
		}
	}
	return nil
}

// free is how many bytes the disk of the blobs still takes; negative when it is
// not known.
func (s *Service) free(ctx context.Context) (int64, error) {
	sp, ok := s.Blobs.(blob.Spacer)
	if !ok {
		return -1, nil
	}
	return sp.Free(ctx)
}

// tellDisk tells administrators that little room is left.
func (s *Service) tellDisk(ctx context.Context) error {
	free, err := s.free(ctx)
	if err != nil || free < 0 || free >= littleSpace {
		return err
	}
	every := diskEvery
	if free < noSpace {
		every = diskHurry
	}
	return s.write(ctx, func(tx *store.Tx) error {
		last, err := tx.LastMailAbout(ctx, lab.MailDisk)
		if err != nil || tx.Now.Sub(last) < every {
			return err
		}
		base, err := s.base(ctx, tx)
		if err != nil {
			return err
		}
		return s.postAdministrators(ctx, tx, mail.Disk{Free: free, Link: base + "/admin"})
	})
}

// settingDigest keeps the day of the last digest.
const settingDigest = "mail_digest"

// tellDigest writes the digests of a day, once.
func (s *Service) tellDigest(ctx context.Context) error {
	due, err := s.digestDue()
	if err != nil || s.Now().Before(due) {
		return err
	}
	day := due.Format(time.DateOnly)
	free, err := s.free(ctx)
	if err != nil {
		return err
	}
	letters := map[int64]mail.Digest{}
	err = s.read(ctx, func(tx *store.Tx) error {
		last, err := tx.Setting(ctx, settingDigest)
		if err != nil || last >= day {
			return err
		}
		readers, err := tx.ChoseMail(ctx, lab.MailDigest)
		if err != nil {
			return err
		}
		for _, u := range readers {
			l, err := s.digest(ctx, tx, u, due, free)
			if err != nil {
				return err
			}
			letters[u.ID] = l
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		first, err := tx.AdvanceSetting(ctx, settingDigest, day)
		if err != nil || !first {
			return err
		}
		for id, l := range letters {
			if l.Server == nil && l.Samples+l.Results+l.Failed == 0 {
				continue // no news is no mail
			}
			if err := s.post(ctx, tx, id, l); err != nil {
				return err
			}
		}
		return nil
	})
}

// digestDue is when today's digest is due, in the zone of the server's people. On
// the two days of a year that are not of 24 hours it is at that hour, too.
func (s *Service) digestDue() (time.Time, error) {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	at, err := time.Parse("15:04", cmp.Or(s.DigestAt, digestAt))
	if err != nil {
		return time.Time{}, fmt.Errorf("read the time of the digest: %w", err)
	}
	now := s.Now().In(zone)
	return time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, zone), nil
}

// digest is what happened in the day before a time, to the sets that a person
// sees. Administrators learn how the server is as well.
func (s *Service) digest(ctx context.Context, tx *store.Tx, u lab.User, due time.Time, free int64) (l mail.Digest, err error) {
	p, err := person(ctx, tx, u)
	if err != nil {
		return l, err
	}
	base, err := s.base(ctx, tx)
	if err != nil {
		return l, err
	}
	since := due.AddDate(0, 0, -1)
	view, _ := seenThrough(&Actor{Person: p, User: u})
	own, err := tx.DaySince(ctx, since, view, u.ID)
	if err != nil {
		return l, err
	}
	l = mail.Digest{Day: due.Format(time.DateOnly), Samples: own.Samples, Results: own.Results, Failed: own.Failed, Link: base + "/"}
	if !u.Admin {
		return l, nil
	}
	all, err := tx.DaySince(ctx, since, view, 0)
	if err != nil {
		return l, err
	}
	dead, err := tx.CountMails(ctx, lab.MailDead, since)
	l.Server = &mail.ServerDay{SignIns: all.SignIns, Done: all.Done, Failed: all.Failed, Waiting: all.Waiting, Mails: dead, Free: free}
	return l, err
}

// faults gathers failures of the program that administrators were not told of
// yet. The zero value is ready.
type faults struct {
	mu       sync.Mutex
	total    int
	requests []string
	jobs     []int64
	since    time.Time
}

// ReportFault notes that the program has failed with a request, for the
// administrators; the log has the rest.
func (s *Service) ReportFault(requestID string) {
	f := &s.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin(s.Now())
	if len(f.requests) < mostListed {
		f.requests = append(f.requests, requestID)
	}
}

func (f *faults) job(id int64, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin(at)
	if len(f.jobs) < mostListed {
		f.jobs = append(f.jobs, id)
	}
}

func (f *faults) begin(at time.Time) {
	if f.total == 0 || at.Before(f.since) {
		f.since = at
	}
	f.total++
}

// take returns what was gathered.
func (f *faults) take() (l mail.Faults) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l = mail.Faults{Total: f.total, Requests: f.requests, Jobs: f.jobs, Since: f.since}
	f.total, f.requests, f.jobs = 0, nil, nil
	return l
}

// tellFaults tells administrators that the program has failed.
func (s *Service) tellFaults(ctx context.Context) error {
	s.faults.mu.Lock()
	none := s.faults.total == 0
	s.faults.mu.Unlock()
	if none {
		return nil
	}
	var l mail.Faults
	err := s.write(ctx, func(tx *store.Tx) error {
		last, err := tx.LastMailAbout(ctx, lab.MailFaults)
		if err != nil || tx.Now.Sub(last) < faultsEvery {
			return err
		}
		base, err := s.base(ctx, tx)
		if err != nil {
			return err
		}
		l = s.faults.take()
		l.Link = base + "/admin/log"
		return s.postAdministrators(ctx, tx, l)
	})
	if err != nil {
		s.faults.putBack(l)
	}
	return err
}

// putBack keeps what could not be told.
func (f *faults) putBack(l mail.Faults) {
	if l.Total == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begin(l.Since)
	f.total += l.Total - 1
	f.requests, f.jobs = append(l.Requests, f.requests...), append(l.Jobs, f.jobs...)
	f.requests, f.jobs = f.requests[:min(len(f.requests), mostListed)], f.jobs[:min(len(f.jobs), mostListed)]
}
