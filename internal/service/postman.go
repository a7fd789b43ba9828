package service

import (
	"context"
	"log/slog"
	"time"

	"vidjil.org/vidjil/internal/store"
)

// Postman sends mails as they come to be due, and looks from time to time for
// what people want to be told. One runs in each server; of several on one
// database each mail is sent by one of them.
type Postman struct {
	Service *Service
	// Every is the time between two looks for news; 0 is a minute.
	Every time.Duration
	// Glance is the time between two looks whether a mail is due: another process
	// on the same SQLite database, as a command, tells nobody that it wrote one. 0
	// is two seconds.
	Glance time.Duration

	cancel context.CancelFunc
	stop   func() // ends the subscription
	ended  chan struct{}
}

// Start begins. The first look is at once.
func (p *Postman) Start(ctx context.Context) error {
	if p.Every == 0 {
		p.Every = time.Minute
	}
	if p.Glance == 0 {
		p.Glance = 2 * time.Second
	}
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.ended = make(chan struct{})
	woken := make(chan struct{}, 1)
	p.stop = p.Service.Store.Subscribe(func(topic string) {
		if topic == store.TopicMail || topic == "" {
			select {
			case woken <- struct{}{}:
			default: // it will look anyway
			}
		}
	})
	go p.run(ctx, woken)
	return nil
}

func (p *Postman) run(ctx context.Context, woken <-chan struct{}) {
	defer close(p.ended)
	tick := time.NewTicker(p.Every)
	defer tick.Stop()
	glance := time.NewTicker(p.Glance)
	defer glance.Stop()
	news, due := true, true
	for {
		if news {
			p.log(ctx, "look for news to mail", p.Service.TellNews(ctx))
		}
		if due {
			_, err := p.Service.SendMails(ctx)
			p.log(ctx, "send mails", err)
		}
		news, due = false, true
		select {
		case <-ctx.Done():
			return
		case <-woken:
		case <-tick.C:
			news = true
		case <-glance.C:
			due = p.due(ctx)
		}
	}
}

// due tells whether a mail waits to be sent. It only reads: an idle server writes
// nothing.
func (p *Postman) due(ctx context.Context) bool {
	due, err := p.Service.mailDue(ctx)
	p.log(ctx, "look for mails to send", err)
	return due
}

func (p *Postman) log(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		p.Service.Log.LogAttrs(ctx, slog.LevelError, what, slog.String("error", err.Error()))
	}
}

// Stop ends it, and waits for a mail on its way. It may be called twice, and
// without Start.
func (p *Postman) Stop() {
	if p.cancel == nil {
		return
	}
	p.cancel()
	p.stop()
	<-p.ended
}
