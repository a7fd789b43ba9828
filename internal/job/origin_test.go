package job

import (
	"encoding/json"
	"testing"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/trace"
)

func TestOrigin(t *testing.T) {
	t.Parallel()
	ctx := trace.Begin(t.Context(), nil, "r1")
	for name, args := range map[string]string{"none": "", "empty": "{}", "some": `{"name":"x"}`, "of another request": `{"origin":{"request":"r0"},"name":"x"}`} {
		j := from(ctx, lab.Job{Args: args})
		if got := originOf(j.Args); got.Request != "r1" {
			t.Errorf("%s: got %+v of %s", name, got, j.Args)
		}
		var kept struct{ Name string }
		if err := json.Unmarshal([]byte(j.Args), &kept); err != nil || len(args) > 10 && kept.Name != "x" {
			t.Errorf("%s: the args became %s (%v)", name, j.Args, err)
		}
	}
	for _, args := range []string{"", "{}", "[1]", "null"} {
		if got := from(t.Context(), lab.Job{Args: args}); got.Args != args || originOf(args) != (trace.Origin{}) {
			t.Errorf("a job of nobody: %q became %q", args, got.Args)
		}
	}
	if got := from(ctx, lab.Job{Args: "[1]"}); got.Args != "[1]" {
		t.Errorf("args that are no object became %q", got.Args)
	}
}
