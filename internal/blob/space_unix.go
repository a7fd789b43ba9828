//go:build linux || darwin || freebsd

package blob

import (
	"fmt"
	"syscall"
)

// FreeSpace is the number of bytes that an unprivileged program may still write
// to the disk of a directory.
func FreeSpace(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:unconvert // the types differ between systems
}

// DiskSize is the number of bytes of the disk of a directory, free or not.
func DiskSize(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("size of disk: %w", err)
	}
	return int64(st.Blocks) * int64(st.Bsize), nil //nolint:unconvert // the types differ between systems
}
