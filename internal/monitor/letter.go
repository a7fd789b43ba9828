package monitor

import (
	"fmt"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// Letter is a notice in words: what a mail says, and where.
type Letter struct {
	Subject, Text string
}

// Letter puts a notice into words.
func (n *Notice) Letter() Letter {
	var l Letter
	var b strings.Builder
	const minute = "2006-01-02 15:04 UTC"
	switch n.State {
	case Silent:
		l.Subject = n.Name + " is silent"
		fmt.Fprintf(&b, "The Vidjil server %s has reported nothing since %s.\n\nIt is down, or cannot reach the monitor: see whether it runs, and what its log says.\n", n.Name, n.Seen.UTC().Format(minute))
	case Unwell:
		l.Subject = n.Name + " needs a look"
		fmt.Fprintf(&b, "The Vidjil server %s reports that something is wrong:\n\n", n.Name)
		for _, c := range n.Report.Checks {
			if c.State == lab.Failing {
				fmt.Fprintf(&b, "  %s: %s\n", c.Name, c.Text)
			}
		}
		b.WriteString("\nOn the server, \"vidjil doctor\" says what to do.\n")
	default:
		l.Subject = n.Name + " is well again"
		was := "It was " + string(n.Was) + "."
		if n.Was == Silent {
			was = "It was silent."
		}
		fmt.Fprintf(&b, "The Vidjil server %s reports that all is well. %s\n", n.Name, was)
	}
	fmt.Fprintf(&b, "\nNoticed at %s.\n", n.At.Format(minute))
	l.Text = b.String()
	return l
}
