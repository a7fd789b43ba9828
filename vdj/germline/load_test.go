package germline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestWriteAndLoadDir(t *testing.T) {
	t.Parallel()
	for _, name := range Embedded() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := Named(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "new", name)
			if err := want.Write(dir); err != nil {
				t.Fatal(err)
			}
			got, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("set differs (-want +got):\n%s", diff)
			}
			if got.Digest() != want.Digest() {
				t.Error("digest differs")
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) != 2 {
				t.Errorf("%d files in the folder, want 2", len(entries))
			}
		})
	}
}

func TestWriteTableRoundTrip(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("ACGTN")), 0, 30, -1)
	rapid.Check(t, func(t *rapid.T) {
		var genes []Gene
		for range rapid.IntRange(0, 4).Draw(t, "genes") {
			g := Gene{
				Name:          rapid.StringMatching(`IGHV[1-7]-[0-9]{1,2}\*0[1-9]`).Draw(t, "name"),
				Locus:         "IGH",
				Segment:       rapid.SampledFrom([]Segment{V, D, J, C, KDE, Intron}).Draw(t, "segment"),
				Functionality: rapid.SampledFrom([]string{"", "F", "ORF", "P"}).Draw(t, "functionality"),
				Sequence:      []byte("ACG" + letters.Draw(t, "sequence")),
				Up:            []byte(letters.Draw(t, "up")),
				Down:          []byte(letters.Draw(t, "down")),
				Anchor:        -1,
			}
			if rapid.Bool().Draw(t, "anchored") {
				g.Anchor = rapid.IntRange(0, len(g.Sequence)-3).Draw(t, "anchor")
				g.AnchorInferred = rapid.Bool().Draw(t, "inferred")
			}
			for pos := range len(g.Sequence) {
				if rapid.IntRange(0, 9).Draw(t, "gap") == 0 {
					g.Gaps = append(g.Gaps, Gap{pos, rapid.IntRange(1, 30).Draw(t, "length")})
				}
			}
			genes = append(genes, g)
		}
		var b bytes.Buffer
		if err := WriteTable(&b, genes); err != nil {
			t.Fatal(err)
		}
		got, err := ReadTable(&b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(genes, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("genes differ (-want +got):\n%s", diff)
		}
	})
}

// TestPoolNamesAreExact: written pools list names, in which '*' is a letter:
// IGHV1-8*01 must not take IGHV1-8-1*01 with it.
func TestPoolNamesAreExact(t *testing.T) {
	t.Parallel()
	gene := func(name string) Gene {
		return Gene{Name: name, Locus: "IGH", Segment: V, Sequence: []byte("ACGT"), Anchor: -1}
	}
	set := &Set{
		Name:  "x",
		Genes: []Gene{gene("IGHV1-8*01"), gene("IGHV1-8-1*01"), gene("IGHV1-8*11")},
		Systems: []System{{Code: "IGH", Recombinations: []Recombination{{
			Five:  []Pool{{Name: "a", Genes: []int{0}}},
			Three: []Pool{{Name: "b", Genes: []int{1, 2}, Down: true}},
		}}}},
	}
	dir := t.TempDir()
	if err := set.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(set.Systems, got.Systems); diff != "" {
		t.Errorf("systems differ (-want +got):\n%s", diff)
	}
	set.Systems[0].Recombinations[0].Three[0].Name = "a"
	if err := set.Write(dir); err == nil || !strings.Contains(err.Error(), "two pools named a") {
		t.Errorf("pools of one name: error %v", err)
	}
}

func TestReadTableErrors(t *testing.T) {
	t.Parallel()
	header := strings.Join(tableColumns, "\t") + "\n"
	row := func(anchor, gaps, seq string) string {
		return header + "# a comment\nIGHV1*01\tIGH\tV\tF\t\t\t\t" + anchor + "\t" + gaps + "\t" + seq + "\t\t\n"
	}
	tests := []struct{ name, in, want string }{
		{"no header", "", "no header"},
		{"other header", "gene\tlocus\n", "line 1: header"},
		{"columns", header + "IGHV1*01\tIGH\n", "line 2: 2 columns"},
		{"segment", header + strings.Repeat("x\t", 11) + "\n", "line 2: segment"},
		{"anchor text", row("x", "", "ACGT"), "line 3: gene IGHV1*01: anchor"},
		{"anchor after the end", row("3", "", "ACGT"), "anchor"},
		{"anchor zero", row("0", "", "ACGT"), "anchor"},
		{"gap text", row("", "3", "ACGT"), "line 3: gene IGHV1*01: gap"},
		{"gap order", row("", "3:1,2:1", "ACGT"), "gap"},
		{"letter", row("", "", "ACXGT"), `letter 'X'`},
		{"no sequence", row("", "", ""), "empty sequence"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := ReadTable(strings.NewReader(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// presetFS writes the genes of a set as the FASTA files that the preset names,
// V genes gapped, with IMGT headers, beside the preset.
func presetFS(t *testing.T, presetText []byte, set *Set) fstest.MapFS {
	t.Helper()
	var p preset
	if err := json.Unmarshal(presetText, &p); err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"p.g": {Data: presetText}}
	pools := map[string]Pool{}
	for _, sys := range set.Systems {
		for _, rec := range sys.Recombinations {
			for _, pool := range slices.Concat(rec.Five, rec.Four, rec.Three) {
				pools[pool.Name] = pool
				pools[strings.TrimSuffix(pool.Name, "+down")+".plain"] = Pool{Genes: pool.Genes}
			}
		}
	}
	write := func(file string, pool Pool) {
		var b strings.Builder
		for _, i := range pool.Genes {
			g := &set.Genes[i]
			seq := string(g.Gapped())
			if pool.Up {
				seq = string(g.Up) + seq
			}
			if pool.Down {
				seq += string(g.Down)
			}
			fmt.Fprintf(&b, ">%s|%s|%s|%s|%c-REGION|%s|\n%s\n", g.Accession, g.Name, set.Species, g.Functionality, g.Segment, g.Range, seq)
		}
		fsys[p.Path+"/"+file] = &fstest.MapFile{Data: []byte(b.String())}
	}
	for _, sys := range p.Systems {
		for _, rec := range sys.Recombinations {
			for _, file := range slices.Concat(rec.Five, rec.Four, rec.Three) {
				name := stem(file)
				pool, ok := pools[name]
				if !ok {
					t.Fatalf("no pool %s", name)
				}
				write(file, pool)
				if base, _, flanked := strings.Cut(name, "+"); flanked {
					if plain, ok := pools[base]; ok {
						write(base+".fa", Pool{Genes: plain.Genes})
					} else if plain, ok := pools[base+".plain"]; ok {
						write(base+".fa", plain)
					}
				}
			}
		}
	}
	return fsys
}

// TestLoadGHuman loads the field's own preset over FASTA files of the embedded
// set and must find the embedded set again.
func TestLoadGHuman(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(shared(t, "data", "vidjil-files", "homo-sapiens.g"))
	if err != nil {
		t.Fatal(err)
	}
	want := mustHuman(t)
	got, err := LoadG(presetFS(t, text, want), "p.g")
	if err != nil {
		t.Fatal(err)
	}
	if got.Species != "Homo sapiens" || got.TaxonID != 9606 || got.Name != "p" || got.Reference == "" {
		t.Errorf("set %q, species %q, taxon %d, reference %q", got.Name, got.Species, got.TaxonID, got.Reference)
	}
	if len(got.Systems) != len(want.Systems) {
		t.Fatalf("%d systems, want %d", len(got.Systems), len(want.Systems))
	}
	for i, sys := range got.Systems {
		w := want.System(sys.Code)
		if w == nil || sys.Code != want.Systems[i].Code {
			t.Fatalf("system %d is %s, want %s", i, sys.Code, want.Systems[i].Code)
		}
		// The embedded set allows D genes in the middle of some systems whose
		// preset has none.
		trimmed := *w
		trimmed.Recombinations = slices.Clone(w.Recombinations)
		for k := range trimmed.Recombinations {
			if len(sys.Recombinations[k].Four) == 0 {
				trimmed.Recombinations[k].Four = nil
			}
		}
		if g, w := recombinationText(&sys), recombinationText(&trimmed); g != w {
			t.Errorf("%s: recombinations\n%s, want\n%s", sys.Code, g, w)
		}
		if sys.Seed != w.Seed || sys.Color != w.Color || sys.Shortcut != w.Shortcut || sys.Follows != w.Follows {
			t.Errorf("%s: seed %s, color %s, shortcut %s, follows %s", sys.Code, sys.Seed, sys.Color, sys.Shortcut, sys.Follows)
		}
	}
	for i := range got.Genes {
		g := &got.Genes[i]
		w := &want.Genes[want.Gene(g.Name)]
		if !bytes.Equal(g.Sequence, w.Sequence) || g.Segment != w.Segment || g.Accession != w.Accession {
			t.Errorf("%s: %c, sequence %s, want %s", g.Name, g.Segment, g.Sequence, w.Sequence)
		}
		if g.Segment == J && !bytes.Equal(g.Down, w.Down) {
			t.Errorf("%s: down %s, want %s", g.Name, g.Down, w.Down)
		}
		if g.Segment == D && !bytes.Equal(g.Up, w.Up) {
			t.Errorf("%s: up %s, want %s", g.Name, g.Up, w.Up)
		}
		if w.Anchor >= 0 && w.Functionality == "F" && g.Anchor != w.Anchor {
			t.Errorf("%s: anchor %d, want %d", g.Name, g.Anchor, w.Anchor)
		}
	}
	restricted, err := got.Restrict([]string{"IGH", "IGH+"})
	if err != nil || len(restricted.Systems) != 2 {
		t.Errorf("restricted set: %v", err)
	}
}

func TestLoadGMouse(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(shared(t, "data", "vidjil-files", "mus-musculus.g"))
	if err != nil {
		t.Fatal(err)
	}
	mouse, err := Mouse()
	if err != nil {
		t.Fatal(err)
	}
	// The preset names plain files where the embedded set uses flanks.
	plain := *mouse
	plain.Systems = slices.Clone(mouse.Systems)
	for i := range plain.Systems {
		for _, rec := range plain.Systems[i].Recombinations {
			plain.Systems = append(plain.Systems, System{Code: "x", Recombinations: []Recombination{{
				Three: []Pool{{Name: strings.TrimSuffix(rec.Three[0].Name, "+down"), Genes: rec.Three[0].Genes}},
			}}})
		}
	}
	got, err := LoadG(presetFS(t, text, &plain), "p.g")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Systems) != 9 || got.System("IGH+") == nil {
		t.Errorf("%d systems, want 9", len(got.Systems))
	}
	for _, f := range Check(got) {
		if f.Severity == SeverityError {
			t.Error(f)
		}
	}
}

func TestLoadGFlanks(t *testing.T) {
	t.Parallel()
	const gene, down = "ACTACTTTGACTACTGGGGCCAGGGAACCCTGGTCACCGTCTCCTCAG", "GTGAGTCC"
	tests := []struct {
		name, header, sequence string
		plain                  string
		wantGene, wantDown     string
	}{
		{"plain file", "IGHJ4*02", gene + down, ">IGHJ4*02\n" + gene + "\n", gene, down},
		{"gapped", "IGHJ4*02", "..." + gene + down, ">IGHJ4*02\n..." + gene + "\n", gene, down},
		{"length in the header", "X|IGHJ4*02|Homo sapiens|F|J-REGION|1..48|48 nt|", gene + down, "", gene, down},
		{"case", "IGHJ4*02", gene + strings.ToLower(down), "", gene, down},
		{"nothing tells", "IGHJ4*02", gene + down, "", gene + down, ""},
		{"other gene in the plain file", "IGHJ4*02", gene + down, ">IGHJ4*02\nACGTACGTACGT\n", gene + down, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{
				"d/p.g":            {Data: []byte(`{"path":"q","systems":{"IGH":{"recombinations":[{"5":["IGHV.fa"],"3":["IGHJ+down.fa"]}]}}}`)},
				"d/q/IGHV.fa":      {Data: []byte(">IGHV1-1*01\nACGTACGT\n")},
				"d/q/IGHJ+down.fa": {Data: []byte(">" + tt.header + "\n" + tt.sequence + "\n")},
			}
			if tt.plain != "" {
				fsys["d/q/IGHJ.fa"] = &fstest.MapFile{Data: []byte(tt.plain)}
			}
			set, err := LoadG(fsys, "d/p.g")
			if err != nil {
				t.Fatal(err)
			}
			g := &set.Genes[set.Gene("IGHJ4*02")]
			if string(g.Sequence) != tt.wantGene || string(g.Down) != tt.wantDown {
				t.Errorf("gene %s down %s, want %s, %s", g.Sequence, g.Down, tt.wantGene, tt.wantDown)
			}
			if g.Anchor != 14 {
				t.Errorf("anchor %d, want 14", g.Anchor)
			}
		})
	}
	t.Run("up", func(t *testing.T) {
		t.Parallel()
		fsys := fstest.MapFS{
			"p.g":        {Data: []byte(`{"systems":{"TRB+":{"recombinations":[{"5":["TRBD+up.fa"],"3":["TRBJ.fa"]}]}}}`)},
			"TRBD.fa":    {Data: []byte(">TRBD1*01\nGGGACAGGGGGC\n")},
			"TRBD+up.fa": {Data: []byte(">TRBD1*01\nTTTGTACAAAGCTGTAACATTGTGGGGACAGGGGGC\n")},
			"TRBJ.fa":    {Data: []byte(">TRBJ1-1*01\nTGAACACTGAAGCTTTCTTTGGACAAGGCACCAGACTCACAGTTGTAG\n")},
		}
		set, err := LoadG(fsys, "p.g")
		if err != nil {
			t.Fatal(err)
		}
		g := &set.Genes[0]
		if string(g.Sequence) != "GGGACAGGGGGC" || string(g.Up) != "TTTGTACAAAGCTGTAACATTGTG" {
			t.Errorf("gene %s up %s", g.Sequence, g.Up)
		}
	})
}

func TestLoadFASTA(t *testing.T) {
	t.Parallel()
	set := mustHuman(t)
	v := &set.Genes[set.Gene("IGHV3-23*01")]
	imgt := fmt.Sprintf(">M99660|IGHV3-23*01|Homo sapiens|F|V-REGION|1..296|296 nt|1| | | | |\n%s\n", strings.ToLower(string(v.Gapped())))
	plain := fmt.Sprintf(">IGHV3-23*01 some words\r\n%s\r\n%s\r\n", v.Sequence[:100], v.Sequence[100:])
	j := ">J00256|IGHJ4*02|Homo sapiens|(F)|J-REGION|1..48|\nACTACTTTGACTACTGGGGCCAGGGAACCCTGGTCACCGTCTCCTCAG\n"
	c := ">J00228|IGHG1*01|Homo sapiens|F|CH1|1..9|\nCCTCCACCA\n>J00228|IGHG1*01|Homo sapiens|F|H|20..28|\nAGCCCAAAT\n"
	for name, text := range map[string]string{"imgt": imgt, "plain": plain} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{"V.fasta": {Data: []byte(text)}, "JC.fasta": {Data: []byte(j + j + c)}}
			got, err := LoadFASTA(fsys, []string{"V.fasta", "JC.fasta"}, About{Name: "mine"})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Genes) != 3 || got.Name != "mine" || got.Species != "Homo sapiens" {
				t.Fatalf("%d genes, name %s, species %s", len(got.Genes), got.Name, got.Species)
			}
			g := &got.Genes[0]
			if !bytes.Equal(g.Sequence, v.Sequence) || g.Anchor != v.Anchor || g.AnchorInferred != (name == "plain") {
				t.Errorf("gene %s, anchor %d, inferred %t", g.Sequence, g.Anchor, g.AnchorInferred)
			}
			if name == "imgt" && !slices.Equal(g.Gaps, v.Gaps) {
				t.Errorf("gaps %v, want %v", g.Gaps, v.Gaps)
			}
			if j := &got.Genes[1]; j.Functionality != "F" || j.Anchor != 14 || j.Accession != "J00256" || j.Source != "JC.fasta" {
				t.Errorf("J gene %+v", j)
			}
			if cs := got.Constant("IGH"); len(cs) != 1 || string(got.Genes[cs[0]].Sequence) != "CCTCCACCA" {
				t.Errorf("constant genes %v", cs)
			}
			if len(got.Systems) != 1 || recombinationText(&got.Systems[0]) != "IGHV(1)//IGHJ+down(1)" {
				t.Errorf("systems %+v", got.Systems)
			}
		})
	}
}

func TestLoadFASTASpecies(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"all.fa": {Data: []byte(
		">A|IGHV1-1*01|Homo sapiens|F|V-REGION|\nACGT\n>B|IGHV1-1*01|Mus musculus_C57BL/6|F|V-REGION|\nACGTT\n")}}
	if _, err := LoadFASTA(fsys, []string{"all.fa"}, About{}); err == nil || !strings.Contains(err.Error(), "all.fa: line 3: gene IGHV1-1*01 is of Mus musculus") {
		t.Errorf("two species: error %v", err)
	}
	set, err := LoadFASTA(fsys, []string{"all.fa"}, About{Species: "Mus musculus"})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Genes) != 1 || string(set.Genes[0].Sequence) != "ACGTT" {
		t.Errorf("genes %+v", set.Genes)
	}
	if _, err := LoadFASTA(fsys, []string{"all.fa"}, About{Species: "Felis catus"}); err == nil {
		t.Error("a species without gene: no error")
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, text, want string }{
		{"letter", "a.fa", ">IGHV1*01\nACGT\n>IGHV2*01\nACZT\n", `a.fa: line 3: gene IGHV2*01: letter 'Z' at position 3`},
		{"name", "a.fa", ">gene one\nACGT\n", `a.fa: line 1: gene "gene"`},
		{"no name", "a.fa", ">\nACGT\n", "a.fa: line 1: no gene name"},
		{"empty record", "a.fa", ">IGHV1*01\n>IGHV2*01\nA\n", "a.fa: line 1: gene IGHV1*01: empty sequence"},
		{"empty file", "a.fa", " \n", "a.fa: empty file"},
		{"neither", "a.txt", "hello", "neither FASTA"},
		{"json of another kind", "a.json", `{"x":1}`, "neither a Vidjil preset"},
		{"json syntax", "a.g", "{\n\"systems\": {,}\n}", "a.g: line 2"},
		{"json type", "a.g", "{\n\"systems\": {},\n\"species\": 3}", "a.g: line 3"},
		{"no systems", "a.g", `{"systems": {}}`, "a.g: no systems"},
		{"missing file", "a.g", `{"systems": {"IGH": {"recombinations": [{"5": ["IGHV.fa"]}]}}}`, "a.g: system IGH: read germline file: open IGHV.fa"},
		{"no label", "a.json", `{"allele_descriptions": [{"sequence": "ACGT"}]}`, "allele 1: no label"},
		{"AIRR letter", "a.json", `{"allele_descriptions": [{"label": "IGHV1*01", "sequence": "ACET"}]}`, "gene IGHV1*01: letter 'E'"},
		{"AIRR type", "a.json", `{"allele_descriptions": [{"label": "IGHV1*01", "sequence_type": "Q", "sequence": "A"}]}`, "segment \"Q\""},
		{"no alleles", "a.json", `{"GermlineSet": [{"germline_set_name": "x", "allele_descriptions": []}]}`, `germline set "x" has no allele_descriptions`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), tt.file)
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("no file: no error")
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no set.json") {
		t.Errorf("empty folder: %v", err)
	}
}

// airrJSON writes genes as an AIRR Germline Set of one locus, with ten letters
// around each.
func airrJSON(t *testing.T, set *Set, locus string, cdr3End int) []byte {
	t.Helper()
	var alleles []map[string]any
	for i := range set.Genes {
		g := &set.Genes[i]
		if g.Locus != locus || g.Segment == C || g.Segment == KDE || g.Segment == Intron {
			continue
		}
		a := map[string]any{
			"label": g.Name, "locus": g.Locus, "sequence_type": g.Segment.String(), "functional": g.Functionality == "F",
			"sequence": "ACGTACGTAC" + string(g.Sequence) + "CACAGTGCAC", "coding_sequence": string(g.Gapped()),
		}
		if g.Segment == J && g.Anchor >= 0 {
			a["j_cdr3_end"] = g.Anchor + cdr3End
		}
		alleles = append(alleles, a)
	}
	b, err := json.Marshal(map[string]any{"GermlineSet": []any{map[string]any{
		"germline_set_name": "AIRR-C " + locus, "germline_set_ref": "OGRDB:" + locus + ":9", "release_version": 9,
		"species": map[string]any{"id": "NCBITAXON:9606", "label": "Homo sapiens"}, "allele_descriptions": alleles,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoadAIRR(t *testing.T) {
	t.Parallel()
	want := mustHuman(t)
	dir := t.TempDir()
	// j_cdr3_end by the schema, and as the last letter of CDR3.
	for locus, end := range map[string]int{"IGH": 1, "IGK": 0} {
		if err := os.WriteFile(filepath.Join(dir, locus+".json"), airrJSON(t, want, locus, end), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Reference != "OGRDB:IGH:9; OGRDB:IGK:9" || got.Version != "9" || got.TaxonID != 9606 || got.Species != "Homo sapiens" {
		t.Errorf("reference %q, version %q, species %q %d", got.Reference, got.Version, got.Species, got.TaxonID)
	}
	n := 0
	for i := range got.Genes {
		g := &got.Genes[i]
		w := want.Genes[want.Gene(g.Name)]
		n++
		if !bytes.Equal(g.Sequence, w.Sequence) || !slices.Equal(g.Gaps, w.Gaps) || g.Segment != w.Segment {
			t.Errorf("%s differs from the embedded gene", g.Name)
		}
		if w.Functionality == "F" && g.Anchor != w.Anchor {
			t.Errorf("%s: anchor %d, want %d", g.Name, g.Anchor, w.Anchor)
		}
		if string(g.Up) != "ACGTACGTAC" || string(g.Down) != "CACAGTGCAC" {
			t.Errorf("%s: up %s, down %s", g.Name, g.Up, g.Down)
		}
	}
	if n != 44+13+367+9+108 {
		t.Errorf("%d genes", n)
	}
	var codes []string
	for _, s := range got.Systems {
		codes = append(codes, s.Code)
	}
	if strings.Join(codes, " ") != "IGH IGH+ IGK" {
		t.Errorf("systems %v", codes)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		locus string
		seg   Segment
	}{
		{"IGHV1-18*01", "IGH", V},
		{"IGHD3-10*01", "IGH", D},
		{"IGHD1/OR15-1a*01", "IGH", D},
		{"IGHJ4*02", "IGH", J},
		{"IGHD", "IGH", C},
		{"IGHD*02", "IGH", C},
		{"IGHM*01", "IGH", C},
		{"IGHG2*01", "IGH", C},
		{"IGHEP1*01", "IGH", C},
		{"IGKC*01", "IGK", C},
		{"TRAV14/DV4*01", "TRA", V},
		{"TRDD3*01", "TRD", D},
		{"TRDC", "TRD", C},
		{"trbj2-2p*01", "TRB", J},
		{"KDE", "IGK", KDE},
		{"IGK-INTRON", "IGK", Intron},
		{"IGHV-2DBF*00", "IGH", V},
	}
	for _, tt := range tests {
		locus, seg, ok := classify(tt.name)
		if !ok || locus != tt.locus || seg != tt.seg {
			t.Errorf("%s: %s %s %t, want %s %s", tt.name, locus, seg, ok, tt.locus, tt.seg)
		}
	}
	for _, name := range []string{"", "IGH", "TRXV1*01", "IGHX", "TRD", "TRDD", "IGKM"} {
		if locus, seg, ok := classify(name); ok {
			t.Errorf("%q: %s %s, want none", name, locus, seg)
		}
	}
	set := mustHuman(t)
	for i := range set.Genes {
		g := &set.Genes[i]
		if locus, seg, ok := classify(g.Name); !ok || seg != g.Segment || locus != g.Locus {
			t.Errorf("%s: %s %s, want %s %s", g.Name, locus, seg, g.Locus, g.Segment)
		}
	}
}
