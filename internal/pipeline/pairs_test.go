package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// pairsOf cuts reads into pairs that overlap: their merge is the reads again.
func pairsOf(t *testing.T, reads []byte, length int) (first, second []byte) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(reads))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	var one, two bytes.Buffer
	for i := 0; i+3 < len(lines); i += 4 {
		seq, qual := lines[i+1], lines[i+3]
		n := min(length, len(seq))
		back := []byte(strings.NewReplacer("A", "T", "C", "G", "G", "C", "T", "A").Replace(seq[len(seq)-n:]))
		slices.Reverse(back)
		backQual := []byte(qual[len(qual)-n:])
		slices.Reverse(backQual)
		fmt.Fprintf(&one, "@DUPONT_%d 1\n%s\n+\n%s\n", i, seq[:n], qual[:n])
		fmt.Fprintf(&two, "@DUPONT_%d 2\n%s\n+\n%s\n", i, back, backQual)
	}
	return one.Bytes(), two.Bytes()
}

func (b *bench) preProcess(o lab.PairOptions) lab.PreProcess {
	b.t.Helper()
	p := lab.PreProcess{Name: "merge", GroupID: b.group.ID, Program: lab.ProgramPairs, Options: o.Encode()}
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertPreProcess(ctx, &p, 0) })
	return p
}

func (b *bench) usePreProcess(s *lab.Sample, p lab.PreProcess) {
	b.t.Helper()
	s.PreProcessID = p.ID
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.UpdateSample(ctx, s, lab.SampleText{}) })
}

// TestPairs: pairs of two lanes are merged once, for two configs, and give what
// the whole reads give.
func TestPairs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		run := b.set("run 1")
		other := b.newConfig("IGH", lab.ProgramVidjil, lab.Options{Systems: []string{"IGH"}})
		b.auto(run, b.config, other)
		pre := b.preProcess(lab.PairOptions{})
		b.workers(nil)

		whole := b.sample("whole", run)
		b.arrive(whole, lab.RoleReads, 0, demo(t))
		sample := b.sample("DUPONT", run)
		b.usePreProcess(&sample, pre)
		one, two := pairsOf(t, demo(t), 150)
		expected := lab.File{SampleID: sample.ID, Generation: 1, Role: lab.RoleR2, Lane: 2, Name: lab.NewPrivate("x"), State: lab.FileExpected}
		b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertFile(ctx, &expected) })
		half := bytes.Index(one[len(one)/2:], []byte("\n@DUPONT")) + len(one)/2 + 1
		name := string(one[half : half+bytes.IndexByte(one[half:], ' ')])
		half2 := bytes.Index(two, []byte(name+" 2"))
		files := []lab.File{
			b.arrive(sample, lab.RoleR1, 2, one[half:]), b.arrive(sample, lab.RoleR2, 1, two[:half2]), b.arrive(sample, lab.RoleR1, 1, one[:half]),
		}
		if n := b.count(lab.JobPreProcess); n != 0 {
			t.Fatalf("got %d pre-processes before the last file came", n)
		}
		// The last one.
		info, err := b.blobs.Put(t.Context(), bytes.NewReader(two[half2:]), "")
		if err != nil {
			t.Fatal(err)
		}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.KeepBlob(ctx, string(info.Digest), info.Size); err != nil {
				return err
			}
			expected.State, expected.Digest, expected.Size = lab.FilePresent, string(info.Digest), info.Size
			if err := tx.UpdateFile(ctx, &expected); err != nil {
				return err
			}
			return arrived(ctx, tx, sample)
		})
		files = append(files, expected)
		b.idle()

		if n := b.count(lab.JobPreProcess); n != 1 {
			t.Errorf("got %d pre-processes, want 1 for both configs", n)
		}
		want, got := b.results(whole), b.results(sample)
		if len(want) != 2 || len(got) != 2 {
			t.Fatalf("got %d and %d results, want 2 of each\n%s", len(want), len(got), b.dump())
		}
		byConfig := func(a, b lab.Result) int { return int(a.ConfigID - b.ConfigID) }
		slices.SortFunc(want, byConfig)
		slices.SortFunc(got, byConfig)
		for i := range got {
			// A few pairs do not merge, or with other qualities.
			if w, g := want[i], got[i]; g.Reads != w.Reads || abs(g.Recombined-w.Recombined) > 3 || abs(g.Clonotypes-w.Clonotypes) > 2 {
				t.Errorf("config %d: got %d reads, %d recombined, %d clonotypes, want as of the whole reads %d, %d, %d", g.ConfigID,
					g.Reads, g.Recombined, g.Clonotypes, w.Reads, w.Recombined, w.Clonotypes)
			}
		}
		s, err := lab.SummaryOf(&got[0])
		if err != nil {
			t.Fatal(err)
		}
		if s.PreProcess == nil || s.PreProcess.Pairs != 2700 || s.PreProcess.Merged < 2690 {
			t.Errorf("summary of pairs: got %+v", s.PreProcess)
		}
		p, err := lab.ProvenanceOf(&got[0])
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, f := range p.Files {
			order = append(order, fmt.Sprintf("%s%d", f.Role, f.Lane))
			if i := slices.IndexFunc(files, func(x lab.File) bool { return x.ID == f.ID }); i < 0 || files[i].Digest != f.Digest {
				t.Errorf("file %d: got digest %s", f.ID, f.Digest)
			}
		}
		if !slices.Equal(order, []string{"R11", "R12", "R21", "R22"}) || p.PreProcess == nil || p.PreProcess.ID != pre.ID || p.PreProcess.Reads == "" {
			t.Errorf("provenance: got files %v, pre-process %+v", order, p.PreProcess)
		}
		var merged []int
		if err := json.Unmarshal(b.table(got[0]).Head().Reads.Extra.Get("merged"), &merged); err != nil || len(merged) != 1 || int64(merged[0]) != s.PreProcess.Merged {
			t.Errorf("reads.merged: got %v (%v), want %d", merged, err, s.PreProcess.Merged)
		}
		// The files are as they were.
		b.write(func(ctx context.Context, tx *store.Tx) error {
			now, err := tx.FilesOf(ctx, []int64{sample.ID})
			for _, f := range now {
				if f.State != lab.FilePresent {
					t.Errorf("%s is %s", f.Role, f.State)
				}
			}
			return err
		})
		// Once more: the merged reads are there.
		if j, _ := b.run(sample, b.config); b.done(j.ID).After != 0 || b.count(lab.JobPreProcess) != 1 {
			t.Error("the pairs were merged again")
		}
		b.wantNoName(got[0], lab.Fused{})
	})
}

// TestPairsWithout: without a pre-process, R1 is analysed, and that is said.
func TestPairsWithout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.workers(nil)
		sample := b.sample("S1", b.set("run 1"))
		one, two := pairsOf(t, demo(t), 150)
		b.arrive(sample, lab.RoleR1, 0, one)
		b.arrive(sample, lab.RoleR2, 0, two)
		b.arrive(sample, lab.RoleI1, 0, []byte(">i\nACGT\n"))
		j, _ := b.run(sample, b.config)
		_, s, p := b.result(j.ID)
		if s.Total != 2700 || len(p.Files) != 1 || p.Files[0].Role != lab.RoleR1 {
			t.Errorf("got %d reads of %+v", s.Total, p.Files)
		}
		if len(s.Warnings) != 1 || s.Warnings[0].Code != "W1z" || !strings.Contains(s.Warnings[0].Message, "only R1") {
			t.Errorf("got warnings %+v", s.Warnings)
		}
		if !strings.Contains(b.log(j.ID), "1 files of index reads") {
			t.Errorf("the log does not tell of index reads:\n%s", b.log(j.ID))
		}
	})
}

// TestPairsOutOfStep: files that do not belong together fail, with what waits.
func TestPairsOutOfStep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		pre := b.preProcess(lab.PairOptions{})
		b.workers(nil)
		sample := b.sample("S1", b.set("run 1"))
		b.usePreProcess(&sample, pre)
		one, two := pairsOf(t, demo(t), 150)
		b.arrive(sample, lab.RoleR1, 0, one)
		b.arrive(sample, lab.RoleR2, 0, two[bytes.Index(two, []byte("\n@DUPONT"))+1:])
		j, _ := b.run(sample, b.config)
		if got := b.ended(j.ID); got.State != lab.JobFailed || !strings.Contains(got.Error, "which had to be done before") {
			t.Errorf("the analysis: got %s %q", got.State, got.Error)
		}
		got := b.ended(j.After)
		if got.State != lab.JobFailed || got.ErrorCode != lab.Invalid || !strings.Contains(got.Error, "are not of one pair") || strings.Contains(got.Error, "DUPONT") {
			t.Errorf("the pre-process: got %s %s %q", got.State, got.ErrorCode, got.Error)
		}
		// Asking again plans both anew.
		again, isNew := b.run(sample, b.config)
		if !isNew || again.After == 0 || again.After == j.After {
			t.Errorf("asked again: got job %d after %d", again.ID, again.After)
		}
		b.ended(again.ID)
	})
}

func abs(n int64) int64 { return max(n, -n) }
