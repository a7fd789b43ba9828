package source

import (
	"context"
	"os"
	"path"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// maxMatches ends a pattern that matches half a disk.
const maxMatches = 10_000

// Glob gives the accepted files of a source that match a pattern, by path:
// "*", "?" and "[a-z]" within one name, as [path.Match] has them, and "**" for
// any folders, none included. Links to folders are followed where the pattern
// goes there, not by "**".
func (s *Sources) Glob(ctx context.Context, source, pattern string) ([]Entry, error) {
	found, err := s.match(ctx, source, pattern, func(e Entry) bool { return !e.Folder && Accepted(e.Name) })
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (s *Sources) match(ctx context.Context, source, pattern string, want func(Entry) bool) ([]Entry, error) {
	pattern, root, err := s.open(source, pattern)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if _, err := path.Match(strings.ReplaceAll(pattern, "**", "*"), ""); err != nil {
		return nil, lab.Errorf(lab.Invalid, "this is not a pattern of file names: a bracket is not closed")
	}
	g := glob{root: root, want: want, seen: map[string]bool{}}
	if err := g.walk(ctx, ".", strings.Split(pattern, "/")); err != nil {
		return nil, err
	}
	slices.SortFunc(g.found, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return g.found, nil
}

type glob struct {
	root  *os.Root
	want  func(Entry) bool
	seen  map[string]bool // "**/**" comes to a file in several ways
	found []Entry
}

// walk matches the rest of a pattern below a folder.
func (g *glob) walk(ctx context.Context, folder string, rest []string) error {
	first, last := rest[0], len(rest) == 1
	if !strings.ContainsAny(first, "*?[\\") {
		return g.step(ctx, path.Join(folder, first), rest, last)
	}
	if first == "**" && !last {
		if err := g.walk(ctx, folder, rest[1:]); err != nil {
			return err
		}
	}
	list, err := readDir(ctx, g.root, folder)
	if code := lab.CodeOf(err); code == lab.NotFound || code == lab.Unavailable {
		return nil // gone, or not ours to read
	} else if err != nil {
		return err
	}
	for _, d := range list {
		name := d.Name()
		switch {
		case hidden(name):
		case first == "**" && d.IsDir():
			err = g.walk(ctx, path.Join(folder, name), rest)
		case first == "**" && !last:
		default:
			if ok, _ := path.Match(first, name); ok { // the pattern was checked before
				err = g.step(ctx, path.Join(folder, name), rest, last)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// step takes what one part of the pattern has matched.
func (g *glob) step(ctx context.Context, file string, rest []string, last bool) error {
	e, err := stat(g.root, file)
	if code := lab.CodeOf(err); code == lab.NotFound || code == lab.Unavailable {
		return nil
	} else if err != nil {
		return err
	}
	if !last {
		if !e.Folder {
			return nil
		}
		return g.walk(ctx, file, rest[1:])
	}
	if g.seen[file] || !g.want(e) {
		return nil
	}
	if len(g.found) == maxMatches {
		return lab.Errorf(lab.TooLarge, "more than %d files match: make the pattern narrower", maxMatches)
	}
	g.seen[file] = true
	g.found = append(g.found, e)
	return nil
}
