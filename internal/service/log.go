package service

import (
	"context"
	"log/slog"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/logbook"
	"vidjil.org/vidjil/internal/store"
)

// LogQuery chooses lines of the server's log.
type LogQuery struct {
	Level string // debug, info, warn or error, and above; "" is info
	Q     string // a part of a message or value, as the id of a request
	After int64  // lines after this number
	Lines int    // the last ones; 0 is 500
}

// mostLines is the number of lines in one answer.
const mostLines = 5000

// ServerLog lists the last lines of the server's log, the oldest first, for
// administrators.
func (s *Service) ServerLog(ctx context.Context, who *Actor, q LogQuery) ([]logbook.Line, error) {
	if !who.Administer() {
		return nil, errAdministrators()
	}
	if s.Logbook == nil {
		return nil, lab.Errorf(lab.Unavailable, "this server keeps no lines of its log")
	}
	var level slog.Level
	if q.Level != "" {
		if err := level.UnmarshalText([]byte(q.Level)); err != nil {
			return nil, fault("level", "want debug, info, warn or error")
		}
	}
	if q.Lines < 0 || q.Lines > mostLines {
		return nil, fault("lines", "want 1 to %d", mostLines)
	}
	if q.Lines == 0 {
		q.Lines = 500
	}
	if q.After == 0 { // who follows has been noted
		err := s.write(ctx, func(tx *store.Tx) error {
			audit(tx, who.entry("log.read", "server", 0), nil, nil)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return s.Logbook.Lines(logbook.Query{Level: level, Text: q.Q, After: q.After, Limit: q.Lines}), nil
}
