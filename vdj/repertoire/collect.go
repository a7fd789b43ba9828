package repertoire

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// wanted is a row of a sample and the clonotype it belongs to.
type wanted struct {
	row  uint32
	slot uint32
}

// collect reads the whole clonotypes that are kept, sample by sample, and joins
// them. As many samples as there are threads are read at a time; they are
// joined in the order of the samples.
func (f *Fused) collect(ctx context.Context, inputs []Input, picked *chosen, threads int) error {
	wants := make([][]wanted, len(inputs))
	from := 0
	for slot, end := range picked.ends {
		for _, p := range picked.places[from:end] {
			wants[p.sample] = append(wants[p.sample], wanted{p.row, uint32(slot)})
		}
		from = end
	}
	slots := make([]joined, picked.count())
	read := make([][]vidjilfile.Clone, len(inputs))
	step := max(threads, 4) // more than the threads, so that none waits for the slowest
	for start := 0; start < len(inputs); start += step {
		n := min(step, len(inputs)-start)
		if err := each(ctx, threads, n, func(ctx context.Context, k int) error {
			i := start + k
			var err error
			if read[i], err = readWanted(ctx, inputs[i].Source, wants[i]); err != nil {
				return fmt.Errorf("fuse %s: %w", inputs[i].what(i), err)
			}
			return nil
		}); err != nil {
			return err
		}
		for i := start; i < start+n; i++ {
			kept := map[string]*Count{} // by the system that a clonotype has in this sample
			for k := range read[i] {
				c := &read[i][k]
				if n := first(c.Reads); n > 0 {
					count(kept, c.Germline, n)
				}
				slots[wants[i][k].slot].add(c, i, len(inputs))
			}
			f.Samples[i].subtract(kept)
			read[i], wants[i] = nil, nil
		}
	}
	f.Clones = make([]vidjilfile.Clone, len(slots))
	if err := each(ctx, threads, len(slots), func(_ context.Context, k int) error {
		f.Clones[k] = slots[k].clone(len(inputs))
		slots[k] = joined{}
		return nil
	}); err != nil {
		return err
	}
	sortClones(f.Clones)
	return nil
}

// count adds a clonotype to those of its system.
func count(counts map[string]*Count, system string, reads int) {
	c := counts[system]
	if c == nil {
		c = &Count{}
		counts[system] = c
	}
	c.Clonotypes++
	c.Reads += int64(reads)
}

func readWanted(ctx context.Context, source Source, list []wanted) ([]vidjilfile.Clone, error) {
	if len(list) == 0 {
		return nil, nil
	}
	slices.SortFunc(list, func(a, b wanted) int { return cmp.Compare(a.row, b.row) })
	rows := make([]int, len(list))
	for k, w := range list {
		rows[k] = int(w.row)
	}
	clones, err := source.Clones(ctx, rows)
	if err != nil {
		return nil, err
	}
	if len(clones) != len(rows) {
		return nil, fmt.Errorf("asked for %d clonotypes, got %d", len(rows), len(clones))
	}
	for k := range clones {
		if clones[k].Top <= 0 {
			clones[k].Top = rows[k] + 1
		}
	}
	return clones, nil
}

// sortClones orders by best rank, then by reads in all samples, then by
// identifier: nothing of that depends on the order of the samples.
func sortClones(clones []vidjilfile.Clone) {
	all := func(c *vidjilfile.Clone) (n int) {
		for _, r := range c.Reads {
			n += r
		}
		return n
	}
	order := make([]int, len(clones))
	reads := make([]int, len(clones))
	for i := range clones {
		order[i], reads[i] = i, all(&clones[i])
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := &clones[a], &clones[b]
		if c := cmp.Compare(x.Top, y.Top); c != 0 {
			return c
		}
		if c := cmp.Compare(reads[b], reads[a]); c != 0 {
			return c
		}
		return cmp.Compare(x.ID, y.ID)
	})
	sorted := make([]vidjilfile.Clone, len(clones))
	for i, k := range order {
		sorted[i] = clones[k]
	}
	copy(clones, sorted)
}
