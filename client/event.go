package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Event is something that has changed. It tells a state, not a step: the same may
// come twice, and of several quick changes the last one alone.
type Event struct {
	ID    string // hand it to Events to go on after an interruption
	Job   *Job   // a job as it is now
	SetID int64  // a set, or what belongs to it, has changed: read it anew
	Reset bool   // too much has changed: read everything anew
}

// SetChanged says that a set, or what belongs to it, has changed.
type SetChanged struct {
	ID int64 `json:"id"`
}

// Events tells of what changes, until f returns an error, which is returned, or
// the server ends the stream, which it does after some minutes: nil is returned,
// and one calls again with the id of the last event. Topics are "jobs", all that
// one may see, and "set:12".
func (c *Client) Events(ctx context.Context, topics []string, last string, f func(Event) error) error {
	r := get("/events", url.Values{"topics": {strings.Join(topics, ",")}})
	if last != "" {
		r.header = http.Header{"Last-Event-Id": {last}}
	}
	return c.stream(ctx, r, func(m message) error {
		e := Event{ID: m.id}
		var err error
		switch m.event {
		case "job":
			e.Job = new(Job)
			err = json.Unmarshal(m.data, e.Job)
		case "set":
			var s SetChanged
			err = json.Unmarshal(m.data, &s)
			e.SetID = s.ID
		case "reset":
			e.Reset = true
		default:
			return nil // of a newer server
		}
		if err != nil {
			return fmt.Errorf("decode event: %w", err)
		}
		return f(e)
	})
}

// FollowJobLog reads the log of a job as it is written, from behind a piece on (0
// is the start), until the job has ended or f returns an error. The server ends
// the stream from time to time; it is opened again where it ended.
func (c *Client) FollowJobLog(ctx context.Context, id int64, after int, f func(LogPiece) error) error {
	for {
		whole := false
		r := get(fmt.Sprintf("/jobs/%d/log/follow", id), nil)
		r.header = http.Header{"Last-Event-Id": {strconv.Itoa(after)}}
		err := c.stream(ctx, r, func(m message) error {
			switch m.event {
			case "end":
				whole = true
			case "log":
				var p LogPiece
				if err := json.Unmarshal(m.data, &p); err != nil {
					return fmt.Errorf("decode log: %w", err)
				}
				after = p.Piece
				return f(p)
			}
			return nil
		})
		if err != nil || whole {
			return err
		}
	}
}

// message is one of a stream of server-sent events.
type message struct {
	id, event string
	data      []byte
}

// longestLine bounds what is read of a stream into memory.
const longestLine = 4 << 20

// stream calls f with each message of an answer that is a stream of server-sent
// events, until the stream ends.
func (c *Client) stream(ctx context.Context, r call, f func(message) error) error {
	res, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, longestLine)
	var m message
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			if m.event != "" {
				if err := f(m); err != nil {
					return err
				}
			}
			m = message{}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			m.id = value
		case "event":
			m.event = value
		case "data":
			m.data = append(m.data, value...)
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	return ctx.Err()
}
