package access_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/access"
)

func day(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestShow(t *testing.T) {
	t.Parallel()
	marie := access.Identity{First: "Marie", Last: "Durand", Birth: day(t, "1980-02-03"), Number: "H-7781"}
	for name, tt := range map[string]struct {
		who  access.Identity
		anon bool
		want access.Shown
	}{
		"with the right":             {marie, true, access.Shown{Name: "Durand Marie", Birth: "1980-02-03", Age: "45y", Number: "H-7781"}},
		"without":                    {marie, false, access.Shown{Name: "Patient 123", Age: "45y"}},
		"last name only":             {access.Identity{Last: "Durand"}, true, access.Shown{Name: "Durand"}},
		"nothing known":              {access.Identity{}, true, access.Shown{Name: "Patient 123"}},
		"nothing known, nor allowed": {access.Identity{}, false, access.Shown{Name: "Patient 123"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.who.Show(123, tt.anon, day(t, "2025-06-01"))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestIdentityStaysInside(t *testing.T) {
	t.Parallel()
	marie := access.Identity{First: "Marie", Last: "Durand", Birth: day(t, "1980-02-03"), Number: "H-7781"}
	type row struct {
		ID  int64
		Who access.Identity
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "who", marie, "row", row{1, marie})
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "who", marie, "row", row{1, marie})
	texts := []string{logged.String(), fmt.Sprint(marie, &marie, row{1, marie}), fmt.Sprintf("%v %+v %#v %s %q", marie, row{1, marie}, row{1, marie}, marie, marie)}
	for _, text := range texts {
		for _, w := range []string{"Marie", "Durand", "1980", "7781"} {
			if strings.Contains(text, w) {
				t.Errorf("%q is in %s", w, text)
			}
		}
	}
	if answer, err := json.Marshal(row{1, marie}); err == nil {
		t.Errorf("marshalled: %s", answer)
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ birth, on, want string }{
		{"", "2025-06-01", ""},
		{"2025-06-02", "2025-06-01", ""},
		{"2025-06-01", "2025-06-01", "0m"},
		{"2025-01-31", "2025-06-30", "4m"},
		{"2024-06-02", "2025-06-01", "11m"},
		{"2024-06-01", "2025-06-01", "1y 0m"},
		{"2023-01-01", "2025-06-01", "2y 5m"},
		{"2021-06-02", "2025-06-01", "3y 11m"},
		{"2021-06-01", "2025-06-01", "4y"},
		{"2004-02-29", "2025-02-28", "20y"},
		{"2004-02-29", "2025-03-01", "21y"},
		{"1935-06-02", "2025-06-01", "89y"},
		{"1935-06-01", "2025-06-01", "90y+"},
		{"1911-01-01", "2025-06-01", "90y+"},
	} {
		if got := access.Age(day(t, tt.birth), day(t, tt.on)); got != tt.want {
			t.Errorf("born %s, on %s: got %q, want %q", tt.birth, tt.on, got, tt.want)
		}
	}
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Durand_Marie_R1.fastq.gz": "sample 45.fastq.gz",
		"Durand.FQ":                "sample 45.fq",
		"reads.BAM":                "sample 45.bam",
		"result.vidjil":            "sample 45.vidjil",
		"fastq.Durand":             "sample 45",
		"Marie.Durand.gz":          "sample 45.gz",
		"Durand":                   "sample 45",
		".durand":                  "sample 45",
		"":                         "sample 45",
		"a.fastq/../Durand":        "sample 45",
	} {
		if got := access.FileName(45, name, false); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
		if got := access.FileName(45, name, true); got != name {
			t.Errorf("%q with the right: got %q", name, got)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	words := access.Identity{First: "Li", Last: "van der Meer", Number: "7781", Birth: day(t, "1980-02-03")}.Words()
	for text, want := range map[string]string{
		"":                                     "",
		"the clinic of Li":                     "the clinic of P",
		"LI_VAN_DER_MEER_R1.fastq":             "P_P_R1.fastq",
		"li, Van-der-Meer; 7781.":              "P, P; P.",
		"177810 reads, 7781 clonotypes":        "177810 reads, P clonotypes",
		"Vanderbilt Meer":                      "Vanderbilt Meer",
		"born 3.2.1980 (1980-02-03, 19800203)": "born P (P, P)",
		"11980-02-03":                          "11980-02-03",
		"Älin Liè \xff Li\xff":                 "Älin Liè \xff P\xff",
	} {
		if got := access.Redact(text, words, "P"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := access.Redact("as it was", []string{"", " "}, "P"); got != "as it was" {
		t.Errorf("without words: got %q", got)
	}
	if got := access.Redact("Garcia Lopez and Lopez", []string{"Lopez", "Garcia Lopez"}, "P"); got != "P and P" {
		t.Errorf("double name: got %q", got)
	}
	if got := access.Redact("MÜLLER ΣΊΣΥΦΟΣ", []string{"müller", "σίσυφος"}, "P"); got != "P P" {
		t.Errorf("case of other letters: got %q", got)
	}
}

// TestRedactProperty: a name that stands alone never remains, and a text without
// it stays as it is.
func TestRedactProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-zé]{1,8}( [a-z]{1,5})?`).Draw(t, "name")
		before := rapid.StringMatching(`([A-Z0-9]{0,5}[ _.,;:/-]){0,3}`).Draw(t, "before")
		after := rapid.StringMatching(`([ _.,;:/-][A-Z0-9]{0,5}){0,3}`).Draw(t, "after")
		got := access.Redact(before+name+after, []string{name}, "*")
		if strings.Contains(got, name) || !strings.Contains(got, "*") {
			t.Fatalf("%q in %q: got %q", name, before+name+after, got)
		}
		other := rapid.StringMatching(`[0-9 ]*`).Draw(t, "other")
		if got := access.Redact(other, []string{name}, "*"); got != other {
			t.Fatalf("%q became %q", other, got)
		}
	})
}
