package resulttest

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"vidjil.org/vidjil/vdj/columns"
)

// Arrow is what a stream of columns says.
type Arrow struct {
	Columns []string
	IDs     []string
	Reads   [][]int64 // by clonotype and column
	Texts   map[string][]string
	Meta    columns.Meta
}

// ReadArrow reads a stream of columns.
func ReadArrow(t testing.TB, r io.Reader) (out Arrow) {
	t.Helper()
	s, err := ipc.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	text, _ := s.Schema().Metadata().GetValue(columns.MetaKey)
	if err := json.Unmarshal([]byte(text), &out.Meta); err != nil {
		t.Fatal(err)
	}
	out.Texts = map[string][]string{}
	for s.Next() {
		rec := s.RecordBatch()
		out.Reads = make([][]int64, rec.NumRows())
		for i, f := range rec.Schema().Fields() {
			out.Columns = append(out.Columns, f.Name)
			switch c := rec.Column(i).(type) {
			case *array.String:
				for k := range c.Len() {
					out.Texts[f.Name] = append(out.Texts[f.Name], c.Value(k))
				}
			case *array.Uint32:
				if strings.HasPrefix(f.Name, "reads_") {
					for k := range c.Len() {
						out.Reads[k] = append(out.Reads[k], int64(c.Value(k)))
					}
				}
			}
		}
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	out.IDs = slices.Clone(out.Texts["id"])
	return out
}
