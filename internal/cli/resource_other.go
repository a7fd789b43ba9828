//go:build !unix

package cli

// resourceUse is the processor time and the peak memory of the process; this
// system does not tell.
func resourceUse() (cpu float64, memory int64) { return 0, 0 }
