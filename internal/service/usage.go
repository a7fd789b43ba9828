package service

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// usageTime is that of which jobs are counted.
const usageTime = 30 * 24 * time.Hour

// UsageSum is what a group owns, or what a person has made.
type UsageSum = store.Usage

// UsageOf says whose usage a list is.
type UsageOf string

// The lists of usage.
const (
	UsagePeople UsageOf = "people"
	UsageGroups UsageOf = "groups"
)

// Usage adds up what all people or all groups use, for administrators.
func (s *Service) Usage(ctx context.Context, who *Actor, of UsageOf) (list []store.Usage, err error) {
	if !who.Administer() {
		return nil, errAdministrators()
	}
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		since := tx.Now.Add(-usageTime)
		if of == UsagePeople {
			list, err = tx.UsageOfPeople(ctx, nil, since)
		} else {
			list, err = tx.UsageOfGroups(ctx, nil, since)
		}
		return err
	})
	return list, err
}

// OwnUsage is what the actor has made, what the groups that they are in own, and
// the newest results that they see.
type OwnUsage struct {
	Person store.Usage
	Groups []store.Usage
	Last   []LastResult
}

// LastResult is a new result with one of the sets through which it is seen.
type LastResult struct {
	ID, SampleID, SetID, ConfigID int64
	CreatedAt                     time.Time
}

// mostLast is the number of new results that are told.
const mostLast = 20

// OwnUsage adds up what concerns the actor.
func (s *Service) OwnUsage(ctx context.Context, who *Actor) (own OwnUsage, err error) {
	if err := who.require(); err != nil {
		return own, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		since := tx.Now.Add(-usageTime)
		people, err := tx.UsageOfPeople(ctx, []int64{who.User.ID}, since)
		if err != nil {
			return err
		}
		if len(people) == 1 {
			own.Person = people[0]
		}
		groups, err := tx.GroupsOf(ctx, who.User.ID)
		if err != nil {
			return err
		}
		ids := []int64{}
		for _, g := range groups {
			ids = append(ids, g.ID)
		}
		if own.Groups, err = tx.UsageOfGroups(ctx, ids, since); err != nil {
			return err
		}
		own.Last, err = lastResults(ctx, tx, who)
		return err
	})
	return own, err
}

// lastResults are the newest ones that the actor sees, by configs that they may
// use.
func lastResults(ctx context.Context, tx *store.Tx, who *Actor) ([]LastResult, error) {
	view, _ := seenThrough(who)
	list, err := tx.LastResults(ctx, view, mostLast)
	if err != nil {
		return nil, err
	}
	configs, err := usableConfigs(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	var samples []int64
	for i := range list {
		samples = append(samples, list[i].SampleID)
	}
	in, err := members(ctx, tx, distinct(samples))
	if err != nil {
		return nil, err
	}
	var out []LastResult
	for i := range list {
		r := &list[i]
		if _, ok := configs[r.ConfigID]; !ok {
			continue
		}
		for _, m := range in[r.SampleID] {
			if m.living() && who.ViewSet(m.access) {
				out = append(out, LastResult{r.ID, r.SampleID, m.set.ID, r.ConfigID, r.CreatedAt})
				break
			}
		}
	}
	return out, nil
}

// UsageTable gives sums as a table for spreadsheets.
func (s *Service) UsageTable(of string, list []store.Usage) Content {
	return Content{
		Name: "vidjil-usage-" + of + "-" + s.Now().UTC().Format(time.DateOnly) + ".tsv", MediaType: "text/tab-separated-values; charset=utf-8",
		Write: func(_ context.Context, w io.Writer) error { return writeUsage(w, list) },
	}
}

func writeUsage(w io.Writer, list []store.Usage) error {
	b := bufio.NewWriter(w)
	head := []string{"id", "name", "kind", "members", "patients", "runs", "sets", "samples", "files", "bytes", "quota_bytes", "results", "last_result", "last_login"}
	states := lab.JobStates()
	for _, state := range states {
		head = append(head, "jobs_"+string(state))
	}
	line := func(fields []string) { _, _ = b.WriteString(strings.Join(fields, "\t") + "\n") } // Flush tells
	line(head)
	for i := range list {
		u := &list[i]
		fields := []string{strconv.FormatInt(u.ID, 10), cellText(u.Name), u.Kind}
		for _, n := range []int64{u.Members, u.Patients, u.Runs, u.Sets, u.Samples, u.Files, u.Bytes, u.Quota, u.Results} {
			fields = append(fields, strconv.FormatInt(n, 10))
		}
		for _, t := range []time.Time{u.LastResultAt, u.LastLoginAt} {
			text := ""
			if !t.IsZero() {
				text = t.UTC().Format(time.RFC3339)
			}
			fields = append(fields, text)
		}
		for _, state := range states {
			fields = append(fields, strconv.FormatInt(u.Jobs[state], 10))
		}
		line(fields)
	}
	return b.Flush()
}

// cellText is text for a cell: one line, and never a formula to the spreadsheet
// that opens it.
func cellText(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}
