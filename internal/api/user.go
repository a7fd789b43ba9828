package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) users() {
	const tag = "People"
	register(a, admin, op(http.MethodGet, "/users", "listUsers", tag, "Accounts"),
		func(ctx context.Context, who *service.Actor, in *struct {
			Q      string `query:"q" maxLength:"200" doc:"A part of name or address"`
			Sort   string `query:"sort" maxLength:"50" doc:"name, created or login; - before it turns it round"`
			Cursor string `query:"cursor" maxLength:"100" doc:"Next of the page before"`
			Limit  int    `query:"limit" minimum:"0" maximum:"200" doc:"Length of the page; left out, 50"`
		},
		) (*body[client.UserList], error) {
			page, err := a.Service.Users(ctx, who, service.Page{Q: in.Q, Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit})
			out := client.UserList{Items: []client.User{}, Next: page.Next, Total: page.Total}
			for i := range page.Items {
				out.Items = append(out.Items, userOut(&page.Items[i]))
			}
			return &body[client.UserList]{out}, err
		})
	register(a, admin, created("/users", "createUser", tag, "Invite a person"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewUser]) (*body[client.Invitation], error) {
			n := in.Body
			return invitation(a.Service.CreateUser(ctx, who, service.NewUser{
				Email: n.Email, Name: n.Name, Admin: n.Admin, Limited: n.Limited, Language: n.Language, Groups: n.Groups, Mail: n.Mail,
			}))
		})
	register(a, admin, op(http.MethodGet, "/users/{id}", "getUser", tag, "An account"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.User], error) {
			return oneUser(a.Service.UserByID(ctx, who, in.ID))
		})
	register(a, admin, op(http.MethodPatch, "/users/{id}", "updateUser", tag, "Change an account, disable it or enable it again"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.UserChange]
		},
		) (*body[client.User], error) {
			c := in.Body
			return oneUser(a.Service.UpdateUser(ctx, who, in.ID, service.UserChange{
				Email: c.Email, Name: c.Name, Admin: c.Admin, Limited: c.Limited, Language: c.Language, State: (*lab.UserState)(c.State),
			}))
		})
	register(a, admin, created("/users/{id}/link", "createUserLink", tag, "Make a link by which the person chooses a password"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.LinkOptions]
		},
		) (*body[client.Invitation], error) {
			return invitation(a.Service.UserLink(ctx, who, in.ID, in.Body.Mail))
		})
	register(a, admin, noContent(http.MethodPost, "/users/{id}/anonymise", "anonymiseUser", tag, "Take name and address of an account away, for good"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return &empty{}, a.Service.AnonymiseUser(ctx, who, in.ID)
		})
	register(a, admin, noContent(http.MethodDelete, "/users/{id}/totp", "removeSecondFactor", tag, "Take the second factor of somebody who has lost it"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return &empty{}, a.Service.RemoveSecondFactor(ctx, who, in.ID)
		})
	register(a, admin, op(http.MethodPost, "/session/behalf", "actFor", tag, "Act in the account of another person; noted as both"),
		func(ctx context.Context, who *service.Actor, in *body[client.Behalf]) (*body[client.Whoami], error) {
			as, err := a.Service.ActFor(ctx, who, in.Body.UserID)
			if err != nil {
				return nil, err
			}
			w, err := a.whoami(ctx, as)
			return &body[client.Whoami]{w}, err
		})
	register(a, person, noContent(http.MethodDelete, "/session/behalf", "stopActing", tag, "Act in the own account again"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*empty, error) {
			return &empty{}, a.Service.StopActing(ctx, who)
		})
}

func invitation(inv service.Invitation, err error) (*body[client.Invitation], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Invitation]{client.Invitation{User: userOut(&inv.User), Link: inv.Link, Sent: inv.Sent}}, nil
}

func oneUser(v service.UserView, err error) (*body[client.User], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.User]{userOut(&v)}, nil
}

func userOut(v *service.UserView) client.User {
	out := client.User{
		ID: v.ID, Email: v.Email, Name: v.Name, State: string(v.State), Admin: v.Admin, Limited: v.Limited, Source: v.Source, Language: v.Language,
		SecondFactor: v.SecondFactor, LockedUntil: instant(v.LockedUntil), CreatedAt: v.CreatedAt, LastLoginAt: instant(v.LastLoginAt),
		Groups: []client.UserGroup{}, Sets: v.Sets, Samples: v.Samples,
	}
	for _, m := range v.Groups {
		out.Groups = append(out.Groups, client.UserGroup{ID: m.GroupID, Name: m.Name, Kind: string(m.Kind)})
	}
	return out
}
