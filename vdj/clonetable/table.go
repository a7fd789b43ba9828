package clonetable

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Table is an open table. It is safe for concurrent use if its reader is.
type Table struct {
	r      io.ReaderAt
	size   int64
	footer *footer
	head   *vidjilfile.File // nil in tables that are opened for a search
}

var _ repertoire.Source = (*Table)(nil)

// Open opens a table of that many bytes and reads its head. It reads from r as
// long as the table is used.
func Open(r io.ReaderAt, size int64) (*Table, error) {
	t, err := openDirectory(r, size)
	if err != nil {
		return nil, fmt.Errorf("open a table of clonotypes: %w", err)
	}
	raw, err := newReader(t).load(nil, t.footer.head)
	if err != nil {
		return nil, fmt.Errorf("open a table of clonotypes: head: %w", err)
	}
	t.head, err = vidjilfile.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("open a table of clonotypes: head: %w", damaged("%w", err))
	}
	t.head.Version = t.footer.fileVersion
	return t, nil
}

// tailLength is read at once from the end of a table: the footer of 100 000
// clonotypes fits in.
const tailLength = 32 << 10

// openDirectory reads the footer only.
func openDirectory(r io.ReaderAt, size int64) (*Table, error) {
	if size < int64(headerLength+trailerLength) {
		return nil, damaged("it has %d bytes and cannot be one", size)
	}
	tail := make([]byte, min(size, tailLength))
	if err := readFull(r, tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	end := tail[len(tail)-trailerLength:]
	if string(end[20:]) != magic {
		return nil, damaged("its end is missing, or it is no such table")
	}
	at, length := binary.LittleEndian.Uint64(end), binary.LittleEndian.Uint64(end[8:])
	last := uint64(size) - uint64(trailerLength)
	if at > last || length != last-at {
		return nil, damaged("its footer is not where it should be")
	}
	directory := tail[:len(tail)-trailerLength]
	if uint64(len(directory)) >= length {
		directory = directory[uint64(len(directory))-length:]
	} else {
		directory = make([]byte, length)
		if err := readFull(r, directory, int64(at)); err != nil {
			return nil, err
		}
	}
	if sum(directory) != binary.LittleEndian.Uint32(end[16:]) {
		return nil, damaged("the checksum of its footer is wrong")
	}
	var start [headerLength]byte
	if err := readFull(r, start[:], 0); err != nil {
		return nil, err
	}
	if string(start[:len(magic)]) != magic {
		return nil, damaged("it does not begin as one")
	}
	if v := binary.LittleEndian.Uint32(start[len(magic):]); v != version {
		return nil, fmt.Errorf("the table has version %d, this program reads version %d", v, version)
	}
	f, err := parseFooter(directory, int64(at))
	if err != nil {
		return nil, err
	}
	return &Table{r: r, size: size, footer: f}, nil
}

// readFull reads all of b, or fails.
func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return damaged("it ends too early")
	}
	return err
}

// Rows is the number of clonotypes.
func (t *Table) Rows() int { return t.footer.rows }

// Head is everything of the result but its clonotypes. It is the table's own:
// read it, do not change it.
func (t *Table) Head() *vidjilfile.File { return t.head }

// reader reads chunks of a table, column by column. Its memory is reused from
// chunk to chunk and from table to table.
type reader struct {
	t      *Table
	unzip  *zstd.Decoder
	stored []byte
	blocks [numColumns][]byte
	cols   [numColumns]values
	unpack *unpacker
	// sequence and id are room for unpacked letters.
	sequence, id []byte
}

func newReader(t *Table) *reader {
	// Options that are constants cannot be refused.
	unzip, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlock), zstd.WithDecodeAllCapLimit(true))
	return &reader{t: t, unzip: unzip, unpack: newUnpacker()}
}

// load reads a block into buf, or into memory of its own when that is too
// small.
func (r *reader) load(buf []byte, b block) ([]byte, error) {
	stored := &r.stored
	if b.packing == packedPlain {
		stored = &buf
	}
	*stored = slices.Grow((*stored)[:0], b.stored)[:b.stored]
	if err := readFull(r.t.r, *stored, b.offset); err != nil {
		return nil, err
	}
	if sum(*stored) != b.sum {
		return nil, damaged("a checksum is wrong")
	}
	if b.packing == packedPlain {
		return buf, nil
	}
	// A block of zeros packs to a thousandth; room for more than that comes only
	// as it is needed.
	if room := min(b.length, 1<<20+b.stored<<10); cap(buf) < room {
		buf = make([]byte, 0, room)
	}
	if cap(buf) < b.length {
		return nil, damaged("a block of %d bytes says that it holds %d", b.stored, b.length)
	}
	buf, err := r.unzip.DecodeAll(*stored, buf[:0:b.length])
	if err != nil {
		return nil, damaged("unpack: %w", err)
	}
	if len(buf) != b.length {
		return nil, damaged("a block holds %d bytes, not %d", len(buf), b.length)
	}
	return buf, nil
}

// read fills columns with the values of a chunk.
func (r *reader) read(c *chunk, cols ...column) error {
	for _, col := range cols {
		b := r.t.footer.block(c, col)
		var raw []byte
		if b.packing != packedNone {
			var err error
			if raw, err = r.load(r.blocks[col], b); err != nil {
				return fmt.Errorf("clonotypes %d to %d, column %s: %w", c.first+1, c.first+c.rows, columns[col].name, err)
			}
			r.blocks[col] = raw
		}
		if err := r.cols[col].parse(columns[col].kind, raw, c.rows); err != nil {
			return fmt.Errorf("clonotypes %d to %d, column %s: %w", c.first+1, c.first+c.rows, columns[col].name, damaged("%w", err))
		}
	}
	return nil
}

// Scan calls visit for each clonotype, in the order of the table: see
// [repertoire.Source]. It reads the columns of the wanted fields and no others.
func (t *Table) Scan(ctx context.Context, want repertoire.Fields, visit func(*repertoire.Row) error) error {
	r := newReader(t)
	defer r.unzip.Close()
	cols := columnsFor(want)
	var row repertoire.Row
	row.Reset()
	for i := range t.footer.chunks {
		c := &t.footer.chunks[i]
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := r.read(c, cols...); err != nil {
			return fmt.Errorf("read a table of clonotypes: %w", err)
		}
		for k := range c.rows {
			row.Number = c.first + k
			r.row(&row, want, k)
			if err := visit(&row); err != nil {
				return err
			}
		}
	}
	return nil
}

// columnsFor lists the columns of the fields.
func columnsFor(want repertoire.Fields) []column {
	var cols []column
	for _, f := range [...]struct {
		field repertoire.Fields
		cols  []column
	}{
		{repertoire.FieldID, []column{colID}},
		{repertoire.FieldReads, []column{colReads}},
		{repertoire.FieldTop, []column{colTop}},
		{repertoire.FieldSystem, []column{colSystem}},
		{repertoire.FieldGenes, geneNames()},
		{repertoire.FieldSequence, []column{colKept, colSequence}},
		{repertoire.FieldLength, []column{colLength}},
		{repertoire.FieldCDR3, []column{colKept, colCDR3AA, colCDR3Start, colCDR3End}},
		{repertoire.FieldJunction, []column{colJunctionAA, colJunctionStart, colJunctionEnd}},
		{repertoire.FieldProductive, []column{colProductive}},
		{repertoire.FieldName, []column{colName}},
		{repertoire.FieldLabel, []column{colLabel}},
		{repertoire.FieldWarnings, []column{colWarnings}},
		{repertoire.FieldPositions, []column{
			geneColumn(geneFive, geneEnd), geneColumn(geneFive, geneDelRight),
			geneColumn(geneFour, geneStart), geneColumn(geneFour, geneEnd), geneColumn(geneFour, geneDelLeft), geneColumn(geneFour, geneDelRight),
			geneColumn(geneThree, geneStart), geneColumn(geneThree, geneDelLeft),
		}},
		{repertoire.FieldEValue, []column{colKept, colEValue, colEValueLeft, colEValueRight}},
	} {
		if want&f.field != 0 {
			cols = append(cols, f.cols...)
		}
	}
	slices.Sort(cols)
	return slices.Compact(cols)
}

func geneNames() []column {
	var cols []column
	for gene := range numGenes {
		cols = append(cols, geneColumn(gene, geneName))
	}
	return cols
}

// position is an integer as rows show it.
func position(v int64) int {
	if v == absent {
		return repertoire.Unknown
	}
	return int(v)
}

// number is an integer of a column that always has one.
func number(v int64) int64 {
	if v == absent {
		return 0
	}
	return v
}

// row fills the wanted fields from clonotype i of the chunk. Texts are those of
// the blocks.
func (r *reader) row(row *repertoire.Row, want repertoire.Fields, i int) {
	if want&repertoire.FieldID != 0 {
		r.id = r.cols[colID].sequence(r.id[:0], i, r.unpack)
		row.ID = r.id
	}
	if want&repertoire.FieldReads != 0 {
		row.Reads = number(r.cols[colReads].ints[i])
	}
	if want&repertoire.FieldTop != 0 {
		row.Top = int(number(r.cols[colTop].ints[i]))
	}
	if want&repertoire.FieldSystem != 0 {
		row.System = r.cols[colSystem].text(i)
	}
	if want&repertoire.FieldLength != 0 {
		row.AverageLength = r.cols[colLength].floats[i]
	}
	if want&repertoire.FieldName != 0 {
		row.Name = r.cols[colName].text(i)
	}
	if want&repertoire.FieldLabel != 0 {
		row.Label = r.cols[colLabel].text(i)
	}
	if want&repertoire.FieldWarnings != 0 {
		row.Warnings = r.cols[colWarnings].text(i)
	}
	if want&repertoire.FieldSequence != 0 {
		r.sequence = r.sequence[:0]
		if kept(r.cols[colKept].ints[i])&idForSequence == 0 {
			r.sequence = r.cols[colSequence].sequence(r.sequence, i, r.unpack)
		}
		row.Sequence = r.sequence
	}
	if want&designationFields != 0 {
		r.rowDesignation(row, want, i)
	}
}

// designationFields are those of rowDesignation.
const designationFields = repertoire.FieldGenes | repertoire.FieldCDR3 | repertoire.FieldJunction | repertoire.FieldProductive |
	repertoire.FieldPositions | repertoire.FieldEValue

func (r *reader) rowDesignation(row *repertoire.Row, want repertoire.Fields, i int) {
	name := func(gene int) []byte { return r.cols[geneColumn(gene, geneName)].text(i) }
	at := func(gene, which int) int { return position(r.cols[geneColumn(gene, which)].ints[i]) }
	if want&repertoire.FieldGenes != 0 {
		row.Five, row.Four, row.FourA, row.FourB, row.Three = name(geneFive), name(geneFour), name(geneFourA), name(geneFourB), name(geneThree)
	}
	if want&repertoire.FieldCDR3 != 0 {
		row.CDR3AA = nil
		if kept(r.cols[colKept].ints[i])&junctionForCDR3 == 0 {
			row.CDR3AA = r.cols[colCDR3AA].text(i)
		}
		row.CDR3Start, row.CDR3End = position(r.cols[colCDR3Start].ints[i]), position(r.cols[colCDR3End].ints[i])
	}
	if want&repertoire.FieldJunction != 0 {
		row.JunctionAA = r.cols[colJunctionAA].text(i)
		row.JunctionStart, row.JunctionEnd = position(r.cols[colJunctionStart].ints[i]), position(r.cols[colJunctionEnd].ints[i])
	}
	if want&repertoire.FieldProductive != 0 {
		row.Productive = int8(position(r.cols[colProductive].ints[i]))
	}
	if want&repertoire.FieldPositions != 0 {
		row.FiveEnd, row.FiveDelRight = at(geneFive, geneEnd), at(geneFive, geneDelRight)
		row.FourStart, row.FourEnd = at(geneFour, geneStart), at(geneFour, geneEnd)
		row.FourDelLeft, row.FourDelRight = at(geneFour, geneDelLeft), at(geneFour, geneDelRight)
		row.ThreeStart, row.ThreeDelLeft = at(geneThree, geneStart), at(geneThree, geneDelLeft)
	}
	if want&repertoire.FieldEValue != 0 {
		row.EValue, row.EValueLeft, row.EValueRight = r.chance(0, i), r.chance(1, i), r.chance(2, i)
	}
}
