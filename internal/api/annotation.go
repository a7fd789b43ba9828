package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// annotationOut is an annotation with its version as ETag.
type annotationOut struct {
	ETag string `header:"ETag" doc:"The version, for If-Match"`
	Body client.Annotation
}

// MatchIn is the version that a change is based on.
type MatchIn struct {
	IfMatch string `header:"If-Match" maxLength:"50" doc:"ETag of the version that was changed; 0 where there was none"`
}

func (in MatchIn) version() (int, error) {
	n, err := client.VersionOf(in.IfMatch)
	if err != nil || n < 0 {
		return 0, &lab.Error{Code: lab.Invalid, Msg: "If-Match: want the ETag of the annotation that was changed", Fields: []lab.Fault{{Field: "If-Match", Msg: "is missing, or no ETag of an annotation"}}}
	}
	return n, nil
}

func (a *api) annotations() {
	const tag, path = "Annotations", "/sets/{id}/annotation"
	register(a, person, op(http.MethodGet, path, "getAnnotation", tag, "What people noted on a set"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*annotationOut, error) {
			return oneAnnotation(a.Service.Annotation(ctx, who, in.ID, service.AnyVersion))
		})
	save := op(http.MethodPut, path, "saveAnnotation", tag, "Save a new version; refused when somebody else has saved since the one that was changed")
	save.MaxBodyBytes = lab.MaxAnnotation + 1<<20
	register(a, person, save, func(ctx context.Context, who *service.Actor, in *struct {
		IDIn
		MatchIn
		Body client.AnnotationSave
	},
	) (*annotationOut, error) {
		based, err := in.version()
		if err != nil {
			return nil, err
		}
		return oneAnnotation(a.Service.SaveAnnotation(ctx, who, in.ID, service.AnnotationSave{Based: based, Note: in.Body.Note, Body: noteIn(&in.Body.Body)}))
	})
	register(a, person, op(http.MethodGet, path+"/versions", "listAnnotationVersions", tag, "The versions, the newest first"), a.annotationVersions)
	register(a, person, op(http.MethodGet, path+"/versions/{version}", "getAnnotationVersion", tag, "A version"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			Version int `path:"version" minimum:"1"`
		},
		) (*annotationOut, error) {
			return oneAnnotation(a.Service.Annotation(ctx, who, in.ID, in.Version))
		})
	register(a, person, op(http.MethodPost, path+"/versions/{version}/restore", "restoreAnnotation", tag, "Make a version the newest, as a new one"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			MatchIn
			Version int `path:"version" minimum:"1"`
		},
		) (*annotationOut, error) {
			based, err := in.version()
			if err != nil {
				return nil, err
			}
			return oneAnnotation(a.Service.RestoreAnnotation(ctx, who, in.ID, in.Version, based))
		})
	register(a, person, op(http.MethodGet, path+"/diff", "diffAnnotations", tag, "In what two versions differ"), a.diffAnnotations)
	a.annotationFiles(tag, path)
}

func (a *api) annotationVersions(ctx context.Context, who *service.Actor, in *struct {
	IDIn
	Cursor string `query:"cursor" maxLength:"20" doc:"Next of the page before"`
	Limit  int    `query:"limit" minimum:"0" maximum:"200" doc:"Length of the page; left out, 50"`
},
) (*body[client.AnnotationVersions], error) {
	below := 0
	if in.Cursor != "" {
		n, err := strconv.Atoi(in.Cursor)
		if err != nil || n < 1 {
			return nil, lab.Errorf(lab.Invalid, "cursor: want next of the page before")
		}
		below = n
	}
	if in.Limit == 0 {
		in.Limit = 50
	}
	list, err := a.Service.AnnotationVersions(ctx, who, in.ID, below, in.Limit)
	if err != nil {
		return nil, err
	}
	out := client.AnnotationVersions{Items: []client.AnnotationVersion{}}
	for i := range list {
		out.Items = append(out.Items, versionOut(&list[i]))
	}
	if n := len(list); n == in.Limit && list[n-1].Version > 1 {
		out.Next = strconv.Itoa(list[n-1].Version)
	}
	return &body[client.AnnotationVersions]{out}, nil
}

func (a *api) diffAnnotations(ctx context.Context, who *service.Actor, in *struct {
	IDIn
	From int `query:"from" minimum:"0" doc:"0: the empty one"`
	To   int `query:"to" minimum:"0" doc:"Left out: the newest"`
},
) (*body[client.AnnotationChanges], error) {
	list, err := a.Service.DiffAnnotations(ctx, who, in.ID, in.From, in.To)
	if err != nil {
		return nil, err
	}
	out := client.AnnotationChanges{Items: []client.AnnotationChange{}}
	for _, d := range list {
		out.Items = append(out.Items, client.AnnotationChange{Part: d.Part, ID: d.ID, Field: d.Field, Before: json.RawMessage(d.Before), After: json.RawMessage(d.After)})
	}
	return &body[client.AnnotationChanges]{out}, nil
}

// annotationFiles adds .analysis files.
func (a *api) annotationFiles(tag, path string) {
	in := op(http.MethodPost, path+"/import", "importAnnotation", tag, "Save a .analysis file as a new version")
	in.MaxBodyBytes = lab.MaxAnnotation + 1
	register(a, person, in, func(ctx context.Context, who *service.Actor, in *struct {
		IDIn
		MatchIn
		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (*annotationOut, error) {
		based, err := in.version()
		if err != nil {
			return nil, err
		}
		return oneAnnotation(a.Service.ImportAnnotation(ctx, who, in.ID, based, in.RawBody))
	})
	register(a, person, bytesOf(op(http.MethodGet, path+"/export", "exportAnnotation", tag, "Download as a .analysis file")),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			Version int `query:"version" minimum:"0" doc:"Left out: the newest"`
		},
		) (*huma.StreamResponse, error) {
			c, err := a.Service.ExportAnnotation(ctx, who, in.ID, in.Version)
			if err != nil {
				return nil, err
			}
			return a.content(c, nil), nil
		})
}

func oneAnnotation(v service.AnnotationView, err error) (*annotationOut, error) {
	if err != nil {
		return nil, err
	}
	return &annotationOut{
		ETag: strconv.Quote(strconv.Itoa(v.Version)),
		Body: client.Annotation{AnnotationVersion: versionOut(&v.Annotation), MaySave: v.MaySave, Body: noteOut(&v.Content)},
	}, nil
}

func versionOut(a *lab.Annotation) client.AnnotationVersion {
	return client.AnnotationVersion{Version: a.Version, AuthorID: a.AuthorID, Author: a.Author, Note: a.Note, CreatedAt: a.CreatedAt}
}

func noteOut(b *lab.AnnotationBody) client.AnnotationBody {
	out := client.AnnotationBody{
		Clusters: b.Clusters, Order: b.Order, AllOrder: b.AllOrder, Reports: b.Reports, Normalization: b.Normalization, Other: b.Other,
	}
	for _, c := range b.Clonotypes {
		out.Clonotypes = append(out.Clonotypes, client.ClonotypeNote(c))
	}
	for _, s := range b.Samples {
		out.Samples = append(out.Samples, client.SampleNote(s))
	}
	for _, t := range b.Tags {
		out.Tags = append(out.Tags, client.TagNote(t))
	}
	for _, d := range b.Data {
		out.Data = append(out.Data, client.DataNote(d))
	}
	return out
}

func noteIn(b *client.AnnotationBody) lab.AnnotationBody {
	out := lab.AnnotationBody{
		Clusters: b.Clusters, Order: b.Order, AllOrder: b.AllOrder, Reports: b.Reports, Normalization: b.Normalization, Other: b.Other,
	}
	for _, c := range b.Clonotypes {
		out.Clonotypes = append(out.Clonotypes, lab.ClonotypeNote(c))
	}
	for _, s := range b.Samples {
		out.Samples = append(out.Samples, lab.SampleNote(s))
	}
	for _, t := range b.Tags {
		out.Tags = append(out.Tags, lab.TagNote(t))
	}
	for _, d := range b.Data {
		out.Data = append(out.Data, lab.DataNote(d))
	}
	return out
}
