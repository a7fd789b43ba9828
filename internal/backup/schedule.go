package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Once makes a backup and notes in the store how it went, for the page of the
// server and its metrics, and in the audit that it was made.
func Once(ctx context.Context, src Source, place string, o Options) (*Manifest, error) {
	if src.Now == nil {
		src.Now = time.Now
	}
	began := src.Now()
	m, err := once(ctx, src, place, o)
	if lab.CodeOf(err) == lab.Conflict {
		return nil, err // somebody else makes one, and will note it
	}
	// What was stopped is noted too: the context may be at its end.
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return m, errors.Join(err, src.Store.Write(noting, func(tx *store.Tx) error { return note(noting, tx, place, began, m, err) }))
}

func once(ctx context.Context, src Source, place string, o Options) (*Manifest, error) {
	t, err := Open(ctx, place, src.Data, true)
	if err != nil {
		return nil, err
	}
	m, err := Run(ctx, src, t, o)
	return m, errors.Join(err, t.Close())
}

// note writes how a backup went.
func note(ctx context.Context, tx *store.Tx, place string, began time.Time, m *Manifest, failed error) error {
	b, err := tx.BackupStatus(ctx)
	if err != nil {
		return err
	}
	b.Target, b.LastTry, b.Error = place, began.UTC(), ""
	if failed != nil {
		b.Error = failed.Error()
		return tx.PutBackupStatus(ctx, &b)
	}
	b.LastID, b.LastSuccess, b.Seconds = m.ID, m.CreatedAt, m.Seconds
	b.Bytes, b.AddedBytes, b.Missing = m.Bytes, m.AddedBytes, len(m.Missing)
	about, err := json.Marshal(map[string]any{"backup": m.ID, "reads": m.Reads, "encrypted": m.Encrypted})
	if err != nil {
		return fmt.Errorf("note backup: %w", err)
	}
	tx.Audit(lab.Entry{Action: "server.backup", Object: "server", After: string(about)})
	return tx.PutBackupStatus(ctx, &b)
}

// DefaultEvery is the time between two backups: what is lost at worst.
const DefaultEvery = time.Hour

// Schedule makes backups by the clock while a server runs. The zero time between
// two is [DefaultEvery].
type Schedule struct {
	Source  Source
	Place   string
	Options Options
	Every   time.Duration
	// Keep is which backups stay; the zero value is [DefaultKeep].
	Keep Keep
	// Done is called after each try, when the store knows how it went; nil is
	// nobody.
	Done func(*Manifest, error)

	cancel context.CancelFunc
	ended  chan struct{}
}

// Start begins. The first backup is made when the last one is older than it may
// be, at once if there was none.
func (s *Schedule) Start(ctx context.Context) error {
	if s.Every == 0 {
		s.Every = DefaultEvery
	}
	if s.Every < time.Minute {
		return lab.Errorf(lab.Usage, "backups every %s: want a minute at least", s.Every)
	}
	if s.Keep == (Keep{}) {
		s.Keep = DefaultKeep()
	}
	if s.Source.Now == nil {
		s.Source.Now = time.Now
	}
	if s.Source.Log == nil {
		s.Source.Log = slog.New(slog.DiscardHandler)
	}
	if err := s.Keep.Check(); err != nil {
		return err
	}
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.ended = make(chan struct{})
	go s.run(ctx)
	return nil
}

// Stop ends it; a backup that is being made is given up, and the next one goes on
// with what it has copied. It may be called twice, and before Start.
func (s *Schedule) Stop() {
	if s.cancel != nil {
		s.cancel()
		<-s.ended
	}
}

// retryAfter is the time after which a backup that came to nothing is tried
// again.
const retryAfter = 10 * time.Minute

func (s *Schedule) run(ctx context.Context) {
	defer close(s.ended)
	for {
		wait, err := s.wait(ctx)
		if err == nil && wait <= 0 {
			wait, err = s.Every, s.backup(ctx)
		}
		if err != nil {
			wait = min(retryAfter, s.Every)
		}
		t := time.NewTimer(max(wait, time.Second))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// wait tells how long the last backup is still good. Of several servers on one
// database each sees what the others did.
func (s *Schedule) wait(ctx context.Context) (wait time.Duration, err error) {
	err = s.Source.Store.Read(ctx, func(tx *store.Tx) error {
		b, err := tx.BackupStatus(ctx)
		if err == nil && b.Target == s.Place {
			wait = b.LastSuccess.Add(s.Every).Sub(s.Source.Now())
		}
		return err
	})
	return wait, err
}

// backup makes one, and prunes the target.
func (s *Schedule) backup(ctx context.Context) error {
	m, err := Once(ctx, s.Source, s.Place, s.Options)
	if err == nil {
		s.Source.Log.LogAttrs(ctx, slog.LevelInfo, "backup made", slog.String("backup", m.ID), slog.Float64("seconds", m.Seconds),
			slog.Int64("added_bytes", m.AddedBytes), slog.Int("missing", len(m.Missing)))
		if err = s.prune(ctx); err != nil && ctx.Err() == nil {
			err = errors.Join(err, s.unpruned(ctx, err))
		}
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the server stops
	}
	if err != nil {
		s.Source.Log.LogAttrs(ctx, slog.LevelError, "back up", slog.String("error", err.Error()))
	}
	if s.Done != nil {
		s.Done(m, err)
	}
	return err
}

// unpruned notes that the backup was made and old ones stay: a target that fills
// up is the end of backups.
func (s *Schedule) unpruned(ctx context.Context, cause error) error {
	return s.Source.Store.Write(ctx, func(tx *store.Tx) error {
		b, err := tx.BackupStatus(ctx)
		if err != nil {
			return err
		}
		b.Error = "it was made, and old ones could not be removed: " + cause.Error()
		return tx.PutBackupStatus(ctx, &b)
	})
}

func (s *Schedule) prune(ctx context.Context) error {
	t, err := Open(ctx, s.Place, s.Source.Data, false)
	if err != nil {
		return err
	}
	_, err = Prune(ctx, t, s.Keep, false, s.Source.Log)
	return errors.Join(err, t.Close())
}
