package service_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func TestOpenEntry(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, after string
		shown       map[string]any
		hidden      []string
	}{
		{"none", "", nil, nil},
		{"numbers", `{"group_id":3,"admin":true,"sets":[1,2]}`, map[string]any{"group_id": 3.0, "admin": true, "sets": []any{1.0, 2.0}}, nil},
		{"words of ours", `{"state":"disabled","rights":["set:read"]}`, map[string]any{"state": "disabled", "rights": []any{"set:read"}}, nil},
		{"names", `{"last_name":"Doe","name":"run 1","info":"known as Jo","birth":"1950-01-02"}`, map[string]any{}, []string{"birth", "info", "last_name", "name"}},
		{"empty text", `{"info":""}`, map[string]any{"info": ""}, nil},
		{"names inside", `{"rows":[{"id":1},{"first_name":"Jo"}]}`, map[string]any{}, []string{"rows"}},
		{"a name as a field", `{"Jo Doe":1}`, map[string]any{}, []string{"other"}},
		{"a name as a field inside", `{"by":{"Jo Doe":1}}`, map[string]any{}, []string{"by"}},
		{"no object", `"Jo Doe"`, map[string]any{}, []string{"value"}},
		{"a word of ours in the wrong place", `{"state":{"name":"Jo"}}`, map[string]any{}, []string{"state"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := service.OpenEntry(lab.Entry{ID: 1, Before: tt.after, After: tt.after})
			if err != nil {
				t.Fatal(err)
			}
			for _, side := range []map[string]any{got.Before, got.After} {
				if diff := cmp.Diff(tt.shown, side); diff != "" {
					t.Errorf("shown (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff(tt.hidden, got.Hidden); diff != "" {
				t.Errorf("hidden (-want +got):\n%s", diff)
			}
			if got.Entry.Before != "" || got.Entry.After != "" {
				t.Error("the texts are still there")
			}
		})
	}
	if _, err := service.OpenEntry(lab.Entry{After: "{"}); err == nil {
		t.Error("a broken entry is opened")
	}
}

// TestOpenEntryHidesText puts a word at any place of any content: it never
// leaves.
func TestOpenEntryHidesText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var draw func(depth int) any
		draw = func(depth int) any {
			switch n := rapid.IntRange(0, 5).Draw(t, "kind"); {
			case n == 0:
				return rapid.IntRange(0, 99).Draw(t, "number")
			case n == 1:
				return rapid.Bool().Draw(t, "bool")
			case n <= 3 || depth == 0:
				return "Quentinia"
			case n == 4:
				return []any{draw(depth - 1), draw(depth - 1)}
			}
			return map[string]any{rapid.SampledFrom([]string{"name", "id", "Quentinia", "info"}).Draw(t, "field"): draw(depth - 1)}
		}
		text, err := json.Marshal(map[string]any{"id": draw(3), "info": draw(3)})
		if err != nil {
			t.Fatal(err)
		}
		v, err := service.OpenEntry(lab.Entry{After: string(text)})
		if err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "Quentinia") {
			t.Errorf("%s is shown as %s", text, out)
		}
	})
}
