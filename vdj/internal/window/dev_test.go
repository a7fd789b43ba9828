package window

import (
	"fmt"
	"os"
	"testing"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/seed"
)

func TestDevClusters(t *testing.T) {
	q := os.Getenv("SEQ")
	if q == "" {
		t.Skip()
	}
	set, _ := germline.Human()
	x, _ := seed.New(set)
	l := New(x, Options{})
	var s Scratch
	loc := l.LocateFully([]byte(q), &s)
	fmt.Printf("%+v\n", loc)
	for _, c := range s.votes.Clusters {
		if c.Cover >= 13 {
			fmt.Printf("%s rev %t %+v\n", x.Families[c.Label.Family()].Name, c.Label.Reverse(), c)
		}
	}
}
