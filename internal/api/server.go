package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) server() {
	register(a, admin, op(http.MethodGet, "/server", "getServer", "Server", "How the server is: versions, disk, queue, workers, failures"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.ServerState], error) {
			state, err := a.Service.Server(ctx, who)
			if err != nil {
				return nil, err
			}
			return &body[client.ServerState]{serverOut(&state)}, nil
		})
}

func serverOut(s *service.ServerState) client.ServerState {
	out := client.ServerState{
		At: s.At, Version: s.Version, Commit: s.Commit, StartedAt: s.Started.UTC(),
		Database: client.DatabaseState{Engine: s.Database.Engine, Version: s.Database.Version, Bytes: s.Database.Bytes, Schema: s.Database.Schema},
		Blobs:    client.BlobState{Blobs: s.Blobs.Blobs, Bytes: s.Blobs.Bytes, Orphaned: s.Blobs.Orphaned},
		Queue:    []client.QueueState{}, Workers: []client.WorkerState{}, Checks: []client.ServerCheck{},
		Failed: s.Failed, Failures: jobsOut(s.Failures), Backup: backupOut(&s.Backup), Mails: client.MailState(s.Mails),
	}
	if s.Free >= 0 {
		out.Blobs.FreeBytes = &s.Free
	}
	for _, q := range s.Queue {
		out.Queue = append(out.Queue, client.QueueState{Lane: string(q.Lane), State: string(q.State), Jobs: q.N, Since: q.Since.UTC()})
	}
	for i := range s.Workers {
		w := &s.Workers[i]
		out.Workers = append(out.Workers, client.WorkerState{Name: w.Name, SeenAt: w.Seen.UTC(), Jobs: jobsOut(w.Jobs)})
	}
	for _, c := range s.Checks {
		out.Checks = append(out.Checks, client.ServerCheck(c))
	}
	return out
}

func backupOut(b *service.Backups) client.BackupState {
	return client.BackupState{
		Target: b.Target, EverySeconds: int64(b.Every.Seconds()), Late: b.Late, LastID: b.LastID, LastSuccessAt: instant(b.LastSuccess),
		Seconds: b.Seconds, Bytes: b.Bytes, AddedBytes: b.AddedBytes, Missing: b.Missing, LastTryAt: instant(b.LastTry), Error: b.Error,
	}
}
