package germline

import (
	"bytes"
	"embed"
	"fmt"
	"sync"
)

//go:embed sets/*.tsv sets/*.json
var embedded embed.FS

var (
	human = sync.OnceValues(func() (*Set, error) { return readEmbedded("human") })
)

// Human returns the embedded set of human genes, all systems. It is read once
// and shared: do not change it.
func Human() (*Set, error) { return human() }

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
