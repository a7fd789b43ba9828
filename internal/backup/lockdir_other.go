//go:build !unix

package backup

// lockDir is not known here: two restorations into one directory are for the
// administrator not to start.
func lockDir(string) (unlock func(), err error) { return func() {}, nil }
