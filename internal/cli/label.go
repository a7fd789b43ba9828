package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/clonotype"
)

// labelOptions say which sequences are of interest.
type labelOptions struct {
	sequences []string
	file      string
	json      string
	filter    bool
	grep      string
}

func (o *labelOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&o.sequences, "label", nil, "report clonotypes that hold `SEQUENCE`, however few reads they have; may be repeated")
	fs.StringVar(&o.file, "label-file", "", "the same for the sequences of `FILE`, one a line with a name after a space, or FASTA")
	fs.StringVar(&o.json, "label-json", "", "the same for the sequences of a JSON `FILE`, spike-ins with their copies: {\"config\":{\"labels\":[{\"name\",\"sequence\",\"copies\",\"family\"}]}}")
	fs.BoolVar(&o.filter, "label-filter", false, "report only the clonotypes that have a label")
	fs.StringVar(&o.grep, "grep-reads", "", "report only clonotypes that hold `SEQUENCE`, and write their reads to NAME.grep.fq.gz")
}

// grepLabel is the name of the label of --grep-reads.
const grepLabel = "grep"

// load reads all labels.
func (o *labelOptions) load(s *streams) ([]clonotype.Label, error) {
	var labels []clonotype.Label
	for i, seq := range o.sequences {
		name := "label"
		if len(o.sequences) > 1 {
			name = fmt.Sprintf("label-%d", i+1)
		}
		labels = append(labels, clonotype.Label{Name: name, Sequence: seq})
	}
	if o.grep != "" {
		labels = append(labels, clonotype.Label{Name: grepLabel, Sequence: o.grep})
	}
	if o.file != "" {
		more, err := readLabels(o.file, s)
		if err != nil {
			return nil, err
		}
		labels = append(labels, more...)
	}
	if o.json != "" {
		more, err := readLabelJSON(o.json, s)
		if err != nil {
			return nil, err
		}
		labels = append(labels, more...)
	}
	for i := range labels {
		l := &labels[i]
		l.Sequence = strings.ToUpper(l.Sequence)
		if bad := strings.IndexFunc(l.Sequence, func(r rune) bool { return !strings.ContainsRune("ACGT", r) }); bad >= 0 || l.Sequence == "" {
			return nil, lab.Errorf(lab.Usage, "%s: a sequence of the letters A, C, G and T is wanted, not %q", l.Name, l.Sequence)
		}
	}
	return labels, nil
}

// readLabels reads labels from text: "SEQUENCE NAME" on each line, as
// vidjil-algo does, or FASTA.
func readLabels(path string, s *streams) ([]clonotype.Label, error) {
	var labels []clonotype.Label
	fasta := false
	err := readLines(path, s, func(n int, text string) error {
		text = strings.TrimSpace(text)
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case text[0] == '>':
			fasta = true
			labels = append(labels, clonotype.Label{Name: strings.TrimSpace(text[1:])})
		case fasta:
			labels[len(labels)-1].Sequence += text
		default:
			seq, name, _ := strings.Cut(text, " ")
			labels = append(labels, clonotype.Label{Name: labelName(strings.TrimSpace(name), n), Sequence: seq})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(labels) == 0 {
		return nil, lab.Errorf(lab.Invalid, "read %s: no label in this file", path)
	}
	return labels, nil
}

// labelName is the name of a label, or one made from its place.
func labelName(name string, place int) string {
	if name == "" {
		return fmt.Sprintf("label-%d", place)
	}
	return name
}

// readLabelJSON reads labels from a configuration of vidjil-algo.
func readLabelJSON(path string, s *streams) ([]clonotype.Label, error) {
	in, err := openInput(path, s)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var file struct {
		Config struct {
			Labels []struct {
				Name     string  `json:"name"`
				Sequence string  `json:"sequence"`
				Copies   float64 `json:"copies"`
				Family   string  `json:"family"`
			} `json:"labels"`
		} `json:"config"`
	}
	if err := json.NewDecoder(in).Decode(&file); err != nil {
		return nil, lab.Errorf(lab.Invalid, "read %s: %w", path, err)
	}
	if len(file.Config.Labels) == 0 {
		return nil, lab.Errorf(lab.Invalid, "read %s: no labels under config.labels", path)
	}
	var labels []clonotype.Label
	for i, l := range file.Config.Labels {
		labels = append(labels, clonotype.Label{Name: labelName(l.Name, i+1), Sequence: l.Sequence, Copies: l.Copies, Family: l.Family})
	}
	return labels, nil
}

// windowMatcher tells whether a window belongs to a sequence of interest, by the
// rule of package clonotype: one of the two contains the other, on either
// strand.
type windowMatcher [2][]byte

func newWindowMatcher(sequence string) windowMatcher {
	forward := strings.ToUpper(sequence)
	reverse := []byte(strings.NewReplacer("A", "T", "C", "G", "G", "C", "T", "A").Replace(forward))
	slices.Reverse(reverse)
	return windowMatcher{[]byte(forward), reverse}
}

func (m windowMatcher) match(window []byte) bool {
	for _, seq := range m {
		if bytes.Contains(window, seq) || bytes.Contains(seq, window) {
			return true
		}
	}
	return false
}
