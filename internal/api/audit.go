package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) audit() {
	register(a, person, op(http.MethodGet, "/audit", "listAudit", "Audit", "Who did what, the newest first; who is no administrator names a set that they may edit"),
		func(ctx context.Context, who *service.Actor, in *struct {
			UserID   int64  `query:"user_id" minimum:"0" doc:"Who acted"`
			BehalfOf int64  `query:"behalf_of" minimum:"0" doc:"In whose account an administrator acted"`
			SetID    int64  `query:"set_id" minimum:"0" doc:"The set concerned"`
			Object   string `query:"object" maxLength:"50" doc:"As sample, with object_id"`
			ObjectID int64  `query:"object_id" minimum:"0"`
			Action   string `query:"action" maxLength:"50" doc:"As set.create"`
			From     string `query:"from" maxLength:"10" doc:"First day, YYYY-MM-DD"`
			To       string `query:"to" maxLength:"10" doc:"Last day, YYYY-MM-DD"`
			Cursor   string `query:"cursor" maxLength:"100" doc:"Next of the page before"`
			Limit    int    `query:"limit" minimum:"0" maximum:"200" doc:"Length of the page; left out, 50"`
		},
		) (*body[client.AuditPage], error) {
			page, err := a.Service.Audit(ctx, who, service.AuditQuery{
				UserID: in.UserID, BehalfOf: in.BehalfOf, SetID: in.SetID, Object: in.Object, ObjectID: in.ObjectID, Action: in.Action,
				From: lab.Date(in.From), To: lab.Date(in.To), Cursor: in.Cursor, Limit: in.Limit,
			})
			out := client.AuditPage{Items: []client.AuditEntry{}, Next: page.Next}
			for i := range page.Items {
				out.Items = append(out.Items, entryOut(&page.Items[i]))
			}
			return &body[client.AuditPage]{out}, err
		})
}

func entryOut(v *service.AuditView) client.AuditEntry {
	return client.AuditEntry{
		ID: v.ID, At: v.At, UserID: v.UserID, User: v.User, BehalfOf: v.BehalfOf, Behalf: v.Behalf, Action: v.Action, Object: v.Object, ObjectID: v.ObjectID,
		SetID: v.SetID, Before: v.Before, After: v.After, Hidden: v.Hidden, RequestID: v.RequestID, Address: v.Address, Hash: v.Hash,
	}
}
