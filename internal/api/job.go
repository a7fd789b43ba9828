package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) jobs() {
	const tag = "Jobs"
	register(a, person, op(http.MethodGet, "/jobs", "listJobs", tag, "Jobs, the newest first: one's own, of a set, of a sample, of a person, or all"), a.listJobs)
	register(a, person, op(http.MethodGet, "/jobs/{id}", "getJob", tag, "A job with its place in the queue"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Job], error) {
			return oneJob(a.Service.JobByID(ctx, who, in.ID))
		})
	register(a, person, op(http.MethodPost, "/jobs/{id}/cancel", "cancelJob", tag, "Stop a job, and cancel those that wait for it"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Job], error) {
			return oneJob(a.Service.CancelJob(ctx, who, in.ID))
		})
	register(a, person, created("/jobs/{id}/retry", "retryJob", tag, "Try a failed or cancelled job again, by a new one"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Job], error) {
			return oneJob(a.Service.RetryJob(ctx, who, in.ID))
		})
	register(a, person, created("/sets/{id}/jobs/retry", "retryFailedJobs", tag, "Try all failed jobs of a set and its samples again"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.JobList], error) {
			list, err := a.Service.RetryFailed(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			return &body[client.JobList]{client.JobList{Items: jobsOut(list)}}, nil
		})
	register(a, person, op(http.MethodGet, "/jobs/{id}/log", "getJobLog", tag, "The log of a job"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			Cursor int `query:"cursor" minimum:"0" doc:"Where the page before ended"`
		},
		) (*body[client.JobLog], error) {
			log, err := a.Service.JobLog(ctx, who, in.ID, in.Cursor)
			if err != nil {
				return nil, err
			}
			out := client.JobLog{Items: []client.LogPiece{}, State: string(log.State)}
			for _, p := range log.Pieces {
				out.Items = append(out.Items, pieceOut(p))
			}
			if log.More {
				out.Next = strconv.Itoa(log.Pieces[len(log.Pieces)-1].Piece)
			}
			return &body[client.JobLog]{out}, nil
		})
}

// jobsIn is what a list of jobs is asked for by.
type jobsIn struct {
	Set    int64    `query:"set" minimum:"0" doc:"Of this set and its samples"`
	Sample int64    `query:"sample" minimum:"0" doc:"Of this sample"`
	User   int64    `query:"user" minimum:"0" doc:"Of this person; of others than oneself, for administrators"`
	All    bool     `query:"all" doc:"Of everybody, for administrators"`
	State  []string `query:"state" enum:"waiting,queued,running,done,failed,cancelled" doc:"In these states"`
	Kind   []string `query:"kind" enum:"preprocess,analyze,import,fuse,collect,export,transfer" doc:"Of these kinds"`
	Limit  int      `query:"limit" minimum:"0" maximum:"200" doc:"Length of the page; left out, 50"`
	Cursor string   `query:"cursor" doc:"Where the page before ended"`
}

func (a *api) listJobs(ctx context.Context, who *service.Actor, in *jobsIn) (*body[client.JobPage], error) {
	f := service.JobFilter{SetID: in.Set, SampleID: in.Sample, UserID: in.User}
	if in.Set == 0 && in.Sample == 0 && in.User == 0 && !in.All {
		f.UserID = who.User.ID
	}
	for _, s := range in.State {
		f.States = append(f.States, lab.JobState(s))
	}
	for _, k := range in.Kind {
		f.Kinds = append(f.Kinds, lab.JobKind(k))
	}
	page, err := a.Service.Jobs(ctx, who, f, service.Page{Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	return &body[client.JobPage]{client.JobPage{Items: jobsOut(page.Items), Next: page.Next}}, nil
}

func oneJob(v service.JobView, err error) (*body[client.Job], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Job]{jobOut(&v)}, nil
}

func jobsOut(list []service.JobView) []client.Job {
	out := make([]client.Job, 0, len(list))
	for i := range list {
		out = append(out, jobOut(&list[i]))
	}
	return out
}

func jobOut(v *service.JobView) client.Job {
	return client.Job{
		ID: v.ID, Kind: string(v.Kind), State: string(v.State), Lane: string(v.Lane), Priority: v.Priority,
		GroupID: v.GroupID, UserID: v.UserID, SetID: v.SetID, SampleID: v.SampleID,
		ConfigID: v.ConfigID, ConfigRevisionID: v.ConfigRevisionID, PreProcessID: v.PreProcessID,
		After: v.After, RetryOf: v.RetryOf, Attempt: v.Attempt, MaxAttempts: v.MaxAttempts,
		Progress: v.Progress, Stage: v.Stage, Reads: v.Reads, Cancelling: v.Cancel, Again: v.Again,
		ErrorCode: string(v.ErrorCode), Error: v.Error, ResultID: v.ResultID, LogBytes: v.LogBytes, Worker: v.Worker,
		Position: v.Position, MayChange: v.MayChange, MayLog: v.MayLog,
		RunAt: v.RunAt.UTC(), CreatedAt: v.CreatedAt.UTC(), StartedAt: when(v.StartedAt), EndedAt: when(v.EndedAt), ChangedAt: v.ChangedAt.UTC(),
	}
}

// when is a time, or nothing.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func pieceOut(p lab.LogPiece) client.LogPiece {
	return client.LogPiece{Piece: p.Piece, Attempt: p.Attempt, At: p.At.UTC(), Text: p.Text}
}
