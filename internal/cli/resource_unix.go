//go:build unix

package cli

import (
	"runtime"
	"syscall"
)

// resourceUse is the processor time, in seconds, and the peak memory, in bytes,
// of the process so far; zeros where the system does not tell.
func resourceUse() (cpu float64, memory int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	unit := int64(1024) // Linux and the BSDs count kilobytes
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		unit = 1
	}
	return seconds(u.Utime) + seconds(u.Stime), int64(u.Maxrss) * unit //nolint:unconvert // 32 bits wide on some systems
}
