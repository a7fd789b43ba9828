package lab_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
)

func TestParseQuery(t *testing.T) {
	t.Parallel()
	word := func(text string) lab.Term { return lab.Term{Kind: lab.TermWord, Text: text} }
	not := func(t lab.Term) lab.Term {
		t.Not = true
		return t
	}
	for text, want := range map[string]lab.Query{
		"":                               nil,
		"  \t ":                          nil,
		"marie":                          {word("marie")},
		"Marie DURAND":                   {word("marie"), word("durand")},
		"Müller":                         {word("muller")},
		`"van  der Meer"`:                {word("van der meer")},
		`"open end`:                      {word("open end")},
		`say"so"`:                        {word("say"), word("so")},
		`""`:                             nil,
		"-marie":                         {not(word("marie"))},
		`-"follow up"`:                   {not(word("follow up"))},
		"NOT marie":                      {not(word("marie"))},
		"NOT -marie":                     {word("marie")},
		"NOT":                            nil,
		"not marie":                      {word("not"), word("marie")},
		"x-ray -":                        {word("x-ray"), word("-")},
		"12":                             {{Kind: lab.TermWord, Text: "12", ID: 12}},
		"0":                              {word("0")},
		"#B-ALL":                         {{Kind: lab.TermTag, Text: "b-all"}},
		"tag:#Relapse":                   {{Kind: lab.TermTag, Text: "relapse"}},
		"-#relapse":                      {not(lab.Term{Kind: lab.TermTag, Text: "relapse"})},
		"#":                              {word("#")},
		`group:"My Lab"`:                 {{Kind: lab.TermGroup, Text: "my lab"}},
		"state:Running":                  {{Kind: lab.TermState, Text: "running"}},
		"-state:missing":                 {not(lab.Term{Kind: lab.TermState, Text: "missing"})},
		`config:"Multi+inc"`:             {{Kind: lab.TermConfig, Text: "multi+inc"}},
		"GROUP:lab":                      {{Kind: lab.TermGroup, Text: "lab"}},
		"ratio:3":                        {word("ratio:3")},
		"id:12":                          {{Kind: lab.TermID, ID: 12}},
		"created:2026-01-15":             {{Kind: lab.TermCreated, From: "2026-01-15", Until: "2026-01-16"}},
		"changed:2026-12":                {{Kind: lab.TermChanged, From: "2026-12-01", Until: "2027-01-01"}},
		"date:2024":                      {{Kind: lab.TermDate, From: "2024-01-01", Until: "2025-01-01"}},
		"created:2026-01-01..2026-02-01": {{Kind: lab.TermCreated, From: "2026-01-01", Until: "2026-02-02"}},
		"created:2026-02..":              {{Kind: lab.TermCreated, From: "2026-02-01"}},
		"-date:..2026-02":                {not(lab.Term{Kind: lab.TermDate, Until: "2026-03-01"})},
		"a\x00b":                         {word("a"), word("b")},
	} {
		got, err := lab.ParseQuery(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: want -, got +:\n%s", text, diff)
		}
	}
}

func TestParseQueryRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"id:x", "id:", "id:-1", "created:", "created:soon", "created:2026-02-30", "date:..", "date:2026..x", "group:", "config:", "state:", "state:well", "tag:", "tag:#",
		strings.Repeat("x", 501), strings.Repeat("x ", 21),
	} {
		_, err := lab.ParseQuery(text)
		if lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%q: got %v, want it refused", text, err)
			continue
		}
		if e := err.(*lab.Error); len(e.Fields) != 1 || e.Fields[0].Field != "q" {
			t.Errorf("%q: got faults %v, want one of q", text, e.Fields)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"marie", `-"a b" NOT #x`, "created:2026..", `group:"`, "--", "-#", "\"\"\"", "id:1 12", "\xff\xfe", "ﬀ Ł É́"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := lab.ParseQuery(text)
		if err != nil {
			if lab.CodeOf(err) != lab.Invalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, term := range q {
			if term.Text != lab.Fold(term.Text) {
				t.Errorf("%q: the term %q is not folded", text, term.Text)
			}
			if term.Kind == lab.TermWord && term.Text == "" {
				t.Errorf("%q: an empty word", text)
			}
			if strings.ContainsAny(term.Text, "\x00\n") {
				t.Errorf("%q: a control character in %q", text, term.Text)
			}
		}
	})
}

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                   "",
		"  Müller \n Éloïse": "muller eloise",
		"Straße":             "strasse",
		"Ærø Łódź":           "aero lodz",
		"E\u0301":            "e",
		"Αθήνα":              "αθήνα",
		"İzmir Ñandú":        "izmir nandu",
		"O'Hara-Smith":       "o'hara-smith",
	} {
		if got := lab.Fold(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Müller  Éloïse")
	f.Add("İ\u0307ß")
	f.Fuzz(func(t *testing.T, text string) {
		got := lab.Fold(text)
		if again := lab.Fold(got); again != got {
			t.Errorf("%q: folded %q, folded again %q", text, got, again)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%q: got %q, which is no UTF-8", text, got)
		}
	})
}

func TestTags(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                            nil,
		"no tag # here":               nil,
		"#relapse":                    {"relapse"},
		"a #B-ALL, #pre_BMT.":         {"B-ALL", "pre_BMT"},
		"#x#y":                        {"x", "y"},
		"#Über #uber #ÜBER":           {"Über"},
		"##day33":                     {"day33"},
		"#" + strings.Repeat("a", 65): nil,
		"C#5":                         {"5"},
		"#日本":                         {"日本"},
	} {
		if diff := cmp.Diff(want, lab.Tags(text)); diff != "" {
			t.Errorf("%q: want -, got +:\n%s", text, diff)
		}
	}
	seen := map[string]bool{}
	for _, name := range lab.DefaultTags() {
		if got := lab.Tags("#" + name); len(got) != 1 || got[0] != name || seen[lab.Fold(name)] {
			t.Errorf("the default tag %q is none, or stands twice", name)
		}
		seen[lab.Fold(name)] = true
	}
	if len(seen) < 55 {
		t.Errorf("%d default tags", len(seen))
	}
}
