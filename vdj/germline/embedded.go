package germline

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed sets/*.tsv sets/*.json
var embedded embed.FS

var (
	human = sync.OnceValues(func() (*Set, error) { return readEmbedded("human") })
	mouse = sync.OnceValues(func() (*Set, error) { return readEmbedded("mouse") })
)

// Human returns the embedded set of human genes, all systems. It is read once
// and shared: do not change it.
func Human() (*Set, error) { return human() }

// Mouse returns the embedded set of mouse genes. Its loci are less complete
// than the human ones (README.md of the sets), and it has no constant genes. It
// is read once and shared: do not change it.
func Mouse() (*Set, error) { return mouse() }

// Embedded lists the names of the embedded sets, the default one first.
func Embedded() []string { return []string{"human", "mouse"} }

// Named returns the embedded set of that name. It is read once and shared: do
// not change it.
func Named(name string) (*Set, error) {
	switch name {
	case "human":
		return Human()
	case "mouse":
		return Mouse()
	}
	return nil, fmt.Errorf("germline set %q: the embedded sets are %s", name, strings.Join(Embedded(), ", "))
}

// IsEmbedded tells whether a set of that name is embedded.
func IsEmbedded(name string) bool { return slices.Contains(Embedded(), name) }

func readEmbedded(name string) (*Set, error) {
	desc, err := embedded.ReadFile("sets/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("embedded germline set %s: %w", name, err)
	}
	table, err := embedded.ReadFile("sets/" + name + ".tsv")
	if err != nil {
		return nil, fmt.Errorf("embedded germline set %s: %w", name, err)
	}
	set, err := readSet(bytes.NewReader(desc), bytes.NewReader(table))
	if err != nil {
		return nil, fmt.Errorf("embedded germline set %s: %w", name, err)
	}
	return set, nil
}
