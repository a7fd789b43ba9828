package germline

import (
	"fmt"
	"slices"
	"testing"
)

// agreement is what inference without any numbering makes of the curated
// anchors of one locus and segment.
type agreement struct{ genes, same int }

// TestInferredAnchorsAgree strips the curated anchors and the numbering of the
// embedded sets and finds the anchors again by the motif alone.
func TestInferredAnchorsAgree(t *testing.T) {
	t.Parallel()
	for _, name := range Embedded() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := Named(name)
			if err != nil {
				t.Fatal(err)
			}
			byLocus := map[string]*agreement{}
			for _, g := range set.Genes {
				if g.Functionality != "F" || g.AnchorInferred || g.Segment != V && g.Segment != J {
					continue
				}
				want := g.Anchor
				g.Anchor, g.Gaps = -1, nil
				g.InferAnchor()
				key := fmt.Sprintf("%s%c", g.Locus, g.Segment)
				if byLocus[key] == nil {
					byLocus[key] = &agreement{}
				}
				byLocus[key].genes++
				if g.Anchor == want {
					byLocus[key].same++
				} else {
					t.Logf("%s: anchor %d, curated %d, length %d", g.Name, g.Anchor, want, len(g.Sequence))
				}
			}
			var keys []string
			total := agreement{}
			for k, a := range byLocus {
				keys = append(keys, k)
				total.genes += a.genes
				total.same += a.same
			}
			slices.Sort(keys)
			for _, k := range keys {
				a := byLocus[k]
				t.Logf("%s: %d of %d", k, a.same, a.genes)
				// The two alleles of mouse TRBV1 are the worst: 28 of 30.
				if 100*a.same < 93*a.genes {
					t.Errorf("%s: %d of %d inferred anchors agree with the curated ones, want 93 %%", k, a.same, a.genes)
				}
			}
			if 100*total.same < 99*total.genes {
				t.Errorf("%d of %d inferred anchors agree with the curated ones, want 99 %%", total.same, total.genes)
			}
		})
	}
}
