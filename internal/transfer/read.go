package transfer

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// Bounds of what is read, against archives that were made to fill a memory.
const (
	maxManifest = 64 << 20
	maxRows     = 1 << 30 // bytes of all rows, unpacked
	maxMembers  = 1 << 20
	rowsSuffix  = ".jsonl"
)

var blobForm = regexp.MustCompile(`^blobs/[0-9a-f]{64}$`)

// nouns are those of the members with rows; each is there, empty or not.
func nouns() []string {
	return []string{"people", "configs", "pre_processes", "sets", "samples", "files", "results", "logs", "annotations"}
}

// Archive is an archive that is read. Its rows were checked; of its bytes, only
// those that [Archive.Verify] has read are known to be right.
type Archive struct {
	Content

	Manifest Manifest
	// Original says that the original's migrator wrote it; then it has no digests,
	// and Faults are what is missing or wrong in it.
	Original bool
	Faults   []string

	members map[string]*zip.File
	files   fs.FS // of an archive of the original
}

// invalid is the error of an archive that is not what it should be.
func invalid(format string, args ...any) error {
	return lab.Errorf(lab.Invalid, "the archive is damaged: "+format, args...)
}

// Open reads the manifest and the rows of an archive, ours or, in a ZIP file, the
// original's. r must stay readable as long as the archive is used.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, lab.Errorf(lab.Invalid, "this is no archive: no ZIP file, or not all of one: %w", err)
	}
	if len(z.File) > maxMembers {
		return nil, lab.Errorf(lab.TooLarge, "the archive has more than %d files", maxMembers)
	}
	if !slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == manifestName }) {
		return openOriginalZip(z, size)
	}
	a := &Archive{members: map[string]*zip.File{}}
	if err := a.index(z, size); err != nil {
		return nil, err
	}
	if err := a.manifest(z.Comment); err != nil {
		return nil, err
	}
	if err := a.rows(); err != nil {
		return nil, err
	}
	return a, a.check()
}

// index notes the members, and refuses what no archive has: other names, which
// might lead out of a folder, a name twice, and members that claim more bytes
// than the file has.
func (a *Archive) index(z *zip.Reader, size int64) error {
	packed := uint64(0)
	for _, f := range z.File {
		noun, isRows := strings.CutSuffix(f.Name, rowsSuffix)
		isBlob := blobForm.MatchString(f.Name)
		switch {
		case !isBlob && f.Name != manifestName && (!isRows || !slices.Contains(nouns(), noun)):
			return invalid("it has a file %q, which no archive has", cut(f.Name))
		case a.members[f.Name] != nil:
			return invalid("it has %s twice", f.Name)
		case isBlob && (f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64):
			return invalid("%s is compressed", f.Name)
		case f.Method != zip.Store && f.Method != zip.Deflate:
			return invalid("%s is compressed in an unknown way", f.Name)
		case f.Flags&1 != 0:
			return invalid("%s is encrypted", f.Name)
		}
		if packed += f.CompressedSize64; f.CompressedSize64 > uint64(size) || packed > uint64(size) {
			return invalid("its files claim more bytes than it has")
		}
		a.members[f.Name] = f
	}
	return nil
}

// manifest reads the manifest, and compares it with what is there.
func (a *Archive) manifest(comment string) error {
	text, err := readMember(a.members[manifestName], maxManifest)
	if err != nil {
		return err
	}
	if want, ok := strings.CutPrefix(comment, commentPrefix); !ok || want != digestOf(text) {
		return invalid("the manifest does not have the digest that the file's comment says")
	}
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Format != Format {
		return invalid("the manifest is none of ours")
	}
	if head.Version != Version {
		return lab.Errorf(lab.Invalid, "the archive has version %d, and this program reads version %d: update the older of the two servers", head.Version, Version)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&a.Manifest); err != nil {
		return invalid("the manifest: %w", err)
	}
	if len(a.Manifest.Server) > 100 || a.Manifest.Server == "" {
		return invalid("the manifest does not say from which server it comes")
	}
	if len(a.Manifest.Members) != len(a.members)-1 {
		return invalid("the manifest has %d files, the archive %d", len(a.Manifest.Members), len(a.members)-1)
	}
	seen := map[string]bool{manifestName: true}
	for _, m := range a.Manifest.Members {
		f := a.members[m.Name]
		switch {
		case f == nil || seen[m.Name]:
			return invalid("%q of the manifest is not there, or twice", cut(m.Name))
		case m.Size < 0 || uint64(m.Size) != f.UncompressedSize64:
			return invalid("%s has not the size that the manifest says", m.Name)
		case blobForm.MatchString(m.Name) && m.Name != blobFolder+m.Digest:
			return invalid("%s has another digest in the manifest", m.Name)
		}
		seen[m.Name] = true
	}
	for _, noun := range nouns() {
		if !seen[noun+rowsSuffix] {
			return invalid("%s is missing", noun+rowsSuffix)
		}
	}
	return nil
}

// rows reads the members with rows, each against its digest.
func (a *Archive) rows() error {
	left := int64(maxRows)
	texts := map[string][]byte{}
	for _, m := range a.Manifest.Members {
		noun, ok := strings.CutSuffix(m.Name, rowsSuffix)
		if !ok {
			continue
		}
		if left -= m.Size; left < 0 {
			return lab.Errorf(lab.TooLarge, "the archive has more than %d MB of rows", maxRows>>20)
		}
		text, err := readMember(a.members[m.Name], m.Size)
		if err != nil {
			return err
		}
		if digestOf(text) != m.Digest {
			return invalid("%s does not have the digest that the manifest says", m.Name)
		}
		texts[noun] = text
	}
	c := &a.Content
	for _, get := range []func() error{
		func() error { return getRows(texts, "people", &c.People) },
		func() error { return getRows(texts, "configs", &c.Configs) },
		func() error { return getRows(texts, "pre_processes", &c.PreProcesses) },
		func() error { return getRows(texts, "sets", &c.Sets) },
		func() error { return getRows(texts, "samples", &c.Samples) },
		func() error { return getRows(texts, "files", &c.Files) },
		func() error { return getRows(texts, "results", &c.Results) },
		func() error { return getRows(texts, "logs", &c.Logs) },
		func() error { return getRows(texts, "annotations", &c.Annotations) },
	} {
		if err := get(); err != nil {
			return err
		}
	}
	return nil
}

func getRows[T any](texts map[string][]byte, noun string, rows *[]T) error {
	s := bufio.NewReader(bytes.NewReader(texts[noun]))
	for n := 1; ; n++ {
		line, err := s.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil {
			return invalid("%s%s ends within line %d", noun, rowsSuffix, n)
		}
		var row T
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&row); err != nil {
			return invalid("%s%s, line %d: %w", noun, rowsSuffix, n, err)
		}
		*rows = append(*rows, row)
	}
}

// readMember reads a member that has at most so many bytes, whatever it says.
func readMember(f *zip.File, most int64) (text []byte, err error) {
	if f.UncompressedSize64 > uint64(most) {
		return nil, invalid("%s is larger than it may be", f.Name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, invalid("%s: %w", f.Name, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	text, err = io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, invalid("%s: %w", f.Name, err)
	}
	if int64(len(text)) > most {
		return nil, invalid("%s is larger than it says", f.Name)
	}
	return text, nil
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// cut keeps what an archive says from filling a page.
func cut(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}

// Verify reads all bytes of the archive and compares them with their digests. It
// tells how far it is, in bytes; progress may be nil.
func (a *Archive) Verify(ctx context.Context, progress func(done, of int64)) error {
	if a.Original {
		return nil // it has no digests
	}
	of, done := a.Bytes(), int64(0)
	buf := make([]byte, 1<<20)
	for _, m := range a.Manifest.Members {
		if !blobForm.MatchString(m.Name) {
			continue // rows were compared when they were read
		}
		sum := sha256.New()
		r, err := a.members[m.Name].Open()
		if err != nil {
			return invalid("%s: %w", m.Name, err)
		}
		for err == nil {
			n := 0
			if n, err = r.Read(buf); n > 0 {
				sum.Write(buf[:n])
				if done += int64(n); progress != nil {
					progress(done, of)
				}
			}
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
		}
		closeErr := r.Close()
		switch {
		case context.Cause(ctx) != nil:
			return context.Cause(ctx)
		case err != io.EOF || closeErr != nil:
			return invalid("%s cannot be read: %w", m.Name, errors.Join(err, closeErr))
		case hex.EncodeToString(sum.Sum(nil)) != m.Digest:
			return invalid("%s has other bytes than its name says", m.Name)
		}
	}
	return nil
}

// Bytes is the size of all blobs.
func (a *Archive) Bytes() (n int64) {
	for _, m := range a.Manifest.Members {
		if blobForm.MatchString(m.Name) {
			n += m.Size
		}
	}
	return n
}

// Digests are those of all blobs.
func (a *Archive) Digests() (list []string) {
	for _, m := range a.Manifest.Members {
		if blobForm.MatchString(m.Name) {
			list = append(list, m.Digest)
		}
	}
	return list
}

// Blob opens the bytes of a digest. The caller closes it.
func (a *Archive) Blob(digest string) (io.ReadCloser, error) {
	f := a.members[blobFolder+digest]
	if f == nil {
		return nil, fmt.Errorf("open blob %s: %w", cut(digest), fs.ErrNotExist)
	}
	return f.Open()
}

// blobSize is the size of a blob of the archive; ok is false when it has none.
func (a *Archive) blobSize(digest string) (size int64, ok bool) {
	f := a.members[blobFolder+digest]
	if f == nil {
		return 0, false
	}
	return int64(f.UncompressedSize64), true // no more than the file has
}
