package service_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/internal/transfer"
)

// migrated is an archive of the original's migrator of 2024: a patient with two
// results of a sample, one of which cannot be read, and an annotation.
func migrated(t *testing.T) fstest.MapFS {
	t.Helper()
	var result bytes.Buffer
	file := resulttest.File(resulttest.Many(1, 4, 100)...)
	file.Samples.OriginalNames = []string{"/mnt/upload/Ziller.fastq"}
	if err := file.Write(&result); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	put := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	put("export.json", `{
		"patient": {"4": {"first_name": "Anna", "last_name": "Ziller", "birth": "1980-02-29", "info": "#relapse", "id_label": "H1", "creator": 1, "sample_set_id": 40}},
		"run": {}, "generic": {},
		"sequence_file": {"100": {"sampling_date": "2018-05-01", "info": "", "filename": "Ziller.fastq", "size_file": 1234, "provider": 1, "data_file": "sequence_file.data_file.aa.gz", "data_file2": null}},
		"membership": {"1": {"sample_set_id": 40, "sequence_file_id": 100}},
		"results_file": {
			"200": {"sequence_file_id": 100, "config_id": 2, "run_date": "2018-05-05 13:20:00", "data_file": "results_file.data_file.aa.vidjil"},
			"201": {"sequence_file_id": 100, "config_id": 2, "run_date": "2019-05-05 13:20:00", "data_file": "results_file.data_file.bad.vidjil"}},
		"analysis_file": {"300": {"sample_set_id": 40, "analyze_date": "2018-06-01 00:00:00", "analysis_file": "analysis_file.analysis_file.dd.analysis"}},
		"fused_file": {}}`)
	put("config.json", `{"2": {"description": {"name": "multi+inc", "program": "vidjil", "command": "-c clones"}, "link_local": 2}}`)
	put("pprocess.json", `{}`)
	put("files/results_file.data_file.aa.vidjil", result.String())
	put("files/results_file.data_file.bad.vidjil", "no JSON")
	put("files/analysis_file.analysis_file.dd.analysis", `{"producer": "browser", "vidjil_json_version": "2016b", "samples": {"number": 1, "original_names": ["Ziller.fastq"], "names": ["day 0"]},
		"clones": [{"id": "`+resulttest.Window(1)+`", "name": "the leukaemic one", "tag": "0", "sequence": "0"}], "clusters": []}`)
	return files
}

// TestTransferOriginal takes in what the original's migrator wrote, as a folder
// and as a ZIP file of it.
func TestTransferOriginal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		files := migrated(t)
		group, eve := w.staff("haematology", "eve")
		a, err := transfer.OpenOriginal(files)
		w.want("open", err, "")
		report, err := w.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID, DryRun: true})
		w.want("dry run", err, "")
		if report.Results != 1 || report.Map.Configs[0].How != lab.MatchNew || !strings.Contains(strings.Join(report.Notes, "\n"), "results_file 201 cannot be read") {
			t.Errorf("dry run: %+v", report)
		}
		var packed bytes.Buffer
		z := zip.NewWriter(&packed)
		w.want("pack", z.AddFS(files), "")
		w.want("pack", z.Close(), "")
		if a, err = transfer.Open(bytes.NewReader(packed.Bytes()), int64(packed.Len())); err != nil {
			t.Fatal(err)
		}
		report, err = w.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID, Map: &report.Map})
		w.want("import", err, "")
		if len(report.Made) != 1 || report.Results != 1 {
			t.Fatalf("report: %+v", report)
		}
		id := report.Made[0].Here
		set, err := w.SetByID(ctx, eve, id)
		w.want("set", err, "")
		list, err := w.Samples(ctx, eve, id, service.Page{Limit: 10})
		w.want("samples", err, "")
		if set.LastName.String() != "Ziller" || len(list.Items) != 1 || list.Items[0].Name.String() != "Ziller.fastq" || list.Items[0].Files[0].State != lab.FileRemoved {
			t.Errorf("set %+v, samples %+v", set, list.Items)
		}
		note, err := w.Annotation(ctx, eve, id, 0)
		w.want("annotation", err, "")
		if c := note.Content; len(c.Clonotypes) != 1 || c.Clonotypes[0].Name != "the leukaemic one" || c.Samples[0].SampleID != list.Items[0].ID || note.CreatedAt.Year() != 2018 {
			t.Errorf("annotation: %+v", note)
		}
		results, err := w.Results(ctx, eve, list.Items[0].ID)
		w.want("results", err, "")
		if len(results) != 1 || results[0].Clonotypes != 4 || results[0].CreatedAt.Year() != 2018 {
			t.Fatalf("results: %+v", results)
		}
		// No table tells the name of a file.
		if table := w.blob(results[0].Digest); strings.Contains(table, "Ziller") {
			t.Error("the table of clonotypes tells the name of the file")
		}
		again, err := w.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID})
		w.want("twice", err, lab.Conflict)
		if len(again.Known) != 1 || !again.Known[0].Same {
			t.Errorf("twice: %+v", again)
		}
	})
}
