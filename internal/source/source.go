// Package source reads the folders that an administrator has mounted for the
// server, sequencers' output above all, so that files become samples without
// being copied.
//
// Nothing outside a folder can be reached through it: paths are opened through
// [os.Root], so neither "..", nor a link that leads out, nor a folder that is
// changed into a link at the wrong moment leads anywhere. Links with an absolute
// target are refused too, wherever it lies. Names that begin with a dot are not
// there.
//
// Folders come and go with the network: each call opens anew. A file that is no
// longer there is a [lab.NotFound] error, a whole folder that is not mounted a
// [lab.Unavailable] one, so that its files are not taken for lost.
//
// The package must not write, must not know who may see a folder, and must not
// give the server's own paths to anybody. Names of files can name patients.
package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Sources are the mounted folders, by the names that people see. Safe for
// concurrent use.
type Sources struct {
	dirs map[string]string
}

// New makes sources of folders of the server's disk, by name. The folders need
// not be there yet.
func New(dirs map[string]string) (*Sources, error) {
	for name, dir := range dirs {
		if name == "" || name != strings.TrimSpace(name) || strings.ContainsAny(name, "/\\:") || strings.HasPrefix(name, ".") {
			return nil, lab.Errorf(lab.Usage, "sources: %q cannot be the name of a mounted folder: no slash, colon, leading dot or space", name)
		}
		if dir == "" {
			return nil, lab.Errorf(lab.Usage, "sources: the mounted folder %q has no directory", name)
		}
	}
	return &Sources{dirs: dirs}, nil
}

// Names are those of the sources, sorted.
func (s *Sources) Names() []string {
	names := make([]string, 0, len(s.dirs))
	for name := range s.dirs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Entry is a folder or a file of a source.
type Entry struct {
	Path      string // below the source, with slashes
	Name      string
	Folder    bool
	Size      int64 // bytes; 0 for a folder
	ChangedAt time.Time
}

// Page tells which part of a folder is wanted.
type Page struct {
	After string // Next of the page before; "" for the first
	Limit int    // entries at most; 0 = 200, 5000 at most
}

// Listing is a part of a folder.
type Listing struct {
	Entries []Entry
	Next    string // where the next page begins; "" when there is none
}

const (
	defaultLimit = 200
	maxLimit     = 5000
)

// List gives the folders and the accepted files of a folder of a source ("" is
// the whole), folders first, by name. Only the entries of the page are looked at
// closely, so that a folder of 100 000 files does not cost as many calls over the
// network.
func (s *Sources) List(ctx context.Context, source, folder string, page Page) (Listing, error) {
	folder, root, err := s.open(source, folder)
	if err != nil {
		return Listing{}, err
	}
	defer root.Close()
	names, err := readDir(ctx, root, folder)
	if err != nil {
		return Listing{}, err
	}
	limit := cmp.Or(page.Limit, defaultLimit)
	limit = min(max(limit, 1), maxLimit)
	keys := make([]string, 0, len(names))
	for _, d := range names {
		if key := sortKey(root, folder, d); key > page.After && key != "" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var l Listing
	for _, key := range keys {
		if err := context.Cause(ctx); err != nil {
			return Listing{}, err
		}
		if len(l.Entries) == limit {
			last := l.Entries[limit-1]
			l.Next = keyOf(last.Folder, last.Name)
			break
		}
		e, err := stat(root, path.Join(folder, key[1:]))
		if lab.CodeOf(err) == lab.NotFound {
			continue // gone since, or a link that leads out
		} else if err != nil {
			return Listing{}, err
		}
		l.Entries = append(l.Entries, e)
	}
	return l, nil
}

// sortKey is empty for what is not shown. The kind of most entries is known
// without asking the disk again; that of a link is not.
func sortKey(root *os.Root, folder string, d fs.DirEntry) string {
	name := d.Name()
	mode := d.Type()
	if mode&fs.ModeSymlink != 0 {
		st, err := root.Stat(path.Join(folder, name))
		if err != nil {
			return ""
		}
		mode = st.Mode()
	}
	switch {
	case hidden(name), !mode.IsDir() && (!mode.IsRegular() || !Accepted(name)):
		return ""
	}
	return keyOf(mode.IsDir(), name)
}

func keyOf(folder bool, name string) string {
	if folder {
		return "0" + name
	}
	return "1" + name
}

// Stat tells about a file or folder.
func (s *Sources) Stat(_ context.Context, source, file string) (Entry, error) {
	file, root, err := s.open(source, file)
	if err != nil {
		return Entry{}, err
	}
	defer root.Close()
	return stat(root, file)
}

// File is an open file of a source.
type File interface {
	io.ReadSeekCloser
	io.ReaderAt
}

// Open opens a file, of any name that is not hidden, and tells about it. What is
// neither a file nor a folder, as a pipe, is not there.
func (s *Sources) Open(_ context.Context, source, file string) (File, Entry, error) {
	file, root, err := s.open(source, file)
	if err != nil {
		return nil, Entry{}, err
	}
	defer root.Close()
	if e, err := stat(root, file); err != nil { // see readDir
		return nil, Entry{}, err
	} else if e.Folder {
		return nil, Entry{}, lab.Errorf(lab.Invalid, "this is a folder, not a file")
	}
	f, err := root.Open(file)
	if err != nil {
		return nil, Entry{}, fault("open", err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, Entry{}, errors.Join(fault("open", err), f.Close())
	}
	return f, entry(file, st), nil
}

// open finds the root of a source and cleans a path below it.
func (s *Sources) open(source, file string) (string, *os.Root, error) {
	dir, ok := s.dirs[source]
	if !ok {
		return "", nil, lab.Errorf(lab.NotFound, "there is no mounted folder of this name")
	}
	file, err := clean(file)
	if err != nil {
		return "", nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", nil, &lab.Error{Code: lab.Unavailable, Msg: "the mounted folder " + source + " cannot be read at the moment", Err: err}
	}
	return file, root, nil
}

// clean refuses what does not stay below the root, and what is hidden.
func clean(file string) (string, error) {
	if file == "" {
		return ".", nil
	}
	if !fs.ValidPath(file) || strings.ContainsAny(file, "\x00\\") {
		return "", lab.Errorf(lab.Invalid, "this is not a path inside a mounted folder")
	}
	if file != "." && slices.ContainsFunc(strings.Split(file, "/"), hidden) {
		return "", gone(nil)
	}
	return file, nil
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

func stat(root *os.Root, file string) (Entry, error) {
	st, err := root.Stat(file)
	if err != nil {
		return Entry{}, fault("stat", err)
	}
	if !st.IsDir() && !st.Mode().IsRegular() {
		return Entry{}, gone(nil)
	}
	return entry(file, st), nil
}

func entry(file string, st fs.FileInfo) Entry {
	e := Entry{Path: file, Name: path.Base(file), Folder: st.IsDir(), Size: st.Size(), ChangedAt: st.ModTime()}
	if e.Path == "." {
		e.Path, e.Name = "", ""
	}
	if e.Folder {
		e.Size = 0
	}
	return e
}

// dirBatch is how many names are read between two looks at the context.
const dirBatch = 2000

func readDir(ctx context.Context, root *os.Root, folder string) ([]fs.DirEntry, error) {
	// Opening a pipe would wait for its writer.
	if e, err := stat(root, folder); err != nil {
		return nil, err
	} else if !e.Folder {
		return nil, gone(nil)
	}
	f, err := root.Open(folder)
	if err != nil {
		return nil, fault("list", err)
	}
	defer f.Close()
	var all []fs.DirEntry
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		batch, err := f.ReadDir(dirBatch)
		all = append(all, batch...)
		if err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, fault("list", err)
		}
	}
}

// fault is the error of the disk. A link that leads out of the root is not told
// from what is not there: os.Root has no name for that error, and who tried
// needs no more.
func fault(operation string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || strings.Contains(err.Error(), "escapes from parent") {
		return gone(err)
	}
	if errors.Is(err, fs.ErrPermission) {
		return &lab.Error{Code: lab.Unavailable, Msg: "the server may not read this part of the mounted folder", Err: err}
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok && strings.Contains(err.Error(), "not a directory") {
		return gone(err)
	}
	return fmt.Errorf("%s in source: %w", operation, err)
}

func gone(err error) error {
	return &lab.Error{Code: lab.NotFound, Msg: "it is no longer in the mounted folder", Err: err}
}

// Accepted tells whether a name is one of files that can become part of a
// sample: reads, or results of other programs. What they really hold is told
// when they are read.
func Accepted(name string) bool {
	name = strings.ToLower(name)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch path.Ext(name) {
	case ".fastq", ".fq", ".fasta", ".fa", ".fna", ".bam", ".vidjil", ".tsv", ".airr", ".clntab":
		return true
	}
	return false
}
