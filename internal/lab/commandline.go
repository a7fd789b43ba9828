package lab

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ParseAlgo reads a command line of vidjil-algo, as configs of the original
// hold it, and its options of fuse ("-t 100 -d lenSeqAverage --overlaps", may
// be empty). What has no meaning here is noted; what would change results and
// has no counterpart is an error.
func ParseAlgo(command, fuse string) (o Options, notes []string, err error) {
	p := algoParser{o: &o, words: strings.Fields(command)}
	// vidjil-algo asks for the window's default of its own command line.
	if err := p.parse(p.algo); err != nil {
		return o, nil, err
	}
	p.words, p.at = strings.Fields(fuse), 0
	if err := p.parse(p.fuse); err != nil {
		return o, nil, err
	}
	return o, p.notes, o.Check()
}

type algoParser struct {
	o     *Options
	words []string
	at    int
	notes []string
}

// parse hands each option to f; "--name=value" is two words.
func (p *algoParser) parse(f func(option string) error) error {
	for p.at < len(p.words) {
		word := p.words[p.at]
		p.at++
		if name, value, ok := strings.Cut(word, "="); ok && strings.HasPrefix(word, "--") {
			word = name
			p.words = slices.Insert(p.words, p.at, value)
		}
		if err := f(word); err != nil {
			return err
		}
	}
	return nil
}

// value is the word after an option.
func (p *algoParser) value(option string) (string, error) {
	if p.at >= len(p.words) {
		return "", Errorf(Invalid, "option %s: its value is missing", option)
	}
	p.at++
	return p.words[p.at-1], nil
}

// number reads a number or "all" (0).
func (p *algoParser) number(option string, into *int) error {
	text, err := p.value(option)
	if err != nil {
		return err
	}
	if text == "all" {
		*into = 0
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return Errorf(Invalid, "option %s %s: want a number or all", option, text)
	}
	*into = n
	return nil
}

func (p *algoParser) real(option string, into *float64) error {
	text, err := p.value(option)
	if err != nil {
		return err
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return Errorf(Invalid, "option %s %s: want a number", option, text)
	}
	*into = x
	return nil
}

func (p *algoParser) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// algo understands one option of vidjil-algo.
func (p *algoParser) algo(option string) error {
	switch option {
	case "-c", "--command":
		return p.command(option)
	case "-g", "--germline":
		text, err := p.value(option)
		if err != nil {
			return err
		}
		return p.germline(text)
	case "-2", "--unexpected":
		p.o.Unexpected = true
	case "-w", "--window":
		return p.window(option)
	case "-e", "--e-value":
		return p.real(option, &p.o.EValue)
	case "-r", "--min-reads":
		return p.number(option, &p.o.MinReads)
	case "--min-ratio":
		return p.real(option, &p.o.MinPercent)
	case "--max-clones":
		return p.number(option, &p.o.MaxClones)
	case "-y", "--max-consensus":
		return p.number(option, &p.o.MaxConsensus)
	case "-z", "--max-designations":
		// The original designates 100 because it takes long; here all are.
		var n int
		if err := p.number(option, &n); err != nil {
			return err
		}
		if n != 0 {
			p.note("%s %d: all clonotypes are designated", option, n)
		}
	case "-x", "--first-reads":
		return p.number(option, &p.o.FirstReads)
	case "-X", "--sampled-reads":
		return p.number(option, &p.o.SampledReads)
	case "--all":
		p.o.MinReads, p.o.MaxClones = 1, 0
	case "-U", "--out-detected":
		p.o.Reads = true
	case "--no-airr", "--no-vidjil", "--gz", "--out-vdjfa", "-d", "--several-D", "-3", "--cdr3", "--clean-memory", "-v", "--verbose", "--alternative-genes":
		p.note("%s: has no meaning here", option)
	case "-s", "--seed", "-k", "--kmer", "--trim", "-b", "--base", "-o", "--dir", "--header-sep", "--analysis-filter":
		value, err := p.value(option)
		if err != nil {
			return err
		}
		p.note("%s %s: has no meaning here", option, value)
	default:
		return Errorf(Invalid, "option %s of vidjil-algo has no counterpart; docs/user/vidjil-algo.md lists them all", option)
	}
	return nil
}

func (p *algoParser) command(option string) error {
	text, err := p.value(option)
	if err == nil && text != "clones" {
		err = Errorf(Invalid, "option -c %s: configs analyse clonotypes (-c clones)", text)
	}
	return err
}

func (p *algoParser) window(option string) error {
	text, err := p.value(option)
	if err != nil {
		return err
	}
	if text == "all" {
		p.o.WholeReads = true
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return Errorf(Invalid, "option %s %s: want a number of letters or all", option, text)
	}
	p.o.Window = n
	return nil
}

// germline reads "germline/homo-sapiens.g:IGH,TRG", of which several may name
// systems of the same set.
func (p *algoParser) germline(text string) error {
	file, systems, _ := strings.Cut(text, ":")
	name := strings.TrimSuffix(path.Base(file), ".g")
	switch name {
	case "homo-sapiens", "human":
		name = "human"
	case "mus-musculus", "mouse":
		name = "mouse"
	}
	if p.o.Germline != "" && p.o.Germline != name {
		return Errorf(Invalid, "option -g: one germline set a config; there are %s and %s", p.o.Germline, name)
	}
	p.o.Germline = name
	if systems != "" {
		p.o.Systems = append(p.o.Systems, strings.Split(systems, ",")...)
	}
	return nil
}

// fuse understands one option of fuse.py.
func (p *algoParser) fuse(option string) error {
	switch option {
	case "-t", "--top":
		return p.number(option, &p.o.Fuse.Top)
	case "-d", "--distribution":
		// It takes all words up to the next option.
		for p.at < len(p.words) && !strings.HasPrefix(p.words[p.at], "-") {
			p.o.Fuse.Distributions = append(p.o.Fuse.Distributions, strings.Split(p.words[p.at], ","))
			p.at++
		}
	case "--overlaps":
		p.o.Fuse.Overlaps = true
	case "-c", "--compress", "--ijson", "-p", "--multi":
		p.note("fuse %s: has no meaning here", option)
	case "--pre", "--post":
		return Errorf(Invalid, "fuse %s: scripts are not run; spike-ins are normalised from labels with copies", option)
	default:
		return Errorf(Invalid, "option %s of fuse has no counterpart", option)
	}
	return nil
}
