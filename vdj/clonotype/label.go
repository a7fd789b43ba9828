package clonotype

import (
	"bytes"

	"vidjil.org/vidjil/vdj/internal/base"
)

// labelIndex finds the label that a window belongs to. A label of at least the
// window's length holds the windows that it contains, on either strand; a
// shorter one belongs to the windows that contain it.
type labelIndex struct {
	within map[string]int // windows of long labels
	short  []shortLabel
	width  int
}

type shortLabel struct {
	letters []byte
	label   int
}

func newLabelIndex(labels []Label, width int) labelIndex {
	x := labelIndex{within: map[string]int{}, width: width}
	for i, l := range labels {
		seq := bytes.ToUpper([]byte(l.Sequence))
		for _, s := range [][]byte{seq, base.ReverseComplement(nil, seq)} {
			if width == 0 || len(s) < width {
				x.short = append(x.short, shortLabel{s, i})
			}
			for n := width; n > 0 && n >= width-maxShrink; n -= shrinkStep {
				for p := 0; p+n <= len(s); p++ {
					if _, taken := x.within[string(s[p:p+n])]; !taken {
						x.within[string(s[p:p+n])] = i
					}
				}
			}
		}
	}
	return x
}

// Windows near the end of a read are shortened in steps: labels are looked up
// at these lengths too.
const (
	shrinkStep = 5
	maxShrink  = 20
)

// find is the index of the label of a window, or -1.
func (x *labelIndex) find(window []byte) int {
	if i, ok := x.within[string(window)]; ok {
		return i
	}
	for _, s := range x.short {
		if bytes.Contains(window, s.letters) {
			return s.label
		}
	}
	return -1
}
