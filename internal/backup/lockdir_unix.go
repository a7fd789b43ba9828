//go:build unix

package backup

import (
	"os"
	"path/filepath"
	"syscall"

	"vidjil.org/vidjil/internal/lab"
)

// lockDir keeps a second restoration out of the directory of the first. The
// system lets go of it however the process ends.
func lockDir(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, lab.Errorf(lab.Unwritable, "restore: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		return nil, lab.Errorf(lab.Conflict, "another restoration is going on in %s", dir)
	}
	return func() { _ = f.Close() }, nil // as above
}
