package cli

import (
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
)

// foreignOption is an option of vidjil-algo that has no meaning here.
type foreignOption struct {
	name, shorthand string
	value           bool // takes a value
	// harmless tells that results do not depend on it; a note says why. Else
	// the option is refused, with what to do instead.
	harmless bool
	why      string
}

// foreignOptions lists them; docs/user/vidjil-algo.md explains the same to
// people.
func foreignOptions() []foreignOption {
	const oneIndex = "one index serves all systems"
	return []foreignOption{
		{"seed", "s", true, true, oneIndex},
		{"kmer", "k", true, true, oneIndex},
		{"trim", "", true, true, oneIndex},
		{"plain-index", "", false, true, oneIndex},
		{"several-D", "d", false, true, "several D genes are always looked for"},
		{"cdr3", "3", false, true, "junctions are always looked for"},
		{"analysis-filter", "", true, true, "all genes are compared"},
		{"alternative-genes", "", true, true, "genes that fit equally well are always listed"},
		{"read-number", "", true, true, "reads are counted, not estimated"},
		{"out-details", "", false, true, "the summary holds the details"},
		{"verbose", "v", false, true, "the summary holds the details"},
		{"clean-memory", "", false, true, "nothing is left to clean"},

		{"e-value-kmer", "", true, false, "one threshold holds for all: --e-value"},
		{"e-value-D", "E", true, false, "D genes are found together with V and J, not by a threshold of their own"},
		{"analysis-cost", "", true, false, "the costs of the designation are fixed, so that results can be compared"},
		{"gene-V", "V", true, false, "make a set of your genes: vidjil germline import"},
		{"gene-D", "D", true, false, "make a set of your genes: vidjil germline import"},
		{"gene-J", "J", true, false, "make a set of your genes: vidjil germline import"},
		{"find", "", true, false, "only recombinations are looked for"},
		{"config", "", true, false, "give the options on the command line; --label-json reads the labels of such a file"},
		{"min-clones-per-locus", "", true, false, "use --min-reads 1 and choose afterwards"},
		{"consensus-on-longest-sequences", "", false, false, "representatives are those that coverage and quality give"},
		{"cluster-epsilon", "", true, false, "clusters are proposed from sequencing errors, with the evidence"},
		{"cluster-N", "", true, false, "clusters are proposed from sequencing errors, with the evidence"},
		{"cluster-cost", "", true, false, "clusters are proposed from sequencing errors, with the evidence"},
		{"cluster-save-matrix", "", false, false, "there is no such matrix"},
		{"cluster-load-matrix", "", false, false, "there is no such matrix"},
		{"cluster-forced-edges", "", true, false, "clusters of your own go into an .analysis file"},
		{"out-reads", "", false, false, "use --grep-reads for the reads of a clonotype, --out-detected for all"},
		{"out-clone-files", "", false, false, "use --fasta for one file of all clonotypes"},
		{"out-affects", "K", false, false, "use --out-undetected for the causes"},
		{"show-junction", "", false, false, "junctions stand in the table, and with letters in the AIRR file"},
		{"not-analyzed-as-clones", "", false, false, "use --out-undetected for reads without recombination"},
		{"ignore", "I", false, false, "it was experimental"},
		{"one-system", "1", false, false, "it was experimental; all systems are searched at once"},
		{"four", "4", false, false, "it was experimental; --unexpected finds translocations"},
	}
}

// addForeign makes the options known to the parser, and leaves them out of the
// help.
func addForeign(fs *pflag.FlagSet) {
	for _, o := range foreignOptions() {
		if o.value {
			fs.StringP(o.name, o.shorthand, "", o.why)
		} else {
			fs.CountP(o.name, o.shorthand, o.why)
		}
		fs.Lookup(o.name).Hidden = true
	}
}

// judgeForeign refuses those that were given and would change results, and
// notes the others.
func judgeForeign(fs *pflag.FlagSet, w io.Writer) error {
	for _, o := range foreignOptions() {
		if !fs.Changed(o.name) {
			continue
		}
		name := "--" + o.name
		if o.shorthand != "" {
			name = "-" + o.shorthand + " (" + name + ")"
		}
		if !o.harmless {
			return lab.Errorf(lab.Usage, "%s is an option of vidjil-algo that this program does not have: %s", name, o.why)
		}
		fmt.Fprintf(w, "vidjil: note: %s has no effect: %s\n", name, o.why)
	}
	return nil
}
