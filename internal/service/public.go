package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Limits of the public analysis.
const (
	MaxPublicSequences = 10
	MaxPublicBytes     = 100 << 10
	publicTime         = 20 * time.Second
)

// engines are the engines of the public analysis, by germline set, made when
// they are first asked for: an index takes a second and 70 MB.
type engines struct {
	mu  sync.Mutex
	all map[string]*publicEngine
}

type publicEngine struct {
	once   sync.Once
	engine *designation.Engine
	err    error
}

func (e *engines) get(name string) (*designation.Engine, error) {
	e.mu.Lock()
	if e.all == nil {
		e.all = map[string]*publicEngine{}
	}
	p := e.all[name]
	if p == nil {
		p = &publicEngine{}
		e.all[name] = p
	}
	e.mu.Unlock()
	p.once.Do(func() {
		set, err := germline.Named(name)
		if err == nil {
			p.engine, err = designation.New(set, designation.Options{Unexpected: true})
		}
		p.err = err
	})
	return p.engine, p.err
}

// PublicAnalysis is what was made of pasted sequences.
type PublicAnalysis struct {
	// Rows are the designations as AIRR rearrangements, in the order given:
	// columns without a value are left out.
	Rows []map[string]any
	// Vidjil is a .vidjil file of them.
	Vidjil json.RawMessage
}

// AnalyzePublic designates a few pasted sequences, FASTA, FASTQ or plain, for
// anybody, or for people who are signed in where the server wants that. Nothing
// is stored, and nothing of it is logged.
func (s *Service) AnalyzePublic(ctx context.Context, who *Actor, text, species string) (out PublicAnalysis, err error) {
	if s.NoPublicAnalysis && !who.Known() {
		return out, lab.Errorf(lab.Unavailable, "sequences are analysed here for people who are signed in")
	}
	if species == "" {
		species = "human"
	}
	if !slices.Contains(germline.Embedded(), species) {
		return out, fault("species", "want one of %s", strings.Join(germline.Embedded(), ", "))
	}
	records, err := pastedSequences(text)
	if err != nil {
		return out, err
	}
	done, err := s.strange.enter(ctx)
	if err != nil {
		return out, err
	}
	defer done()
	engine, err := s.engines.get(species)
	if err != nil {
		return out, fmt.Errorf("make engine %s: %w", species, err)
	}
	slow := lab.Errorf(lab.TooLarge, "this took more than %s; give fewer or shorter sequences", publicTime)
	ctx, cancel := context.WithTimeoutCause(ctx, publicTime, slow)
	defer cancel()
	rows := make([]airr.Rearrangement, len(records))
	var scratch designation.Scratch
	for i := range records {
		if ctx.Err() != nil {
			return out, context.Cause(ctx)
		}
		rows[i] = airr.FromDesignation(engine.Set(), engine.Designate(records[i].Seq, &scratch), string(records[i].Name))
		rows[i].Quality = string(records[i].Qual)
	}
	return s.publicAnswer(rows)
}

func (s *Service) publicAnswer(rows []airr.Rearrangement) (out PublicAnalysis, err error) {
	var table, file bytes.Buffer
	w, err := airr.NewWriter(&table, nil)
	if err != nil {
		return out, err
	}
	for i := range rows {
		if err := w.Write(&rows[i]); err != nil {
			return out, err
		}
	}
	if err := w.Flush(); err != nil {
		return out, err
	}
	out.Rows = airrObjects(table.String())
	made := vidjilfile.FromAIRR(rows, vidjilfile.Import{OriginalName: "pasted", Producer: "vidjil " + s.Version, Timestamp: s.Now().UTC().Format("2006-01-02 15:04:05")})
	if err := made.Write(&file); err != nil {
		return out, err
	}
	out.Vidjil = file.Bytes()
	return out, nil
}

// pastedSequences reads what somebody pasted.
func pastedSequences(text string) ([]seqio.Record, error) {
	if len(text) > MaxPublicBytes {
		return nil, lab.Errorf(lab.TooLarge, "at most %d kB are analysed here", MaxPublicBytes>>10)
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if text == "" {
		return nil, fault("sequences", "is missing")
	}
	if text[0] != '>' && text[0] != '@' && text[0] != ';' {
		text = plainAsFASTA(text)
	}
	invalid := func(err error) error {
		e, ok := errors.AsType[*seqio.ParseError](err)
		if !ok {
			return lab.Errorf(lab.Invalid, "these are no sequences in FASTA or FASTQ: %w", err)
		}
		return lab.Errorf(lab.Invalid, "these are no sequences in FASTA or FASTQ: %w", e)
	}
	source := seqio.Source{Name: "pasted sequences", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text + "\n")), nil }}
	r, err := seqio.NewReader([]seqio.Source{source}, seqio.Options{Threads: 1})
	if err != nil {
		return nil, invalid(err)
	}
	defer r.Close()
	var list []seqio.Record
	var b seqio.Block
	for {
		err := r.Next(&b)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, invalid(err)
		}
		records, err := b.Parse(nil)
		if err != nil {
			return nil, invalid(err)
		}
		for _, x := range records {
			list = append(list, seqio.Record{Name: bytes.Clone(x.Name), Seq: bytes.Clone(x.Seq), Qual: bytes.Clone(x.Qual)})
		}
	}
	if len(list) == 0 {
		return nil, fault("sequences", "there is no sequence")
	}
	if len(list) > MaxPublicSequences {
		return nil, lab.Errorf(lab.TooLarge, "at most %d sequences are analysed here; these are %d", MaxPublicSequences, len(list))
	}
	return list, nil
}

// wrapWidth is the length up to which lines of equal length are taken for one
// sequence that was broken into lines, and not for several sequences.
const wrapWidth = 100

// plainAsFASTA makes FASTA of sequences without headers. Spaces and numbers, as
// of GenBank, do not count.
func plainAsFASTA(text string) string {
	var lines []string
	for l := range strings.Lines(text) {
		l = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == ' ' || r == '\t' || r == '\n' {
				return -1
			}
			return r
		}, l)
		if l != "" {
			lines = append(lines, l)
		}
	}
	wrapped := len(lines) > 1 && len(lines[0]) <= wrapWidth
	for _, l := range lines[:max(len(lines)-1, 0)] {
		wrapped = wrapped && len(l) == len(lines[0])
	}
	if wrapped && len(lines[len(lines)-1]) <= len(lines[0]) {
		lines = []string{strings.Join(lines, "")}
	}
	var b strings.Builder
	for i, l := range lines {
		fmt.Fprintf(&b, ">sequence_%d\n%s\n", i+1, l)
	}
	return b.String()
}

// airrObjects turns an AIRR table into objects, with numbers and booleans as
// such. It is our own table, so its columns are known.
func airrObjects(table string) []map[string]any {
	rows := []map[string]any{}
	var head []string
	for l := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSuffix(l, "\n"), "\t")
		if head == nil {
			head = cells
			continue
		}
		row := map[string]any{}
		for i, c := range cells {
			if i < len(head) && c != "" {
				row[head[i]] = airrValue(head[i], c)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

var airrBooleans = []string{"rev_comp", "productive", "vj_in_frame", "stop_codon", "complete_vdj", "v_frameshift", "j_frameshift", "eric_productive"}

func airrValue(column, cell string) any {
	if slices.Contains(airrBooleans, column) {
		return cell == "T"
	}
	for _, suffix := range []string{"_start", "_end", "_length", "_count", "_score", "_identity", "_support", "_frame"} {
		if !strings.HasSuffix(column, suffix) {
			continue
		}
		if n, err := strconv.ParseInt(cell, 10, 64); err == nil {
			return n
		}
		if x, err := strconv.ParseFloat(cell, 64); err == nil {
			return x
		}
	}
	return cell
}
