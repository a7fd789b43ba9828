package service_test

import (
	"context"
	"slices"
	"testing"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

func TestTagsFollowTheText(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g, other := w.group("g", lab.Group{}, daily()...), w.group("other", lab.Group{}, daily()...)
		ann, eve := w.person("ann", g), w.person("eve", other)
		p := w.set(ann, service.SetInput{Kind: lab.PlainSet, Name: "p", Info: "a #Überprüft #relapse"})
		sample := w.sample(ann, "s.fastq", p.ID)
		find := func(q string) bool { return len(w.found(ann, service.SetFilter{}, service.Page{Q: q})) == 1 }
		if !find("#uberpruft") || !find("#RELAPSE") || find("#relaps") || find("#marrow") {
			t.Error("tags are found whatever their case and accents, and whole only")
		}
		info := "#marrow"
		if _, err := w.UpdateSample(t.Context(), ann, sample.ID, service.SampleChange{Info: &info}); err != nil {
			t.Fatal(err)
		}
		if !find("#marrow") {
			t.Error("a set is not found by the tag of its sample")
		}
		if _, err := w.UpdateSet(t.Context(), ann, p.ID, service.SetChange{Info: &info}); err != nil {
			t.Fatal(err)
		}
		if find("#relapse") || !find("#marrow") {
			t.Error("the tags of the info that was replaced are still there")
		}
		if err := w.TrashSample(t.Context(), ann, sample.ID); err != nil {
			t.Fatal(err)
		}
		if !find("#marrow") {
			t.Error("the set's own tag went with the sample's")
		}
		empty := ""
		if _, err := w.UpdateSet(t.Context(), ann, p.ID, service.SetChange{Info: &empty}); err != nil {
			t.Fatal(err)
		}
		if find("#marrow") {
			t.Error("a set is found by the tag of a sample in the trash")
		}
		w.write(func(ctx context.Context, tx *store.Tx) error { return service.AddDefaultTags(ctx, tx, w.public.ID) })
		names := func(who *service.Actor, prefix string) (list []string) {
			tags, err := w.Tags(t.Context(), who, prefix, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, tag := range tags {
				list = append(list, tag.Name)
			}
			return list
		}
		for _, tt := range []struct {
			who    *service.Actor
			prefix string
			want   []string
		}{
			{ann, "u", []string{"Überprüft"}},
			{eve, "u", nil}, // another group's
			{eve, "pre-b", []string{"pre-B-ALL", "pre-BMT"}},
			{w.admin("root"), "ü", []string{"Überprüft"}},
		} {
			if got := names(tt.who, tt.prefix); !slices.Equal(got, tt.want) {
				t.Errorf("tags that begin with %q: got %v, want %v", tt.prefix, got, tt.want)
			}
		}
	})
}
