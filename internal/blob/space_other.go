//go:build !(linux || darwin || freebsd)

package blob

import "math"

// FreeSpace is the number of bytes that may still be written to the disk of a
// directory; this system does not tell.
func FreeSpace(string) (int64, error) { return math.MaxInt64, nil }

// DiskSize is the number of bytes of the disk of a directory; this system does
// not tell, which is 0.
func DiskSize(string) (int64, error) { return 0, nil }
