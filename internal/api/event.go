package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

// Times of streams.
const (
	// keepAlive is the time between comments, which tell proxies and the other
	// end that the stream is alive.
	keepAlive = 15 * time.Second
	// longestStream is when a stream is ended, so that its person is identified
	// anew: a session that was revoked does not go on for longer. Browsers
	// connect again by themselves, and go on where they were.
	longestStream = 5 * time.Minute
	// writeTime is how long the other end may take to receive an event.
	writeTime = 30 * time.Second
)

func (a *api) events() {
	register(a, person, a.streaming(op(http.MethodGet, "/events", "streamEvents", "Events", "What changes, as server-sent events"), map[string]any{
		"job": client.Job{}, "set": client.SetChanged{}, "reset": struct{}{},
	}), a.streamEvents)
	register(a, person, a.streaming(op(http.MethodGet, "/jobs/{id}/log/follow", "followJobLog", "Jobs", "The log of a job as it is written, as server-sent events"), map[string]any{
		"log": client.LogPiece{}, "end": struct{}{},
	}), a.followJobLog)
}

// streaming describes an operation that answers with a stream: the content is
// that of the data of each kind of event.
func (a *api) streaming(o huma.Operation, kinds map[string]any) huma.Operation {
	var list []*huma.Schema
	for _, name := range sorted(kinds) {
		list = append(list, &huma.Schema{
			Type: huma.TypeObject, Title: name, Required: []string{"event", "data"},
			Properties: map[string]*huma.Schema{
				"id":    {Type: huma.TypeString, Description: "Send it back as Last-Event-ID to go on after an interruption"},
				"event": {Type: huma.TypeString, Enum: []any{name}},
				"data":  a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(kinds[name]), true, name+"Event"),
			},
		})
	}
	o.Responses = map[string]*huma.Response{
		"200": {
			Description: "A stream of server-sent events, with a comment every 15 s. It ends after some minutes; browsers connect again by themselves.",
			Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{OneOf: list}}}},
		},
	}
	return o
}

func (a *api) streamEvents(ctx context.Context, who *service.Actor, in *struct {
	Topics string `query:"topics" required:"true" doc:"jobs (all that one may see), set:NUMBER, or several, separated by commas" example:"jobs,set:12"`
	Last   string `header:"Last-Event-ID" doc:"The id of the last event that one knows"`
},
) (*huma.StreamResponse, error) {
	topics, err := service.ParseTopics(in.Topics)
	if err != nil {
		return nil, err
	}
	leave, err := a.open.take(who.User.ID)
	if err != nil {
		return nil, err
	}
	f, err := a.Service.Follow(ctx, who, topics, in.Last)
	if err != nil {
		leave()
		return nil, err
	}
	return a.stream(f.Ready(), func() { f.Close(); leave() }, func(ctx context.Context, s *stream) (over bool, err error) {
		list, over, err := f.Take(ctx)
		if err != nil {
			return true, err
		}
		for i := range list {
			switch e := &list[i]; {
			case e.Job != nil:
				s.send(e.ID, "job", jobOut(e.Job))
			case e.Reset:
				s.send("", "reset", struct{}{})
			default:
				s.send("", "set", client.SetChanged{ID: e.SetID})
			}
		}
		return over, nil
	}), nil
}

func (a *api) followJobLog(ctx context.Context, who *service.Actor, in *struct {
	IDIn
	Last int `header:"Last-Event-ID" minimum:"0" doc:"The number of the last piece that one knows"`
},
) (*huma.StreamResponse, error) {
	leave, err := a.open.take(who.User.ID)
	if err != nil {
		return nil, err
	}
	f, err := a.Service.FollowJobLog(ctx, who, in.ID, in.Last)
	if err != nil {
		leave()
		return nil, err
	}
	return a.stream(f.Ready(), func() { f.Close(); leave() }, func(ctx context.Context, s *stream) (over bool, err error) {
		pieces, whole, err := f.Take(ctx)
		if err != nil {
			return true, err
		}
		for _, p := range pieces {
			s.send(strconv.Itoa(p.Piece), "log", pieceOut(p))
		}
		if whole {
			s.send("", "end", struct{}{})
		}
		return whole, nil
	}), nil
}

// stream answers with what take sends each time that ready is told, until take
// says that it is over or the other end is gone.
func (a *api) stream(ready <-chan struct{}, closeIt func(), take func(context.Context, *stream) (over bool, err error)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer closeIt()
		defer a.Watcher.Streaming()()
		ctx := hc.Context()
		r, w := humago.Unwrap(hc)
		hc.SetHeader("Content-Type", "text/event-stream")
		hc.SetHeader("X-Accel-Buffering", "no") // of nginx, which would keep events back
		s := &stream{w: w, flush: http.NewResponseController(w)}
		alive, end := time.NewTicker(keepAlive), time.NewTimer(longestStream)
		defer alive.Stop()
		defer end.Stop()
		s.comment("vidjil") // the headers leave, so that the other end knows that it is connected
		for {
			over, err := take(ctx, s)
			if err != nil && r.Context().Err() == nil {
				a.Log.LogAttrs(ctx, slog.LevelInfo, "stream ends", slog.String("request_id", actorOf(ctx).RequestID), slog.String("error", err.Error()))
			}
			if over || err != nil || s.sync() != nil {
				return
			}
			select {
			case <-r.Context().Done():
				return
			case <-end.C:
				return
			case <-alive.C:
				s.comment("")
			case <-ready:
			}
		}
	}}
}

// stream writes server-sent events. Its first error stays.
type stream struct {
	w     io.Writer
	flush *http.ResponseController
	err   error
}

// send writes an event; data is one line, as JSON is.
func (s *stream) send(id, event string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		s.err = err
		return
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	s.print("%sevent: %s\ndata: %s\n\n", id, event, text)
}

func (s *stream) comment(text string) { s.print(": %s\n\n", text) }

func (s *stream) print(format string, args ...any) {
	if s.err != nil {
		return
	}
	// Servers that cannot set it have none.
	_ = s.flush.SetWriteDeadline(time.Now().Add(writeTime))
	_, s.err = fmt.Fprintf(s.w, format, args...)
}

// sync lets go what was written.
func (s *stream) sync() error {
	if s.err == nil {
		s.err = s.flush.Flush()
	}
	return s.err
}

// sorted lists the names of a map in order: the document is the same each time.
func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
