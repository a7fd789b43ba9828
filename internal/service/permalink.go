package service

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Permalink is what an address of the web client means.
type Permalink struct {
	SetID, ConfigID int64
	Kind            lab.SetKind // of the set; "" where there is none
	Results         []int64     // chosen ones; with a set, a single result under the set's annotation
	Plot            string      // as the address has it
	Clones          []int       // ranks of the clonotypes that are selected
}

var setConfigPath = regexp.MustCompile(`^/?(?:[a-z]+/)*(\d+)-(\d+)/?$`)

// ResolvePermalink understands the addresses of the original's client: path is
// "/3241-25" or anything else, the query has sample_set_id, patient, run or
// generic with config, or custom. What the actor may not see is not there.
func (s *Service) ResolvePermalink(ctx context.Context, who *Actor, path string, q url.Values) (p Permalink, err error) {
	if err := who.require(); err != nil {
		return p, err
	}
	kind, err := p.read(path, q)
	if err != nil {
		return p, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		configs, err := usableConfigs(ctx, tx, who)
		if err != nil {
			return err
		}
		if p.SetID != 0 {
			set, _, err := visibleSet(ctx, tx, who, p.SetID)
			if err != nil {
				return err
			}
			if kind != "" && set.Kind != kind {
				return errNotFound(string(kind), p.SetID)
			}
			p.Kind = set.Kind
		}
		if _, ok := configs[p.ConfigID]; !ok && p.ConfigID != 0 {
			return errNotFound("config", p.ConfigID)
		}
		f := &foundFused{configs: configs}
		return f.ofResults(ctx, tx, &opener{who: who}, p.Results, lab.Errorf(lab.NotFound, "one of the results is not there"))
	})
	return p, err
}

// read reads the numbers of an address, and of what kind the set must be.
func (p *Permalink) read(path string, q url.Values) (kind lab.SetKind, err error) {
	var f lab.Faults
	number := func(name, text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		f.Require(err == nil && n > 0, name, "want a number")
		return n
	}
	if m := setConfigPath.FindStringSubmatch(path); m != nil {
		p.SetID, p.ConfigID = number("path", m[1]), number("path", m[2])
	}
	for _, x := range []struct {
		name string
		kind lab.SetKind
	}{{"sample_set_id", ""}, {"patient", lab.Patient}, {"patient_id", lab.Patient}, {"run", lab.Run}, {"run_id", lab.Run}, {"generic", lab.PlainSet}, {"set", ""}} {
		if text := q.Get(x.name); text != "" {
			p.SetID, kind = number(x.name, text), x.kind
		}
	}
	for _, name := range []string{"config", "config_id"} {
		if text := q.Get(name); text != "" {
			p.ConfigID = number(name, text)
		}
	}
	for _, text := range q["custom"] {
		if id := number("custom", text); !slices.Contains(p.Results, id) {
			p.Results = append(p.Results, id)
		}
	}
	f.Require(p.SetID != 0 || len(p.Results) > 0, "path", "names no set and no results")
	f.Require(len(p.Results) <= MaxCompared, "custom", "want at most %d", MaxCompared)
	p.Plot = q.Get("plot")
	for text := range strings.SplitSeq(q.Get("clone"), ",") {
		if n, err := strconv.Atoi(text); err == nil && n >= 0 {
			p.Clones = append(p.Clones, n)
		}
	}
	return kind, f.Err()
}
