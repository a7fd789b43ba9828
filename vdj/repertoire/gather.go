package repertoire

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"runtime"
	"slices"
	"sync"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// key is an identifier hashed to 128 bits. With 10^8 clonotypes, two that
// differ have the same key with probability 10^-23: less than a fault of
// memory. The seeds are those of this run, so nobody can make files whose
// identifiers collide.
type key struct{ hi, lo uint64 }

type hasher struct{ hi, lo maphash.Seed }

func newHasher() hasher { return hasher{maphash.MakeSeed(), maphash.MakeSeed()} }

func (h hasher) of(id []byte) key { return key{maphash.Bytes(h.hi, id), maphash.Bytes(h.lo, id)} }

func (k key) compare(o key) int {
	if c := cmp.Compare(k.hi, o.hi); c != 0 {
		return c
	}
	return cmp.Compare(k.lo, o.lo)
}

// entry is a clonotype in a sample, 32 bytes: there are as many in memory as
// the samples have clonotypes together.
type entry struct {
	key
	reads int64
	row   uint32
	mark  uint32 // sample << 1 | chosen
}

func (e *entry) sample() int  { return int(e.mark >> 1) }
func (e *entry) chosen() bool { return e.mark&1 != 0 }

// Limits that follow from the layout of entry.
const (
	maxSamples = 1 << 30
	maxRows    = math.MaxUint32
)

// parts is the number of parts that keys are cut into, by their first bits:
// what one worker groups at a time. With 10^7 entries a part has 1.3 MB.
const (
	partBits = 8
	parts    = 1 << partBits
)

func (k key) part() int { return int(k.hi >> (64 - partBits)) }

// gathered is what pass one learns of a sample.
type gathered struct {
	entries   []entry // sorted by key, then row
	offsets   [parts + 1]int
	totals    map[string]*Count // clonotypes with reads, by system
	reads     int64             // their reads
	abundance [len(abundances)]int64
	counters  []*counter
}

// abundances are the shares by which reads.distribution sums reads.
var abundances = [...]struct {
	key   string
	share float64
}{{"0.1", 1e-1}, {"0.01", 1e-2}, {"0.001", 1e-3}, {"0.0001", 1e-4}, {"0.00001", 1e-5}, {"0.000001", 1e-6}, {"0.0000001", 1e-7}}

// chooser says which clonotypes of a sample are kept for their rank in it.
type chooser struct {
	top       int // 0: all
	perSystem int
	labelled  bool
	kept      map[string]int
}

func (c *chooser) chooses(r *Row) bool {
	choose := c.top == 0 || r.Top <= c.top || c.labelled && len(r.Label) > 0
	if c.perSystem > 0 {
		n := c.kept[string(r.System)]
		if choose = choose || n < c.perSystem; choose {
			c.kept[string(r.System)] = n + 1
		}
	}
	return choose
}

// gather scans a sample.
func gather(ctx context.Context, in *Input, sample int, h hasher, o *Options) (*gathered, error) {
	g := &gathered{totals: map[string]*Count{}}
	head := in.Source.Head()
	choose := chooser{top: o.top(), perSystem: o.perSystem(head), labelled: o.Labelled, kept: map[string]int{}}
	want := FieldID | FieldReads | FieldTop | FieldSystem
	if o.Labelled {
		want |= FieldLabel
	}
	for _, names := range o.Distributions {
		if carried(head, names) != nil {
			continue
		}
		c, err := newCounter(names)
		if err != nil {
			return nil, err
		}
		g.counters = append(g.counters, c)
		want |= c.want()
	}
	var system []byte
	var total *Count // of that system
	err := in.Source.Scan(ctx, want, func(r *Row) error {
		if len(g.entries) == maxRows {
			return fmt.Errorf("more than %d clonotypes", uint32(maxRows))
		}
		if r.Top <= 0 {
			r.Top = r.Number + 1
		}
		e := entry{key: h.of(r.ID), reads: max(r.Reads, 0), row: uint32(r.Number), mark: uint32(sample) << 1}
		if choose.chooses(r) {
			e.mark |= 1
		}
		g.entries = append(g.entries, e)
		if r.Reads <= 0 {
			return nil
		}
		if total == nil || !bytes.Equal(system, r.System) {
			system = append(system[:0], r.System...)
			if total = g.totals[string(system)]; total == nil {
				total = &Count{}
				g.totals[string(system)] = total
			}
		}
		total.Clonotypes++
		total.Reads += r.Reads
		g.reads += r.Reads
		for _, c := range g.counters {
			c.add(r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.finish(head)
	return g, nil
}

func (g *gathered) finish(head *vidjilfile.File) {
	all := int64(first(head.Reads.Segmented))
	if all <= 0 {
		all = g.reads
	}
	for i := range g.entries {
		share := float64(g.entries[i].reads) / float64(all)
		for k := range abundances {
			if g.entries[i].reads > 0 && share >= abundances[k].share {
				g.abundance[k] += g.entries[i].reads
				break
			}
		}
	}
	slices.SortFunc(g.entries, func(a, b entry) int {
		if c := a.compare(b.key); c != 0 {
			return c
		}
		return cmp.Compare(a.row, b.row)
	})
	part := 0
	for i := range g.entries {
		for ; part < g.entries[i].part(); part++ {
			g.offsets[part+1] = i
		}
	}
	for ; part < parts; part++ {
		g.offsets[part+1] = len(g.entries)
	}
}

// first is the value of the one sample of a list, zero when there is none.
func first[T any](list []T) T {
	var zero T
	if len(list) == 0 {
		return zero
	}
	return list[0]
}

// each calls do for 0 … n-1 on several goroutines, and waits. The error is that
// of the lowest number that has one, whatever ran first.
func each(ctx context.Context, threads, n int, do func(ctx context.Context, i int) error) error {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		next   int
		failed = n
		err    error
	)
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		// Numbers below the one that failed are still done, for the same error.
		if next >= failed || ctx.Err() != nil && err == nil {
			return 0, false
		}
		next++
		return next - 1, true
	}
	for range min(threads, n) {
		wg.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				if e := do(ctx, i); e != nil {
					mu.Lock()
					if i < failed {
						failed, err = i, e
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}
