package columns

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"vidjil.org/vidjil/vdj/repertoire"
)

// column grows by a value for each clonotype. One per goroutine.
type column interface {
	add(r *repertoire.Row)
	// array gives the values without copying them.
	array() (arrow.Array, error)
}

// definition is a column of the base.
type definition struct {
	name string
	want repertoire.Fields
	make func() column
}

const columnSequence = "sequence"

// definitions are the columns of the base, in their order.
func definitions() []definition {
	text := func(of func(*repertoire.Row) []byte) func() column {
		return func() column { return &textColumn{of: of, offsets: []int32{0}} }
	}
	dictionary := func(of func(*repertoire.Row) []byte) func() column {
		return func() column { return &dictionaryColumn{of: of, index: map[string]int32{}} }
	}
	number := func(of func(*repertoire.Row) int) func() column {
		return func() column { return &intColumn{of: of} }
	}
	start := func(of func(*repertoire.Row) int) func() column {
		return number(func(r *repertoire.Row) int {
			if v := of(r); v != repertoire.Unknown {
				return v + 1
			}
			return repertoire.Unknown
		})
	}
	float := func(of func(*repertoire.Row) float64) func() column {
		return func() column { return &floatColumn{of: of} }
	}
	type row = *repertoire.Row
	const (
		positions = repertoire.FieldPositions
		genes     = repertoire.FieldGenes
		cdr3      = repertoire.FieldCDR3
		junction  = repertoire.FieldJunction
	)
	return []definition{
		{"id", repertoire.FieldID, text(func(r row) []byte { return r.ID })},
		{"top", repertoire.FieldTop, number(func(r row) int { return r.Top })},
		{"system", repertoire.FieldSystem, dictionary(func(r row) []byte { return r.System })},
		{"five", genes, dictionary(func(r row) []byte { return r.Five })},
		{"four", genes, dictionary(func(r row) []byte { return r.Four })},
		{"four_a", genes, dictionary(func(r row) []byte { return r.FourA })},
		{"four_b", genes, dictionary(func(r row) []byte { return r.FourB })},
		{"three", genes, dictionary(func(r row) []byte { return r.Three })},
		{"name", repertoire.FieldName, text(func(r row) []byte { return r.Name })},
		{"label", repertoire.FieldLabel, dictionary(func(r row) []byte { return r.Label })},
		{"length", repertoire.FieldLength, float(readLength)},
		{"sequence_length", repertoire.FieldSequence, number(sequenceLength)},
		{"gc", repertoire.FieldSequence, float(gc)},
		{"cdr3_aa", cdr3, text(func(r row) []byte { return r.CDR3AA })},
		{"cdr3_start", cdr3, start(func(r row) int { return r.CDR3Start })},
		{"cdr3_stop", cdr3, number(func(r row) int { return r.CDR3End })},
		{"junction_aa", junction, text(func(r row) []byte { return r.JunctionAA })},
		{"junction_start", junction, start(func(r row) int { return r.JunctionStart })},
		{"junction_stop", junction, number(func(r row) int { return r.JunctionEnd })},
		{"productive", repertoire.FieldProductive, func() column { return &productiveColumn{} }},
		{"five_stop", positions, number(func(r row) int { return r.FiveEnd })},
		{"four_start", positions, start(func(r row) int { return r.FourStart })},
		{"four_stop", positions, number(func(r row) int { return r.FourEnd })},
		{"three_start", positions, start(func(r row) int { return r.ThreeStart })},
		{"five_del_right", positions, number(func(r row) int { return r.FiveDelRight })},
		{"four_del_left", positions, number(func(r row) int { return r.FourDelLeft })},
		{"four_del_right", positions, number(func(r row) int { return r.FourDelRight })},
		{"three_del_left", positions, number(func(r row) int { return r.ThreeDelLeft })},
		{"evalue", repertoire.FieldEValue, func() column { return &doubleColumn{} }},
		{"warnings", repertoire.FieldWarnings, dictionary(func(r row) []byte { return r.Warnings })},
		{columnSequence, repertoire.FieldSequence, text(func(r row) []byte { return r.Sequence })},
	}
}

// Names lists the columns of the base.
func Names() []string {
	var out []string
	for _, d := range definitions() {
		out = append(out, d.name)
	}
	return out
}

func sequenceLength(r *repertoire.Row) int {
	if len(r.Sequence) == 0 {
		return repertoire.Unknown
	}
	return len(r.Sequence)
}

func readLength(r *repertoire.Row) float64 {
	if r.AverageLength <= 0 {
		return math.NaN()
	}
	return r.AverageLength
}

// gc is the share of G and C among the letters A, C, G, T.
func gc(r *repertoire.Row) float64 {
	var counts [256]int
	for _, c := range r.Sequence {
		counts[c&^0x20]++
	}
	strong, weak := counts['G']+counts['C'], counts['A']+counts['T']
	if strong+weak == 0 {
		return math.NaN()
	}
	return float64(strong) / float64(strong+weak)
}

// made is an array of a type whose buffers are these bytes.
func made(t arrow.DataType, n int, buffers ...[]byte) arrow.Array {
	all := []*memory.Buffer{nil} // no nulls, no bitmap
	for _, b := range buffers {
		all = append(all, memory.NewBufferBytes(b))
	}
	return array.MakeFromData(array.NewData(t, n, all, nil, 0, 0))
}

type intColumn struct {
	of     func(*repertoire.Row) int
	values []int32
}

func (c *intColumn) add(r *repertoire.Row) {
	c.values = append(c.values, int32(min(max(c.of(r), math.MinInt32), math.MaxInt32)))
}

func (c *intColumn) array() (arrow.Array, error) {
	return made(arrow.PrimitiveTypes.Int32, len(c.values), arrow.Int32Traits.CastToBytes(c.values)), nil
}

type floatColumn struct {
	of     func(*repertoire.Row) float64
	values []float32
}

func (c *floatColumn) add(r *repertoire.Row) { c.values = append(c.values, float32(c.of(r))) }

func (c *floatColumn) array() (arrow.Array, error) {
	return made(arrow.PrimitiveTypes.Float32, len(c.values), arrow.Float32Traits.CastToBytes(c.values)), nil
}

// doubleColumn holds e-values: 10⁻¹⁷³ is no float32.
type doubleColumn struct{ values []float64 }

func (c *doubleColumn) add(r *repertoire.Row) {
	v := r.EValue
	if v < 0 {
		v = math.NaN()
	}
	c.values = append(c.values, v)
}

func (c *doubleColumn) array() (arrow.Array, error) {
	return made(arrow.PrimitiveTypes.Float64, len(c.values), arrow.Float64Traits.CastToBytes(c.values)), nil
}

type productiveColumn struct{ values []int8 }

func (c *productiveColumn) add(r *repertoire.Row) { c.values = append(c.values, r.Productive) }

func (c *productiveColumn) array() (arrow.Array, error) {
	return made(arrow.PrimitiveTypes.Int8, len(c.values), arrow.Int8Traits.CastToBytes(c.values)), nil
}

// readsColumn is the reads of a sample.
type readsColumn struct {
	values []uint32
	over   int64 // a number that does not fit
}

func (c *readsColumn) add(r *repertoire.Row) { c.put(r.Reads) }

func (c *readsColumn) put(n int64) {
	if n < 0 || n > math.MaxUint32 {
		c.over = n
	}
	c.values = append(c.values, uint32(n))
}

func (c *readsColumn) array() (arrow.Array, error) {
	if c.over != 0 {
		return nil, fmt.Errorf("%d reads of one clonotype do not fit into 32 bits", c.over)
	}
	return made(arrow.PrimitiveTypes.Uint32, len(c.values), arrow.Uint32Traits.CastToBytes(c.values)), nil
}

type textColumn struct {
	of      func(*repertoire.Row) []byte
	offsets []int32
	data    []byte
}

func (c *textColumn) add(r *repertoire.Row) {
	c.data = append(c.data, c.of(r)...)
	c.offsets = append(c.offsets, int32(min(len(c.data), math.MaxInt32)))
}

func (c *textColumn) array() (arrow.Array, error) {
	if len(c.data) > math.MaxInt32 {
		return nil, fmt.Errorf("%d bytes of text are more than 2 GiB", len(c.data))
	}
	return made(arrow.BinaryTypes.String, len(c.offsets)-1, arrow.Int32Traits.CastToBytes(c.offsets), c.data), nil
}

// dictionaryColumn has few different values: codes in the order of their first
// mention.
type dictionaryColumn struct {
	of     func(*repertoire.Row) []byte
	codes  []int32
	index  map[string]int32
	values []string
}

func (c *dictionaryColumn) add(r *repertoire.Row) {
	v := c.of(r)
	code, ok := c.index[string(v)]
	if !ok {
		code = int32(len(c.values))
		c.values = append(c.values, string(v))
		c.index[c.values[code]] = code
	}
	c.codes = append(c.codes, code)
}

func (c *dictionaryColumn) array() (arrow.Array, error) {
	texts := &textColumn{offsets: []int32{0}}
	for _, v := range c.values {
		texts.data = append(texts.data, v...)
		texts.offsets = append(texts.offsets, int32(len(texts.data)))
	}
	dictionary, err := texts.array()
	if err != nil {
		return nil, err
	}
	codes := made(arrow.PrimitiveTypes.Int32, len(c.codes), arrow.Int32Traits.CastToBytes(c.codes))
	t := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}
	return array.NewDictionaryArray(t, codes, dictionary), nil
}
