package pipeline

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

// Config is what handlers work with. Store and Blobs must be set.
type Config struct {
	Store *store.Store
	Blobs blob.Store
	// OpenSource opens a file of a mounted folder and tells its size. A file that
	// is not there is a lab.NotFound error, a folder that is not a
	// lab.Unavailable one. nil: no folders are mounted.
	OpenSource func(ctx context.Context, source, path string) (io.ReadCloser, int64, error)
	// Version is the program's.
	Version string
	// Threads is how many goroutines one analysis uses; 0 is one for each
	// processor. Results do not depend on it.
	Threads int
	// Watcher is told of analyses; nil is nobody.
	Watcher Watcher
	// Chores are what a collect job does, in order.
	Chores []Chore
}

// Watcher is told how fast an analysis went through its reads: how many they
// were, the bytes of their files, and the time that reading and gathering took.
// It is called by many goroutines.
type Watcher interface {
	Analyzed(reads, bytes int64, took time.Duration)
}

// Chore keeps the server's house in order.
type Chore struct {
	Name string
	Do   func(ctx context.Context, log io.Writer) error
}

// Pipeline runs jobs. It is safe for concurrent use.
type Pipeline struct {
	Config
	engines engines
}

// New checks the configuration.
func New(c Config) (*Pipeline, error) {
	if c.Store == nil || c.Blobs == nil {
		return nil, errors.New("pipeline: wants a store and blobs")
	}
	if c.Version == "" {
		c.Version = "devel"
	}
	return &Pipeline{Config: c}, nil
}

// Handlers are what workers run, by kind.
func (p *Pipeline) Handlers() map[lab.JobKind]job.Handler {
	return map[lab.JobKind]job.Handler{
		lab.JobPreProcess: p.preprocess,
		lab.JobAnalyze:    p.analyze,
		lab.JobImport:     p.importResult,
		lab.JobFuse:       p.fuse,
		lab.JobCollect:    p.collect,
	}
}

// keptEngines is how many prepared germline sets stay in memory.
const keptEngines = 8

// engines keeps the engines that were used last: to prepare one takes longer
// than to analyse a small sample. The zero value is ready.
type engines struct {
	mu   sync.Mutex
	kept []*keptEngine // the last used first
}

type keptEngine struct {
	key  string
	once sync.Once
	set  *germline.Set
	e    *designation.Engine
	err  error
}

// of returns the engine of options. Two jobs that want the same wait for one.
func (c *engines) of(o *lab.Options) (*germline.Set, *designation.Engine, error) {
	key := encode([]any{o.Germline, o.Systems, o.Unexpected})
	c.mu.Lock()
	var k *keptEngine
	for i, have := range c.kept {
		if have.key == key {
			k = have
			copy(c.kept[1:i+1], c.kept[:i])
			c.kept[0] = k
			break
		}
	}
	if k == nil {
		k = &keptEngine{key: key}
		c.kept = append([]*keptEngine{k}, c.kept...)
		c.kept = c.kept[:min(len(c.kept), keptEngines)]
	}
	c.mu.Unlock()
	k.once.Do(func() { k.set, k.e, k.err = newEngine(o) })
	return k.set, k.e, k.err
}

func newEngine(o *lab.Options) (*germline.Set, *designation.Engine, error) {
	name := o.Germline
	if name == "" {
		name = "human"
	}
	set, err := germline.Named(name)
	if err == nil && len(o.Systems) > 0 {
		set, err = set.Restrict(o.Systems)
	}
	if err != nil {
		return nil, nil, lab.Errorf(lab.Invalid, "germline set %s: %w", name, err)
	}
	e, err := designation.New(set, designation.Options{Unexpected: o.Unexpected})
	if err != nil {
		return nil, nil, lab.Errorf(lab.Invalid, "germline set %s: %w", name, err)
	}
	return set, e, nil
}
