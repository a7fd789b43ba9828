package vidjilfile

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"vidjil.org/vidjil/vdj/airr"
)

// Read reads a .vidjil file, plain or gzipped, of any version. Faults in the
// JSON, or fields that are not what they should be, are a [*ReadError] that
// names the path and the offset. What the file says is not checked: see [Lint].
func Read(r io.Reader) (*File, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, fmt.Errorf("read .vidjil file: %w", err)
	}
	f, rerr := parseFile(data, false)
	if rerr == nil && f.Version != "" && f.Version < Version {
		// The version may stand after the clones. Old files are rare and small.
		f, rerr = parseFile(data, true)
	}
	if rerr != nil {
		return nil, fmt.Errorf("read .vidjil file: %w", rerr)
	}
	return f, nil
}

// readAll reads everything, through gzip where the first bytes say so.
func readAll(r io.Reader) ([]byte, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	if magic, err := br.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(zr)
	}
	return io.ReadAll(br)
}

// reader reads the parts of a file.
type reader struct {
	*scanner
	zeroBased bool // positions of segments are 0-based: before 2016b
}

func parseFile(data []byte, zeroBased bool) (*File, *ReadError) {
	s := &reader{scanner: newScanner(data), zeroBased: zeroBased}
	f := &File{}
	if s.kind() == 'n' {
		s.fail("want an object, found null")
	}
	s.object(func(key string) { s.member(f, key) })
	s.end()
	return f, s.err
}

func (s *reader) member(f *File, key string) {
	switch key {
	case "producer":
		f.Producer = s.text()
	case "timestamp":
		f.Timestamps = list(s.scanner, s.text)
	case "vidjil_json_version":
		// The original's AIRR import writes it as a list.
		f.Version = strings.Join(list(s.scanner, s.text), " ")
	case "samples":
		s.samples(&f.Samples)
	case "reads":
		s.reads(&f.Reads)
	case "clones":
		s.array(func(int) {
			var c Clone
			s.clone(&c)
			f.Clones = append(f.Clones, c)
		})
	case "clusters":
		f.Clusters = s.clusters()
	case "germlines":
		s.germlines(&f.Germlines)
	case "diversity":
		s.diversity(&f.Diversity)
	case "distributions":
		f.Distributions = s.distributions()
	case "warn":
		s.warnings(&f.Warnings)
	case "provenance":
		s.provenance(f)
	default:
		f.Extra.set(key, s.raw())
	}
}

// provenance reads our own block; one that another program wrote stays as it is.
func (s *reader) provenance(f *File) {
	raw := s.raw()
	if s.err != nil {
		return
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	var p Provenance
	if string(raw) == "null" || dec.Decode(&p) != nil {
		f.Extra.set("provenance", raw)
		return
	}
	f.Provenance = &p
}

func (s *reader) samples(p *Samples) {
	s.object(func(key string) {
		texts := map[string]*[]string{
			"original_names": &p.OriginalNames, "names": &p.Names, "producer": &p.Producer, "timestamp": &p.Timestamp,
			"run_timestamp": &p.RunTimestamp, "commandline": &p.CommandLine, "log": &p.Log,
		}[key]
		switch {
		case texts != nil:
			*texts = list(s.scanner, s.text)
		case key == "number":
			p.Number = s.integer()
		case key == "order":
			p.Order = list(s.scanner, s.integer)
		case key == "stock_order":
			p.StockOrder = list(s.scanner, s.integer)
		default:
			p.Extra.set(key, s.raw())
		}
	})
}

func (s *reader) reads(r *Reads) {
	counts := func() map[string][]int {
		m := map[string][]int{}
		s.object(func(system string) { m[system] = list(s.scanner, s.integer) })
		return m
	}
	s.object(func(key string) {
		switch key {
		case "total":
			r.Total = list(s.scanner, s.integer)
		case "segmented":
			r.Segmented = list(s.scanner, s.integer)
		case "germline":
			r.Germline = counts()
		case "clones":
			r.Clones = counts()
		case "distribution":
			r.Distribution = counts()
		default:
			r.Extra.set(key, s.raw())
		}
	})
}

// clusters reads lists of identifiers. Where files were fused of which some have
// no clusters, numbers stand between the lists: they say nothing.
func (s *reader) clusters() [][]string {
	var out [][]string
	s.array(func(int) {
		if s.kind() != '[' {
			s.skip()
			return
		}
		out = append(out, list(s.scanner, s.text))
	})
	return out
}

// warnings reads a list of warnings. Fused files have the number 0 for a sample
// without any.
func (s *reader) warnings(out *[]Warning) {
	s.array(func(int) {
		switch s.kind() {
		case '0', 'n':
			s.skip()
		case '"':
			*out = append(*out, Warning{Message: s.str()})
		default:
			*out = append(*out, s.warning())
		}
	})
}

func (s *reader) warning() Warning {
	var w Warning
	s.object(func(key string) {
		switch key {
		case "code":
			w.Code = s.text()
		case "level":
			w.Level = s.text()
		case "msg":
			w.Message = s.text()
		case "sample":
			if s.kind() == '0' {
				w.Sample = airr.Some(s.integer())
				return
			}
			w.Extra.set(key, s.raw())
		default:
			w.Extra.set(key, s.raw())
		}
	})
	return w
}

func (s *reader) germlines(g *Germlines) {
	s.object(func(key string) {
		switch {
		case key == "ref" && s.kind() == '"':
			g.Ref = s.str()
		case key == "species" && s.kind() == '"':
			g.Species = s.str()
		case key == "species_taxon_id" && s.kind() == '0':
			g.TaxonID = s.integer()
		case key == "custom" && s.kind() == '{':
			s.custom(g)
		default:
			g.Extra.set(key, s.raw())
		}
	})
}

// custom reads the systems. Old programs describe one nameless system instead,
// with "shortcut" right here; that is kept as it is.
func (s *reader) custom(g *Germlines) {
	start := s.pos
	custom, other := map[string]Custom{}, false
	s.object(func(system string) {
		if s.kind() != '{' {
			other = true
			s.skip()
			return
		}
		var c Custom
		s.object(func(key string) {
			side := map[string]*[]string{"5": &c.Five, "4": &c.Four, "3": &c.Three}[key]
			switch {
			case side != nil:
				*side = list(s.scanner, s.text)
			case key == "shortcut":
				c.Shortcut = s.text()
			default:
				c.Extra.set(key, s.raw())
			}
		})
		custom[system] = c
	})
	if s.err == nil && other {
		s.pos = start
		g.Extra.set("custom", s.raw())
		return
	}
	g.Custom = custom
}

func (s *reader) diversity(d *Diversity) {
	// A file without indexes may have a number or "na" here.
	if k := s.kind(); k != '{' && k != 'n' {
		s.skip()
		return
	}
	s.object(func(key string) {
		index := map[string]*[]map[string]float64{
			"index_H_entropy": &d.Shannon, "index_E_equitability": &d.Pielou, "index_Ds_diversity": &d.Simpson,
		}[key]
		if index == nil {
			d.Extra.set(key, s.raw())
			return
		}
		*index = list(s.scanner, s.index)
		if *index == nil {
			*index = []map[string]float64{}
		}
	})
}

// index reads the index of one sample: a number for all clonotypes together, an
// object by system, or "na".
func (s *reader) index() map[string]float64 {
	switch s.kind() {
	case '0':
		return map[string]float64{"all": s.float()}
	case '{':
		m := map[string]float64{}
		s.object(func(system string) {
			if s.kind() == '0' {
				m[system] = s.float()
				return
			}
			s.skip() // "na", null
		})
		return m
	}
	s.skip()
	return nil
}

func (s *reader) distributions() *Distributions {
	if s.null() {
		return nil
	}
	d := &Distributions{}
	s.object(func(key string) {
		switch key {
		case "keys":
			d.Keys = list(s.scanner, s.text)
		case "repertoires":
			d.Repertoires = map[string][]Distribution{}
			s.object(func(name string) {
				all := []Distribution{}
				s.array(func(int) { all = append(all, s.distribution()) })
				d.Repertoires[name] = all
			})
		default:
			d.Extra.set(key, s.raw())
		}
	})
	return d
}

func (s *reader) distribution() Distribution {
	var d Distribution
	s.object(func(key string) {
		switch key {
		case "axes":
			d.Axes = list(s.scanner, s.text)
		case "values":
			s.bins(&d.Values, nil)
			slices.SortStableFunc(d.Values, compareBins)
		default:
			d.Extra.set(key, s.raw())
		}
	})
	return d
}

// bins reads the nested objects of a distribution, one level for each axis.
func (s *reader) bins(out *[]Bin, at []string) {
	if s.kind() != '{' {
		*out = append(*out, Bin{At: append([]string(nil), at...), Counts: list(s.scanner, s.integer)})
		return
	}
	s.object(func(value string) { s.bins(out, append(at, value)) })
}
