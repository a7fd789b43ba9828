package repertoire

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// kind is the first letter of a JSON value: { [ " t f n, or a digit or '-'.
func kind(v json.RawMessage) byte {
	for _, c := range v {
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		}
		return c
	}
	return 0
}

// raw is the JSON of a value made of valid JSON; instead is returned when it is
// not valid after all.
func raw(v any, instead json.RawMessage) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return instead
	}
	return b
}

// maxDepth is how deep in objects lists by sample are looked for. Those of the
// original stand at depth 3; a limit keeps made-up files from costing their
// depth times their size.
const maxDepth = 8

// joiner joins what several samples say under one key, value by value. Absent
// values are nil.
//
//   - lists of one element, the sample's, become lists of all samples;
//   - objects are joined member by member;
//   - of any other values, equal or not, the first in order is taken.
type joiner struct {
	order []int // samples, those whose word counts more first
	// pad is the element of a sample without one, given the element of another.
	pad func(key string, other json.RawMessage) json.RawMessage
}

func (j *joiner) join(key string, values []json.RawMessage, depth int) json.RawMessage {
	objects, lists, first := true, true, json.RawMessage(nil)
	for _, s := range j.order {
		v := values[s]
		if v == nil {
			continue
		}
		if first == nil {
			first = v
		}
		k := kind(v)
		objects, lists = objects && k == '{', lists && k == '['
	}
	switch {
	case first == nil:
		return nil
	case objects && depth > 0:
		return j.joinObjects(values, first, depth-1)
	case lists:
		return j.joinLists(key, values, first)
	case key == "number" && len(values) > 1: // of samples, as in samples.pre_process
		return raw(len(values), first)
	}
	return first
}

func (j *joiner) joinObjects(values []json.RawMessage, first json.RawMessage, depth int) json.RawMessage {
	members := map[string][]json.RawMessage{}
	for s, v := range values {
		var object map[string]json.RawMessage
		if v == nil || json.Unmarshal(v, &object) != nil {
			continue
		}
		for key, member := range object {
			if members[key] == nil {
				members[key] = make([]json.RawMessage, len(values))
			}
			members[key][s] = member
		}
	}
	out := map[string]json.RawMessage{}
	for key, list := range members {
		out[key] = j.join(key, list, depth)
	}
	return raw(out, first)
}

func (j *joiner) joinLists(key string, values []json.RawMessage, first json.RawMessage) json.RawMessage {
	out := make([]json.RawMessage, len(values))
	var some json.RawMessage
	for s, v := range values {
		if v == nil {
			continue
		}
		var list []json.RawMessage
		if json.Unmarshal(v, &list) != nil || len(list) != 1 {
			return first // not a list per sample
		}
		out[s] = list[0]
		if some == nil || kind(some) == 'n' {
			some = list[0]
		}
	}
	for s := range out {
		if out[s] == nil {
			out[s] = j.pad(key, some)
		}
	}
	return raw(out, first)
}

// null is the element of a sample that said nothing.
func null(string, json.RawMessage) json.RawMessage { return json.RawMessage("null") }

// zero is the padding of the lists of clonotypes that are not in a sample: the
// original's readers expect a number where others have one. A normalized number
// of reads that was not computed is null.
func zero(key string, other json.RawMessage) json.RawMessage {
	switch k := kind(other); {
	case key == "normalized_reads":
	case key == "family" && k == '"': // of mrd
		return json.RawMessage(`"None"`)
	case k == '-' || k >= '0' && k <= '9':
		return json.RawMessage("0")
	case k == '"':
		return json.RawMessage(`""`)
	}
	return json.RawMessage("null")
}

// joinBags joins the unknown members that samples have; keys come in the order
// of their first mention.
func (j *joiner) joinBags(bags []vidjilfile.Bag, skip ...string) vidjilfile.Bag {
	var keys []string
	for _, s := range j.order {
		for _, m := range bags[s] {
			if !slices.Contains(keys, m.Key) && !slices.Contains(skip, m.Key) {
				keys = append(keys, m.Key)
			}
		}
	}
	var out vidjilfile.Bag
	for _, key := range keys {
		values := make([]json.RawMessage, len(bags))
		for s := range bags {
			values[s] = bags[s].Get(key)
		}
		out = append(out, vidjilfile.Member{Key: key, Value: j.join(key, values, maxDepth)})
	}
	return out
}

// sameJSON tells whether two values are equal but for white space and the order
// of members.
func sameJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return bytes.Equal(raw(x, nil), raw(y, nil))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
