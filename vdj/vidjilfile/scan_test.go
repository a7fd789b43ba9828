package vidjilfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// tree reads any JSON with the scanner, into what encoding/json makes of it.
func tree(s *scanner) any {
	switch s.kind() {
	case '{':
		m := map[string]any{}
		s.object(func(key string) { m[key] = tree(s) })
		return m
	case '[':
		l := []any{}
		s.array(func(int) { l = append(l, tree(s)) })
		return l
	case '"':
		return s.str()
	case '0':
		return s.float()
	case 't', 'f':
		return s.boolean()
	}
	s.null()
	return nil
}

// The scanner takes what encoding/json takes, and reads the same.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.5e-3,-0,"x\u00e9\ud83d\ude00\ud800",null,true,false],"":{}}`, `[]`, `"\x"`, `01`, `1.`, `-`, `{"a":1,}`, `[1,]`,
		`{"a" 1}`, "\"\xff\"", "\"\x01\"", `nul`, `1e999`, ` [ 1 , 2 ] `, `{"a":1}{`, `"\u12"`, `"\ud83d\u0041"`, `{"é":1,"\n":2}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newScanner(data)
		got := tree(s)
		s.end()
		var want any
		err := json.Unmarshal(data, &want)
		if (err == nil) != (s.err == nil) {
			var te *json.UnmarshalTypeError // numbers out of range
			if errors.As(err, &te) || s.err != nil && strings.Contains(s.err.Msg, "nested deeper") {
				return
			}
			t.Fatalf("encoding/json: %v, scanner: %v", err, s.err)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-encoding/json +scanner):\n%s", diff)
		}
		// Skipping must end at the same place.
		k := newScanner(data)
		raw := k.raw()
		k.end()
		if k.err != nil || !json.Valid(raw) {
			t.Errorf("raw: %v, %q", k.err, raw)
		}
	})
}

func TestEncoderText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(rt, "s"))
		if rapid.Bool().Draw(rt, "text") {
			s = rapid.String().Draw(rt, "s")
		}
		e := &encoder{}
		e.str(s)
		var got string
		if err := json.Unmarshal(e.b, &got); err != nil {
			rt.Fatalf("%q: %v", e.b, err)
		}
		if want := strings.ToValidUTF8(strings.Map(func(r rune) rune { return r }, s), "\ufffd"); got != want {
			rt.Errorf("%q: got %q, want %q", e.b, got, want)
		}
		s2 := newScanner(e.b)
		if again := s2.str(); again != got || s2.err != nil {
			rt.Errorf("scanner reads %q, %v; encoding/json %q", again, s2.err, got)
		}
	})
}

func TestEncoderNumbers(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0: "0", 1: "1", -2.5: "-2.5", 1e6: "1000000", 1e20: "1e+20", 1e-7: "1e-07", 0.1: "0.1", math.Inf(1): "null", math.NaN(): "null",
	} {
		e := &encoder{}
		e.float(v)
		if string(e.b) != want {
			t.Errorf("%v: got %s, want %s", v, e.b, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		v := rapid.Float64().Draw(rt, "v")
		e := &encoder{}
		e.float(v)
		var got float64
		if err := json.Unmarshal(e.b, &got); err != nil || got != v {
			rt.Errorf("%s: %v, %v, want %v", e.b, got, err, v)
		}
	})
}

func TestReadErrorsNamePathAndOffset(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, want string }{
		{"empty", ``, "offset 0: the file ends inside a value"},
		{"not JSON", `hello`, `offset 0: unexpected character 'h'`},
		{"a list", `[]`, "offset 0: want an object, found a list"},
		{"null", `null`, "offset 0: want an object, found null"},
		{"cut", `{"clones":[{"id":"A`, "clones[0].id (offset 17): text without end"},
		{"type", `{"clones":[{"id":"A"},{"reads":["x"]}]}`, `clones[1].reads[0] (offset 32): text "x" is not a number`},
		{"position", `{"clones":[{"seg":{"5":{"start":1.5}}}]}`, "clones[0].seg.5.start (offset 35): 1.5 is not an integer"},
		{"samples", `{"samples":[1]}`, "samples (offset 11): want an object, found a list"},
		{"after", `{} {}`, "offset 3: something follows the end of the file's object"},
		{"comma", `{"a":1 "b":2}`, `offset 7: want a comma or '}', found '"'`},
		{"key", `{1:2}`, "offset 1: want a key, found a number"},
		{"bomb", strings.Repeat(`{"x":`, 300), "nested deeper than 200 levels"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(strings.NewReader(tc.text))
			if _, ok := errors.AsType[*ReadError](err); !ok {
				t.Fatalf("error %v, want a ReadError", err)
			}
			if !strings.HasSuffix(err.Error(), tc.want) {
				t.Errorf("error %q, want …%q", err, tc.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"vidjil_json_version":"2016b","samples":{"number":1,"original_names":["a"]},"reads":{"total":[3],"germline":{"IGH":[1]}},` +
		`"clones":[{"id":"A","sequence":0,"reads":[1],"seg":{"5":{"name":"V","stop":3},"cdr3":{"start":1},"evalue":{"val":"1e-3"},"x":{"val":1}}}],` +
		`"clusters":[["A"],0],"warn":[{"code":"W09"},0],"diversity":{"index_H_entropy":{"all":1}},` +
		`"distributions":{"keys":["clones"],"repertoires":{"a":[{"axes":["top"],"values":{"1":[1]}}]}}}`))
	f.Add([]byte(`{"vidjil_json_version":["2014.10"],"clones":null,"germlines":{"custom":{"shortcut":"X","5":[]}}}`))
	f.Add([]byte(`{"clones":[{"seg":{"5":"V","5end":3,"5start":0,"N":2}}],"diversity":"na","timestamp":["a","b"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := file.Write(&out); err != nil {
			t.Fatal(err)
		}
		if !json.Valid(out.Bytes()) {
			t.Fatalf("not JSON:\n%s", out.Bytes())
		}
		again, err := Read(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("reading what was written: %v\n%s", err, out.Bytes())
		}
		var second bytes.Buffer
		if err := again.Write(&second); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(out.String(), second.String()); diff != "" {
			t.Errorf("written twice (-first +second):\n%s", diff)
		}
		file.Lint(LintOptions{})
		FromAIRR(file.ToAIRR(), Import{})
	})
}

func FuzzReadAnalysis(f *testing.F) {
	f.Add([]byte(`{"samples":{"id":["a"],"number":1,"order":[0]},"clones":[{"id":"A","tag":3}],"cluster":[["A","B"]],"tags":{"hide":[3,"x"],"names":{"0":"n"}}}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := ReadAnalysis(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out, second bytes.Buffer
		if err := a.Write(&out); err != nil {
			t.Fatal(err)
		}
		again, err := ReadAnalysis(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("reading what was written: %v\n%s", err, out.Bytes())
		}
		if err := again.Write(&second); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(out.String(), second.String()); diff != "" {
			t.Errorf("written twice (-first +second):\n%s", diff)
		}
	})
}

func FuzzReadClntab(f *testing.F) {
	f.Add([]byte("clonotype\tsequence.raw nt seq\tsequence.size\tsequence.V-GENE and allele\tsequence.J-GENE and allele\nx\tACGT\t3\tIGHV1*01=2\tIGHJ4*02\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ReadClntab(bytes.NewReader(data), Import{})
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := file.Write(&out); err != nil || !json.Valid(out.Bytes()) {
			t.Fatalf("%v\n%s", err, out.Bytes())
		}
	})
}
