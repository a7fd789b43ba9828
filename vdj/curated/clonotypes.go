package curated

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ObservedClonotype is what a program says of one clonotype.
type ObservedClonotype struct {
	Window   string // identifier: letters around the junction, oriented
	System   string
	Sequence string // representative sequence
	Reads    int
	Junction string // nucleotides of the junction, anchors included; empty when not given
	// Cluster groups clonotypes that the program proposes to be one; those of
	// equal non-empty Cluster belong together.
	Cluster string
}

// ReadVidjil reads the clonotypes and proposed clusters of the first sample of
// a .vidjil file. The junction is cut from the sequence by the positions
// (1-based, closed) of seg.junction.
func ReadVidjil(r io.Reader) ([]ObservedClonotype, error) {
	var file struct {
		Clones []struct {
			ID       string `json:"id"`
			Germline string `json:"germline"`
			Sequence string `json:"sequence"`
			Reads    []int  `json:"reads"`
			Seg      struct {
				Junction *struct {
					Start int `json:"start"`
					Stop  int `json:"stop"`
				} `json:"junction"`
			} `json:"seg"`
		} `json:"clones"`
		Clusters [][]string `json:"clusters"`
	}
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		return nil, fmt.Errorf("vidjil file: %w", err)
	}
	cluster := map[string]string{}
	for _, group := range file.Clusters {
		for _, id := range group {
			cluster[id] = group[0]
		}
	}
	list := make([]ObservedClonotype, len(file.Clones))
	for i, c := range file.Clones {
		o := ObservedClonotype{Window: c.ID, System: c.Germline, Sequence: c.Sequence, Cluster: cluster[c.ID]}
		if len(c.Reads) > 0 {
			o.Reads = c.Reads[0]
		}
		if j := c.Seg.Junction; j != nil && j.Start >= 1 && j.Stop >= j.Start && j.Stop <= len(c.Sequence) {
			o.Junction = c.Sequence[j.Start-1 : j.Stop]
		}
		list[i] = o
	}
	return list, nil
}

// ClonotypeReport is the verdict on clonotypes. A clonotype shows a clone when
// its window stands in the clone's sequence, over the middle of what is between
// the genes. Clones that no window of that size tells apart are shown together,
// and are not held against the program.
type ClonotypeReport struct {
	Found    Count // true clones with enough reads that a clonotype shows
	Junction Count // of those found and with a junction, exact in the clonotype with most reads
	Groups   int   // clonotypes with enough reads, proposed clusters counted as one
	// Duplicates are groups that show only clones which a larger group shows,
	// False are groups that show none.
	Duplicates, False int
	// Absorbed counts the found clones that only a lesser member of a proposed
	// cluster shows: who accepts the proposal loses them.
	Absorbed int
	Missed   []string // clones not found
}

// Erroneous is the share of groups that are duplicates or false, in %.
func (r *ClonotypeReport) Erroneous() float64 {
	return Count{r.Duplicates + r.False, r.Groups}.Percent()
}

// String is the report in one line.
func (r *ClonotypeReport) String() string {
	return fmt.Sprintf("found %s (%.2f %%), %d clonotypes of which %.2f %% erroneous (%d duplicate, %d false), "+
		"junction %s (%.2f %%), %d absorbed", r.Found, r.Found.Percent(), r.Groups, r.Erroneous(), r.Duplicates,
		r.False, r.Junction, r.Junction.Percent(), r.Absorbed)
}

// ScoreClonotypes judges clonotypes against true clones. Reads of clones are
// counted in reads, for a table of clones may count more than a file holds;
// nil takes the table's. minReads is the number of reads from which a clone
// must be found and a group is counted; 0 means 5.
func ScoreClonotypes(clones []Clone, reads []TrueRead, observed []ObservedClonotype, minReads int) *ClonotypeReport {
	if minReads == 0 {
		minReads = 5
	}
	shows := match(clones, observed)
	r := &ClonotypeReport{}
	leader := r.groups(observed, shows, minReads)
	r.clones(clones, countReads(clones, reads), observed, shows, leader, minReads)
	return r
}

func countReads(clones []Clone, reads []TrueRead) map[string]int {
	n := make(map[string]int, len(clones))
	if reads == nil {
		for i := range clones {
			n[clones[i].ID] = clones[i].Reads
		}
		return n
	}
	for _, t := range reads {
		n[t.Clone]++
	}
	return n
}

// match lists, for each clonotype, the clones whose sequence holds its window
// with letters to both sides of the middle of the break.
func match(clones []Clone, observed []ObservedClonotype) [][]int {
	byWindow := make(map[string][]int, len(observed))
	var lengths []int
	for i, o := range observed {
		byWindow[o.Window] = append(byWindow[o.Window], i)
		if n := len(o.Window); n > 0 && !slices.Contains(lengths, n) {
			lengths = append(lengths, n)
		}
	}
	shows := make([][]int, len(observed))
	for c := range clones {
		s := clones[c].Sequence
		// Germline letters alone would show any clone of the same gene.
		middle := (clones[c].BreakStart + clones[c].BreakEnd) / 2
		for _, n := range lengths {
			for i := max(0, middle-n+1); i < middle && i+n <= len(s); i++ {
				for _, o := range byWindow[s[i:i+n]] {
					if list := shows[o]; len(list) == 0 || list[len(list)-1] != c {
						shows[o] = append(list, c)
					}
				}
			}
		}
	}
	return shows
}

// groups counts groups of clonotypes, largest first, and tells which clonotype
// leads each of them (true in the result).
func (r *ClonotypeReport) groups(observed []ObservedClonotype, shows [][]int, minReads int) []bool {
	members := map[string][]int{}
	var keys []string
	for i, o := range observed {
		key := "c" + o.Cluster
		if o.Cluster == "" {
			key = fmt.Sprintf("i%d", i)
		}
		if members[key] == nil {
			keys = append(keys, key)
		}
		members[key] = append(members[key], i)
	}
	type group struct{ leader, reads int }
	groups := make([]group, len(keys))
	for k, key := range keys {
		list := members[key]
		g := group{leader: list[0]}
		for _, i := range list {
			g.reads += observed[i].Reads
			if observed[i].Reads > observed[g.leader].Reads {
				g.leader = i
			}
		}
		groups[k] = g
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.reads, a.reads) })
	leader := make([]bool, len(observed))
	taken := map[int]bool{}
	for _, g := range groups {
		leader[g.leader] = true
		if g.reads < minReads {
			continue
		}
		r.Groups++
		fresh := false
		for _, c := range shows[g.leader] {
			fresh = fresh || !taken[c]
			taken[c] = true
		}
		switch {
		case len(shows[g.leader]) == 0:
			r.False++
		case !fresh:
			r.Duplicates++
		}
	}
	return leader
}

// clones counts what was found.
func (r *ClonotypeReport) clones(clones []Clone, reads map[string]int, observed []ObservedClonotype, shows [][]int,
	leader []bool, minReads int,
) {
	best := make([]int, len(clones))
	led := make([]bool, len(clones))
	for i := range best {
		best[i] = -1
	}
	for o, list := range shows {
		for _, c := range list {
			led[c] = led[c] || leader[o]
			if best[c] < 0 || observed[o].Reads > observed[best[c]].Reads {
				best[c] = o
			}
		}
	}
	for i := range clones {
		c := &clones[i]
		if reads[c.ID] < minReads {
			continue
		}
		r.Found.add(best[i] >= 0, true)
		if best[i] < 0 {
			r.Missed = append(r.Missed, c.ID)
			continue
		}
		if !led[i] {
			r.Absorbed++
		}
		r.Junction.add(strings.EqualFold(observed[best[i]].Junction, c.Junction), c.Junction != "")
	}
}
