package doctor

import (
	"context"
	"fmt"
	"time"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/lab"
)

// continuousLag is how far a continuous copy may be behind before it is a
// finding: a round takes a second, or as long as large new files take to be
// copied.
const continuousLag = 5 * time.Minute

// continuous looks how far the continuous copy of the database reaches.
func (e *exam) continuous(context.Context) error {
	if e.Continuous == "" {
		return nil
	}
	s, err := backup.ContinuousStatus(e.Data)
	switch {
	case lab.CodeOf(err) == lab.NotFound || err == nil && s.Target != e.Continuous:
		e.add(Finding{
			Code: "continuous.none", Severity: Error, Msg: "the database was never copied continuously to " + e.Continuous,
			Do: "restart the server with these settings (backup.continuous.target)",
		})
		return nil
	case err != nil:
		return err
	}
	if s.Error != "" {
		e.add(Finding{
			Code: "continuous.failed", Severity: Error, Msg: "the continuous copy does not go on: " + s.Error,
			Do: "put that right: the server tries again by itself",
		})
		return nil
	}
	if lag := e.Now().Sub(s.At); !s.Ended && lag > continuousLag {
		e.add(Finding{
			Code: "continuous.lag", Severity: Error,
			Msg: fmt.Sprintf("the continuous copy reaches to %s, %s ago", s.At.UTC().Format(time.DateTime), lag.Round(time.Second)),
			Do:  "start the server if it was killed; if it works, look into its log, and whether the target can be written",
		})
	}
	if s.Missing > 0 {
		e.add(Finding{
			Code: "continuous.incomplete", Severity: Error, Msg: fmt.Sprintf("the continuous copy has not %d files, which the server had lost", s.Missing),
			Do: "look at the findings about bytes",
		})
	}
	return nil
}
