package job

import (
	"context"
	"encoding/json"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/trace"
)

// originKey is where the args of a job, whatever its kind, keep the request that
// it comes from.
const originKey = "origin"

// from notes in a job the request that asks for it. Args that are no object stay
// as they are; whoever reads them will say so.
func from(ctx context.Context, j lab.Job) lab.Job {
	o := trace.OriginOf(ctx)
	if o == (trace.Origin{}) {
		return j
	}
	args := map[string]json.RawMessage{}
	if j.Args != "" {
		if err := json.Unmarshal([]byte(j.Args), &args); err != nil || args == nil {
			return j
		}
	}
	var err error
	if args[originKey], err = json.Marshal(o); err != nil {
		return j // two texts are always JSON
	}
	if text, err := json.Marshal(args); err == nil {
		j.Args = string(text)
	}
	return j
}

// originOf is the request that a job comes from; the zero value for none.
func originOf(args string) trace.Origin {
	var in struct {
		Origin trace.Origin `json:"origin"`
	}
	if json.Unmarshal([]byte(args), &in) != nil {
		return trace.Origin{}
	}
	return in.Origin
}
