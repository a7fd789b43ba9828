package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) tags() {
	register(a, person, op(http.MethodGet, "/tags", "listTags", "Tags", "The tags that one's groups use, to complete what is typed"),
		func(ctx context.Context, who *service.Actor, in *struct {
			Prefix string `query:"prefix" maxLength:"200" doc:"How the tag begins"`
			Limit  int    `query:"limit" minimum:"0" maximum:"200" doc:"Left out, 50"`
		},
		) (*body[client.TagList], error) {
			list, err := a.Service.Tags(ctx, who, in.Prefix, in.Limit)
			out := client.TagList{Items: []client.Tag{}}
			for _, t := range list {
				out.Items = append(out.Items, client.Tag(t))
			}
			return &body[client.TagList]{out}, err
		})
}
