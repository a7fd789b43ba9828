package access_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
)

func TestAge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		birth, on lab.Date
		want      string
	}{
		{"", "2025-06-01", ""},
		{"1980-02-03", "", ""},
		{"last spring", "2025-06-01", ""},
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
		if got := access.Age(tt.birth, tt.on); got != tt.want {
			t.Errorf("born %s, on %s: got %q, want %q", tt.birth, tt.on, got, tt.want)
		}
	}
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Durand_Marie_R1.fastq.gz": "Sample 45.fastq.gz",
		"Durand.FQ":                "Sample 45.fq",
		"reads.BAM":                "Sample 45.bam",
		"result.vidjil":            "Sample 45.vidjil",
		"fastq.Durand":             "Sample 45",
		"Marie.Durand.gz":          "Sample 45.gz",
		"Durand":                   "Sample 45",
		".durand":                  "Sample 45",
		"":                         "Sample 45",
		"a.fastq/../Durand":        "Sample 45",
	} {
		if got := access.FileName(45, name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	words := access.IdentityWords("1980-02-03", "Li", "van der Meer", "7781", "")
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
