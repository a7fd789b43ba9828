package window

import "vidjil.org/vidjil/vdj/germline"

// Place is where a window lies on an oriented read.
type Place struct {
	Start, Length int // 0-based; letters
	// Moved tells that the window is not centred on the junction, or is
	// shorter than asked, because the read ends too near.
	Moved bool
}

const (
	// step is by how much a window is moved or shortened to fit in the read,
	// in letters. A coarse step lets reads that end at slightly different
	// places share a window.
	step = 5
	// maxMove is the farthest a window is moved before it is shortened.
	maxMove = 10
	// MinWindow is the shortest window that identifies a clonotype.
	MinWindow = 30
)

// Window places a window of w letters, w = 0 for the whole read, centred on the
// junction of a located recombination: the middle between the reference points
// of both sides, so that it does not depend on errors in the read. It is false
// when no window of MinWindow letters fits.
func (l *Locator) Window(loc *Located, length, w int) (Place, bool) {
	if w == 0 {
		return Place{Start: 0, Length: length}, length >= MinWindow
	}
	centre2 := l.centre2(loc, length)
	start := floorHalf(centre2 - w)
	for move := 0; move <= maxMove; move += step {
		for _, s := range [2]int{start + move, start - move} {
			if s >= 0 && s+w <= length {
				return Place{Start: s, Length: w, Moved: move > 0}, true
			}
		}
	}
	for short := w - step; short >= MinWindow; short -= step {
		s := floorHalf(centre2 - short)
		for move := 0; move <= maxMove; move += step {
			for _, s := range [2]int{s + move, s - move} {
				if s >= 0 && s+short <= length {
					return Place{Start: s, Length: short, Moved: true}, true
				}
			}
		}
	}
	return Place{}, false
}

// centre2 is twice the middle of the junction on the oriented read.
func (l *Locator) centre2(loc *Located, length int) int {
	three := loc.Three.Ref
	if loc.ThreeReverse != loc.FiveReverse {
		three = length - loc.Three.Ref
	} else if l.Index.Families[loc.Three.Label.Family()].Kind == germline.J {
		three += 3 // the junction holds the anchor codon of J
	}
	if loc.Five.Hits == 0 {
		// The read starts inside the junction: it is taken for a short one.
		return 2*three - shortJunction
	}
	return loc.Five.Ref + three
}

// shortJunction is a usual length of a junction, in letters.
const shortJunction = 45

// floorHalf is x/2 rounded down, for negative x too: all reads of a clonotype
// must round the same way wherever they start.
func floorHalf(x int) int { return x >> 1 }
