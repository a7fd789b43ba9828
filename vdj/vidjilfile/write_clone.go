package vidjilfile

import (
	"math"
	"strconv"
)

func (e *encoder) clone(c *Clone) {
	e.open('{')
	e.key("id")
	e.str(c.ID)
	e.optText("germline", c.Germline)
	e.optText("name", c.Name)
	e.optText("label", c.Label)
	if c.Sequence != "" || !e.analysis {
		e.key("sequence")
		e.str(c.Sequence)
	}
	e.ints("reads", c.Reads)
	if c.Top != 0 {
		e.key("top")
		e.int(c.Top)
	}
	e.floats("_average_read_length", c.AverageReadLength)
	e.floats("_coverage", c.Coverage)
	e.texts("_coverage_info", c.CoverageInfo)
	e.optText("tag", c.Tag)
	if c.Expected.Valid {
		e.key("expected")
		e.float(c.Expected.Value)
	}
	e.seg(&c.Seg)
	if c.Warnings != nil {
		e.key("warn")
		seq(e, c.Warnings, e.warning)
	}
	e.bag(c.Extra)
	e.close('}')
}

// seg writes the designation, nothing when there is none.
func (e *encoder) seg(g *Seg) {
	mark, first := len(e.b), e.first
	e.key("seg")
	e.open('{')
	start := len(e.b)
	for _, gene := range []struct {
		key string
		s   *Segment
	}{{"5", g.Five}, {"4", g.Four}, {"4a", g.FourA}, {"4b", g.FourB}, {"3", g.Three}} {
		if gene.s != nil {
			e.key(gene.key)
			e.segment(gene.s)
		}
	}
	e.optInt("N", g.N)
	e.optInt("N1", g.N1)
	e.optInt("N2", g.N2)
	e.optInt("N3", g.N3)
	if g.Junction != nil {
		e.key("junction")
		e.junction(g.Junction)
	}
	if g.CDR3 != nil {
		e.key("cdr3")
		e.feature(g.CDR3)
	}
	if g.Quality != nil {
		e.key("quality")
		e.feature(g.Quality)
	}
	e.evalue("evalue", g.EValue)
	e.evalue("evalue_left", g.EValueLeft)
	e.evalue("evalue_right", g.EValueRight)
	for i := range g.Features {
		e.anyKey(g.Features[i].Name)
		e.feature(&g.Features[i].Feature)
	}
	e.bag(g.Extra)
	if len(e.b) == start {
		e.b, e.first = e.b[:mark], first
		return
	}
	e.close('}')
}

// span writes positions, 1-based and closed.
func (e *encoder) span(s Span) {
	if s.Start.Valid {
		e.key("start")
		e.int(s.Start.Value + 1)
	}
	e.optInt("stop", s.End)
}

func (e *encoder) segment(s *Segment) {
	e.open('{')
	e.key("name")
	e.str(s.Name)
	e.span(s.Span)
	e.optInt("delLeft", s.DelLeft)
	e.optInt("delRight", s.DelRight)
	e.bag(s.Extra)
	e.close('}')
}

func (e *encoder) junction(j *Junction) {
	e.open('{')
	e.span(j.Span)
	e.optText("aa", j.AA)
	if j.Productive.Valid {
		e.key("productive")
		e.bool(j.Productive.Value)
	}
	e.optText("unproductive", j.Unproductive)
	e.bag(j.Extra)
	e.close('}')
}

func (e *encoder) feature(f *Feature) {
	e.open('{')
	e.span(f.Span)
	e.optText("seq", f.Seq)
	e.optText("aa", f.AA)
	e.bag(f.Extra)
	e.close('}')
}

// evalue writes a value as text, as the original does: its readers in other
// languages would round very small numbers to 0.
func (e *encoder) evalue(key string, v Opt[float64]) {
	if !v.Valid || math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
		return
	}
	e.key(key)
	e.b = append(e.b, `{"val":"`...)
	e.b = strconv.AppendFloat(e.b, v.Value, 'e', -1, 64)
	e.b = append(e.b, `"}`...)
}
