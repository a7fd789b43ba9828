package curated

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func plain(list []Designation) []string {
	var texts []string
	for _, d := range list {
		texts = append(texts, d.String())
	}
	return texts
}

func TestParseExpected(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"plain", "TRGV5*01 5/CC/3 TRGJ1", []string{"TRGV5*01 5/CC/3 TRGJ1"}},
		{"count", "TRDV2 7/2/4 TRDD2 0/0/9 TRDD3 1/1/31 TRAJ29", []string{"TRDV2 7/2/4 TRDD2 0//9 TRDD3 1/1/31 TRAJ29"}},
		{"nothing inserted", "IGHV3-48*01 0//0 IGHJ4*02", []string{"IGHV3-48*01 0//0 IGHJ4*02"}},
		{"no junction", "TRBD1 TRBJ1-2", []string{"TRBD1 TRBJ1-2"}},
		{"elements", "Intron 2/0/9 KDE", []string{"Intron 2//9 KDE"}},
		{"slash in a name", "TRAV29/DV5*01 3/CACC/3 TRDJ1", []string{"TRAV29/DV5*01 3/CACC/3 TRDJ1"}},
		{
			"negative deletions", "IGHV6-1*01 5/TCC/-6 IGHD3-10*01 -0/AACCT/-4 IGHJ6*02",
			[]string{"IGHV6-1*01 5/TCC/-6 IGHD3-10*01 0/AACCT/-4 IGHJ6*02"},
		},
		{"lower case letters", "TRGV5*01 5/cc/3 TRGJ1", []string{"TRGV5*01 5/CC/3 TRGJ1"}},
		{
			"alternative genes", "TRGV5*01 5/4/3 (TRGJ2*01, TRGJ1)",
			[]string{"TRGV5*01 5/4/3 TRGJ2*01", "TRGV5*01 5/4/3 TRGJ1"},
		},
		{
			"alternative junctions", "IGHV1-58*02 2/13/0 IGHD3-10*01 (2/0/3, 1/0/4) IGHJ4*02",
			[]string{"IGHV1-58*02 2/13/0 IGHD3-10*01 2//3 IGHJ4*02", "IGHV1-58*02 2/13/0 IGHD3-10*01 1//4 IGHJ4*02"},
		},
		{
			"alternatives of unlike length", "TRDV1 (5/AC/0 TRDD2 3/CGTGT/0, 5/14/0) TRDJ1*01",
			[]string{"TRDV1 5/AC/0 TRDD2 3/CGTGT/0 TRDJ1*01", "TRDV1 5/14/0 TRDJ1*01"},
		},
		{"product", "(IGHV3-30, IGHV3-33) (2//3 IGHJ1*01, IGHJ4)", []string{
			"IGHV3-30 2//3 IGHJ1*01", "IGHV3-30 IGHJ4", "IGHV3-33 2//3 IGHJ1*01", "IGHV3-33 IGHJ4",
		}},
		{"whole", "(A 1//2 B, C D)", []string{"A 1//2 B", "C D"}},
		{"nested", "A ((1//2, 3//4) B, (C, D))", []string{"A 1//2 B", "A 3//4 B", "A C", "A D"}},
		{"tight", "A (1//2,3//4)B", []string{"A 1//2 B", "A 3//4 B"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e, err := ParseExpected(tc.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, plain(e.Designations())); diff != "" {
				t.Errorf("designations (-want +got):\n%s", diff)
			}
			again, err := ParseExpected(e.String())
			if err != nil || !cmp.Equal(plain(again.Designations()), tc.want) {
				t.Errorf("%q reads back as %v, %v", e, again, err)
			}
		})
	}
}

func TestParseExpectedRefuses(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("(A, B) ", 13)
	for name, text := range map[string]string{
		"empty": "", "spaces": "  ", "one gene": "TRGV5*01", "junction first": "5/CC/3 TRGJ1", "junction last": "TRGV5 5/CC/3",
		"two junctions": "TRGV5 5/CC/3 1//1 TRGJ1", "open": "TRGV5 (TRGJ1, TRGJ2", "closed": "TRGV5 TRGJ1)", "comma": "TRGV5, TRGJ1",
		"empty alternative": "TRGV5 (TRGJ1, )", "two parts": "A 5/3 B", "four parts": "A 5/A/3/2 B", "not a number": "A 5/A/x B",
		"not letters": "A 5/AXX/3 B", "negative count": "A 5/-3/3 B", "braces": "A {B}", "too many": many,
		"too deep": strings.Repeat("(", 100) + "A" + strings.Repeat(")", 100), "junction from an alternative": "A (1//2, B)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if e, err := ParseExpected(text); err == nil {
				t.Errorf("ParseExpected(%q) = %v, want an error", text, e)
			}
		})
	}
}

func TestParseIsPlain(t *testing.T) {
	t.Parallel()
	if d, err := Parse("TRGV5 (TRGJ1, TRGJ2)"); err == nil {
		t.Errorf("Parse = %v, want an error", d)
	}
}

// drawExpected writes a random expected text and the plain texts it stands for,
// by a way of its own: the oracle of expansion.
func drawExpected(t *rapid.T) (string, []string) {
	text, plains := "", []string{""}
	for i := range rapid.IntRange(2, 4).Draw(t, "genes") {
		options := rapid.SliceOfN(rapid.SampledFrom([]string{"IGHV1-2*02", "TRAV29/DV5", "KDE", "IGHJ6*03"}), 1, 3).Draw(t, "gene")
		if i > 0 && rapid.Bool().Draw(t, "junction") {
			j := rapid.SampledFrom([]string{"0//0", "-3/ACG/2", "12/7/0", "1/A/1"}).Draw(t, "text")
			for k := range options {
				options[k] = j + " " + options[k]
			}
		}
		next := []string{}
		for _, p := range plains {
			for _, o := range options {
				next = append(next, strings.TrimSpace(p+" "+o))
			}
		}
		plains = next
		part := options[0]
		if len(options) > 1 {
			part = "(" + strings.Join(options, ", ") + ")"
		}
		text += " " + part
	}
	return text, plains
}

func TestExpansionProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, want := drawExpected(t)
		e, err := ParseExpected(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, plain(e.Designations())); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
	})
}

func FuzzParseExpected(f *testing.F) {
	for _, text := range []string{
		"TRGV5*01 5/CC/3 TRGJ1", "TRDV1 (5/AC/0 TRDD2 3/CGTGT/0, 5/14/0) TRDJ1*01", "(2//7, 3//6) IGHJ4*02",
		"IGHV6-1*01 5/TCC/-6 IGHD3-10*01 -0/AACCT/-4 IGHJ6*02", "A ((1//2, 3//4) B, (C, D))", "((((", "A 1/2/3", ",",
		"A 99999999999999999999/1/1 B", "A 1/99999999999/1 B",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseExpected(text)
		if err != nil {
			return
		}
		list := e.Designations()
		if len(list) == 0 || len(list) > MaxAlternatives {
			t.Fatalf("%q: %d designations", text, len(list))
		}
		again, err := ParseExpected(e.String())
		if err != nil {
			t.Fatalf("%q was written as %q: %v", text, e, err)
		}
		if diff := cmp.Diff(list, again.Designations()); diff != "" {
			t.Fatalf("%q was written as %q: %s", text, e, diff)
		}
		for _, d := range list {
			back, err := Parse(d.String())
			if diff := cmp.Diff(d, back); err != nil || diff != "" {
				t.Fatalf("%q: %v %s", d, err, diff)
			}
		}
	})
}
