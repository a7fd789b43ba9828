package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// team makes a group with rights, as "set:read".
func (w *site) team(g lab.Group, rights ...string) lab.Group {
	w.t.Helper()
	if g.Kind == "" {
		g.Kind = lab.GroupOrdinary
	}
	err := w.Store.Write(w.t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertGroup(w.t.Context(), &g); err != nil {
			return err
		}
		for _, text := range rights {
			a, err := access.ParseGrant(text)
			if err != nil {
				return err
			}
			if _, err := tx.AddGrant(w.t.Context(), lab.Grant{GroupID: g.ID, Kind: string(a.Kind), Right: string(a.Right)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

// tokenOf makes an account that is a member of groups, and returns an API token
// of it with all scopes.
func (w *site) tokenOf(u lab.User, groups ...lab.Group) string {
	w.t.Helper()
	u.Email, u.State, u.Source = strings.ToLower(u.Name)+"@example.org", lab.UserActive, "local"
	token := "vjt_test_" + u.Name
	err := w.Store.Write(w.t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertUser(w.t.Context(), &u); err != nil {
			return err
		}
		for _, g := range groups {
			if _, err := tx.AddMember(w.t.Context(), g.ID, u.ID); err != nil {
				return err
			}
		}
		return tx.InsertToken(w.t.Context(), &lab.Token{UserID: u.ID, Name: "test", TokenHash: auth.HashToken(token), Scopes: "read write upload admin", ExpiresAt: tx.Now.AddDate(1, 0, 0)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// leakTest asks every GET route that there is, as somebody who may not know who
// patients are, and looks for secrets in all that comes back: bodies, headers and
// errors. ids gives the objects to ask for by the beginning of a route, as
// "/sets/": []int64{12}; a route of other objects is asked for number 1. more are
// further addresses, with their parameters. It returns how many answers were
// looked at, and how many of them were good ones.
func leakTest(t *testing.T, w *site, token string, secrets []string, ids map[string][]int64, more ...string) (answers, good int) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(ask(t, w, token, client.Prefix+"/openapi.json").body, &doc); err != nil {
		t.Fatal(err)
	}
	var list []string
	for path, methods := range doc.Paths {
		if methods["get"] == nil || strings.Contains(path, "/events") { // that one has no end
			continue
		}
		objects := []int64{1}
		for prefix, given := range ids {
			if strings.HasPrefix(path, client.Prefix+prefix) {
				objects = given
			}
		}
		for _, id := range objects {
			parts := strings.Split(path, "/")
			for i, part := range parts {
				if strings.HasPrefix(part, "{") {
					parts[i] = fmt.Sprint(id)
				}
			}
			list = append(list, strings.Join(parts, "/"))
		}
	}
	for _, path := range more {
		list = append(list, client.Prefix+path)
	}
	for _, path := range list {
		got := ask(t, w, token, path)
		answers++
		if got.status == http.StatusOK {
			good++
		}
		if leak := leaked(got.text(), secrets); leak != "" {
			t.Errorf("GET %s tells %q: %s", path, leak, got.text())
		}
	}
	return answers, good
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) text() string {
	var b strings.Builder
	_ = a.header.Write(&b) // a strings.Builder takes all
	return b.String() + string(a.body)
}

// ask sends a GET request.
func ask(t *testing.T, w *site, token, path string) answer {
	t.Helper()
	return send(t, w, token, http.MethodGet, path, "")
}

func send(t *testing.T, w *site, token, method, path, content string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if content != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, text}
}

// leaked is the first of the secrets that a text tells, plainly or in base64 as
// cursors are.
func leaked(text string, secrets []string) string {
	lower := strings.ToLower(text)
	for _, s := range secrets {
		if holds(lower, strings.ToLower(s)) {
			return s
		}
		for _, word := range []string{s, strings.ToLower(s)} {
			for shift := range 3 {
				// The letters at either end depend on their neighbours.
				coded := base64.RawURLEncoding.EncodeToString(append(make([]byte, shift), word...))
				if coded = coded[min(len(coded), 4):max(4, len(coded)-3)]; len(coded) >= 6 && strings.Contains(text, coded) {
					return s
				}
			}
		}
	}
	return ""
}

// holds finds a text in another; a number only by itself, since times and sizes
// hold any digits.
func holds(text, part string) bool {
	if strings.Trim(part, "0123456789") != "" {
		return strings.Contains(text, part)
	}
	return regexp.MustCompile(`(^|[^0-9.])` + part + `([^0-9.]|$)`).MatchString(text)
}

func TestLeakedCatches(t *testing.T) {
	t.Parallel()
	secret := "Zyxwarrenson"
	for _, prefix := range []string{"", "a", "ab", `{"k":"`} {
		coded := base64.RawURLEncoding.EncodeToString([]byte(prefix + strings.ToLower(secret) + `"}`))
		if leaked("next: "+coded, []string{secret}) == "" {
			t.Errorf("a name in base64 behind %q is not seen", prefix)
		}
	}
	if leaked("zyxwarrenSON, M.", []string{secret}) == "" {
		t.Error("a plain name is not seen")
	}
	if got := leaked("Patient 12", []string{secret}); got != "" {
		t.Errorf("%q is seen where it is not", got)
	}
}

// TestIdentitiesNeverLeave enters a patient whose every word is unmistakable,
// and asks the whole API as two who may not know it: a technician with all other
// rights, and an administrator.
func TestIdentitiesNeverLeave(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		var logged bytes.Buffer
		w := newSite(t, url, siteConfig{Log: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		secrets := []string{"Zyxwarren", "Quentinia", "1931-07-13", "1931", "HX-99817", "99817", "Ypsilonfile"}
		hospital := w.team(lab.Group{Name: "hospital"})
		doctors := w.team(lab.Group{Name: "doctors", ParentID: hospital.ID}, "set:create", "set:read", "set:edit", "set:upload", "set:share", "set:anon")
		technicians := w.team(lab.Group{Name: "technicians", ParentID: hospital.ID}, "set:create", "set:read", "set:edit", "set:upload", "set:run", "set:save", "set:share")
		w.team(lab.Group{Name: "public", Kind: lab.GroupPublic}, "set:read")
		doctor := w.script(w.tokenOf(lab.User{Name: "Doctor"}, doctors))
		ids := secretWorld(t.Context(), t, doctor, hospital.ID)
		for name, token := range map[string]string{"technician": w.tokenOf(lab.User{Name: "Technician"}, technicians), "administrator": w.tokenOf(lab.User{Name: "Root", Admin: true})} {
			answers, good := leakTest(t, w, token, secrets, ids,
				"/sets?sort=name&limit=1", "/sets?sort=-birth&kind=patient&limit=1", "/sets?q=zebra", "/sets?sort=changed&limit=1", "/sets?limit=1",
				fmt.Sprintf("/sets/%d/samples?sort=name&limit=1", ids["/sets/"][0]), "/tags?prefix=z", "/tags?prefix=q", "/sets?sort=last_name", "/sets?cursor=x")
			if good < 15 {
				t.Errorf("to the %s %d of %d answers were good: too few to tell anything", name, good, answers)
			}
			for _, q := range []string{"zyxwarren", "quentinia", "1931-07-13", "HX-99817", "ypsilonfile", "%23Zyxwarren", "%22zyxwarren+quentinia%22"} {
				for _, path := range []string{"/sets?q=" + q, fmt.Sprintf("/sets/%d/samples?q=%s", ids["/sets/"][0], q)} {
					got := ask(t, w, token, client.Prefix+path)
					if !bytes.Contains(got.body, []byte(`"items":[]`)) {
						t.Errorf("the %s finds something by %s: %s", name, path, got.body)
					}
				}
			}
			refusals(t, w, token, secrets, ids)
		}
		if leak := leaked(logged.String(), secrets); leak != "" {
			t.Errorf("the log tells %q", leak)
		}
		if !strings.Contains(logged.String(), "path=/api/v1/sets") {
			t.Error("the log tells nothing at all: it is looked for in the wrong place")
		}
	})
}

// refusals sends requests that fail, each in a way that may tempt a message to
// name names.
func refusals(t *testing.T, w *site, token string, secrets []string, ids map[string][]int64) {
	t.Helper()
	set, sample := ids["/sets/"][0], ids["/samples/"][0]
	for _, r := range []struct{ method, path, content string }{
		{http.MethodPatch, fmt.Sprintf("/sets/%d", set), `{"last_name":"x"}`},
		{http.MethodPatch, fmt.Sprintf("/sets/%d", set), `{"info":"x"}`},
		{http.MethodPatch, fmt.Sprintf("/samples/%d", sample), `{"name":"x"}`},
		{http.MethodPatch, fmt.Sprintf("/samples/%d", sample), `{"info":"x","sampling_date":"2026"}`},
		{http.MethodPost, fmt.Sprintf("/samples/%d/reads", sample), `{"files":[]}`},
		{http.MethodPost, fmt.Sprintf("/sets/%d/restore", set), ""},
		{http.MethodDelete, fmt.Sprintf("/sets/%d/samples/%d", set, ids["/samples/"][1]), ""},
		{http.MethodPost, "/samples", fmt.Sprintf(`{"rows":[{"sets":[%d],"files":[{"name":"a.fastq"},{"name":"a.fastq"}]}]}`, set)},
	} {
		got := send(t, w, token, r.method, client.Prefix+r.path, r.content)
		if got.status < 400 {
			t.Errorf("%s %s %s: got %d, want a refusal", r.method, r.path, r.content, got.status)
		}
		if leak := leaked(got.text(), secrets); leak != "" {
			t.Errorf("%s %s tells %q: %s", r.method, r.path, leak, got.text())
		}
	}
	// A change that succeeds answers with the set, and tells no more of it.
	got := send(t, w, token, http.MethodPatch, fmt.Sprintf("%s/sets/%d", client.Prefix, ids["/sets/"][1]), `{"info":"all well"}`)
	if leak := leaked(got.text(), secrets); leak != "" {
		t.Errorf("PATCH tells %q: %s", leak, got.text())
	}
}

// secretWorld enters two patients and a run, and returns what leakTest asks for.
func secretWorld(ctx context.Context, t *testing.T, doctor *client.Client, group int64) map[string][]int64 {
	t.Helper()
	sets, err := doctor.CreateSets(ctx,
		client.NewSet{Kind: "patient", GroupID: group, FirstName: "Quentinia", LastName: "Zyxwarren", Birth: "1931-07-13", Label: "HX-99817", Info: "zebra: Zyxwarren, born 13.07.1931 #Zyxwarren #zebra"},
		client.NewSet{Kind: "patient", GroupID: group, FirstName: "Quentinia", LastName: "Zyxwarren", Birth: "1931-07-13", Label: "HX-99817"},
		client.NewSet{Kind: "run", GroupID: group, Name: "run 1"},
		client.NewSet{Kind: "patient", GroupID: group, LastName: "Zyxwarren", Info: "in the trash"},
	)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string][]int64{}
	for _, s := range sets {
		ids["/sets/"] = append(ids["/sets/"], s.ID)
	}
	samples, err := doctor.CreateSamples(ctx,
		client.NewSample{Sets: []int64{sets[0].ID, sets[2].ID}, Info: "Quentinia's marrow #Quentinia", Files: []client.NewFile{{Name: "Ypsilonfile_R1.fastq.gz", Role: "R1"}, {Name: "Ypsilonfile_R2.fastq.gz", Role: "R2"}}},
		client.NewSample{Sets: []int64{sets[0].ID}, Name: "Ypsilonfile", Info: "see Ypsilonfile"},
		client.NewSample{Sets: []int64{sets[0].ID}, Name: "Ypsilonfile 3"},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples {
		ids["/samples/"] = append(ids["/samples/"], s.ID)
	}
	if err := doctor.TrashSet(ctx, sets[3].ID); err != nil {
		t.Fatal(err)
	}
	if err := doctor.TrashSample(ctx, samples[2].ID); err != nil {
		t.Fatal(err)
	}
	if p, err := doctor.Sets(ctx, "patient", client.Page{Q: "zyxwarren"}); err != nil || len(p.Items) != 2 || p.Items[0].LastName != "Zyxwarren" {
		t.Fatalf("the doctor does not find the patients: %v %v", p, err)
	}
	return ids
}
