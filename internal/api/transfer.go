package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// pieceTime is how long the sending of a piece may take.
const pieceTime = 10 * time.Minute

func (a *api) transfers() {
	const tag = "Moving sets"
	register(a, person, bytesOf(op(http.MethodGet, "/sets.zip", "exportSets", tag, "Download sets as an archive for another server, with samples, results, annotations, configs and logs")),
		func(ctx context.Context, who *service.Actor, in *struct {
			Sets      []int64 `query:"set_ids" maxItems:"1000" doc:"Patients, runs and sets, or"`
			GroupID   int64   `query:"group_id" doc:"all that this group owns and one sees"`
			Reads     bool    `query:"reads" doc:"Files of reads too"`
			Anonymous bool    `query:"anonymous" doc:"Without who patients are"`
		},
		) (*huma.StreamResponse, error) {
			c, err := a.Service.ExportSets(ctx, who, service.TransferRequest{Sets: in.Sets, GroupID: in.GroupID, Reads: in.Reads, Anonymous: in.Anonymous})
			if err != nil {
				return nil, err
			}
			return a.content(c, nil), nil
		})
	register(a, person, op(http.MethodGet, "/transfers", "listTransfers", tag, "The own archives on their way in, the newest first"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.TransferList], error) {
			list, err := a.Service.Transfers(ctx, who)
			out := client.TransferList{Items: []client.Transfer{}}
			for i := range list {
				out.Items = append(out.Items, transferOut(&list[i]))
			}
			return &body[client.TransferList]{out}, err
		})
	register(a, person, created("/transfers", "beginTransfer", tag, "Announce an archive of another server"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewTransfer]) (*body[client.Transfer], error) {
			return oneTransfer(a.Service.BeginTransfer(ctx, who, in.Body.GroupID, in.Body.Name, in.Body.Size))
		})
	register(a, person, op(http.MethodGet, "/transfers/{id}", "getTransfer", tag, "How far an archive has come, and what was found in it"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.Transfer], error) {
			return oneTransfer(a.Service.TransferByID(ctx, who, in.ID))
		})
	register(a, person, bytesOf(op(http.MethodGet, "/transfers/{id}/content", "getTransferContent", tag, "Download an own archive that has come and was not imported yet; ranges can be asked for")),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*huma.StreamResponse, error) {
			c, err := a.Service.OpenTransfer(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			return a.archive(ctx, c, slog.Int64("transfer_id", in.ID)), nil
		})
	register(a, person, noContent(http.MethodDelete, "/transfers/{id}", "deleteTransfer", tag, "Forget an archive and its bytes; what was imported stays"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.DeleteTransfer(ctx, who, in.ID)
		})
	a.transferSteps(tag)
}

// transferSteps are the routes by which an archive comes in.
func (a *api) transferSteps(tag string) {
	piece := noContent(http.MethodPut, "/transfers/{id}/pieces/{number}", "putTransferPiece", tag, "Send a piece of an archive; pieces may come in any order, and again")
	piece.MaxBodyBytes, piece.BodyReadTimeout = lab.TransferPieceSize+1, pieceTime
	register(a, person, piece,
		func(ctx context.Context, who *service.Actor, in *struct {
			ID      int64  `path:"id"`
			Number  int64  `path:"number" minimum:"0" doc:"From 0"`
			Digest  string `query:"sha256" doc:"Of the bytes, to notice what changes on the way"`
			RawBody []byte `contentType:"application/octet-stream"`
		},
		) (*empty, error) {
			return nil, a.Service.PutTransferPiece(ctx, who, in.ID, in.Number, in.Digest, in.RawBody)
		})
	run := op(http.MethodPost, "/transfers/{id}/import", "runTransfer", tag, "Have a job look through an archive that has come, or import it")
	run.MaxBodyBytes = 4 << 20
	register(a, person, run,
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			Body client.RunTransfer
		},
		) (*body[client.Transfer], error) {
			q := service.ImportRequest{DryRun: in.Body.DryRun, Known: lab.Known(in.Body.Known)}
			if m := in.Body.Map; m != nil {
				q.Map = &lab.TransferMap{}
				for _, c := range m.Configs {
					q.Map.Configs = append(q.Map.Configs, lab.TransferConfig{Archive: c.Archive, Name: c.Name, Here: c.Here, New: c.New})
				}
				for _, p := range m.PreProcesses {
					q.Map.PreProcesses = append(q.Map.PreProcesses, lab.TransferPreProcess{Archive: p.Archive, Name: p.Name, Here: p.Here})
				}
			}
			return oneTransfer(a.Service.RunTransfer(ctx, who, in.ID, q))
		})
}

func oneTransfer(v service.TransferView, err error) (*body[client.Transfer], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Transfer]{transferOut(&v)}, nil
}

func transferOut(v *service.TransferView) client.Transfer {
	out := client.Transfer{
		ID: v.ID, GroupID: v.GroupID, Name: v.Name, Size: v.Size, PieceSize: lab.TransferPieceSize, Pieces: []int64{}, Digests: []string{}, JobID: v.JobID,
		State: string(v.State), Progress: v.Progress, Stage: v.Stage, Error: v.Error, CreatedAt: v.CreatedAt, DoneAt: instant(v.DoneAt), ExpiresAt: v.Until,
	}
	for _, p := range v.Pieces {
		out.Pieces, out.Digests = append(out.Pieces, p.Number), append(out.Digests, p.Digest)
	}
	if r := v.Report; r != nil {
		out.Report = reportOut(r)
	}
	return out
}

func reportOut(r *lab.TransferReport) *client.TransferReport {
	out := &client.TransferReport{
		DryRun: r.DryRun, Program: r.Program, Server: r.Server, Original: r.Original, Anonymous: r.Anonymous, Skipped: r.Skipped, Sets: r.Sets, Samples: r.Samples,
		Files: r.Files, Results: r.Results, Annotations: r.Annotations, Bytes: r.Bytes, People: r.People, Strangers: r.Strangers,
		Map:   client.TransferMap{Configs: []client.TransferConfig{}, PreProcesses: []client.TransferPreProcess{}},
		Known: []client.TransferKnown{}, Made: []client.TransferMade{}, Faults: append([]string{}, r.Faults...), Notes: append([]string{}, r.Notes...),
	}
	for _, c := range r.Map.Configs {
		out.Map.Configs = append(out.Map.Configs, client.TransferConfig{Archive: c.Archive, Name: c.Name, Here: c.Here, New: c.New, How: string(c.How), Results: c.Results})
	}
	for _, p := range r.Map.PreProcesses {
		out.Map.PreProcesses = append(out.Map.PreProcesses, client.TransferPreProcess{Archive: p.Archive, Name: p.Name, Here: p.Here, How: string(p.How)})
	}
	for _, k := range r.Known {
		out.Known = append(out.Known, client.TransferKnown(k))
	}
	for _, m := range r.Made {
		out.Made = append(out.Made, client.TransferMade(m))
	}
	return out
}
