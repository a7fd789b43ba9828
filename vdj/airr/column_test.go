package airr

import (
	"bufio"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The schema as a table stands beside the checkout: names, order, types and
// required columns are compared with it.
func TestColumnsAreThoseOfTheSchema(t *testing.T) {
	t.Parallel()
	var names, types, req []string
	sc := bufio.NewScanner(shared(t, "spec/airr_rearrangement_fields.tsv"))
	sc.Scan()
	for sc.Scan() {
		f := strings.Split(sc.Text(), "\t")
		if f[8] != "T" { // in_1.6
			continue
		}
		names, types = append(names, f[0]), append(types, f[1])
		if f[2] == "T" {
			req = append(req, f[0])
		}
	}
	var gotTypes []string
	for _, c := range schema().columns {
		if !c.own {
			gotTypes = append(gotTypes, c.kind.String())
		}
	}
	if diff := cmp.Diff(names, SchemaColumns()); diff != "" {
		t.Errorf("names (-schema +ours):\n%s", diff)
	}
	if diff := cmp.Diff(types, gotTypes); diff != "" {
		t.Errorf("types (-schema +ours):\n%s", diff)
	}
	if diff := cmp.Diff(req, RequiredColumns()); diff != "" {
		t.Errorf("required (-schema +ours):\n%s", diff)
	}
}

// Each column must have a place of its own: a copied accessor would make two
// columns overwrite each other.
func TestColumnsDoNotShareCells(t *testing.T) {
	t.Parallel()
	var r Rearrangement
	seen := map[any]string{}
	for _, c := range schema().columns {
		var p any
		switch c.kind {
		case kindString:
			p = c.text(&r)
		case kindBool:
			p = c.boolean(&r)
		case kindInt:
			p = c.integer(&r)
		case kindNumber:
			p = c.number(&r)
		}
		if other, dup := seen[p]; dup {
			t.Errorf("%s and %s share a cell", c.name, other)
		}
		seen[p] = c.name
	}
}

func TestEngineColumnsHoldTheRequiredOnes(t *testing.T) {
	t.Parallel()
	cols := EngineColumns()
	for _, name := range RequiredColumns() {
		if !slices.Contains(cols, name) {
			t.Errorf("EngineColumns lacks %s", name)
		}
	}
	for _, name := range []string{"recombination_system", "designation", "cause", "d2_call", "c_call", "duplicate_count"} {
		if !slices.Contains(cols, name) {
			t.Errorf("EngineColumns lacks %s", name)
		}
	}
}
