package service

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/repertoire"
)

// defaultMajor is the share of its system, in percent, from which a clonotype is
// a major one; summaries of results list those from here on.
const defaultMajor = 5

// Marks of a row of the quality table.
const (
	MarkFewReads      = "few_reads"      // fewer than the config asks for
	MarkFewRecombined = "few_recombined" // a smaller share has a recombination than the config asks for
	MarkStale         = "stale"          // the reads were replaced since
	MarkWarned        = "warned"         // the result has warnings
)

// QualityTable is the quality of the newest results of a set.
type QualityTable struct {
	Rows    []QualityRow
	Configs map[int64]lab.Config
}

// QualityRow is what is known of the quality of a result. Shares are from 0 to
// 1.
type QualityRow struct {
	Sample    lab.Sample
	NameKnown bool
	Sets      []lab.Set // of the sample, as far as the actor sees them
	Result    lab.Result
	Revision  int
	Limits    lab.Quality // of the revision; MajorPercent as it was applied

	Summary lab.ResultSummary
	Share   float64              // of the reads that have a recombination; -1 when not known
	Major   []lab.LargeClonotype // that have the share of their system that Limits say
	// Common counts the clonotypes that another sample of the set has too, with
	// more than 0.01 % of its analysed reads, and of which this sample has relatively
	// more; -1 when that is not known, as nothing was fused yet.
	Common int
	Marks  []string
}

// Quality gives the quality table of a set, from what was counted when the
// results were made: no clonotype is read but for Common, which comes from the
// fused result. configID 0 is all configs.
func (s *Service) Quality(ctx context.Context, who *Actor, setID, configID int64) (t QualityTable, err error) {
	if err := who.require(); err != nil {
		return t, err
	}
	o := &opener{who: who}
	fused := map[int64]*foundFused{}
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		if _, _, err := visibleSet(ctx, tx, who, setID); err != nil {
			return err
		}
		if t.Configs, err = usableConfigs(ctx, tx, who); err != nil {
			return err
		}
		if _, ok := t.Configs[configID]; !ok && configID != 0 {
			return errNotFound("config", configID)
		}
		if err := t.load(ctx, tx, o, setID, configID); err != nil {
			return err
		}
		for id := range t.configIDs() {
			f := &foundFused{ref: FusedRef{SetID: setID, ConfigID: id}, configs: t.Configs}
			if err := f.ofSet(ctx, tx, o); err != nil {
				return err
			}
			fused[id] = f
		}
		return nil
	})
	if err != nil {
		return QualityTable{}, err
	}
	if err := s.auditResults(ctx, o, "quality.read", "set", setID, setID); err != nil {
		return QualityTable{}, err
	}
	for id, f := range fused {
		if err := s.countCommon(ctx, &t, id, f); err != nil {
			return QualityTable{}, err
		}
	}
	return t, nil
}

// configIDs are the configs of the rows.
func (t *QualityTable) configIDs() map[int64]bool {
	ids := map[int64]bool{}
	for i := range t.Rows {
		ids[t.Rows[i].Result.ConfigID] = true
	}
	return ids
}

// load reads the rows: the newest results of the samples in the set.
func (t *QualityTable) load(ctx context.Context, tx *store.Tx, o *opener, setID, configID int64) error {
	samples, err := tx.LivingSamplesOf(ctx, setID)
	if err != nil {
		return err
	}
	results, err := newestWhole(ctx, tx, samples, configID)
	if err != nil {
		return err
	}
	names, hidden, err := sampleNames(ctx, tx, o, samples)
	if err != nil {
		return err
	}
	revisions := map[int64]lab.ConfigRevision{}
	for i := range results {
		r := &results[i]
		if _, ok := t.Configs[r.ConfigID]; !ok {
			continue
		}
		rev, ok := revisions[r.ConfigRevisionID]
		if !ok {
			if rev, err = tx.ConfigRevision(ctx, r.ConfigRevisionID); err != nil {
				return err
			}
			revisions[rev.ID] = rev
		}
		row, err := qualityRow(r, &rev, names[r.SampleID], hidden)
		if err != nil {
			return err
		}
		row.Sets = visibleSets(o, names[r.SampleID].in)
		t.Rows = append(t.Rows, row)
	}
	return nil
}

// visibleSets are the sets of a sample that the actor sees, as they see them.
func visibleSets(o *opener, in []member) []lab.Set {
	var list []lab.Set
	for k := range in {
		if m := &in[k]; m.living() && o.who.ViewSet(m.access) {
			set := m.set
			o.set(&set, m.access)
			list = append(list, set)
		}
	}
	return list
}

func qualityRow(r *lab.Result, rev *lab.ConfigRevision, n *sampleName, hidden *redactor) (row QualityRow, err error) {
	row = QualityRow{Sample: n.Sample, NameKnown: n.Known, Result: *r, Revision: rev.Number, Share: -1, Common: -1}
	if row.Summary, err = lab.SummaryOf(r); err != nil {
		return row, err
	}
	hidden.summary(&row.Summary)
	options, err := lab.ParseOptions(rev.Options)
	if err != nil {
		return row, err
	}
	row.Limits = options.Quality
	// Smaller ones are not in the summary: the table says the limit that counts.
	row.Limits.MajorPercent = max(row.Limits.MajorPercent, defaultMajor)
	for _, c := range row.Summary.Large {
		if c.Of*100 >= row.Limits.MajorPercent {
			row.Major = append(row.Major, c)
		}
	}
	if row.Summary.Total > 0 {
		row.Share = float64(row.Summary.Recombined) / float64(row.Summary.Total)
	}
	if row.Summary.Total < row.Limits.MinReads {
		row.Marks = append(row.Marks, MarkFewReads)
	}
	if least := row.Limits.MinRecombinedPercent; least > 0 && row.Share*100 < least {
		row.Marks = append(row.Marks, MarkFewRecombined)
	}
	if r.Generation < n.Generation {
		row.Marks = append(row.Marks, MarkStale)
	}
	if len(row.Summary.Warnings) > 0 {
		row.Marks = append(row.Marks, MarkWarned)
	}
	return row, nil
}

// LengthBars are the heights of the bars of read lengths: see
// [repertoire.LengthBar].
func (row *QualityRow) LengthBars() []float64 {
	sum := int64(0)
	for _, n := range row.Summary.Lengths {
		sum += n
	}
	var bars []float64
	for _, n := range row.Summary.Lengths {
		bars = append(bars, repertoire.LengthBar(float64(n)/float64(max(sum, 1))))
	}
	return bars
}

// countCommon fills in Common from the fused result of the set, if it shows the
// results of the rows.
func (s *Service) countCommon(ctx context.Context, t *QualityTable, configID int64, f *foundFused) error {
	if !f.shown() {
		return nil
	}
	l, err := s.loadFused(ctx, f)
	if err != nil {
		return err
	}
	common := map[int64]map[int]bool{} // clonotypes by result
	for i := range l.Samples {
		common[l.Samples[i].ResultID] = map[int]bool{}
	}
	for _, c := range l.Common(repertoire.CommonOptions{}) {
		// In the sample that may have received it, it must exceed the limit too:
		// that is the column of the original's table.
		if c.ToShare > commonShare {
			common[l.Samples[c.From].ResultID][c.Clone] = true
		}
	}
	for i := range t.Rows {
		row := &t.Rows[i]
		if in, ok := common[row.Result.ID]; ok && row.Result.ConfigID == configID {
			row.Common = len(in)
		}
	}
	return nil
}

// commonShare is 0.01 %.
const commonShare = 1e-4

// WriteQuality writes a quality table as tab-separated text, as the original's
// "vidjil_statsQC.tsv". Numbers have a point, unknown ones are N/A.
func WriteQuality(w io.Writer, t *QualityTable) error {
	b := bufio.NewWriter(w)
	head := []string{
		"sets_ids", "sets_names", "sets_types", "sample_id", "sample_name", "config_id", "config_name", "config_revision",
		"result_id", "mapped_reads_percent", "mapped_reads", "total_reads", "mean_length", "recombinations", "clones_5", "clones_5_details",
		"common", "main_clonotype", "main_clonotype_percent", "reads_merged", "pre_process", "shannon", "pielou", "simpson", "abundance", "warnings", "marks",
	}
	line(b, head)
	for i := range t.Rows {
		line(b, t.Rows[i].cells(t.Configs))
	}
	return b.Flush()
}

func line(b *bufio.Writer, cells []string) {
	for i, c := range cells {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(tableCell(c))
	}
	b.WriteByte('\n')
}

// tableCell is a text as a cell of a table that people open with a spreadsheet:
// one that would be taken for a formula begins with an apostrophe.
func tableCell(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r == 0 {
			return ' '
		}
		return r
	}, s)
	trimmed := strings.TrimLeft(s, " \u00a0\u2000\u2003\u3000\ufeff")
	if trimmed != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(trimmed)[0]) {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "'" + s
		}
	}
	return s
}

func (row *QualityRow) cells(configs map[int64]lab.Config) []string {
	var ids, names, kinds, systems, major, abundance, warnings []string
	for i := range row.Sets {
		set := &row.Sets[i]
		ids, names, kinds = append(ids, strconv.FormatInt(set.ID, 10)), append(names, set.Title()), append(kinds, string(set.Kind))
	}
	sum := &row.Summary
	for _, x := range sum.Systems {
		if x.Reads > 0 {
			systems = append(systems, x.System)
			share := "N/A"
			if sum.Recombined > 0 {
				share = decimal(100*float64(x.Reads)/float64(sum.Recombined), 2) + "%"
			}
			abundance = append(abundance, fmt.Sprintf("%s: %d (%s)", x.System, x.Reads, share))
		}
	}
	slices.Sort(systems)
	counts := map[string]int{}
	for _, c := range row.Major {
		counts[c.System]++
	}
	for _, system := range slices.Sorted(maps.Keys(counts)) {
		major = append(major, fmt.Sprintf("%s: %d", system, counts[system]))
	}
	for _, x := range sum.Warnings {
		warnings = append(warnings, x.Code)
	}
	percent, main, mainPercent, merged, program, common := "N/A", "N/A", "N/A", "N/A", "", "N/A"
	if row.Share >= 0 {
		percent = decimal(100*row.Share, 2)
	}
	if sum.Main != nil {
		main, mainPercent = sum.Main.Name, decimal(100*sum.Main.Share, 2)
	}
	if sum.PreProcess != nil {
		merged, program = strconv.FormatInt(sum.PreProcess.Merged, 10), sum.PreProcess.Program
	}
	if row.Common >= 0 {
		common = strconv.Itoa(row.Common)
	}
	return []string{
		strings.Join(ids, ", "), strings.Join(names, ", "), strings.Join(kinds, ", "), strconv.FormatInt(row.Sample.ID, 10), row.Sample.Title(),
		strconv.FormatInt(row.Result.ConfigID, 10), configs[row.Result.ConfigID].Name, strconv.Itoa(row.Revision), strconv.FormatInt(row.Result.ID, 10),
		percent, strconv.FormatInt(sum.Recombined, 10), strconv.FormatInt(sum.Total, 10), known(sum.MeanLength, 1), strings.Join(systems, ", "),
		strconv.Itoa(len(row.Major)), strings.Join(major, ", "), common, main, mainPercent, merged, program,
		index(sum.Diversity, "shannon"), index(sum.Diversity, "pielou"), index(sum.Diversity, "simpson"),
		strings.Join(abundance, ", "), strings.Join(warnings, ", "), strings.Join(row.Marks, ", "),
	}
}

func decimal(x float64, digits int) string { return strconv.FormatFloat(x, 'f', digits, 64) }

// known is a number that is N/A when it is 0.
func known(x float64, digits int) string {
	if x == 0 {
		return "N/A"
	}
	return decimal(x, digits)
}

func index(diversity map[string]float64, name string) string {
	x, ok := diversity[name]
	if !ok {
		return "N/A"
	}
	return decimal(x, 3)
}
