package config

import (
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"vidjil.org/vidjil/internal/lab"
)

// parse reads the values of a TOML file, with the line of each.
func parse(name string, text []byte, faults *faults) ([]value, error) {
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		if e, ok := errors.AsType[*toml.DecodeError](err); ok {
			row, column := e.Position()
			return nil, lab.Errorf(lab.Invalid, "%s:%d:%d: %s", name, row, column, strings.TrimPrefix(e.Error(), "toml: "))
		}
		return nil, lab.Errorf(lab.Invalid, "%s: %w", name, err)
	}
	r := reader{name: name, fields: Fields(), tree: tree, faults: faults}
	r.p.Reset(text)
	var table []string
	for r.p.NextExpression() {
		e := r.p.Expression()
		switch e.Kind {
		case unstable.Table:
			path, line := r.key(e)
			table = path
			r.table(path, line)
		case unstable.ArrayTable:
			path, line := r.key(e)
			table = nil
			r.fault(path, line, "a table in [[double]] brackets is a list, and no setting is a list of tables")
		case unstable.KeyValue:
			r.keyValue(table, e)
		default: // comments
		}
	}
	if err := r.p.Error(); err != nil {
		return nil, lab.Errorf(lab.Invalid, "%s: %w", name, err)
	}
	return r.list, nil
}

// reader walks through a file beside its values.
type reader struct {
	p      unstable.Parser
	name   string
	fields []Field
	tree   map[string]any
	list   []value
	faults *faults
}

// key gives the parts of a key and the line that it stands in.
func (r *reader) key(e *unstable.Node) (path []string, line int) {
	for it := e.Key(); it.Next(); {
		n := it.Node()
		if line == 0 {
			line = r.p.Shape(n.Raw).Start.Line
		}
		path = append(path, string(n.Data))
	}
	return path, line
}

func (r *reader) fault(path []string, line int, format string, args ...any) {
	r.faults.add(strings.Join(path, "."), r.source(line), format, args...)
}

func (r *reader) source(line int) Source { return Source{Origin: FromFile, Name: r.name, Line: line} }

// table checks the name of a table, so that one that holds nothing is noticed
// too.
func (r *reader) table(path []string, line int) {
	key := strings.Join(path, ".")
	for i := range r.fields {
		f := &r.fields[i]
		if strings.HasPrefix(f.Key, key+".") || f.Key == key && f.IsMap() {
			return
		}
	}
	r.fault(path, line, "there is no such table%s", nearestTable(key))
}

// keyValue takes what stands behind a key: a value, or a table in braces.
func (r *reader) keyValue(table []string, e *unstable.Node) {
	path, line := r.key(e)
	path = append(append([]string(nil), table...), path...)
	raw, ok := r.at(path)
	if !ok {
		return // below a list of tables, which was refused
	}
	r.take(path, raw, line)
}

func (r *reader) take(path []string, raw any, line int) {
	if table, ok := raw.(map[string]any); ok {
		for name, below := range table {
			r.take(append(append([]string(nil), path...), name), below, line)
		}
		return
	}
	r.list = append(r.list, value{strings.Join(path, "."), raw, r.source(line)})
}

// at gives the value of a key.
func (r *reader) at(path []string) (any, bool) {
	var v any = r.tree
	for _, part := range path {
		table, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = table[part]; !ok {
			return nil, false
		}
	}
	return v, true
}
