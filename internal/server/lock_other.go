//go:build !unix

package server

import (
	"os"
	"path/filepath"

	"vidjil.org/vidjil/internal/lab"
)

// lock opens the file only: this system has no lock that ends with a process.
func lock(data string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, lab.Errorf(lab.Unwritable, "data directory: %w", err)
	}
	return f, nil
}
