package vidjilfile

import (
	"math"
	"strings"

	"vidjil.org/vidjil/vdj/airr"
)

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
		switch kind := s.kind(); {
		case k == "val" && kind == '0':
			value = s.float()
		case k == "val" && kind == '"':
			value = parseEValue(s.str())
		default:
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
