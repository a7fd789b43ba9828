package pairing

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// named is what the name of one file tells.
type named struct {
	path   string
	folder string // of the run: what BaseSpace adds for each lane is taken off
	sample string
	number int    // S-number, the order in the sample sheet; 0 when not told
	index  string // barcode in the name, when it has one
	role   lab.FileRole
	lane   int // 0 when not told, or when lanes are merged
	chunk  int // of a lane that was written in pieces; 0 when not told
	weak   bool
	maker  string // whose pattern fits
	stem   string
	format string // extension without compression
}

// form is a way in which names are written. Groups: sample, and where there are
// such number, lane, read, index, chunk.
type form struct {
	maker string
	re    *regexp.Regexp
	weak  bool // only believed when the mate is there too
}

const barcode = `[ACGTN]{5,}(?:[-+_][ACGTN]{5,})?|NoIndex`

// forms are tried in this order: what comes first says more. Names are read from
// the right, since the sample's own may hold anything, "_S12_" too.
var forms = []form{
	{maker: "Illumina", re: regexp.MustCompile(`^(?P<sample>.+)_S(?P<number>\d+)_L(?P<lane>\d{3})_(?P<read>[RI][12])(?:_(?P<chunk>\d{3}))?$`)},
	{maker: "Illumina", re: regexp.MustCompile(`^(?P<sample>.+)_S(?P<number>\d+)_(?P<read>[RI][12])(?:_(?P<chunk>\d{3}))?$`)},
	{maker: "HiSeq", re: regexp.MustCompile(`^(?P<sample>.+)_(?P<index>` + barcode + `)_L(?P<lane>\d{3})_(?P<read>[RI][12])(?:_(?P<chunk>\d{3}))?$`)},
	{maker: "MGI", re: regexp.MustCompile(`^(?P<sample>.+)_L(?P<lane>\d{1,3})_(?P<index>\d+|` + barcode + `)_R?(?P<read>[12])(?:_(?P<chunk>\d{3}))?$`)},
	{maker: "MGI", re: regexp.MustCompile(`^(?P<sample>.+)_L(?P<lane>\d{1,3})_(?P<index>\d+|` + barcode + `)$`)},
	{maker: "lanes", re: regexp.MustCompile(`^(?P<sample>.+)_L(?P<lane>\d{3})_(?P<read>[RI][12])(?:_(?P<chunk>\d{3}))?$`)},
	{maker: "Element", re: regexp.MustCompile(`^(?P<sample>.+)[_.-](?P<read>[RI][12])(?:[_.](?P<chunk>\d{3}))?$`)},
	{maker: "numbers", re: regexp.MustCompile(`^(?P<sample>.+)[_.](?P<read>[12])$`), weak: true},
}

// unassigned are reads that the sequencer could not give to a sample.
var unassigned = regexp.MustCompile(`(?i)^(?:lane\d+_)?(?:undetermined|unassigned|unmatched|unknown_barcodes?)(?:[_.-]|$)`)

// baseSpace is the folder that a download from BaseSpace makes for each sample
// and lane.
var baseSpace = regexp.MustCompile(`(?i)[_-]ds\.[0-9a-f]{8,}$`)

// parse reads a name. own is the laboratory's own form, or nil.
func parse(file string, own *regexp.Regexp) (named, bool) {
	clean := strings.TrimLeft(path.Clean("/"+strings.ReplaceAll(file, "\\", "/")), "/")
	n := named{path: file, folder: path.Dir(clean), role: lab.RoleReads}
	if n.folder == "." {
		n.folder = ""
	}
	if base := path.Base(n.folder); baseSpace.MatchString(base) {
		n.folder = strings.TrimPrefix(path.Dir(n.folder), ".")
	}
	var known bool
	if n.stem, n.format, known = split(path.Base(clean)); !known {
		return n, false
	}
	n.sample = n.stem
	switch n.format {
	case ".vidjil", ".tsv", ".airr", ".clntab":
		n.role = lab.RoleResult
		return n, true
	case ".bam":
		return n, true // both mates are inside
	}
	if own != nil && n.fill(form{maker: "own", re: own}) {
		return n, true
	}
	for _, f := range forms {
		if n.fill(f) {
			break
		}
	}
	return n, true
}

// split takes one compression and one extension off a name that is of use.
func split(name string) (stem, format string, known bool) {
	stem = name
	ext := path.Ext(stem)
	switch strings.ToLower(ext) {
	case ".gz", ".zst", ".bgz":
		stem = strings.TrimSuffix(stem, ext)
		ext = path.Ext(stem)
	}
	stem, format = strings.TrimSuffix(stem, ext), strings.ToLower(ext)
	switch format {
	case ".fastq", ".fq":
		format = ".fastq"
	case ".fasta", ".fa", ".fna":
		format = ".fasta"
	case ".bam", ".vidjil", ".tsv", ".airr", ".clntab":
	default:
		return "", "", false
	}
	return stem, format, stem != "" && !strings.HasPrefix(name, ".")
}

// fill takes what a form tells, if it fits.
func (n *named) fill(f form) bool {
	m := f.re.FindStringSubmatch(n.stem)
	if m == nil {
		return false
	}
	group := func(name string) string {
		if i := f.re.SubexpIndex(name); i >= 0 {
			return m[i]
		}
		return ""
	}
	if group("sample") == "" {
		return false
	}
	n.sample, n.index, n.maker, n.weak = group("sample"), group("index"), f.maker, f.weak
	n.number, n.lane, n.chunk = atoi(group("number")), atoi(group("lane")), atoi(group("chunk"))
	n.role = role(group("read"))
	return true
}

func role(read string) lab.FileRole {
	switch strings.ToUpper(read) {
	case "1", "R1":
		return lab.RoleR1
	case "2", "R2":
		return lab.RoleR2
	case "I1":
		return lab.RoleI1
	case "I2":
		return lab.RoleI2
	}
	return lab.RoleReads
}

// atoi reads what a form has found to be digits; nothing, or more than any lane
// or sample has, is 0.
func atoi(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil || n > 1_000_000 {
		return 0
	}
	return n
}
