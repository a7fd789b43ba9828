package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Field is one setting, as its tags describe it.
type Field struct {
	Key     string // "http.addr"
	Doc     string
	Default string   // as people write it; "" for none
	Values  []string // the words that are allowed; none for any
	Flag    string   // the option that gives the same, without its dashes; "" for none
	Secret  string   // "true", "url", or ""
	Path    bool     // a file name, or several

	index []int
	typ   reflect.Type
}

// section is a table of the file.
type section struct{ key, doc string }

// Env is the name of the variable that gives the same: VIDJIL_HTTP__ADDR.
func (f *Field) Env() string {
	return envPrefix + strings.ReplaceAll(strings.ToUpper(f.Key), ".", "__")
}

// Kind says in a word what a value is.
func (f *Field) Kind() string {
	switch {
	case len(f.Values) > 0 && f.typ.Kind() != reflect.Slice:
		return "one of " + strings.Join(f.Values, ", ")
	case f.typ == reflect.TypeFor[Duration]():
		return "time"
	case f.typ == reflect.TypeFor[Size]():
		return "bytes"
	case f.typ.Kind() == reflect.Slice:
		return "list"
	case f.IsMap():
		return "table"
	case f.typ.Kind() == reflect.Bool:
		return "true or false"
	case f.typ.Kind() == reflect.Int:
		return "number"
	default:
		return "text"
	}
}

// IsMap tells whether the setting is a table whose names are the administrator's.
func (f *Field) IsMap() bool { return f.typ.Kind() == reflect.Map }

// Fields lists all settings in the order of the struct.
func Fields() []Field {
	list, _ := walk(reflect.TypeFor[Config](), "", nil)
	return list
}

// walk lists the settings and the sections below a struct.
func walk(t reflect.Type, prefix string, index []int) (list []Field, sections []section) {
	for f := range t.Fields() {
		key := prefix + f.Tag.Get("toml")
		at := append(slices.Clone(index), f.Index...)
		if f.Type.Kind() == reflect.Struct {
			sections = append(sections, section{key, f.Tag.Get("doc")})
			fields, below := walk(f.Type, key+".", at)
			list, sections = append(list, fields...), append(sections, below...)
			continue
		}
		field := Field{
			Key: key, Doc: f.Tag.Get("doc"), Default: f.Tag.Get("default"), Flag: f.Tag.Get("flag"), Secret: f.Tag.Get("secret"),
			Path: f.Tag.Get("path") != "", index: at, typ: f.Type,
		}
		if v := f.Tag.Get("values"); v != "" {
			field.Values = strings.Split(v, "|")
		}
		list = append(list, field)
	}
	return list, sections
}

// find gives the setting of a key; of one below a table, the table and the name
// in it.
func find(fields []Field, key string) (f *Field, entry string, ok bool) {
	for i := range fields {
		f := &fields[i]
		if f.Key == key {
			return f, "", true
		}
		if name, below := strings.CutPrefix(key, f.Key+"."); below && f.IsMap() {
			return f, name, true
		}
	}
	return nil, "", false
}

// WithDefaults is the config with the default in each field that is zero.
func (c Config) WithDefaults() Config {
	v := reflect.ValueOf(&c).Elem()
	for _, f := range Fields() {
		if at := v.FieldByIndex(f.index); f.Default != "" && at.IsZero() {
			if err := f.set(at, f.Default); err != nil {
				panic("default of " + f.Key + ": " + err.Error()) // a tag of this package, which a test reads
			}
		}
	}
	return c
}

// set puts a value of a file or of text into the field. Lists of text are
// separated by commas.
func (f *Field) set(at reflect.Value, raw any) error {
	switch at.Interface().(type) {
	case Duration:
		text, ok := raw.(string)
		if !ok {
			return fmt.Errorf("want a time in quotation marks, as \"12h\": %v", raw)
		}
		return at.Addr().Interface().(*Duration).UnmarshalText([]byte(text)) //nolint:forcetypeassert // the case says so
	case Size:
		return at.Addr().Interface().(*Size).UnmarshalText([]byte(fmt.Sprint(raw))) //nolint:forcetypeassert // the case says so
	case []string:
		list, err := texts(raw)
		at.Set(reflect.ValueOf(list))
		return err
	case bool:
		b, err := strconv.ParseBool(fmt.Sprint(raw))
		if err != nil {
			return fmt.Errorf("want true or false: %v", raw)
		}
		at.SetBool(b)
	case int:
		n, err := strconv.Atoi(fmt.Sprint(raw))
		if err != nil {
			return fmt.Errorf("want a whole number: %v", raw)
		}
		at.SetInt(int64(n))
	case string:
		text, ok := raw.(string)
		if !ok {
			return fmt.Errorf("want a text in quotation marks: %v", raw)
		}
		at.SetString(text)
	default:
		return fmt.Errorf("want a table: %v", raw)
	}
	return nil
}

// setEntry puts a value into a table.
func (f *Field) setEntry(at reflect.Value, name string, raw any) error {
	text, ok := raw.(string)
	if !ok || text == "" {
		return fmt.Errorf("want a text in quotation marks: %v", raw)
	}
	if at.IsNil() {
		at.Set(reflect.MakeMap(at.Type()))
	}
	at.SetMapIndex(reflect.ValueOf(name), reflect.ValueOf(text))
	return nil
}

// texts reads a list: of a file, or text with commas.
func texts(raw any) ([]string, error) {
	var list []string
	switch raw := raw.(type) {
	case []string:
		return raw, nil
	case string:
		for part := range strings.SplitSeq(raw, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return list, nil
	case []any:
		for _, each := range raw {
			text, ok := each.(string)
			if !ok {
				return nil, fmt.Errorf("want texts in quotation marks: %v", each)
			}
			list = append(list, text)
		}
		return list, nil
	default:
		return nil, fmt.Errorf("want a list, as [\"a\", \"b\"]: %v", raw)
	}
}
