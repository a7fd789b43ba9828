package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

func TestAnnotationVersions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx, set := t.Context(), v.patient.ID
		bob := w.person("bob", v.group)
		empty, err := w.Annotation(ctx, v.ann, set, service.AnyVersion)
		if err != nil || empty.Version != 0 || !empty.MaySave {
			t.Fatalf("before the first: got version %d, may save %t (%v)", empty.Version, empty.MaySave, err)
		}
		save := func(who *service.Actor, based int, name string) (service.AnnotationView, error) {
			return w.SaveAnnotation(ctx, who, set, service.AnnotationSave{Based: based, Body: lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{ID: v.shared, Name: name}}}})
		}
		first, err := save(v.ann, 0, "one")
		if err != nil || first.Version != 1 || first.Author != "ann" {
			t.Fatalf("first: got version %d by %q (%v)", first.Version, first.Author, err)
		}
		_, err = save(bob, 0, "lost")
		w.want("based on what was", err, lab.Stale)
		if err != nil && (!strings.Contains(err.Error(), "ann saved version 1") || !strings.Contains(err.Error(), "UTC")) {
			t.Errorf("the refusal does not tell who and when: %v", err)
		}
		_, err = save(bob, 7, "lost")
		w.want("based on what never was", err, lab.Stale)
		if _, err = save(bob, 1, "two"); err != nil {
			t.Fatal(err)
		}
		restored, err := w.RestoreAnnotation(ctx, v.ann, set, 1, 2)
		if err != nil || restored.Version != 3 || restored.Content.Clonotypes[0].Name != "one" || restored.Note != "restored from version 1" {
			t.Errorf("restored: got version %d %+v (%v)", restored.Version, restored.Content, err)
		}
		_, err = w.RestoreAnnotation(ctx, v.ann, set, 9, 3)
		w.want("restore what is not there", err, lab.NotFound)
		list, err := w.AnnotationVersions(ctx, v.ann, set, 0, 2)
		if err != nil || len(list) != 2 || list[0].Version != 3 || list[1].Author != "bob" || list[1].Body != "" {
			t.Errorf("versions: got %+v (%v)", list, err)
		}
		if list, err = w.AnnotationVersions(ctx, v.ann, set, 2, 2); err != nil || len(list) != 1 || list[0].Version != 1 {
			t.Errorf("the next page: got %+v (%v)", list, err)
		}
		diff, err := w.DiffAnnotations(ctx, v.ann, set, 1, 2)
		want := []lab.Difference{{Part: "clonotype", ID: v.shared, Field: "name", Before: `"one"`, After: `"two"`}}
		if err != nil || cmp.Diff(want, diff) != "" {
			t.Errorf("difference: got %v (%v)", diff, err)
		}
		if diff, err = w.DiffAnnotations(ctx, v.ann, set, 0, service.AnyVersion); err != nil || len(diff) != 1 {
			t.Errorf("from nothing to the newest: got %v (%v)", diff, err)
		}
		if old, err := w.Annotation(ctx, bob, set, 2); err != nil || old.Content.Clonotypes[0].Name != "two" {
			t.Errorf("version 2: got %+v (%v)", old.Content, err)
		}
		_, err = w.Annotation(ctx, bob, set, 9)
		w.want("a version that is not there", err, lab.NotFound)
	})
}

// TestAnnotationsAreNotOverwritten: of many who save at the same time on the same
// version one wins, and the others are told.
func TestAnnotationsAreNotOverwritten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		const people = 8
		errs := make([]error, people)
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() {
				_, errs[i] = w.SaveAnnotation(t.Context(), v.ann, v.patient.ID, service.AnnotationSave{})
			})
		}
		wg.Wait()
		saved := 0
		for _, err := range errs {
			if err == nil {
				saved++
			} else if lab.CodeOf(err) != lab.Stale {
				t.Errorf("got %v, want stale", err)
			}
		}
		if saved != 1 {
			t.Errorf("%d saved on one version, want 1", saved)
		}
	})
}

func TestAnnotationRights(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx, set := t.Context(), v.patient.ID
		readers := w.group("readers", lab.Group{}, setGrants(access.Read)...)
		savers := w.group("savers", lab.Group{}, setGrants(access.Read, access.Save)...)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			for _, g := range []lab.Group{readers, savers} {
				if _, err := tx.ShareSet(ctx, set, g.ID); err != nil {
					return err
				}
			}
			return nil
		})
		for _, tt := range []struct {
			who        *service.Actor
			read, save lab.Code
		}{
			{w.person("eve", w.group("others", lab.Group{}, daily(access.Save)...)), lab.NotFound, lab.NotFound},
			{w.person("bob", readers), "", lab.Forbidden},
			{w.person("cid", savers), "", ""},
			{&service.Actor{}, lab.Unauthenticated, lab.Unauthenticated},
		} {
			name := tt.who.User.Name + ": "
			v, err := w.Annotation(ctx, tt.who, set, service.AnyVersion)
			w.want(name+"read", err, tt.read)
			if err == nil && v.MaySave != (tt.save == "") {
				t.Errorf("%smay save: got %t", name, v.MaySave)
			}
			_, err = w.AnnotationVersions(ctx, tt.who, set, 0, 10)
			w.want(name+"versions", err, tt.read)
			_, err = w.DiffAnnotations(ctx, tt.who, set, 0, service.AnyVersion)
			w.want(name+"difference", err, tt.read)
			_, err = w.ExportAnnotation(ctx, tt.who, set, service.AnyVersion)
			w.want(name+"export", err, tt.read)
			_, err = w.SaveAnnotation(ctx, tt.who, set, service.AnnotationSave{})
			w.want(name+"save", err, tt.save)
			_, err = w.ImportAnnotation(ctx, tt.who, set, 1, []byte(`{}`))
			w.want(name+"import", err, tt.save)
			_, err = w.RestoreAnnotation(ctx, tt.who, set, 1, 2)
			w.want(name+"restore", err, tt.save)
		}
		w.want("trash the set", w.TrashSet(ctx, v.ann, set), "")
		_, err := w.SaveAnnotation(ctx, v.ann, set, service.AnnotationSave{Based: 3})
		w.want("save in the trash", err, lab.Conflict)
	})
}

// TestAnnotationHidesNames: who may not know the patient reads no name in what
// others noted, and does not write what stands for it over the name.
func TestAnnotationHidesNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx, set := t.Context(), v.patient.ID
		group := w.group("technicians", lab.Group{}, setGrants(access.Read, access.Save)...)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareSet(ctx, set, group.ID)
			return err
		})
		tech := w.person("tech", group)
		body := lab.AnnotationBody{
			Clonotypes: []lab.ClonotypeNote{{ID: v.shared, Name: "of Zyxwarren", Notes: "Quentinia's main clonotype"}, {ID: v.small, Notes: "nothing"}},
			Samples:    []lab.SampleNote{{SampleID: v.samples[0], Name: "Ypsilonfile_D0"}, {OriginalName: "Zyxwarren_D99.fastq"}},
			Reports:    map[string]json.RawMessage{"report Zyxwarren": json.RawMessage(`{"title":"Quentinia ZYXWARREN","n":[1,"x"]}`)},
		}
		if _, err := w.SaveAnnotation(ctx, v.ann, set, service.AnnotationSave{Body: body, Note: "for Zyxwarren"}); err != nil {
			t.Fatal(err)
		}
		seen, err := w.Annotation(ctx, tech, set, service.AnyVersion)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := lab.EncodeAnnotation(&seen.Content)
		for _, secret := range []string{"zyxwarren", "quentinia", "ypsilonfile"} {
			if strings.Contains(strings.ToLower(text+seen.Note), secret) {
				t.Errorf("%q is shown: %s", secret, text)
			}
		}
		seen.Content.Clonotypes[1].Notes = "something"
		if _, err := w.SaveAnnotation(ctx, tech, set, service.AnnotationSave{Based: 1, Body: seen.Content}); err != nil {
			t.Fatal(err)
		}
		diff, err := w.DiffAnnotations(ctx, v.ann, set, 1, 2)
		want := []lab.Difference{{Part: "clonotype", ID: v.small, Field: "notes", Before: `"nothing"`, After: `"something"`}}
		if err != nil || cmp.Diff(want, diff) != "" {
			t.Errorf("saved by somebody who sees no names: got %v (%v), want the one change", diff, err)
		}
		// The same through a file.
		file := v.text(w.ExportAnnotation(ctx, tech, set, service.AnyVersion))
		if strings.Contains(strings.ToLower(file), "zyxwarren") || !strings.Contains(file, "Sample ") {
			t.Errorf("the file of somebody who sees no names: %s", file)
		}
		if _, err := w.ImportAnnotation(ctx, tech, set, 2, []byte(file)); err != nil {
			t.Fatal(err)
		}
		after, err := w.Annotation(ctx, v.ann, set, service.AnyVersion)
		if err != nil || after.Content.Clonotypes[0].Name != "of Zyxwarren" || after.Content.Reports["report Zyxwarren"] == nil {
			t.Errorf("after the file came back: %+v (%v)", after.Content, err)
		}
	})
}

// TestAnalysisFiles takes files of the original through the server: nothing of
// them is lost.
func TestAnalysisFiles(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{"small": []byte(`{
		"producer": "browser", "timestamp": "2019-01-02 03:04:05", "vidjil_json_version": "2016b",
		"samples": {"original_names": ["Ypsilonfile_D0.fastq.gz", "gone.fastq", "Ypsilonfile_D30.fastq.gz"], "number": 3, "names": ["diagnosis", "", "follow-up"],
			"info": ["a", "b", "c"], "order": [2, 0], "stock_order": [2, 0, 1], "mystery": [1, 2, 3]},
		"clones": [{"id": "ACGTACGT", "name": "main", "tag": 1, "expected": 0.1, "sequence": "ACGTACGTAA", "segEdited": true, "seg": {"5": {"name": "IGHV1", "start": 3, "stop": 9}, "junction": {"start": 2, "stop": 8, "productive": true}}},
			{"id": "TTTT", "tag": "3", "mystery": {"x": [null, 1.50]}}],
		"clusters": [["ACGTACGT", "TTTT"]], "tags": {"names": {"1": "dominant", "3": "third"}, "hide": [3]},
		"data": {"qPCR": [0.1, null, 0.3]}, "normalization": {"type": "expected", "id": "ACGTACGT"}, "report_save": {"full": {"blocks": [{"blockType": "file_info"}]}}, "mystery": {"a": 1}
	}`)}
	const tutorial = "../../../shared/data/vidjil-files/demo_lil_l3_tutorial.analysis"
	if data, err := os.ReadFile(tutorial); err == nil {
		files["tutorial"] = data
	} else {
		t.Logf("without %s: %v", tutorial, err)
	}
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx, set := t.Context(), v.patient.ID
		version := 0
		for name, data := range files {
			got, err := w.ImportAnnotation(ctx, v.ann, set, version, data)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			version = got.Version
			out := v.text(w.ExportAnnotation(ctx, v.ann, set, service.AnyVersion))
			if name == "small" {
				if s := got.Content.Samples; len(s) != 3 || s[0].SampleID != v.samples[0] || s[1].OriginalName != "gone.fastq" || s[2].SampleID != v.samples[1] {
					t.Errorf("samples: got %+v", s)
				}
				if c := got.Content.Clonotypes; len(c) != 2 || c[0].Tag != "1" || *c[0].Expected != 0.1 || c[0].Other["seg"] == nil || c[1].Other["mystery"] == nil {
					t.Errorf("clonotypes: got %+v", c)
				}
				if b := got.Content; len(b.Data) != 1 || *b.Data[0].Values[2] != 0.3 || b.Reports["full"] == nil || b.Normalization == nil || !b.Tags[1].Hidden {
					t.Errorf("got %+v", b)
				}
			}
			want, have := analysisMembers(t, data), analysisMembers(t, []byte(out))
			// The samples of the set that the file does not know come last.
			for _, m := range []map[string]any{want, have} {
				delete(m, "producer")
				delete(m, "timestamp")
				if name != "small" {
					delete(m, "samples")
				}
			}
			if d := cmp.Diff(want, have); d != "" {
				t.Errorf("%s: want -, got +:\n%s", name, d)
			}
		}
		for what, bad := range map[string]string{"no JSON": `{"clones": [`, "an array": `[]`, "a clonotype of the wrong form": `{"clones": [{"id": {}}]}`} {
			_, err := w.ImportAnnotation(ctx, v.ann, set, version, []byte(bad))
			w.want(what, err, lab.Invalid)
		}
		_, err := w.ImportAnnotation(ctx, v.ann, set, version, make([]byte, lab.MaxAnnotation+1))
		w.want("too large", err, lab.TooLarge)
	})
}

// analysisMembers is a .analysis file in normal form.
func analysisMembers(t *testing.T, data []byte) map[string]any {
	t.Helper()
	a, err := vidjilfile.ReadAnalysis(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := a.Write(&b); err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	return m
}
