package vidjilfile

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
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

func (s *reader) clone(c *Clone) {
	s.object(func(key string) {
		switch key {
		case "id":
			c.ID = s.text()
		case "germline":
			c.Germline = s.text()
		case "name":
			c.Name = s.text()
		case "label":
			c.Label = s.text()
		case "sequence":
			c.Sequence = s.letters()
		case "reads":
			c.Reads = list(s.scanner, s.integer)
		case "top":
			c.Top = s.integer()
		case "_average_read_length":
			c.AverageReadLength = list(s.scanner, s.real)
		case "_coverage":
			c.Coverage = list(s.scanner, s.real)
		case "_coverage_info":
			// Fused files have the number 0 where a sample has no such clonotype.
			c.CoverageInfo = list(s.scanner, s.letters)
		case "seg":
			s.seg(&c.Seg)
		case "tag":
			c.Tag = s.text()
		case "warn":
			s.warnings(&c.Warnings)
		case "expected":
			if s.kind() == '0' {
				c.Expected = airr.Some(s.float())
				return
			}
			c.Extra.set(key, s.raw())
		default:
			c.Extra.set(key, s.raw())
		}
	})
}

func (s *reader) seg(g *Seg) {
	s.object(func(key string) {
		if gene, end, ok := flatKey(key); ok && s.kind() == '0' {
			s.flat(g.segment(gene), end)
			return
		}
		switch key {
		case "5", "4", "4a", "4b", "3":
			s.segment(g, key)
		case "N", "N1", "N2", "N3":
			if s.kind() != '0' {
				g.Extra.set(key, s.raw())
				return
			}
			n := airr.Some(s.integer())
			switch key {
			case "N":
				g.N = n
			case "N1":
				g.N1 = n
			case "N2":
				g.N2 = n
			default:
				g.N3 = n
			}
		case "junction":
			if s.kind() != '{' {
				g.Extra.set(key, s.raw())
				return
			}
			g.Junction = s.junction()
		case "cdr3", "quality":
			if s.kind() != '{' {
				g.Extra.set(key, s.raw())
				return
			}
			f := s.feature()
			if key == "cdr3" {
				g.CDR3 = &f
			} else {
				g.Quality = &f
			}
		case "evalue", "evalue_left", "evalue_right":
			s.evalue(g, key)
		default:
			if s.kind() == '{' {
				g.Features = append(g.Features, NamedFeature{key, s.feature()})
				return
			}
			g.Extra.set(key, s.raw())
		}
	})
}

// flatKey recognises the keys of old files, "5start", "4aend".
func flatKey(key string) (gene, end string, ok bool) {
	for _, end := range []string{"start", "end"} {
		if gene, ok := strings.CutSuffix(key, end); ok {
			switch gene {
			case "5", "4", "4a", "4b", "3":
				return gene, end, true
			}
		}
	}
	return "", "", false
}

// segment returns the place of a gene.
func (g *Seg) segment(gene string) *Segment {
	var p **Segment
	switch gene {
	case "5":
		p = &g.Five
	case "4":
		p = &g.Four
	case "4a":
		p = &g.FourA
	case "4b":
		p = &g.FourB
	default:
		p = &g.Three
	}
	if *p == nil {
		*p = &Segment{}
	}
	return *p
}

// flat reads a position of an old file, always 0-based and closed.
func (s *reader) flat(g *Segment, end string) {
	v := s.integer()
	if end == "start" {
		g.Start = airr.Some(v)
		return
	}
	g.End = airr.Some(v + 1)
}

func (s *reader) segment(g *Seg, key string) {
	switch s.kind() {
	case '"':
		g.segment(key).Name = s.str()
		return
	case '{':
	default:
		g.Extra.set(key, s.raw())
		return
	}
	p := g.segment(key)
	s.object(func(key string) {
		switch {
		case key == "name" && s.kind() == '"':
			p.Name = s.str()
		case key == "delLeft" && s.kind() == '0':
			p.DelLeft = airr.Some(s.integer())
		case key == "delRight" && s.kind() == '0':
			p.DelRight = airr.Some(s.integer())
		case s.position(&p.Span, key):
		default:
			p.Extra.set(key, s.raw())
		}
	})
}

// position reads start or stop.
func (s *reader) position(p *Span, key string) bool {
	if key != "start" && key != "stop" || s.kind() != '0' {
		return false
	}
	v := s.integer()
	if s.zeroBased {
		v++
	}
	if key == "start" {
		p.Start = airr.Some(v - 1)
	} else {
		p.End = airr.Some(v)
	}
	return true
}

func (s *reader) junction() *Junction {
	j := &Junction{}
	s.object(func(key string) {
		switch {
		case s.position(&j.Span, key):
		case key == "aa" && s.kind() == '"':
			j.AA = s.str()
		case key == "productive" && (s.kind() == 't' || s.kind() == 'f'):
			j.Productive = airr.Some(s.boolean())
		case key == "unproductive" && s.kind() == '"':
			j.Unproductive = s.str()
		default:
			j.Extra.set(key, s.raw())
		}
	})
	return j
}

func (s *reader) feature() Feature {
	var f Feature
	s.object(func(key string) {
		switch {
		case s.position(&f.Span, key):
		case key == "seq" && s.kind() == '"':
			f.Seq = s.str()
		case key == "aa" && s.kind() == '"':
			f.AA = s.str()
		default:
			f.Extra.set(key, s.raw())
		}
	})
	return f
}

// evalue reads {"val": "1.2e-30"}, where val may be a number, or a bare value.
// Anything else is a feature like others.
func (s *reader) evalue(g *Seg, key string) {
	dst := &g.EValue
	switch key {
	case "evalue_left":
		dst = &g.EValueLeft
	case "evalue_right":
		dst = &g.EValueRight
	}
	start := s.pos
	switch s.kind() {
	case '0':
		*dst = airr.Some(s.float())
		return
	case '{':
	default:
		g.Extra.set(key, s.raw())
		return
	}
	members, value := 0, math.NaN()
	s.object(func(k string) {
		members++
		if k == "val" && s.kind() == '0' {
			value = s.float()
		} else if k == "val" && s.kind() == '"' {
			value = parseEValue(s.str())
		} else {
			s.skip()
		}
	})
	if s.err != nil {
		return
	}
	if members == 1 && !math.IsNaN(value) {
		*dst = airr.Some(value)
		return
	}
	s.pos = start
	g.Features = append(g.Features, NamedFeature{key, s.feature()})
}
