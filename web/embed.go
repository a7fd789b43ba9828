// Package web holds the built web client, for the program that serves it. It
// must not do more: what is served how is internal/webui's.
//
// The directory dist has a placeholder when the client was not built, so that
// the program builds without Node; see README.md beside this file.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files are those of the built client, below the root; without index.html when
// it was not built.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name above is a valid one
	}
	return files
}
