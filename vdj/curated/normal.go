package curated

// minimumD is how many letters of a D gene the normal form leaves it: a D that
// is eaten up by its neighbours would no longer be one.
const minimumD = 3

// Normal brings a designation to normal form, in which designations that the
// same letters cannot tell apart are equal: the sequence does not say whether
// a nucleotide next to a break was inserted or is the germline's, nor which of
// two joined genes a shared letter belongs to. From 5' to 3', at each junction,
// the left gene is extended as far as the inserted letters agree with it, then
// the right one; where nothing is inserted, letters shared by both genes go to
// the left one. A D gene keeps three letters.
//
// Junctions that are left out, have a count for letters, or stand beside a gene
// that germline does not know stay as they are.
func (g Germline) Normal(d Designation) Designation {
	out := Designation{Genes: d.Genes, Junctions: make([]*Junction, len(d.Junctions))}
	for i, j := range d.Junctions {
		if j != nil {
			own := *j
			out.Junctions[i] = &own
		}
	}
	for i, j := range out.Junctions {
		left, right := g(d.Genes[i]), g(d.Genes[i+1])
		if j == nil || !j.Letters || left == nil || right == nil {
			continue
		}
		j.extend(left, right)
		room := len(right) - j.DelRight
		if i+1 < len(out.Junctions) && out.Junctions[i+1] != nil {
			room -= out.Junctions[i+1].DelLeft + minimumD
		}
		j.share(left, right, room)
		j.Length = len(j.Inserted)
	}
	return out
}

// extend gives inserted letters back to the genes that would have had them.
func (j *Junction) extend(left, right []byte) {
	for j.DelLeft > 0 && j.DelLeft <= len(left) && j.Inserted != "" && left[len(left)-j.DelLeft] == j.Inserted[0] {
		j.DelLeft--
		j.Inserted = j.Inserted[1:]
	}
	for j.DelRight > 0 && j.DelRight <= len(right) && j.Inserted != "" &&
		right[j.DelRight-1] == j.Inserted[len(j.Inserted)-1] {
		j.DelRight--
		j.Inserted = j.Inserted[:len(j.Inserted)-1]
	}
}

// share moves letters that both genes have to the left one, room at most.
func (j *Junction) share(left, right []byte, room int) {
	for ; room > 0 && j.Inserted == "" && j.DelLeft > 0 && j.DelLeft <= len(left) &&
		j.DelRight >= 0 && j.DelRight < len(right) && left[len(left)-j.DelLeft] == right[j.DelRight]; room-- {
		j.DelLeft--
		j.DelRight++
	}
}
