package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/vdj/germline"
)

func TestGenes(t *testing.T) {
	t.Parallel()
	human, err := germline.Human()
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, w *site) {
		c := w.person("ann")
		got, err := c.Genes(t.Context(), "human", []string{"IGHJ4*02", "IGHV0-0*00", "IGHV3-9*01"})
		if err != nil {
			t.Fatal(err)
		}
		if got.Digest != human.Digest() || len(got.Items) != 2 {
			t.Fatalf("got %d genes of the edition %s, want 2 of %s, unknown ones left out", len(got.Items), got.Digest, human.Digest())
		}
		v := human.Genes[human.Gene("IGHV3-9*01")]
		want := client.Gene{Name: "IGHV3-9*01", Segment: "V", Sequence: string(v.Sequence), Anchor: v.Anchor + 1}
		if diff := cmp.Diff(want, got.Items[1]); diff != "" {
			t.Errorf("gene (-want +got):\n%s", diff)
		}
		if codon := v.Sequence[v.Anchor : v.Anchor+3]; germline.TranslateCodon(codon) != 'C' {
			t.Errorf("the anchor of V is %s, want a cysteine", codon)
		}
		if got.Items[0].Name != "IGHJ4*02" {
			t.Errorf("got %s first, want the order of the request", got.Items[0].Name)
		}
		_, err = c.Genes(t.Context(), "axolotl", []string{"IGHV1*01"})
		wantCode(t, "a set that is not there", err, "not_found")
	})
}

func TestHealthcare(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		c := w.person("ann")
		for _, on := range []bool{false, true} {
			w.Service.Healthcare = on
			// Who has not signed in is told as well: a file can be opened without an
			// account.
			if me, err := w.nobody().Whoami(t.Context()); err != nil || me.Healthcare != on {
				t.Errorf("nobody is told %v (%v), want %v", me.Healthcare, err, on)
			}
			if me, err := c.Whoami(t.Context()); err != nil || me.Healthcare != on {
				t.Errorf("a person is told %v (%v), want %v", me.Healthcare, err, on)
			}
		}
	})
}
