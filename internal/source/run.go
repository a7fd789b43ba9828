package source

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// Run is what the folder of a sequencing run tells about it, without looking
// into reads.
type Run struct {
	Name       string // of the folder, or what RunInfo.xml says
	Date       string // as the sequencer writes it, YYMMDD or longer
	Instrument string
	Number     string // of the run on the instrument
	Flowcell   string
	Lanes      int // 0 when not told
	Reads      []RunRead
	// Complete tells that the sequencer has copied everything (CopyComplete.txt).
	// RTAComplete.txt alone comes earlier, and is told as Sequenced.
	Complete, Sequenced bool
	SampleSheets        []string // paths below the source
	FastqFolders        []string // that hold FASTQ files, paths below the source
}

// RunRead is a read of a run, as RunInfo.xml has it.
type RunRead struct {
	Number, Cycles int
	Index          bool
}

// runName is YYMMDD_instrument_number_[A|B]flowcell; some versions write the
// year in full.
var runName = regexp.MustCompile(`^(\d{6}|\d{8})_([A-Za-z0-9-]+)_(\d+)_([A-Za-z0-9-]+)$`)

// fastqPlaces is where sequencers and their programs put FASTQ files, below a
// run's folder; each also with one folder for each project.
var fastqPlaces = []string{"", "Data/Intensities/BaseCalls", "Alignment_*/*/Fastq", "Analysis/*/Data/fastq", "Analysis/*/Data/BCLConvert/fastq"}

// Run tells about a run's folder. A folder of another kind is one without facts,
// not an error: only the name, sample sheets and FASTQ files are there then.
func (s *Sources) Run(ctx context.Context, source, folder string) (Run, error) {
	folder, root, err := s.open(source, folder)
	if err != nil {
		return Run{}, err
	}
	list, err := readDir(ctx, root, folder)
	if err = errors.Join(err, root.Close()); err != nil {
		return Run{}, err
	}
	run := Run{Name: path.Base(folder)}
	if m := runName.FindStringSubmatch(run.Name); m != nil {
		run.Date, run.Instrument, run.Number, run.Flowcell = m[1], m[2], m[3], flowcell(m[4])
	}
	for _, d := range list {
		// Case differs between models: RunInfo.xml, runInfo.xml.
		switch name := strings.ToLower(d.Name()); {
		case name == "copycomplete.txt":
			run.Complete = true
		case name == "rtacomplete.txt":
			run.Sequenced = true
		case name == "runinfo.xml":
			if err := s.readRunInfo(ctx, source, path.Join(folder, d.Name()), &run); err != nil {
				return Run{}, err
			}
		case strings.HasPrefix(name, "samplesheet") && strings.HasSuffix(name, ".csv"):
			run.SampleSheets = append(run.SampleSheets, path.Join(folder, d.Name()))
		}
	}
	slices.Sort(run.SampleSheets)
	run.FastqFolders, err = s.fastqFolders(ctx, source, folder)
	return run, err
}

func (s *Sources) fastqFolders(ctx context.Context, source, folder string) ([]string, error) {
	var folders []string
	for _, place := range fastqPlaces {
		for _, pattern := range []string{place, path.Join(place, "*")} {
			files, err := s.match(ctx, source, path.Join(escape(folder), pattern, "*"), func(e Entry) bool { return !e.Folder && fastq(e.Name) })
			if err != nil {
				return nil, err
			}
			for _, f := range files {
				folders = append(folders, path.Dir(f.Path))
			}
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders), nil
}

// escape makes a path match itself alone.
func escape(folder string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(folder)
}

func fastq(name string) bool {
	name = strings.ToLower(name)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	return strings.HasSuffix(name, ".fastq") || strings.HasSuffix(name, ".fq")
}

// flowcell strips the side of the instrument (A, B) where there is one; those of
// the MiSeq, 000000000-KT42M, have none.
func flowcell(s string) string {
	if len(s) > 8 && (s[0] == 'A' || s[0] == 'B') {
		return s[1:]
	}
	return s
}

// maxRunInfo is many times what sequencers write.
const maxRunInfo = 4 << 20

func (s *Sources) readRunInfo(ctx context.Context, source, file string, run *Run) error {
	f, _, err := s.Open(ctx, source, file)
	if lab.CodeOf(err) == lab.NotFound {
		return nil
	} else if err != nil {
		return err
	}
	defer f.Close()
	var info struct {
		Run struct {
			ID         string `xml:"Id,attr"`
			Number     string `xml:"Number,attr"`
			Flowcell   string `xml:"Flowcell"`
			Instrument string `xml:"Instrument"`
			Date       string `xml:"Date"`
			Reads      []struct {
				Number  int    `xml:"Number,attr"`
				Cycles  int    `xml:"NumCycles,attr"`
				IsIndex string `xml:"IsIndexedRead,attr"`
			} `xml:"Reads>Read"`
			Layout struct {
				Lanes int `xml:"LaneCount,attr"`
			} `xml:"FlowcellLayout"`
		} `xml:"Run"`
	}
	if err := xml.NewDecoder(io.LimitReader(f, maxRunInfo)).Decode(&info); err != nil {
		return nil // it is still being written, or of another kind: the folder has no such facts
	}
	r := &info.Run
	for _, set := range []struct {
		to   *string
		from string
	}{{&run.Name, r.ID}, {&run.Number, r.Number}, {&run.Flowcell, r.Flowcell}, {&run.Instrument, r.Instrument}, {&run.Date, r.Date}} {
		if set.from != "" {
			*set.to = set.from
		}
	}
	run.Lanes = r.Layout.Lanes
	for _, read := range r.Reads {
		run.Reads = append(run.Reads, RunRead{Number: read.Number, Cycles: read.Cycles, Index: read.IsIndex == "Y"})
	}
	return nil
}
