package client

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// LogLine is a line of the server's log.
type LogLine struct {
	Number int64     `json:"number" doc:"From 1, since the server was started"`
	At     time.Time `json:"at"`
	Level  string    `json:"level"`
	Text   string    `json:"text"`
	Values []LogAttr `json:"values" nullable:"false"`
}

// LogAttr is a value of a line.
type LogAttr struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Log are lines of the server's log, the oldest first.
type Log struct {
	Lines []LogLine `json:"lines" nullable:"false"`
}

// LogQuery chooses lines.
type LogQuery struct {
	Level string // debug, info, warn or error, and above; "" is info
	Q     string // a part of the text or of a value, as the id of a request
	After int64  // lines after this number
	Lines int    // the last ones; 0 is 500
}

// ServerLog returns the last lines of the server's log.
func (c *Client) ServerLog(ctx context.Context, q LogQuery) (out Log, err error) {
	v := url.Values{}
	set(v, "level", q.Level)
	set(v, "q", q.Q)
	if q.After > 0 {
		v.Set("after", strconv.FormatInt(q.After, 10))
	}
	if q.Lines > 0 {
		v.Set("lines", strconv.Itoa(q.Lines))
	}
	_, err = c.do(ctx, get("/log", v), &out)
	return out, err
}
