package designation

import "fmt"

func (sc *Scratch) Dump(e *Engine) {
	for _, s := range []*side{&sc.five, &sc.three} {
		fmt.Println("side lo", s.lo, len(s.best))
		for i, c := range s.cands {
			if i < 12 {
				fmt.Printf("%s a %d b %d quick %d total %d fixed %d outer %d gapped %d runs %v\n", e.set.Genes[c.m.gene].Name, c.a, c.b, c.quick, c.total, c.fixed, c.outer, c.gappedAt, c.runs)
			}
		}
		for i, v := range s.best {
			if v > never {
				fmt.Printf("%d:%d ", s.lo+i, v)
			}
		}
		fmt.Println()
	}
}
