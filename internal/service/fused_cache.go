package service

import (
	"container/list"
	"context"
	"errors"
	"sync"

	"vidjil.org/vidjil/vdj/repertoire"
)

// maxCachedClones bounds the fused results in memory, in numbers of reads of a
// clonotype in a sample (each with its strings takes some 100 bytes).
const maxCachedClones = 4_000_000

// loadedFused is a fused result in memory. It is shared: nobody changes it.
type loadedFused struct {
	*repertoire.Fused
	at map[string]int // index of a clonotype
}

func newLoadedFused(f *repertoire.Fused) *loadedFused {
	l := &loadedFused{f, make(map[string]int, len(f.Clones))}
	for i := range f.Clones {
		l.at[f.Clones[i].ID] = i
	}
	return l
}

// weight is the number of cells, and a little for the head.
func (l *loadedFused) weight() int { return 1000 + len(l.Clones)*(len(l.Samples)+10) }

// fusedCache keeps fused results that were asked for of late: one person makes
// many requests for the same one. Keys name the content.
type fusedCache struct {
	most int

	mu     sync.Mutex
	all    map[string]*cachedFused
	recent list.List // of *cachedFused that are made
	sum    int
}

type cachedFused struct {
	key   string
	ready chan struct{} // closed when it is made
	fused *loadedFused
	err   error
	place *list.Element
}

func newFusedCache(most int) *fusedCache {
	return &fusedCache{most: most, all: map[string]*cachedFused{}}
}

// get returns the fused result of a key, made by the first who asks; others wait
// for that.
func (c *fusedCache) get(ctx context.Context, key string, load func(context.Context) (*repertoire.Fused, error)) (*loadedFused, error) {
	for {
		e, mine := c.entry(key)
		if mine {
			c.fill(ctx, e, load)
			return e.fused, e.err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-e.ready:
		}
		// Whoever made it may have given up: that is no reason for others to.
		if e.err != nil && ctx.Err() == nil && (errors.Is(e.err, context.Canceled) || errors.Is(e.err, context.DeadlineExceeded)) {
			continue
		}
		return e.fused, e.err
	}
}

func (c *fusedCache) entry(key string) (e *cachedFused, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e = c.all[key]; e != nil {
		if e.place != nil {
			c.recent.MoveToFront(e.place)
		}
		return e, false
	}
	e = &cachedFused{key: key, ready: make(chan struct{})}
	c.all[key] = e
	return e, true
}

func (c *fusedCache) fill(ctx context.Context, e *cachedFused, load func(context.Context) (*repertoire.Fused, error)) {
	e.err = errors.New("loading a fused result panicked") // what those who wait see then
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		defer close(e.ready)
		if e.err != nil {
			delete(c.all, e.key)
			return
		}
		e.place = c.recent.PushFront(e)
		for c.sum += e.fused.weight(); c.sum > c.most && c.recent.Len() > 1; {
			last, _ := c.recent.Remove(c.recent.Back()).(*cachedFused)
			delete(c.all, last.key)
			c.sum -= last.fused.weight()
		}
	}()
	f, err := load(ctx)
	if err == nil {
		e.fused = newLoadedFused(f)
	}
	e.err = err
}
