package config

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// Input is where values may come from.
type Input struct {
	// File is a TOML file; "" is the variable VIDJIL_CONFIG, or vidjil.toml in
	// the data directory when there is one.
	File string
	// Environ is as [os.Environ].
	Environ []string
	// Flags are options of the command line that were given, by key of the
	// setting; those of tables by "table.name".
	Flags map[string]any
}

// Origin is what kind of place a value comes from.
type Origin string

// The origins, each before those that it is stronger than.
const (
	FromFlag        Origin = "option"
	FromEnvironment Origin = "environment"
	FromCredential  Origin = "credential"
	FromFile        Origin = "file"
	FromDefault     Origin = "default"
)

// Source is where a value comes from.
type Source struct {
	Origin Origin
	Name   string // of the option, the variable or the file
	Line   int    // of the file; 0 elsewhere
}

func (s Source) String() string {
	switch {
	case s.Line > 0:
		return fmt.Sprintf("%s:%d", s.Name, s.Line)
	case s.Name != "":
		return s.Name
	default:
		return string(s.Origin)
	}
}

// Loaded is a config and where each value of it comes from.
type Loaded struct {
	Config
	// File is the one that was read; "" for none.
	File string
	// Sources are by key; those of tables by "table.name". What is not in it has
	// its default.
	Sources map[string]Source
}

// value is one given value.
type value struct {
	key string
	raw any
	Source
}

// Load gives the config: each value from the strongest place that has one. All
// faults are reported at once, as a [lab.Error] of code Usage when all are of
// the command line and of the environment, Invalid when one is in a file.
func Load(in Input) (*Loaded, error) {
	l := &Loaded{Sources: map[string]Source{}}
	var faults faults
	env := environment(in.Environ, &faults)
	flags := options(in.Flags)

	values, err := l.readFile(in, slices.Concat(env, flags), &faults)
	if err != nil {
		return nil, err
	}
	values = slices.Concat(values, credentials(in.Environ, &faults), env, flags)
	fields := Fields()
	l.Config = Config{}.WithDefaults()
	into := reflect.ValueOf(&l.Config).Elem()
	for _, v := range values {
		l.take(into, fields, v, &faults)
	}
	faults.of(l.check())
	if len(faults) > 0 {
		return l, faults.err(l)
	}
	return l, nil
}

// take puts a value into the config.
func (l *Loaded) take(into reflect.Value, fields []Field, v value, faults *faults) {
	f, entry, ok := find(fields, v.key)
	if !ok {
		faults.add(v.key, v.Source, "there is no such setting%s", nearest(fields, v.key))
		return
	}
	if text, ok := v.raw.(string); ok && f.Path {
		v.raw = resolve(v.Source, text)
	}
	at, err := into.FieldByIndex(f.index), error(nil)
	switch {
	case f.IsMap() && entry != "":
		err = f.setEntry(at, entry, v.raw)
	default:
		err = f.set(at, v.raw)
	}
	if err != nil {
		if f.Secret != "" {
			err = fmt.Errorf("want a text in quotation marks") // the value is not for a screen
		}
		faults.add(v.key, v.Source, "%v", err)
	}
	l.Sources[v.key] = v.Source
}

// resolve makes a file name that stands in a file one that is relative to it.
func resolve(from Source, name string) string {
	if from.Origin != FromFile || name == "" || filepath.IsAbs(name) || strings.Contains(name, "://") {
		return name
	}
	return filepath.Join(filepath.Dir(from.Name), name)
}

// options are those of the command line, in a fixed order.
func options(flags map[string]any) []value {
	fields, list := Fields(), []value(nil)
	for key, raw := range flags {
		name := key
		if f, _, ok := find(fields, key); ok && f.Flag != "" {
			name = f.Flag
		}
		list = append(list, value{key, raw, Source{Origin: FromFlag, Name: "--" + name}})
	}
	slices.SortFunc(list, func(a, b value) int { return cmp.Compare(a.key, b.key) })
	return list
}

// readFile reads the file that is meant, if one is.
func (l *Loaded) readFile(in Input, stronger []value, faults *faults) ([]value, error) {
	name, must := in.File, true
	if name == "" {
		name = lookup(in.Environ, envFile)
	}
	if name == "" {
		must = false
		for _, v := range stronger { // the last one is the strongest
			if dir, ok := v.raw.(string); ok && v.key == "data" && dir != "" {
				name = filepath.Join(dir, FileName)
			}
		}
	}
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	switch {
	case os.IsNotExist(err) && !must:
		return nil, nil
	case os.IsNotExist(err):
		return nil, lab.Errorf(lab.NotFound, "config file: %w", err)
	case err != nil:
		return nil, lab.Errorf(lab.Invalid, "config file: %w", err)
	}
	l.File = name
	values, err := parse(name, text, faults)
	if err != nil {
		return nil, err
	}
	if must {
		return values, nil
	}
	// The file was found by the data directory, which it cannot move.
	for _, v := range values {
		if v.key == "data" {
			faults.add(v.key, v.Source, "this file was found in the data directory: name another one by --config to set it")
		}
	}
	return slices.DeleteFunc(values, func(v value) bool { return v.key == "data" }), nil
}

// Check tells all that is wrong with a config that was not loaded, after
// [Config.WithDefaults].
func (c Config) Check() error {
	if list := c.check(); len(list) > 0 {
		return list.err(&Loaded{Config: c})
	}
	return nil
}
