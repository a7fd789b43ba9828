package store

import (
	"context"
	"fmt"
)

// OpenAt opens a database and brings its schema to a version, for dumps of those
// that were released.
func OpenAt(ctx context.Context, c Config, version int64) (*Store, error) {
	s, err := connect(c)
	if err != nil {
		return nil, err
	}
	p, err := s.migrations()
	if err == nil {
		_, err = p.UpTo(ctx, version)
	}
	if err != nil {
		return nil, fmt.Errorf("migrate to %d: %w", version, err)
	}
	return s, nil
}

// Versions lists the migrations that the program knows.
func Versions() (list []int64, err error) {
	migrations, _, err := load(SQLite)
	for _, m := range migrations {
		list = append(list, m.Version)
	}
	return list, err
}
