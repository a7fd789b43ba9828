package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
)

// Quality is the quality table of a set: the newest results of its samples.
type Quality struct {
	Items []QualityRow `json:"items" nullable:"false"`
}

// QualityRow is what is known of the quality of a result.
type QualityRow struct {
	SampleID   int64            `json:"sample_id"`
	Title      string           `json:"title" doc:"How the sample is called: where one may not know its name, its number"`
	NameKnown  bool             `json:"name_known"`
	Sets       []SampleSet      `json:"sets" nullable:"false" doc:"The sets that the sample is in, as far as one may see them"`
	Config     FusedConfig      `json:"config"`
	Limits     QualityLimits    `json:"limits" doc:"Of the config revision, as they were applied"`
	Result     ResultSummary    `json:"result"`
	Share      *float64         `json:"share,omitempty" doc:"Of the reads that have a recombination, from 0 to 1; missing when not known"`
	LengthBars []float64        `json:"length_bars" nullable:"false" doc:"Heights, from 0 to 1, of the bars of read lengths, on a logarithmic scale"`
	Major      []LargeClonotype `json:"major" nullable:"false" doc:"Clonotypes whose share of their system is that of the limit or more"`
	Common     *int             `json:"common,omitempty" doc:"Clonotypes that another sample of the set has with more than 0.01 %, and this one relatively more of; missing when nothing was fused yet"`
	Marks      []string         `json:"marks" nullable:"false" doc:"few_reads, few_recombined, stale, warned"`
}

// Contaminations are candidates of contamination in a set.
type Contaminations struct {
	Rule  string          `json:"rule" enum:"common,tenfold"`
	State string          `json:"state" enum:"fresh,stale" doc:"Of the fused result that was looked at"`
	Total int             `json:"total" doc:"Of them, those that are not listed included"`
	Items []Contamination `json:"items" nullable:"false" doc:"By receiving sample, largest ratio first"`
}

// Contamination is a clonotype that may have got from one sample into another.
// Samples of one patient share clonotypes as well: only a person can tell.
type Contamination struct {
	Clonotype   string          `json:"clonotype" doc:"Its identifier"`
	Name        string          `json:"name"`
	System      string          `json:"system"`
	From        ContaminationOf `json:"from" doc:"Where it may come from"`
	To          ContaminationOf `json:"to" doc:"Where it may have got to"`
	Ratio       float64         `json:"ratio" doc:"How many times larger it is where it may come from: by shares (common), by reads (tenfold)"`
	SamePatient bool            `json:"same_patient" doc:"The samples are of one patient: that explains it"`
	SameSet     bool            `json:"same_set" doc:"The samples are together in another set as well"`
}

// ContaminationOf is a sample of a candidate.
type ContaminationOf struct {
	SampleID int64   `json:"sample_id"`
	Title    string  `json:"title"`
	Reads    int64   `json:"reads"`
	Share    float64 `json:"share" doc:"Of the analysed reads"`
}

func configQuery(configID int64) url.Values {
	q := url.Values{}
	if configID != 0 {
		q.Set("config_id", strconv.FormatInt(configID, 10))
	}
	return q
}

// Quality returns the quality table of a set, by one config or (0) by all.
func (c *Client) Quality(ctx context.Context, setID, configID int64) ([]QualityRow, error) {
	var out Quality
	_, err := c.do(ctx, get(fmt.Sprintf("/sets/%d/quality", setID), configQuery(configID)), &out)
	return out.Items, err
}

// QualityTable downloads the quality table of a set as tab-separated text.
func (c *Client) QualityTable(ctx context.Context, setID, configID int64) (Download, error) {
	return c.download(ctx, get(fmt.Sprintf("/sets/%d/quality.tsv", setID), configQuery(configID)), "")
}

// Contaminations returns candidates of contamination: by the rule "common" of the
// quality table, or "tenfold".
func (c *Client) Contaminations(ctx context.Context, setID, configID int64, rule string) (out Contaminations, err error) {
	q := configQuery(configID)
	q.Set("rule", rule)
	_, err = c.do(ctx, get(fmt.Sprintf("/sets/%d/contaminations", setID), q), &out)
	return out, err
}
