package vidjilfile

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Analysis is an .analysis file: what people did on the clonotypes of one or
// several samples, to be laid over a .vidjil file. Clonotypes and samples that
// the results do not have are kept: they come back when the sample does.
type Analysis struct {
	Producer   string
	Timestamps []string
	Version    string // as read; any version from 2014.09 on
	Samples    AnalysisSamples
	// Clones are those that somebody named, tagged or edited: identifier,
	// sequence, and what was changed.
	Clones   []Clone
	Clusters [][]string // identifiers, the representative first
	Tags     Tags
	// Extra keeps other members: data, normalization, report_save, custom, info.
	// The original's server drops most of them, its client never reads
	// normalization back.
	Extra Bag
}

// AnalysisSamples is what was said of the samples; lists are per sample.
type AnalysisSamples struct {
	Number Opt[int]
	// OriginalNames join the samples with those of the results. Newer files call
	// them "id"; IDKey tells which of the two the file has.
	OriginalNames []string
	IDKey         bool
	Names         []string
	Info          []string
	Order         []int
	StockOrder    []int
	Extra         Bag
}

// Tags names the tags and tells which are hidden.
type Tags struct {
	Names map[string]string // "0" → "clone 1"
	Hide  []string
	Extra Bag
}

// ReadAnalysis reads an .analysis file, plain or gzipped. An empty file is an
// empty analysis.
//
// Positions in "seg" are taken as 1-based whatever the version: the original's
// server writes 2014.09 in every file.
func ReadAnalysis(r io.Reader) (*Analysis, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, fmt.Errorf("read .analysis file: %w", err)
	}
	a := &Analysis{}
	s := &reader{scanner: newScanner(data)}
	if s.space(); s.pos == len(data) {
		return a, nil
	}
	s.object(func(key string) { s.analysisMember(a, key) })
	s.end()
	if s.err != nil {
		return nil, fmt.Errorf("read .analysis file: %w", s.err)
	}
	return a, nil
}

func (s *reader) analysisMember(a *Analysis, key string) {
	switch key {
	case "producer":
		a.Producer = s.text()
	case "timestamp":
		a.Timestamps = list(s.scanner, s.text)
	case "vidjil_json_version":
		a.Version = strings.Join(list(s.scanner, s.text), " ")
	case "samples":
		s.analysisSamples(&a.Samples)
	case "clones":
		s.array(func(int) {
			var c Clone
			s.clone(&c)
			a.Clones = append(a.Clones, c)
		})
	case "clusters", "cluster": // the latter in files before 2014.10
		a.Clusters = append(a.Clusters, s.clusters()...)
	case "tags":
		s.tags(&a.Tags)
	default:
		a.Extra.set(key, s.raw())
	}
}

func (s *reader) analysisSamples(p *AnalysisSamples) {
	s.object(func(key string) {
		switch key {
		case "number":
			if s.kind() == '0' {
				p.Number = Opt[int]{Value: s.integer(), Valid: true}
				return
			}
			p.Extra.set(key, s.raw())
		case "id":
			p.OriginalNames, p.IDKey = list(s.scanner, s.text), true
		case "original_names":
			names := list(s.scanner, s.text)
			if p.IDKey { // both are there: "id" counts
				raw, _ := json.Marshal(names) // a list of strings always has a JSON form
				p.Extra.set(key, raw)
				return
			}
			p.OriginalNames = names
		case "names":
			p.Names = list(s.scanner, s.text)
		case "info":
			p.Info = list(s.scanner, s.text)
		case "order":
			p.Order = list(s.scanner, s.integer)
		case "stock_order":
			p.StockOrder = list(s.scanner, s.integer)
		default:
			p.Extra.set(key, s.raw())
		}
	})
}

func (s *reader) tags(t *Tags) {
	s.object(func(key string) {
		switch {
		case key == "names" && s.kind() == '{':
			t.Names = map[string]string{}
			s.object(func(tag string) { t.Names[tag] = s.text() })
		case key == "hide" && s.kind() == '[':
			t.Hide = list(s.scanner, s.text)
		default:
			t.Extra.set(key, s.raw())
		}
	})
}

// Write writes the file, as version 2016b.
func (a *Analysis) Write(w io.Writer) error {
	e := &encoder{w: w, analysis: true}
	e.open('{')
	e.line("producer")
	e.str(a.Producer)
	if len(a.Timestamps) > 0 {
		e.line("timestamp")
		e.str(a.Timestamps[0])
	}
	e.line("vidjil_json_version")
	e.str(Version)
	e.line("samples")
	e.analysisSamples(&a.Samples)
	e.line("clones")
	seq(e, a.Clones, func(c Clone) {
		e.b = append(e.b, '\n')
		e.clone(&c)
	})
	e.line("clusters")
	e.clusters(a.Clusters)
	e.line("tags")
	e.tags(&a.Tags)
	for _, m := range a.Extra {
		e.line(m.Key)
		e.raw(m.Value)
	}
	e.b = append(e.b, "\n}\n"...)
	e.flush()
	if e.err != nil {
		return fmt.Errorf("write .analysis file: %w", e.err)
	}
	return nil
}

func (e *encoder) analysisSamples(p *AnalysisSamples) {
	e.open('{')
	e.optInt("number", p.Number)
	if p.IDKey {
		e.texts("id", p.OriginalNames)
	} else {
		e.texts("original_names", p.OriginalNames)
	}
	e.texts("names", p.Names)
	e.texts("info", p.Info)
	e.ints("order", p.Order)
	e.ints("stock_order", p.StockOrder)
	e.bag(p.Extra)
	e.close('}')
}

func (e *encoder) tags(t *Tags) {
	e.open('{')
	if t.Names != nil {
		e.key("names")
		e.open('{')
		for _, tag := range slices.Sorted(maps.Keys(t.Names)) {
			e.anyKey(tag)
			e.str(t.Names[tag])
		}
		e.close('}')
	}
	if t.Hide != nil {
		e.key("hide")
		seq(e, t.Hide, func(tag string) {
			// The original's client has numbers here.
			if n, err := strconv.Atoi(tag); err == nil && strconv.Itoa(n) == tag {
				e.int(n)
				return
			}
			e.str(tag)
		})
	}
	e.bag(t.Extra)
	e.close('}')
}
