package demo

import (
	"bytes"
	"io"
	"testing"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
)

// TestCourse analyses the demonstration's reads: the clone of the diagnosis
// falls and is gone, another one comes back.
func TestCourse(t *testing.T) {
	t.Parallel()
	set, err := germline.Human()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := designation.New(set, designation.Options{Unexpected: true})
	if err != nil {
		t.Fatal(err)
	}
	reads := map[string]map[string]int{} // by sample, then clonotype
	top := map[string]string{}
	for _, s := range Samples() {
		var file, again bytes.Buffer
		if err := s.WriteReads(&file, set); err != nil {
			t.Fatal(err)
		}
		if err := s.WriteReads(&again, set); err != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
			t.Fatalf("%s: made twice, it differs (%v)", s.Name, err)
		}
		r, err := seqio.NewReader([]seqio.Source{{Name: s.File, Open: func() (io.ReadCloser, error) { return io.NopCloser(&file), nil }}}, seqio.Options{})
		if err != nil {
			t.Fatal(err)
		}
		sample, err := clonotype.Analyze(t.Context(), r, engine, clonotype.Options{MinReads: 1}, clonotype.Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		result, err := sample.Collect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		reads[s.Name] = map[string]int{}
		for _, c := range result.Clonotypes {
			reads[s.Name][string(c.Window)] += c.Reads
			if c.Rank == 1 {
				top[s.Name] = string(c.Window)
			}
		}
	}
	main, relapse := top["Diagnosis"], top["Relapse"]
	if main == relapse {
		t.Error("the relapse is the clone of the diagnosis, want another one")
	}
	course := func(id string) (list []int) {
		for _, s := range Samples() {
			list = append(list, reads[s.Name][id])
		}
		return list
	}
	m, r := course(main), course(relapse)
	if m[0] <= 5000 || m[1] >= m[0]/10 || m[2] >= m[1]/10 || m[2] == 0 || m[3] != 0 || m[4] == 0 {
		t.Errorf("reads of the main clone: got %v", m)
	}
	if r[0] == 0 || r[0] >= 100 || r[1] != 0 || r[4] <= 4000 {
		t.Errorf("reads of the clone of the relapse: got %v", r)
	}
	if m[6] == 0 {
		t.Error("the control without template should show the contamination by the diagnosis")
	}
	if n := len(reads["Polyclonal control"]); n < 500 {
		t.Errorf("the polyclonal control has %d clonotypes", n)
	}
}
