package repertoire

import (
	"cmp"
	"slices"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// joinClusters joins the clusters that results propose. The first of a cluster
// is its representative, the others are members. A clonotype is a member of one
// cluster at most: where samples differ, of that whose representative ranks
// best among the fused clonotypes. A representative that is itself a member in
// another sample brings its own members along. Clonotypes that are not kept are
// left out: readers ignore them.
func (f *Fused) joinClusters(heads []*vidjilfile.File) [][]string {
	some := false
	for _, h := range heads {
		some = some || len(h.Clusters) > 0
	}
	if !some {
		return nil
	}
	index := make(map[string]int, len(f.Clones))
	for i := range f.Clones {
		index[f.Clones[i].ID] = i
	}
	type edge struct{ to, from int } // from a representative to a member
	var edges []edge
	for _, h := range heads {
		for _, ids := range h.Clusters {
			kept := make([]int, 0, len(ids))
			for _, id := range ids {
				if i, ok := index[id]; ok {
					kept = append(kept, i)
				}
			}
			for _, i := range kept[min(1, len(kept)):] {
				edges = append(edges, edge{i, kept[0]})
			}
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	parent := make([]int, len(f.Clones))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	for _, e := range edges {
		if parent[e.to] == e.to && root(e.from) != e.to {
			parent[e.to] = e.from
		}
	}
	members := map[int][]string{}
	for i := range parent {
		if r := root(i); r != i {
			members[r] = append(members[r], f.Clones[i].ID)
		}
	}
	var out [][]string
	for i := range f.Clones {
		if list := members[i]; list != nil {
			out = append(out, append([]string{f.Clones[i].ID}, list...))
		}
	}
	return out
}
