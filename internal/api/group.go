package api

import (
	"context"
	"fmt"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) groups() {
	const tag = "Groups"
	register(a, person, op(http.MethodGet, "/groups", "listGroups", tag, "The groups that one may see, with their rights"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.GroupList], error) {
			list, err := a.Service.Groups(ctx, who)
			out := client.GroupList{Items: []client.Group{}}
			for i := range list {
				out.Items = append(out.Items, groupOut(&list[i]))
			}
			for _, k := range access.Kinds() {
				row := client.GroupRights{Kind: string(k)}
				for _, r := range access.Rights(k) {
					row.Rights = append(row.Rights, access.Grant{Kind: k, Right: r}.String())
				}
				out.Kinds = append(out.Kinds, row)
			}
			return &body[client.GroupList]{out}, err
		})
	register(a, admin, created("/groups", "createGroup", tag, "Make a group"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewGroup]) (*body[client.Group], error) {
			return oneGroup(a.Service.CreateGroup(ctx, who, service.NewGroup(in.Body)))
		})
	register(a, person, op(http.MethodGet, "/groups/{id}", "getGroup", tag, "A group with its members"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*body[client.GroupDetail], error) {
			v, members, err := a.Service.GroupByID(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			out := client.GroupDetail{Group: groupOut(&v), People: []client.GroupMember{}}
			for _, m := range members {
				out.People = append(out.People, client.GroupMember{UserID: m.UserID, Name: m.Name, Email: m.Email})
			}
			return &body[client.GroupDetail]{out}, nil
		})
	register(a, person, op(http.MethodPatch, "/groups/{id}", "updateGroup", tag, "Change a group"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.GroupChange]
		},
		) (*body[client.Group], error) {
			return oneGroup(a.Service.UpdateGroup(ctx, who, in.ID, service.GroupChange(in.Body)))
		})
	register(a, admin, noContent(http.MethodDelete, "/groups/{id}", "deleteGroup", tag, "Delete a group that nothing belongs to"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return &empty{}, a.Service.DeleteGroup(ctx, who, in.ID)
		})
	register(a, admin, op(http.MethodPut, "/groups/{id}/rights", "setGroupRights", tag, "Give a group its rights"), a.setRights)
	register(a, person, noContent(http.MethodPost, "/groups/{id}/members", "addMember", tag, "Put a person into a group"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.Newcomer]
		},
		) (*empty, error) {
			return &empty{}, a.Service.AddMember(ctx, who, in.ID, service.Newcomer(in.Body))
		})
	register(a, person, noContent(http.MethodDelete, "/groups/{id}/members/{user_id}", "removeMember", tag, "Take a person out of a group"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			UserID int64 `path:"user_id" minimum:"1"`
		},
		) (*empty, error) {
			return &empty{}, a.Service.RemoveMember(ctx, who, in.ID, in.UserID)
		})
}

func (a *api) setRights(ctx context.Context, who *service.Actor, in *struct {
	IDIn
	body[client.Rights]
},
) (*body[client.Group], error) {
	var f lab.Faults
	var rights []access.Grant
	for i, text := range in.Body.Rights {
		g, err := access.ParseGrant(text)
		f.Require(err == nil, fmt.Sprintf("rights[%d]", i), "there is no such right")
		rights = append(rights, g)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return oneGroup(a.Service.SetRights(ctx, who, in.ID, rights))
}

func oneGroup(v service.GroupView, err error) (*body[client.Group], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Group]{groupOut(&v)}, nil
}

func groupOut(v *service.GroupView) client.Group {
	out := client.Group{
		ID: v.ID, Name: v.Name, Description: v.Description, Kind: string(v.Kind), ParentID: v.ParentID, UserID: v.UserID, QuotaBytes: v.QuotaBytes,
		Members: v.Members, Rights: []string{}, MayManage: v.MayManage,
	}
	for _, g := range v.Rights {
		out.Rights = append(out.Rights, g.String())
	}
	return out
}
