package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/source"
)

func (a *api) sources() {
	const tag = "Mounted folders"
	register(a, person, op(http.MethodGet, "/sources", "listSources", tag, "The mounted folders, for those who may upload somewhere"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.SourceList], error) {
			names, err := a.Service.SourceNames(ctx, who)
			return &body[client.SourceList]{client.SourceList{Items: append([]string{}, names...)}}, err
		})
	register(a, person, op(http.MethodGet, "/sources/{name}", "listSourceFolder", tag, "A folder of a mounted folder: folders, then files that can become part of samples, by name"), a.listSource)
	register(a, person, op(http.MethodGet, "/sources/{name}/files", "findSourceFiles", tag, "The files of a mounted folder that match a pattern"),
		func(ctx context.Context, who *service.Actor, in *struct {
			Name    string `path:"name"`
			Pattern string `query:"pattern" required:"true" maxLength:"2000" doc:"* and ? within one name, ** for any folders" example:"run1/**/*.fastq.gz"`
		},
		) (*body[client.SourceFiles], error) {
			list, err := a.Service.GlobSource(ctx, who, in.Name, in.Pattern)
			return &body[client.SourceFiles]{client.SourceFiles{Items: entriesOut(list)}}, err
		})
	register(a, person, op(http.MethodGet, "/sources/{name}/run", "getSourceRun", tag, "What the folder of a sequencing run tells about it"),
		func(ctx context.Context, who *service.Actor, in *sourceIn) (*body[client.SourceRun], error) {
			r, err := a.Service.SourceRun(ctx, who, in.Name, in.Path)
			return &body[client.SourceRun]{client.SourceRun{
				Name: r.Name, Date: r.Date, Instrument: r.Instrument, Number: r.Number, Flowcell: r.Flowcell, Lanes: r.Lanes, Sequenced: r.Sequenced, Complete: r.Complete,
				SampleSheets: append([]string{}, r.SampleSheets...), FastqFolders: append([]string{}, r.FastqFolders...),
			}}, err
		})
	register(a, person, op(http.MethodPost, "/samples/{id}/files/{file_id}/attach", "attachFile", tag, "Make a file of a mounted folder one that a sample expects; nothing is copied"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			FileID int64 `path:"file_id" minimum:"1"`
			body[client.Attachment]
		},
		) (*body[client.Sample], error) {
			return oneSample(a.Service.AttachFile(ctx, who, in.ID, in.FileID, in.Body.Source, in.Body.Path))
		})
}

// sourceIn is a folder of a mounted folder.
type sourceIn struct {
	Name string `path:"name"`
	Path string `query:"path" maxLength:"4000" doc:"Below the mounted folder; left out, the whole"`
}

func (a *api) listSource(ctx context.Context, who *service.Actor, in *struct {
	Name   string `path:"name"`
	Path   string `query:"path" maxLength:"4000" doc:"Below the mounted folder; left out, the whole"`
	Cursor string `query:"cursor" maxLength:"1000" doc:"Next of the page before"`
	Limit  int    `query:"limit" minimum:"0" maximum:"200" doc:"Length of the page; left out, 50"`
},
) (*body[client.SourcePage], error) {
	after, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "the cursor is not one of this list")
	}
	page := source.Page{After: string(after), Limit: in.Limit}
	if page.Limit == 0 {
		page.Limit = 50
	}
	list, err := a.Service.ListSource(ctx, who, in.Name, in.Path, page)
	return &body[client.SourcePage]{client.SourcePage{Items: entriesOut(list.Entries), Next: base64.RawURLEncoding.EncodeToString([]byte(list.Next))}}, err
}

func entriesOut(list []source.Entry) []client.SourceEntry {
	out := make([]client.SourceEntry, len(list))
	for i, e := range list {
		out[i] = client.SourceEntry{Path: e.Path, Name: e.Name, Folder: e.Folder, Size: e.Size, Changed: e.ChangedAt.UTC()}
	}
	return out
}
