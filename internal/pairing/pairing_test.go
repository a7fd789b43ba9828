package pairing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/lab"
)

// text writes a plan as people would check it: a line for each sample.
func text(p *Plan) []string {
	var lines []string
	for _, s := range p.Samples {
		line := s.Name
		if s.Folder != "" {
			line = s.Folder + ": " + line
		}
		if s.Number > 0 {
			line += fmt.Sprintf(" #%d", s.Number)
		}
		if s.Index != "" {
			line += " [" + s.Index + "]"
		}
		for _, f := range s.Files {
			line += " " + string(f.Role)
			if f.Lane > 0 {
				line += fmt.Sprintf("/%d", f.Lane)
			}
		}
		for _, d := range s.Doubts {
			line += " !" + string(d.Kind)
		}
		lines = append(lines, line)
	}
	for _, u := range p.Unassigned {
		lines = append(lines, "unassigned "+u)
	}
	for _, i := range p.Ignored {
		lines = append(lines, "ignored "+i)
	}
	return lines
}

func TestOf(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		files []string
		want  []string
	}{
		"Illumina": {
			[]string{"P1_S2_L001_R1_001.fastq.gz", "P1_S2_L001_R2_001.fastq.gz", "P1_S2_L002_R2_001.fastq.gz", "P1_S2_L002_R1_001.fastq.gz", "P1_S2_L001_I1_001.fastq.gz", "P1_S2_L002_I1_001.fastq.gz"},
			[]string{"P1 #2 R1/1 R1/2 R2/1 R2/2 I1/1 I1/2"},
		},
		"Illumina, lanes merged": {
			[]string{"P1_S2_R1_001.fastq.gz", "P1_S2_R2_001.fastq.gz", "P2_S10_R1_001.fastq.gz", "P2_S10_R2_001.fastq.gz"},
			[]string{"P1 #2 R1 R2", "P2 #10 R1 R2"},
		},
		"names that hold underscores and S12": {
			[]string{"A_S12_B_R1_S3_L001_R1_001.fastq.gz", "A_S12_B_R1_S3_L001_R2_001.fastq.gz"},
			[]string{"A_S12_B_R1 #3 R1/1 R2/1"},
		},
		"Element": {
			[]string{"Tube-A_R1.fastq.gz", "Tube-A_R2.fastq.gz"},
			[]string{"Tube-A R1 R2"},
		},
		"MGI": {
			[]string{"V350012345_L01_501_1.fq.gz", "V350012345_L01_501_2.fq.gz", "V350012345_L02_501_1.fq.gz", "V350012345_L02_501_2.fq.gz", "V350012345_L01_502_1.fq.gz", "V350012345_L01_502_2.fq.gz"},
			[]string{"V350012345_501 [501] R1/1 R1/2 R2/1 R2/2", "V350012345_502 [502] R1/1 R2/1"},
		},
		"MGI, named samples": {
			[]string{"Pat_L01_ACGTACGT_R1_001.fastq.gz", "Pat_L01_ACGTACGT_R2_001.fastq.gz"},
			[]string{"Pat [ACGTACGT] R1/1 R2/1"},
		},
		"MGI, one end": {
			[]string{"Pat_L01_7.fq.gz", "Pat_L02_7.fq.gz"},
			[]string{"Pat [7] reads/1 reads/2"},
		},
		"Singular G4": {
			[]string{"P_S1_L001_R1.fastq.gz", "P_S1_L001_R2.fastq.gz", "Q_S2_L000_R1.fastq.gz", "Q_S2_L000_R2.fastq.gz"},
			[]string{"P #1 R1/1 R2/1", "Q #2 R1 R2"},
		},
		"older HiSeq, in pieces": {
			[]string{"P_ACGTAC_L002_R1_002.fastq.gz", "P_ACGTAC_L002_R1_001.fastq.gz", "P_ACGTAC_L002_R2_001.fastq.gz", "P_ACGTAC_L002_R2_002.fastq.gz", "Q_NoIndex_L003_R1_001.fastq.gz", "Q_NoIndex_L003_R2_001.fastq.gz"},
			[]string{"P [ACGTAC] R1/2 R1/2 R2/2 R2/2", "Q [NoIndex] R1/3 R2/3"},
		},
		"Ion Torrent": {
			[]string{"IonXpress_012_R_2018_05_03.fastq", "IonXpress_013_R_2018_05_03.fastq"},
			[]string{"IonXpress_012_R_2018_05_03 reads", "IonXpress_013_R_2018_05_03 reads"},
		},
		"by hand": {
			[]string{"Dupont.R1.fq.gz", "Dupont.R2.fq.gz", "Martin-R1.fq", "Martin-R2.fq", "alone.fasta"},
			[]string{"Dupont R1 R2", "Martin R1 R2", "alone reads"},
		},
		"mates by number": {
			[]string{"SRR12_1.fastq.gz", "SRR12_2.fastq.gz", "SRR13_1.fastq.gz"},
			[]string{"SRR12 R1 R2 !by_number", "SRR13_1 reads"},
		},
		"counted samples": {
			[]string{"patient_1.fastq", "patient_2.fastq", "patient_3.fastq", "patient_10.fastq"},
			[]string{"patient_1 reads", "patient_2 reads", "patient_3 reads", "patient_10 reads"},
		},
		"one end sequenced": {
			[]string{"P1_S1_R1_001.fastq.gz", "P2_S2_R1_001.fastq.gz"},
			[]string{"P1 #1 reads", "P2 #2 reads"},
		},
		"missing mates": {
			[]string{"P1_S1_R1_001.fastq.gz", "P2_S2_R1_001.fastq.gz", "P2_S2_R2_001.fastq.gz", "P3_S3_R2_001.fastq.gz"},
			[]string{"P1 #1 R1 !missing_mate", "P2 #2 R1 R2", "P3 #3 R2 !missing_mate"},
		},
		"unequal lanes": {
			[]string{"P_S1_L001_R1_001.fastq.gz", "P_S1_L002_R1_001.fastq.gz", "P_S1_L001_R2_001.fastq.gz", "P_S1_L003_R2_001.fastq.gz"},
			[]string{"P #1 R1/1 R1/2 R2/1 R2/3 !unequal_lanes"},
		},
		"twice": {
			[]string{"P_R1.fastq", "P_R1.fastq.gz", "P_R2.fastq"},
			[]string{"P R1 R1 R2 !twice"},
		},
		"lanes beside their sum": {
			[]string{"P_S1_L001_R1_001.fastq.gz", "P_S1_R1_001.fastq.gz"},
			[]string{"P #1 reads reads/1 !twice"},
		},
		"two runs": {
			[]string{"run1/P_S1_R1_001.fastq.gz", "run1/P_S1_R2_001.fastq.gz", "run2/P_S7_R1_001.fastq.gz", "run2/P_S7_R2_001.fastq.gz", "run2/Q_S8_R1_001.fastq.gz", "run2/Q_S8_R2_001.fastq.gz"},
			[]string{"run1: P #1 R1 R2 !several_runs", "run2: P #7 R1 R2 !several_runs", "run2: Q #8 R1 R2"},
		},
		"same name, other numbers": {
			[]string{"P_S1_R1_001.fastq.gz", "P_S12_R1_001.fastq.gz"},
			[]string{"P #1 reads !same_name", "P #12 reads !same_name"},
		},
		"mixed formats": {
			[]string{"P_R1.fastq", "P_R2.fasta"},
			[]string{"P R1 R2 !mixed_formats"},
		},
		"BaseSpace folders": {
			[]string{"proj/P_L001-ds.0123456789abcdef/P_S1_L001_R1_001.fastq.gz", "proj/P_L002-ds.fedcba9876543210/P_S1_L002_R1_001.fastq.gz"},
			[]string{"proj: P #1 reads/1 reads/2"},
		},
		"Windows paths": {
			[]string{`C:\runs\P_R1.fastq`, `C:\runs\P_R2.fastq`},
			[]string{"C:/runs: P R1 R2"},
		},
		"unassigned": {
			[]string{"Undetermined_S0_L001_R1_001.fastq.gz", "lane1_Undetermined_L001_R1_001.fastq.gz", "Unassigned.bam", "undeterminedly_S1_R1_001.fastq"},
			[]string{"undeterminedly #1 reads", "unassigned Unassigned.bam", "unassigned Undetermined_S0_L001_R1_001.fastq.gz", "unassigned lane1_Undetermined_L001_R1_001.fastq.gz"},
		},
		"results and others": {
			[]string{"P.vidjil", "P_1.tsv.gz", "P_2.tsv.gz", "x.bam", "SampleSheet.csv", "md5.txt", ".P.fastq", "x.BAM.bai"},
			[]string{"P result", "P_1 result", "P_2 result", "x reads", "ignored .P.fastq", "ignored SampleSheet.csv", "ignored md5.txt", "ignored x.BAM.bai"},
		},
		"upper-case extensions": {
			[]string{"P_R1.FASTQ.GZ", "P_R2.FQ"},
			[]string{"P R1 R2"},
		},
		"none": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rand.Shuffle(len(tt.files), func(i, j int) { tt.files[i], tt.files[j] = tt.files[j], tt.files[i] })
			got, err := Of(tt.files, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, text(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, s := range got.Samples {
				for _, d := range s.Doubts {
					if d.Text == "" {
						t.Errorf("%s: no text", d.Kind)
					}
				}
			}
		})
	}
}

func TestOwnForm(t *testing.T) {
	t.Parallel()
	got, err := Of([]string{"2024-017~A~fwd.fq", "2024-017~A~1.fq", "2024-017~A~2.fq", "P_R1.fq", "P_R2.fq"}, Options{Form: `(?P<sample>.+)~(?P<read>[12])`})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2024-017~A R1 R2", "2024-017~A~fwd reads", "P R1 R2"}, text(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, bad := range []string{"(", "(.+)_[12]"} {
		if _, err := Of(nil, Options{Form: bad}); lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%q: got error %v", bad, err)
		}
	}
}

// TestEveryFileOnce: whatever the names, each path is in one place of the plan,
// and their order does not matter.
func TestEveryFileOnce(t *testing.T) {
	t.Parallel()
	part := rapid.SampledFrom([]string{"P", "Q", "_S1", "_S2", "_L001", "_L002", "_R1", "_R2", "_I1", "_001", "_002", "_1", "_2", "_ACGTACGT", "/", "Undetermined", ".R1", "-R2", "x y", "é"})
	ext := rapid.SampledFrom([]string{".fastq.gz", ".fq", ".fa", ".bam", ".vidjil", ".txt", ""})
	name := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 1, 6).Draw(t, "parts"), "") + ext.Draw(t, "extension")
	})
	rapid.Check(t, func(t *rapid.T) {
		paths := rapid.SliceOfDistinct(name, rapid.ID[string]).Draw(t, "paths")
		checkOnce(t, paths)
		plan, _ := Of(paths, Options{})
		slices.Reverse(paths)
		again, _ := Of(paths, Options{})
		if diff := cmp.Diff(plan, again); diff != "" {
			t.Errorf("another order gives another plan:\n%s", diff)
		}
	})
}

func checkOnce(t rapid.TB, paths []string) {
	t.Helper()
	plan, err := Of(paths, Options{})
	if err != nil {
		t.Errorf("got error %v", err)
		return
	}
	got := slices.Concat(plan.Unassigned, plan.Ignored)
	for _, s := range plan.Samples {
		if s.Name == "" || len(s.Files) == 0 {
			t.Errorf("got sample %+v", s)
		}
		for _, f := range s.Files {
			got = append(got, f.Path)
		}
	}
	slices.Sort(got)
	want := slices.Compact(slices.Sorted(slices.Values(paths)))
	if !slices.Equal(got, want) {
		t.Errorf("the plan has %q, of %q", got, want)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("P_S1_L001_R1_001.fastq.gz\nP_S1_L001_R2_001.fastq.gz\nUndetermined_S0_R1_001.fastq.gz")
	f.Add("a_1.fq\na_2.fq\na_3.fq\n/\n.\n..\n\\\n.fq\n_R1.fq")
	f.Add("x_S99999999999999999999_R1.fq\nV3_L1_5_1.fq")
	f.Add(".\x83\nP.\xff\xfe.gz")
	f.Fuzz(func(t *testing.T, list string) { checkOnce(t, strings.Split(list, "\n")) })
}

func TestNatural(t *testing.T) {
	t.Parallel()
	want := []string{"", "2", "10", "P", "P1", "P2", "P02", "P10", "P10a", "Pa"}
	got := slices.Clone(want)
	rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	slices.SortFunc(got, natural)
	want[5], want[6] = "P02", "P2" // equal as numbers: by letters
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
