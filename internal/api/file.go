package api

import (
	"context"
	"log/slog"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vidjil.org/vidjil/internal/service"
)

func (a *api) files() {
	o := op(http.MethodGet, "/files/{id}/content", "getFileContent", "Files", "The bytes of a file of a sample; ranges can be asked for")
	raw := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	o.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: raw}, "206": {Description: "A part of it", Content: raw}}
	register(a, person, o, a.fileContent)
}

func (a *api) fileContent(ctx context.Context, who *service.Actor, in *IDIn) (*huma.StreamResponse, error) {
	c, err := a.Service.OpenFile(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": c.Name}))
		if c.Digest != "" {
			h.Set("ETag", `"`+c.Digest+`"`)
		}
		http.ServeContent(w, r, "", c.ChangedAt, c)
		if err := c.Close(); err != nil {
			a.Log.LogAttrs(ctx, slog.LevelError, "close file", slog.Int64("file_id", in.ID), slog.String("error", err.Error()))
		}
	}}, nil
}
