package airr

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:fix inline

func testRepertoires() *Repertoires {
	return &Repertoires{
		Info: Info{Title: "a patient"},
		Repertoire: []Repertoire{{
			RepertoireID: new("r1"),
			Study:        Study{StudyID: new("study"), KeywordsStudy: []string{"contains_ig", "contains_tr", "contains_schema_clone"}},
			Subject: Subject{
				SubjectID: new("patient 1"), Species: *Term("NCBITAXON:9606", "Homo sapiens"), AgeMin: new(41.5), AgeMax: new(41.5),
				AgeUnit: Term("UO:0000036", "year"), Diagnosis: []Diagnosis{{DiseaseDiagnosis: Term("DOID:9952", "acute lymphoblastic leukemia")}},
			},
			Sample: []Sample{{
				SampleID: new("day 0"), Tissue: Term("UBERON:0002371", "bone marrow"),
				CollectionTimePointRelative: Quantity{Value: new(14.0), Unit: &Ontology{Label: new("day")}},
				TemplateClass:               "DNA", LibraryGenerationMethod: "PCR", CompleteSequences: "partial", PhysicalLinkage: "none",
				TemplateAmount: Quantity{Value: new(0.5), Unit: &Ontology{Label: new("microgram")}},
				PCRTarget:      []PCRTarget{{Locus: new("IGH")}}, TotalReadsPassingQCFilter: new(12345),
				SequencingFiles: SequencingFiles{FileType: new("fastq"), Filename: new("a.fastq.gz"), ReadDirection: new("forward")},
			}},
			DataProcessing: []DataProcessing{{
				DataProcessingID: new("p1"), PrimaryAnnotation: true, SoftwareVersions: new("vidjil 1"), GermlineDatabase: new("human 2026-11"),
				DataProcessingFiles: []string{"a.airr.tsv"},
			}},
		}},
	}
}

func TestRepertoiresRoundTrip(t *testing.T) {
	t.Parallel()
	for _, schema := range []Schema{Schema13, Schema16} {
		t.Run(string(schema), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			want := testRepertoires()
			if err := want.Write(&out, schema); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			got, err := ReadRepertoires(&out)
			if err != nil {
				t.Fatal(err)
			}
			want.Info.Version = string(schema)
			if schema == Schema13 { // it has no such keyword
				want.Repertoire[0].Study.KeywordsStudy = want.Repertoire[0].Study.KeywordsStudy[:2]
			}
			want.Repertoire[0].Sample[0].PCRTarget = []PCRTarget{{Locus: new("IGH")}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
			for _, f := range map[Schema][]string{
				Schema13: {`"contains_tcr"`, `"collection_time_point_relative": "14 day"`, `"template_amount": "0.5 microgram"`, `"grants": null`},
				Schema16: {`"contains_tr"`, `"collection_time_point_relative": 14`, `"template_amount": 0.5`, `"collection_time_point_relative_unit": {`},
			}[schema] {
				if !strings.Contains(text, f) {
					t.Errorf("no %s in\n%s", f, text)
				}
			}
		})
	}
}

func TestRepertoiresErrors(t *testing.T) {
	t.Parallel()
	if err := testRepertoires().Write(&bytes.Buffer{}, "0.9"); err == nil {
		t.Error("schema 0.9: no error")
	}
	for _, text := range []string{``, `{"Repertoire": 3}`, `{"Repertoire":[{"sample":[{"template_amount":[1]}]}]}`} {
		if _, err := ReadRepertoires(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	got, err := ReadRepertoires(strings.NewReader(`{"Repertoire":[{"sample":[{"template_amount":"a lot"}]}]}`))
	if err != nil || got.Repertoire[0].Sample[0].TemplateAmount.Text != "a lot" {
		t.Errorf("text that is no number: %+v, %v", got, err)
	}
}

// Debian's validator knows schema 1.3.
func TestAIRRToolsRepertoire(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("airr-tools")
	if err != nil {
		t.Skip("airr-tools (package python3-airr) is not installed")
	}
	var out bytes.Buffer
	if err := testRepertoires().Write(&out, Schema13); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "repertoires.json")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), tool, "validate", "repertoire", "-a", path).CombinedOutput(); err != nil {
		t.Errorf("airr-tools: %v\n%s", err, out)
	}
}
