package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) mails() {
	const tag = "Mail"
	register(a, admin, op(http.MethodGet, "/mails", "listMails", tag, "The outbox: mails to be sent, sent and given up"),
		func(ctx context.Context, who *service.Actor, in *struct {
			State  string `query:"state" enum:"queued,sent,dead"`
			Cursor string `query:"cursor"`
			Limit  int    `query:"limit" minimum:"0" maximum:"200" doc:"Length of the page; left out, 50"`
		},
		) (*body[client.MailList], error) {
			page, err := a.Service.Mails(ctx, who, in.State, service.Page{Cursor: in.Cursor, Limit: in.Limit})
			out := client.MailList{Items: []client.Mail{}, Next: page.Next, Dead: page.Dead, Server: page.Server}
			for i := range page.Items {
				out.Items = append(out.Items, mailOut(&page.Items[i]))
			}
			return &body[client.MailList]{out}, err
		})
	register(a, admin, noContent(http.MethodPost, "/mails/test", "testMail", tag, "Send oneself a mail, to see that mails arrive"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*empty, error) {
			return nil, a.Service.TestMail(ctx, who)
		})
	register(a, admin, noContent(http.MethodPost, "/mails/{id}/retry", "retryMail", tag, "Try a mail again that was given up"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.RetryMail(ctx, who, in.ID)
		})
	register(a, admin, noContent(http.MethodDelete, "/mails/{id}", "deleteMail", tag, "Remove a mail from the outbox"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.DeleteMail(ctx, who, in.ID)
		})
}

func mailOut(m *lab.Mail) client.Mail {
	out := client.Mail{
		ID: m.ID, Kind: string(m.Kind), State: string(m.State), UserID: m.UserID, Attempts: m.Attempt, Error: m.Error,
		Retryable: m.State == lab.MailDead && m.Kind != lab.MailInvite && m.Kind != lab.MailReset, CreatedAt: m.CreatedAt, SentAt: instant(m.SentAt),
	}
	if m.State == lab.MailQueued {
		out.DueAt = instant(m.DueAt)
	}
	return out
}

func (a *api) follows() {
	const tag = "Own account"
	register(a, person, op(http.MethodGet, "/me/follows", "listFollows", tag, "The sets that one follows"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.FollowedSets], error) {
			list, err := a.Service.Follows(ctx, who)
			out := client.FollowedSets{Items: []client.Set{}}
			for i := range list {
				out.Items = append(out.Items, setOut(&list[i]))
			}
			return &body[client.FollowedSets]{out}, err
		})
	register(a, person, noContent(http.MethodPut, "/sets/{id}/follow", "followSet", tag, "Be told by mail when a set has new samples or results"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.FollowSet(ctx, who, in.ID)
		})
	register(a, person, noContent(http.MethodDelete, "/sets/{id}/follow", "unfollowSet", tag, "Be told no more"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.UnfollowSet(ctx, who, in.ID)
		})
}
