package api

import (
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/klauspost/compress/gzhttp"

	"vidjil.org/vidjil/internal/service"
)

// content answers with bytes that are made while they are sent, compressed where
// the other side understands it. Who has them already by their ETag gets none.
func (a *api) content(c service.Content, ifNoneMatch []string) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		h := w.Header()
		// It may be kept by its reader and must be asked for again each time: names
		// and rights change.
		h.Set("Cache-Control", "private, no-cache")
		if c.ETag != "" {
			// Weak: it is the same content whether it was compressed or not.
			tag := `W/"` + c.ETag + `"`
			h.Set("ETag", tag)
			if matches(ifNoneMatch, tag) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		a.pack(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.sendContent(w, r, c) })).ServeHTTP(w, r)
	}}
}

// matches tells whether one of the tags of the header is the tag.
func matches(header []string, tag string) bool {
	for _, list := range header {
		for t := range strings.SplitSeq(list, ",") {
			if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
				return true
			}
		}
	}
	return false
}

// sendContent writes content. A fault before the first bytes were sent is
// answered as one; later the connection is cut, so that nobody takes a part for
// the whole.
func (a *api) sendContent(w http.ResponseWriter, r *http.Request, c service.Content) {
	h := w.Header()
	h.Set("Content-Type", c.MediaType)
	if c.Name != "" {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": c.Name}))
	}
	late := &lateWriter{to: w}
	err := c.Write(r.Context(), late)
	if err == nil {
		err = late.flush()
	}
	if err == nil {
		return
	}
	if !late.begun {
		h.Del("ETag")
		h.Del("Content-Disposition")
		h.Set("Cache-Control", "no-store")
		a.writeProblem(r.Context(), w, err)
		return
	}
	if r.Context().Err() == nil {
		a.Log.LogAttrs(r.Context(), slog.LevelError, "answer cut off", slog.String("request_id", actorOf(r.Context()).RequestID), slog.String("error", err.Error()))
	}
	panic(http.ErrAbortHandler)
}

// lateBytes are held back until it is clear that there will be an answer.
const lateBytes = 64 << 10

// lateWriter holds back the first bytes.
type lateWriter struct {
	to    io.Writer
	held  []byte
	begun bool
}

func (l *lateWriter) Write(p []byte) (int, error) {
	if !l.begun && len(l.held)+len(p) <= lateBytes {
		l.held = append(l.held, p...)
		return len(p), nil
	}
	if err := l.flush(); err != nil {
		return 0, err
	}
	return l.to.Write(p)
}

func (l *lateWriter) flush() error {
	if l.begun {
		return nil
	}
	l.begun = true
	_, err := l.to.Write(l.held)
	l.held = nil
	return err
}

// packer compresses answers; ZIP files are left as they are.
func packer() func(http.Handler) http.HandlerFunc {
	w, err := gzhttp.NewWrapper(gzhttp.EnableZstd(true), gzhttp.PreferZstd(true))
	if err != nil {
		panic(err) // the options are constants
	}
	return w
}

// exportRoute adds the download of results side by side.
func (a *api) exportRoute(path, name, tag string, ref refOf) {
	register(a, person, bytesOf(op(http.MethodGet, path+"/export", "export"+name, tag, "Download as a .vidjil file or an AIRR table; a single result with all its clonotypes")),
		func(ctx context.Context, who *service.Actor, in *struct {
			FusedIn
			Format string   `query:"format" enum:"vidjil,airr" default:"vidjil"`
			IfNone []string `header:"If-None-Match"`
		},
		) (*huma.StreamResponse, error) {
			r, err := ref(in.FusedIn)
			if err != nil {
				return nil, err
			}
			c, err := a.Service.ExportFused(ctx, who, r, service.ExportFormat(in.Format))
			if err != nil {
				return nil, err
			}
			return a.content(c, in.IfNone), nil
		})
}

func (a *api) exports() {
	register(a, person, bytesOf(op(http.MethodGet, "/export.zip", "exportResults", "Clonotypes", "Download many results as a ZIP file, with metadata.json")),
		func(ctx context.Context, who *service.Actor, in *struct {
			Results []int64  `query:"result_ids" maxItems:"1000" doc:"These results, or"`
			Sets    []int64  `query:"set_ids" maxItems:"1000" doc:"the newest of the samples of these sets"`
			Configs []int64  `query:"config_ids" maxItems:"1000" doc:"by these configs; left out, by all"`
			Formats []string `query:"formats" enum:"vidjil,airr" doc:"Left out, and without files and logs: vidjil"`
			Files   bool     `query:"files" doc:"Other outputs of the analyses"`
			Logs    bool     `query:"logs"`
		},
		) (*huma.StreamResponse, error) {
			q := service.ArchiveRequest{Results: in.Results, Sets: in.Sets, Configs: in.Configs, Files: in.Files, Logs: in.Logs}
			for _, f := range in.Formats {
				q.Formats = append(q.Formats, service.ExportFormat(f))
			}
			if len(q.Formats) == 0 && !q.Files && !q.Logs {
				q.Formats = []service.ExportFormat{service.ExportVidjil}
			}
			q.Sets, q.Results = slices.Compact(q.Sets), slices.Compact(q.Results)
			c, err := a.Service.Archive(ctx, who, q)
			if err != nil {
				return nil, err
			}
			return a.content(c, nil), nil
		})
}
