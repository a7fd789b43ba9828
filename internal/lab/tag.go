package lab

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tag is a word that people give to sets and samples by writing "#word" in
// their info.
type Tag struct {
	ID   int64
	Name string // as it was first written
}

// maxTag is the length from which a word is no tag any more, in characters.
const maxTag = 64

// Tags are the tags of a text, in order, each once whatever its case: "#" and
// the letters, digits, "_" and "-" that follow it.
func Tags(text string) []string {
	var list []string
	seen := map[string]bool{}
	for {
		i := strings.IndexByte(text, '#')
		if i < 0 {
			return list
		}
		text = text[i+1:]
		end := strings.IndexFunc(text, func(r rune) bool { return !isTagLetter(r) })
		if end < 0 {
			end = len(text)
		}
		name := text[:end]
		text = text[end:]
		key := Fold(name)
		if key == "" || utf8.RuneCountInString(name) > maxTag || seen[key] {
			continue
		}
		seen[key] = true
		list = append(list, name)
	}
}

func isTagLetter(r rune) bool {
	return r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// DefaultTags are known to everybody from the first start: diseases, time
// points, materials and loci of lymphoid malignancies.
func DefaultTags() []string {
	return strings.Fields(`ALL T-ALL B-ALL pre-B-ALL pro-B-ALL mature-B-ALL CML HCL MZL T-PLL CLL LGL lymphoma MCL NHL HL FL DLBCL
		WM MAG MM diagnosis MRD relapse CR deceased pre-BMT post-BMT pre-SCT post-SCT dilution standard QC EuroMRD marrow blood
		repertoire TIL CAR-T scFv FR1 FR2 FR3 TRA TRB TRG TRD IGH IGK KDE IGL IKAROS BCR-ABL TEL-AML1 E2A-PBX BCL2 PAX5`)
}
