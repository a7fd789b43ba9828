// Package docs holds the manual as it stands beside this file, for internal/help
// to serve. It must hold no code: what is written here is prose.
package docs

import "embed"

// Files are the pages in Markdown and their pictures.
//
//go:embed *.md admin/*.md user/*.md formats/*.md dev/*.md images/*.png images/*.svg
var Files embed.FS
