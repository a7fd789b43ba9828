package api

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/trace"
	"vidjil.org/vidjil/internal/upload"
)

// UploadPath is where the handler of uploads is mounted.
const UploadPath = client.Prefix + "/uploads/"

// ledger answers the questions of package upload by use cases, for who sent the
// request.
type ledger struct{ service *service.Service }

var (
	_ upload.Ledger    = ledger{}
	_ upload.Inspector = ledger{}
	_ upload.Reviser   = ledger{}
)

// Ledger is what a receiver of uploads asks. Its requests come through the
// handler that New makes.
func Ledger(s *service.Service) upload.Ledger { return ledger{s} }

// step calls a use case as a step of the trace, as [register] does for those of
// the other routes. id is the upload's, "" before it has one.
func step[T any](ctx context.Context, name, id string, use func(context.Context) (T, error)) (T, error) {
	ctx, span := trace.Start(ctx, name)
	out, err := use(ctx)
	if id == "" {
		span.End(err)
	} else {
		span.End(err, slog.String("vidjil.upload_id", id))
	}
	return out, err
}

// Begin implements [upload.Ledger].
func (l ledger) Begin(ctx context.Context, r *http.Request, u upload.Upload) (string, error) {
	file, err := strconv.ParseInt(u.Metadata["file_id"], 10, 64)
	if err != nil {
		return "", lab.Errorf(lab.Invalid, "the metadata \"file_id\" is missing or no number: make a sample, whose files have ids, and upload to one of them")
	}
	return step(ctx, "beginUpload", "", func(ctx context.Context) (string, error) {
		return l.service.BeginUpload(ctx, actorOf(r.Context()), file, u.Size)
	})
}

// Allow implements [upload.Ledger].
func (l ledger) Allow(ctx context.Context, r *http.Request, id string) error {
	// A POST stands for a PATCH where networks let no PATCH through.
	sending := r.Method == http.MethodPatch || r.Method == http.MethodPost
	_, err := step(ctx, "allowUpload", id, func(ctx context.Context) (none struct{}, err error) {
		return none, l.service.AllowUpload(ctx, actorOf(r.Context()), id, sending)
	})
	return err
}

// Inspect implements [upload.Inspector].
func (l ledger) Inspect(ctx context.Context, id string, kind content.Kind) error {
	_, err := step(ctx, "inspectUpload", id, func(ctx context.Context) (none struct{}, err error) {
		return none, l.service.InspectUpload(ctx, id, kind)
	})
	return err
}

// Finish implements [upload.Ledger].
func (l ledger) Finish(ctx context.Context, id string, f upload.Received) error {
	_, err := step(ctx, "finishUpload", id, func(ctx context.Context) (none struct{}, err error) {
		return none, l.service.FinishUpload(ctx, id, service.UploadedFile{Digest: string(f.Blob.Digest), Size: f.Blob.Size, Duplicate: f.Blob.Known, Kind: f.Content})
	})
	return err
}

// Abandon implements [upload.Ledger].
func (l ledger) Abandon(ctx context.Context, id, reason string) error {
	_, err := step(ctx, "abandonUpload", id, func(ctx context.Context) (none struct{}, err error) {
		return none, l.service.AbandonUpload(ctx, id, reason)
	})
	return err
}

// Dead implements [upload.Reviser].
func (l ledger) Dead(ctx context.Context, ids []string) ([]string, error) {
	return l.service.DeadUploads(ctx, ids)
}

// RefuseUpload writes the errors of a receiver of uploads in the form of all
// others. Their statuses are those that clients of the tus protocol know.
func RefuseUpload(log *slog.Logger) func(w http.ResponseWriter, r *http.Request, status int, err error) {
	a := &api{Config: Config{Log: log}}
	return func(w http.ResponseWriter, r *http.Request, status int, err error) {
		p := a.problem(r.Context(), err)
		if p.Status != status {
			p.Status, p.Title = status, http.StatusText(status)
		}
		if p.Title == "" {
			p.Title = "Checksum Mismatch" // of the protocol, not of HTTP
		}
		if after := retryAfter(ended(r.Context(), err)); after != "" {
			w.Header().Set("Retry-After", after)
		}
		a.writeProblem(r.Context(), w, p)
	}
}

// uploads adds the receiver, and routes beside it.
func (a *api) uploads(mux *http.ServeMux) {
	const tag = "Uploads"
	register(a, person, op(http.MethodGet, "/samples/{id}/uploads", "listSampleUploads", tag, "The last upload of each file of a sample, to go on with those that are not complete"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.UploadList], error) {
			list, err := a.Service.SampleUploads(ctx, who, in.ID)
			out := client.UploadList{Items: []client.SampleUpload{}}
			for _, u := range list {
				out.Items = append(out.Items, client.SampleUpload{
					ID: u.ID, FileID: u.FileID, Size: u.Size, State: string(u.State), Reason: u.Reason, CreatedAt: u.CreatedAt.UTC(), ChangedAt: u.ChangedAt.UTC(),
				})
			}
			return &body[client.UploadList]{out}, err
		})
	a.describeUploads(tag)
	receiver := a.Uploads
	if receiver == nil {
		receiver = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a.writeProblem(r.Context(), w, lab.Errorf(lab.Unavailable, "this server takes no uploads"))
		})
	}
	mux.Handle(UploadPath, receiver)
	mux.Handle(strings.TrimSuffix(UploadPath, "/"), receiver)
}

// describeUploads writes the routes of the tus protocol into the document; the
// receiver answers them, not the library of the other routes.
func (a *api) describeUploads(tag string) {
	text := func(description string) *huma.Param {
		return &huma.Param{In: "header", Required: true, Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	named := func(p *huma.Param, name string) *huma.Param { p.Name = name; return p }
	version := named(text("1.0.0"), "Tus-Resumable")
	id := &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
	raw := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/offset+octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	status := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[client.UploadStatus](), true, "UploadStatus")
	add := func(o huma.Operation, code, answer string, params ...*huma.Param) {
		o.Path, o.Parameters = client.Prefix+o.Path, params
		o.Security = []map[string][]string{{"session": {}}, {"token": {}}}
		o.Responses = map[string]*huma.Response{code: {Description: answer}}
		if o.Method == http.MethodGet {
			o.Responses[code].Content = map[string]*huma.MediaType{"application/json": {Schema: status}}
		}
		if o.Method == http.MethodPatch {
			o.RequestBody = raw
		}
		a.huma.OpenAPI().AddOperation(&o)
	}
	add(op(http.MethodPost, "/uploads/", "beginUpload", tag, "Begin the upload of a file that a sample expects (tus 1.0)"), "201", "The upload is at Location",
		version, named(text("Bytes of the file"), "Upload-Length"),
		named(text("Pairs of a key and its value in Base64, separated by commas: file_id, filename, and sha256 if it is known"), "Upload-Metadata"))
	add(op(http.MethodHead, "/uploads/{id}", "resumeUpload", tag, "How much has come (tus 1.0)"), "200", "Upload-Offset tells it", id, version)
	add(op(http.MethodPatch, "/uploads/{id}", "sendUpload", tag, "Send bytes, up to the whole rest (tus 1.0)"), "204",
		"Upload-Offset tells how much has come. After the last byte: Upload-Digest, Upload-Content, and Upload-Duplicate if the bytes were known before", id, version, named(text("Where the bytes begin"), "Upload-Offset"))
	add(op(http.MethodDelete, "/uploads/{id}", "cancelUpload", tag, "Give an upload up (tus 1.0)"), "204", "It is gone", id, version)
	add(op(http.MethodGet, "/uploads/{id}", "getUpload", tag, "Where an upload is, and why it was refused"), "200", "OK", id)
}
