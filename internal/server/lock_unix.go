//go:build unix

package server

import (
	"os"
	"path/filepath"
	"syscall"

	"vidjil.org/vidjil/internal/lab"
)

// lock holds the data directory: a second server on it would take the first's
// jobs for lost. The system lets go of it however the process ends.
func lock(data string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, lab.Errorf(lab.Unwritable, "data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		return nil, lab.Errorf(lab.Conflict, "data directory %s: another vidjil server is running on it", data)
	}
	return f, nil
}
