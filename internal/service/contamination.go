package service

import (
	"context"
	"slices"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/repertoire"
)

// ContaminationRule says when a clonotype that two samples have is a candidate
// of contamination.
type ContaminationRule string

// The two rules of the original. Neither proves anything: samples of one patient
// share clonotypes too.
const (
	// ContaminationCommon is that of the quality table: more than 0.01 % of the
	// analysed reads in both samples, and relatively more where it may come from.
	ContaminationCommon ContaminationRule = "common"
	// ContaminationTenfold is that of 2018: ten times more reads, or more, where it
	// may come from, and more than 0.01 % of the analysed reads there. It is the one
	// for controls without template.
	ContaminationTenfold ContaminationRule = "tenfold"
)

// maxContaminations is the number of candidates that are told; all are counted.
const maxContaminations = 2000

// Contamination is a candidate.
type Contamination struct {
	Clone                string // identifier
	Name, System         string
	From, To             int64 // samples
	FromReads, ToReads   int64
	FromShare, ToShare   float64 // of the analysed reads
	Ratio                float64
	SamePatient, SameSet bool // that would explain it: the samples have a patient in common, another set than the one asked about
}

// Contaminations are the candidates of a set.
type Contaminations struct {
	Rule  ContaminationRule
	Items []Contamination // by receiving sample, largest ratio first
	Total int
	Names map[int64]lab.Sample // of the samples, as the actor may know them
	State FusedState
}

// Contaminations finds candidates of contamination between the samples of a set,
// as of a run, by one config. The fused result keeps every clonotype of several
// samples that has 0.01 % in one of them, so that none is missed.
func (s *Service) Contaminations(ctx context.Context, who *Actor, setID, configID int64, rule ContaminationRule) (out Contaminations, err error) {
	o := repertoire.CommonOptions{MinShare: commonShare}
	switch rule {
	case ContaminationCommon:
	case ContaminationTenfold:
		o.MinRatio, o.ByReads = 10, true
	default:
		return out, fault("rule", "want common or tenfold, not %q", rule)
	}
	f, _, err := s.openFused(ctx, who, FusedRef{SetID: setID, ConfigID: configID}, "quality.read", CloneChoice{PlainTop: true})
	if err != nil {
		return out, err
	}
	l, err := s.loadFused(ctx, f)
	if err != nil {
		return out, err
	}
	out = Contaminations{Rule: rule, Names: map[int64]lab.Sample{}, State: FusedStale}
	if f.row.Fresh {
		out.State = FusedFresh
	}
	for _, c := range l.Common(o) {
		if rule == ContaminationCommon && c.ToShare <= commonShare {
			continue
		}
		if out.Total++; len(out.Items) == maxContaminations {
			continue
		}
		clone, from, to := &l.Clones[c.Clone], &l.Samples[c.From], &l.Samples[c.To]
		x := Contamination{
			Clone: clone.ID, Name: f.hidden.text(clone.Name), System: clone.Germline, From: from.SampleID, To: to.SampleID,
			FromReads: int64(clone.Reads[c.From]), ToReads: int64(clone.Reads[c.To]), FromShare: c.FromShare, ToShare: c.ToShare, Ratio: c.Ratio,
		}
		x.SamePatient, x.SameSet = inCommon(who, f.names[x.From], f.names[x.To], setID)
		out.Items = append(out.Items, x)
		for _, id := range []int64{x.From, x.To} {
			out.Names[id] = f.names[id].Sample
		}
	}
	return out, nil
}

// inCommon tells whether two samples are of one patient, or together in a set
// besides the one given, as far as the actor sees these.
func inCommon(who *Actor, a, b *sampleName, besides int64) (patient, set bool) {
	for i := range a.in {
		id := a.in[i].set.ID
		if id == besides || !who.ViewSet(a.in[i].access) || !slices.ContainsFunc(b.in, func(m member) bool { return m.set.ID == id }) {
			continue
		}
		set = true
		patient = patient || a.in[i].set.Kind == lab.Patient
	}
	return patient, set
}
