package store

import (
	"github.com/jackc/pgx/v5"

	"vidjil.org/vidjil/internal/lab"
)

// parsePostgres reads a URL. Its errors do not repeat the URL, which holds a
// password.
func parsePostgres(url string) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, lab.Errorf(lab.Usage, "database URL: not a PostgreSQL URL (want postgres://USER@HOST/DATABASE)")
	}
	// Times are sent and read as UTC whatever the server's zone is.
	cfg.RuntimeParams["timezone"] = "UTC"
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "vidjil"
	}
	return cfg, nil
}
