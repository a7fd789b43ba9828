package service

import (
	"context"
	"errors"
	"time"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// RetentionClass is a kind of thing that goes when its time is over, and what
// would go.
type RetentionClass struct {
	Name  string // trash, samples, deleted_results, reads, results, audit, mails, sessions, uploads, archives
	Days  int    // it stays; 0 is for ever
	Count int64
	Bytes int64
	// Items are the first of them; classes without numbers of their own have none.
	Items []store.Expiring
	More  bool // there are more than are listed and counted
}

const (
	// mostPreviewed bounds the items of a class.
	mostPreviewed = 1000
)

// RetentionPreview lists what would go if the keeper of the house came in a
// number of days, 0 for now. Nothing is removed.
func (s *Service) RetentionPreview(ctx context.Context, who *Actor, inDays int) (list []RetentionClass, err error) {
	if !who.Administer() {
		return nil, errAdministrators()
	}
	if inDays < 0 || inDays > 3660 {
		return nil, fault("in_days", "want 0 to 3660")
	}
	at := s.Now().AddDate(0, 0, inDays)
	r := s.Retention.WithDefaults()
	err = s.read(ctx, func(tx *store.Tx) error {
		for _, c := range []struct {
			name string
			stay time.Duration
			find func(ctx context.Context, before time.Time, limit int) ([]store.Expiring, error)
		}{
			{"trash", r.Trash, tx.InTrash},
			{"samples", r.Trash, tx.Discarded},
			{"deleted_results", r.Trash, tx.Deleted},
			{"reads", r.Reads, func(ctx context.Context, before time.Time, limit int) ([]store.Expiring, error) {
				return tx.OldReads(ctx, before, 0, limit)
			}},
			{"results", r.Results, func(ctx context.Context, before time.Time, limit int) ([]store.Expiring, error) {
				return tx.OldResults(ctx, before, 0, limit)
			}},
		} {
			class := RetentionClass{Name: c.name, Days: daysOf(c.stay)}
			if c.stay > 0 {
				if class.Items, err = c.find(ctx, at.Add(-c.stay), mostPreviewed+1); err != nil {
					return err
				}
			}
			if len(class.Items) > mostPreviewed {
				class.Items, class.More = class.Items[:mostPreviewed], true
			}
			for _, x := range class.Items {
				class.Count, class.Bytes = class.Count+1, class.Bytes+x.Bytes
			}
			list = append(list, class)
		}
		rest, err := s.previewRest(ctx, tx, at)
		list = append(list, rest...)
		return err
	})
	return list, err
}

// previewRest counts what has no numbers that people know.
func (s *Service) previewRest(ctx context.Context, tx *store.Tx, at time.Time) ([]RetentionClass, error) {
	r := s.Retention.WithDefaults()
	audited := RetentionClass{Name: "audit", Days: daysOf(r.Audit)}
	if r.Audit > 0 {
		_, n, err := tx.AuditBefore(ctx, at.Add(-r.Audit))
		if err != nil {
			return nil, err
		}
		audited.Count = n
	}
	n, err := tx.IdleAt(ctx, at, at.Add(-auth.SessionIdle), at.Add(-r.Uploads), at.Add(-r.Mails))
	return []RetentionClass{
		audited,
		{Name: "mails", Days: daysOf(r.Mails), Count: n.Mails},
		{Name: "sessions", Days: 1, Count: n.Sessions},
		{Name: "uploads", Days: daysOf(r.Uploads), Count: n.Uploads, Bytes: n.UploadBytes},
		{Name: "archives", Days: daysOf(bundleLife), Count: n.Archives, Bytes: n.ArchiveBytes},
	}, err
}

func daysOf(d time.Duration) int { return int(d / (24 * time.Hour)) }

// RunRetention has the keeper of the house come now, and returns the job.
func (s *Service) RunRetention(ctx context.Context, who *Actor) (v JobView, err error) {
	if !who.Administer() {
		return v, errAdministrators()
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		jobs, _, err := job.Enqueue(ctx, tx, lab.Job{Kind: lab.JobCollect, Key: "collect", UserID: who.User.ID})
		if err != nil {
			return err
		}
		audit(tx, who.entry("retention.run", "job", jobs[0].ID), nil, nil)
		rights, err := rightsOnJobs(ctx, tx, who, jobs)
		if err == nil {
			v = rights.show(jobs[0])
		}
		return err
	})
	return v, err
}

// AuditRemoved is the action of the entries that sum up what went because its time
// was over.
const AuditRemoved = "retention.purge"

// mostNoted bounds the numbers in one of them.
const mostNoted = 1000

// purged notes in the audit, in the transaction that removes it, how much of a
// class went, and which numbers: what a laboratory can be asked for later. Names
// are in it nowhere.
func purged(tx *store.Tx, class string, count, bytes int64, ids []int64) {
	if count == 0 {
		return
	}
	after := map[string]any{"kind": class, "count": count}
	if bytes > 0 {
		after["bytes"] = bytes
	}
	if len(ids) > 0 {
		after["ids"] = ids[:min(len(ids), mostNoted)]
	}
	audit(tx, System().entry(AuditRemoved, "retention", 0), nil, after)
}

// PurgeReads removes the reads of samples whose time is over; samples and results
// stay. It returns of how many samples, and how many bytes are referred to no
// longer.
func (s *Service) PurgeReads(ctx context.Context) (samples int, bytes int64, err error) {
	if s.Retention.Reads == 0 {
		return 0, 0, nil
	}
	before := s.Now().Add(-s.Retention.Reads)
	var ids []int64
	defer func() {
		if samples == 0 {
			return
		}
		// What went is noted, also when the server stops in between.
		noted := s.write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			purged(tx, "reads", int64(samples), bytes, ids)
			return nil
		})
		err = errors.Join(err, noted)
	}()
	for after := int64(0); ; {
		var list []store.Expiring
		err := s.read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.OldReads(ctx, before, after, purgeBatch)
			return err
		})
		if err != nil || len(list) == 0 {
			return samples, bytes, err
		}
		for _, x := range list {
			after = x.ID
			gone, err := s.purgeReadsOf(ctx, x.ID, before)
			if err != nil {
				return samples, bytes, err
			}
			if gone {
				samples, bytes, ids = samples+1, bytes+x.Bytes, append(ids, x.ID)
			}
		}
	}
}

// purgeReadsOf removes the reads of one sample, if its time is still over once it
// is locked: somebody may just have sent new ones.
func (s *Service) purgeReadsOf(ctx context.Context, id int64, before time.Time) (gone bool, err error) {
	err = s.write(ctx, func(tx *store.Tx) error {
		gone = false
		if err := lockSample(ctx, tx, id); err != nil {
			return err
		}
		still, err := tx.OldReads(ctx, before, id-1, 1)
		if err != nil || len(still) == 0 || still[0].ID != id {
			return err
		}
		in, err := members(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		n, err := tx.RemoveFiles(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.DropPrepared(ctx, id); err != nil {
			return err
		}
		gone = n > 0
		audit(tx, sampleEntry(System(), "sample.remove_reads", id, in[id]), nil, map[string]any{"files": n, "retention_days": daysOf(s.Retention.Reads)})
		return tx.Relist(ctx, setIDs(in[id]))
	})
	return gone, err
}

// PurgeOldResults deletes results of which there are newer ones, when their time
// is over. They stay as deleted ones for as long as things stay in the trash.
func (s *Service) PurgeOldResults(ctx context.Context) (n int, err error) {
	if s.Retention.Results == 0 {
		return 0, nil
	}
	before := s.Now().Add(-s.Retention.Results)
	for after := int64(0); ; {
		some := 0
		err := s.write(ctx, func(tx *store.Tx) error {
			list, err := tx.OldResults(ctx, before, after, purgeBatch)
			if err != nil {
				return err
			}
			for _, x := range list {
				after = x.ID
				if _, err := tx.RemoveResult(ctx, x.ID); err != nil {
					return err
				}
				e := System().entry("result.delete", "result", x.ID)
				e.SetID = x.SetID
				audit(tx, e, nil, map[string]any{"retention_days": daysOf(s.Retention.Results)})
			}
			some = len(list)
			ids := make([]int64, some)
			for i := range list {
				ids[i] = list[i].ID
			}
			purged(tx, "results", int64(some), 0, ids)
			return nil
		})
		if n += some; err != nil || some == 0 {
			return n, err
		}
	}
}

// PurgeAudit removes the entries of the audit whose time is over. The chain goes
// on from the last of them, which is noted.
func (s *Service) PurgeAudit(ctx context.Context) (n int64, err error) {
	if s.Retention.Audit == 0 {
		return 0, nil
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		last, _, err := tx.AuditBefore(ctx, tx.Now.Add(-s.Retention.Audit))
		if err != nil || last.ID == 0 {
			return err
		}
		if n, err = tx.PurgeAudit(ctx, last); err != nil {
			return err
		}
		audit(tx, System().entry(store.AuditPurge, "audit", last.ID), nil, map[string]any{"through": last.ID, "digest": last.Hash, "entries": n})
		return nil
	})
	return n, err
}
