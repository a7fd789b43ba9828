package api

import (
	"context"
	"log/slog"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) bundles() {
	const tag = "Own account"
	register(a, person, created("/me/exports", "requestExport", tag, "Have an archive made of all that one may reach; a job makes it"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewBundle]) (*body[client.Bundle], error) {
			v, err := a.Service.RequestBundle(ctx, who, in.Body.Reads)
			return &body[client.Bundle]{bundleOut(&v)}, err
		})
	register(a, person, op(http.MethodGet, "/me/exports", "listExports", tag, "The own archives, the newest first"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.BundleList], error) {
			list, err := a.Service.Bundles(ctx, who)
			out := client.BundleList{Items: []client.Bundle{}}
			for i := range list {
				out.Items = append(out.Items, bundleOut(&list[i]))
			}
			return &body[client.BundleList]{out}, err
		})
	register(a, person, bytesOf(op(http.MethodGet, "/me/exports/{id}/content", "getExport", tag, "Download an own archive, a ZIP file; ranges can be asked for")),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*huma.StreamResponse, error) {
			c, err := a.Service.OpenBundle(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			return a.archive(ctx, c, slog.Int64("archive_id", in.ID)), nil
		})
	register(a, person, noContent(http.MethodDelete, "/me/exports/{id}", "deleteExport", tag, "Remove an own archive"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.DeleteBundle(ctx, who, in.ID)
		})
}

// archive sends an archive that is kept, all of it or the ranges that are asked
// for; id names it in the log.
func (a *api) archive(ctx context.Context, c *service.FileContent, id slog.Attr) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", "application/zip")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": c.Name}))
		h.Set("ETag", `"`+c.Digest+`"`)
		http.ServeContent(w, r, "", c.ChangedAt, c)
		if err := c.Close(); err != nil {
			a.Log.LogAttrs(ctx, slog.LevelError, "close archive", id, slog.String("error", err.Error()))
		}
	}}
}

func bundleOut(v *service.BundleView) client.Bundle {
	return client.Bundle{
		ID: v.ID, JobID: v.JobID, State: string(v.State), Progress: v.Progress, Error: v.Error, Reads: v.Reads, Bytes: v.Size,
		CreatedAt: v.CreatedAt, ReadyAt: instant(v.ReadyAt), ExpiresAt: instant(v.ExpiresAt),
	}
}
