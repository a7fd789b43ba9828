package store

import (
	"syscall"

	"vidjil.org/vidjil/internal/lab"
)

// networkFS names the file systems on which SQLite's write-ahead log loses
// data, by their numbers in statfs(2).
func networkFS(magic int64) string {
	switch magic {
	case 0x6969:
		return "NFS"
	case 0xFF534D42, 0xFE534D42:
		return "SMB"
	case 0x01021997:
		return "9p"
	default:
		return ""
	}
}

// refuseNetworkFS refuses a directory on a network's file system: SQLite's
// shared memory does not work there (https://sqlite.org/wal.html).
func refuseNetworkFS(dir string) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return lab.Errorf(lab.Unwritable, "database directory %s: %w", dir, err)
	}
	magic := int64(st.Type) //nolint:unconvert // it is an int32 on some machines
	if name := networkFS(magic); name != "" {
		return lab.Errorf(lab.Usage, "database directory %s is on %s, where SQLite is not safe: use a local disk, or PostgreSQL", dir, name)
	}
	return nil
}
