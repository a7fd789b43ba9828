package curated

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzReaders gives the same bytes to every reader: none may panic, and what
// is written must be read back.
func FuzzReaders(f *testing.F) {
	for _, text := range []string{
		CloneHeader() + "c0\tTRG\tA 1//2 B\tA\t\tB\t\t\t0\t0\t1\t2\t3\t0\t4\tACGT\n",
		CloneHeader() + "c0\tTRG\tA 1//9 D 9//2 B\tA\tD\tB\t\t\t0\t0\t1\t2\t3\t0\t4\tACGT\n",
		CloneHeader() + "c0\tTRG\tA 1/9223372036854775807/2 B\tA\t\tB\t\t\t0\t0\t1\t2\t3\t0\t4\tACGT\n",
		"id\tlocus\texpected\tcdr3\tsequence_id\tsequence\tdesignation\trecombination_system\n" +
			"x\tTRG\tA 5//3 B\t\tx\tACGT\tA*02 9223372036854775807//3 B*01\tTRG\n",
		TruthHeader() + "r0\tc0\t+\t1\t100\nr1\t-\t-\t0\t100\n",
		"id\tlocus\texpected\tcdr3\tsequence\nx\tTRG\tTRGV5*01 5/CC/3 (TRGJ1, TRGJ2)\tCATW!F\tACGT\n",
		"sequence_id\tlocus\tv_call\tj_call\tdesignation\nx\tIGH\tIGHV1-2*01,IGHV1-3\tIGHJ1*01\tIGHV1-2*01 1//2 IGHJ1*01\n",
		">TRGV5*01 5/CC/3 TRGJ1  [TRG]  {CATWA!YYKKLF}\nACGT\n>seq__UNSEG\nA\n",
		`{"clones":[{"id":"A","reads":[1],"sequence":"ACG","seg":{"junction":{"start":1,"stop":3}}}],"clusters":[["A"],[]]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if clones, err := ReadClones(bytes.NewReader(data)); err == nil {
			table := []byte(CloneHeader())
			for i := range clones {
				table = clones[i].AppendTSV(table)
				clones[i].Normal(func(string) []byte { return []byte("ACGTACGT") })
			}
			again, err := ReadClones(bytes.NewReader(table))
			if diff := cmp.Diff(clones, again); err != nil || diff != "" {
				t.Fatalf("clones: %v %s", err, diff)
			}
			ScoreClonotypes(clones, nil, []ObservedClonotype{{Window: "AC", Reads: 9}, {}}, 1)
		}
		if reads, err := ReadTruth(bytes.NewReader(data)); err == nil {
			table := []byte(TruthHeader())
			for i := range reads {
				table = reads[i].AppendTSV(table)
			}
			again, err := ReadTruth(bytes.NewReader(table))
			if diff := cmp.Diff(reads, again); err != nil || diff != "" {
				t.Fatalf("truth: %v %s", err, diff)
			}
		}
		entries, err := ReadTable(bytes.NewReader(data))
		if err != nil {
			entries, _ = ReadFASTA(bytes.NewReader(data), "f")
		}
		observed, _ := ReadObservations(bytes.NewReader(data))
		Score(entries, observed, func(string) []byte { return []byte("ACGTACGTACGTACGT") })
		if clonotypes, err := ReadVidjil(bytes.NewReader(data)); err == nil {
			ScoreClonotypes(nil, nil, clonotypes, 0)
		}
	})
}
