package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
)

func (e *exam) integrity(ctx context.Context) error {
	faults, err := e.Store.Integrity(ctx)
	if err != nil {
		return err
	}
	e.damaged = len(faults) > 0
	for _, f := range faults {
		e.add(Finding{
			Code: "database.damaged", Severity: Error, Msg: f,
			Do: "stop the server, keep a copy of the database, and restore the newest backup that \"vidjil restore --verify\" accepts",
		})
	}
	return nil
}

func (e *exam) audit(ctx context.Context) error {
	_, broken, err := e.uses.VerifyAudit(ctx, store.AuditHead{})
	if err != nil || broken == nil {
		return err
	}
	e.add(Finding{
		Code: "audit.broken", Severity: Error, Object: "audit", IDs: []string{strconv.FormatInt(broken.ID, 10)},
		Msg: fmt.Sprintf("the chain of the audit is broken at entry %d: %s", broken.ID, broken.Why),
		Do:  "somebody wrote to the database past the server: keep it as it is, and compare it with backups (\"vidjil audit export\")",
	})
	return nil
}

const (
	// beatsLost is after how long a running job without a sign of life is stuck.
	// Workers give one every few seconds, and a pool takes jobs back after a minute.
	beatsLost = 10 * time.Minute
	// overdue is how long a job may be due before the lack of workers is told.
	overdue = time.Hour
)

func (e *exam) jobs(ctx context.Context) error {
	var stuck, lost []lab.Job
	var waiting int64
	var beat time.Time
	err := e.Store.Read(ctx, func(tx *store.Tx) (err error) {
		var err1, err2 error
		stuck, err = tx.StuckJobs(ctx, e.Now().Add(-beatsLost))
		lost, err1 = tx.LostJobs(ctx)
		waiting, beat, err2 = tx.Activity(ctx, e.Now().Add(-overdue))
		return errors.Join(err, err1, err2)
	})
	if err != nil {
		return err
	}
	if len(stuck) > 0 {
		err := e.addFixable(ctx, Finding{
			Code: "job.stuck", Severity: Error, Object: "job", IDs: jobIDs(stuck),
			Msg: fmt.Sprintf("%d jobs are said to run and their workers give no sign of life", len(stuck)),
			Do:  "start a server or a worker, which takes them back, or let --fix do that",
		}, e.takeBack)
		if err != nil {
			return err
		}
	}
	if len(lost) > 0 {
		e.add(Finding{
			Code: "job.waits_for_nothing", Severity: Error, Object: "job", IDs: jobIDs(lost),
			Msg: fmt.Sprintf("%d jobs wait for others that have ended", len(lost)),
			Do:  "cancel them on the page of jobs and run them again; please report it",
		})
	}
	if waiting > 0 && e.Now().Sub(beat) > overdue {
		e.add(Finding{
			Code: "job.no_worker", Severity: Warning, Msg: fmt.Sprintf("%d jobs are due for an hour, and no worker has given a sign of life since", waiting),
			Do: "start the server, or \"vidjil worker\" when it runs with --workers=-1",
		})
	}
	return nil
}

func jobIDs(list []lab.Job) []string {
	numbers := make([]int64, len(list))
	for i := range list {
		numbers[i] = list[i].ID
	}
	return ids(numbers)
}

func (e *exam) takeBack(ctx context.Context) (string, error) {
	n := 0
	err := e.Store.Write(ctx, func(tx *store.Tx) error {
		list, err := tx.TakeBackJobs(ctx, store.TakeBack{Before: e.Now().Add(-beatsLost)})
		n = len(list)
		return err
	})
	return fmt.Sprintf("%d jobs were taken back", n), err
}

// rows looks for rows that hang in the air.
func (e *exam) rows(ctx context.Context) error {
	var loose, closed, results, files []store.IDRow
	var unlisted []int64
	err := e.Store.Read(ctx, func(tx *store.Tx) error {
		var errs [5]error
		loose, errs[0] = tx.SamplesWithoutSet(ctx)
		closed, errs[1] = tx.SetsWithoutAccess(ctx)
		results, errs[2] = tx.DoneWithoutResult(ctx)
		files, errs[3] = tx.FilesWithoutBytes(ctx)
		unlisted, errs[4] = tx.UnlistedSets(ctx)
		return errors.Join(errs[:]...)
	})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		code, object, msg, do string
		rows                  []store.IDRow
	}{
		{"sample.no_set", "sample", "samples are in no set: nobody can see them", "put them into a set by the API (POST /api/v1/samples/ID/sets) as an administrator, or restore a backup", loose},
		{"set.no_access", "set", "sets cannot be seen by the group that owns them", "share them again with their group as an administrator", closed},
		{"result.missing", "job", "jobs are done, and their results are not there", "run the analyses again", results},
		{"file.no_bytes", "file", "files are said to be there, and the store knows no bytes of theirs", "upload them again, or restore a backup", files},
	} {
		if n := len(f.rows); n > 0 {
			e.add(Finding{Code: f.code, Severity: Error, Object: f.object, IDs: rowIDs(f.rows), Msg: fmt.Sprintf("%d %s", n, f.msg), Do: f.do})
		}
	}
	if len(unlisted) == 0 {
		return nil
	}
	return e.addFixable(ctx, Finding{
		Code: "set.unlisted", Severity: Error, Object: "set", IDs: ids(unlisted),
		Msg: fmt.Sprintf("%d sets are missing from the pages of sets", len(unlisted)), Do: "let --fix make their lines anew",
	}, func(ctx context.Context) (string, error) {
		return fmt.Sprintf("%d sets are listed again", len(unlisted)), e.Store.Write(ctx, func(tx *store.Tx) error { return tx.Relist(ctx, unlisted) })
	})
}

// fused looks for fused results that do not show what there is, and that no job
// is about to make anew.
func (e *exam) fused(ctx context.Context) error {
	var missing, stale []store.SetConfig
	err := e.Store.Read(ctx, func(tx *store.Tx) error {
		states, err := tx.FusedStates(ctx)
		if err != nil {
			return err
		}
		for i := range states {
			s := &states[i]
			if s.Coming {
				continue
			}
			if s.FusedID == 0 {
				missing = append(missing, s.SetConfig)
				continue
			}
			same, err := inputsAre(ctx, tx, s)
			if err != nil {
				return err
			}
			if !s.Fresh || !same {
				stale = append(stale, s.SetConfig)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		code, msg string
		list      []store.SetConfig
	}{{"fused.missing", "sets have results and no fused result", missing}, {"fused.stale", "fused results do not show what there is", stale}} {
		if len(f.list) == 0 {
			continue
		}
		sets := make([]int64, len(f.list))
		for i, s := range f.list {
			sets[i] = s.SetID
		}
		err := e.addFixable(ctx, Finding{
			Code: f.code, Severity: Error, Object: "set", IDs: ids(sets), Msg: fmt.Sprintf("%d %s", len(f.list), f.msg), Do: "let --fix have them fused anew",
		}, func(ctx context.Context) (string, error) {
			return fmt.Sprintf("%d are fused anew by the next worker", len(f.list)), e.refuse(ctx, f.list)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// inputsAre tells whether a fused result was made of the results that are the
// newest now.
func inputsAre(ctx context.Context, tx *store.Tx, s *store.FusedState) (bool, error) {
	results, err := tx.FuseInputs(ctx, s.SetID, s.ConfigID)
	if err != nil {
		return false, err
	}
	var had []int64
	if err := json.Unmarshal([]byte(s.Inputs), &had); err != nil {
		return false, nil //nolint:nilerr // it is to be made anew
	}
	now := make([]int64, len(results))
	for i := range results {
		now[i] = results[i].ID
	}
	return slices.Equal(had, now), nil
}

func (e *exam) refuse(ctx context.Context, list []store.SetConfig) error {
	return e.Store.Write(ctx, func(tx *store.Tx) error {
		sets := make([]int64, len(list))
		for i, s := range list {
			sets[i] = s.SetID
		}
		slices.Sort(sets)
		sets = slices.Compact(sets)
		if err := tx.LockSets(ctx, sets); err != nil {
			return err
		}
		if err := pipeline.Refuse(ctx, tx, list, 0); err != nil {
			return err
		}
		for _, s := range list {
			if err := tx.StaleFusedOf(ctx, []int64{s.SetID}, s.ConfigID); err != nil {
				return err
			}
		}
		return nil
	})
}

// uploads looks for uploads that nobody goes on with.
func (e *exam) uploads(ctx context.Context) error {
	var old []string
	err := e.Store.Read(ctx, func(tx *store.Tx) (err error) {
		old, err = tx.IdleUploads(ctx, e.Now().Add(-e.UploadsKept-24*time.Hour))
		return err
	})
	if err != nil {
		return err
	}
	old = slices.DeleteFunc(old, func(id string) bool {
		// One that is slow, and still coming.
		info, err := os.Stat(filepath.Join(e.Data, "uploads", filepath.Base(id)+".part"))
		return err == nil && e.Now().Sub(info.ModTime()) < e.UploadsKept
	})
	if len(old) == 0 {
		return nil
	}
	return e.addFixable(ctx, Finding{
		Code: "upload.old", Severity: Warning, Object: "upload", IDs: old[:min(len(old), most)],
		Msg: fmt.Sprintf("%d uploads were never finished, and the server has not given them up", len(old)),
		Do:  "start the server, which gives them up, or let --fix do that",
	}, func(ctx context.Context) (string, error) {
		for _, id := range old {
			if err := e.uses.AbandonUpload(ctx, id, "nothing was sent for long"); err != nil && lab.CodeOf(err) != lab.NotFound {
				return "", err
			}
		}
		return fmt.Sprintf("%d uploads were given up", len(old)), nil
	})
}

// workers looks for a worker that another version of the program works in.
func (e *exam) workers(ctx context.Context) error {
	if e.Version == "" {
		return skip("the version of this program is not known")
	}
	var list []store.WorkerVersion
	err := e.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.WorkerVersions(ctx, e.Now().Add(-24*time.Hour))
		return err
	})
	if err != nil {
		return err
	}
	engines := make([]string, len(list))
	var newest time.Time // of this version
	for i, w := range list {
		var p lab.Provenance
		if err := json.Unmarshal([]byte(w.Provenance), &p); err != nil {
			return fmt.Errorf("read provenance: %w", err)
		}
		if engines[i] = p.Engine; p.Engine == e.Version && w.CreatedAt.After(newest) {
			newest = w.CreatedAt
		}
	}
	var others []string
	for i, w := range list {
		// A server that was upgraded leaves results of the version before; one that
		// comes after a result of this version is of a program that still runs.
		if engines[i] != "" && engines[i] != e.Version && w.CreatedAt.After(newest) && !newest.IsZero() {
			others = append(others, fmt.Sprintf("%s (%s)", w.Worker, engines[i]))
		}
	}
	if len(others) > 0 {
		e.add(Finding{
			Code: "worker.version", Severity: Warning, Object: "worker", IDs: others,
			Msg: fmt.Sprintf("%d workers run another version than %s: the same reads may give other results", len(others), e.Version),
			Do:  "stop them, and start them with the same program as the server",
		})
	}
	return nil
}
