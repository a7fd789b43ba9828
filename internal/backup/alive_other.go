//go:build !unix

package backup

// alive cannot be told here: locks of killed processes expire.
func alive(int) bool { return true }
