package service_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// The size of a large server: the bound on its pages is 50 ms at the 95th
// percentile.
const (
	benchPatients = 100_000
	benchRuns     = 1000
	benchSamples  = 1_000_000
	benchHuge     = 20_000 // samples of one plain set
)

var (
	benchFirst = strings.Fields("anna bert carla david emma felix greta hugo ida jonas klara leon marie nora otto paula quentin rosa simon tilda ulf vera willem xenia yann zoe")
	benchLast  = strings.Fields("durand dupont martin bernard moreau laurent lefebvre garcia roux fournier girard bonnet lambert rousseau vincent muller leroy morel simon michel weber schmidt rossi novak jansen")
	benchWords = strings.Fields("marrow blood biopsy relapse diagnosis follow up remission day protocol arm control donor sibling replicate dilution cell line clinic north south referred outside")
	benchTags  = strings.Fields("relapse diagnosis mrd b-all t-all cll marrow blood")
)

// bench is a large server, and people who ask it.
type bench struct {
	*service.Service
	store  *store.Store
	groups map[string]lab.Group
	people map[string]*service.Actor
	huge   int64
	// postgres tells which database it is.
	postgres bool
}

// BenchmarkLists measures the pages of lists of a server with 100,000 patients
// and a million samples. Each page is another one of its kind. The figure to
// look at is p95-ms, of 40 and more pages:
//
//	go test ./internal/service -run '^$' -bench Lists -benchtime 40x
//
// With BENCH_DATABASE=postgres it is on PostgreSQL.
func BenchmarkLists(b *testing.B) {
	w := newBench(b)
	at := func(sort, key string, id int64) string {
		desc := ""
		if name, ok := strings.CutPrefix(sort, "-"); ok {
			sort, desc = name, `"d":true,`
		}
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"s":%q,%s"k":%q,"i":%d}`, sort, desc, key, id))
	}
	word := func(r *rand.Rand) string { return benchLast[r.IntN(len(benchLast))] + fmt.Sprint(r.IntN(4000)) }
	pages := []struct {
		name string
		page func(r *rand.Rand) service.Page
	}{
		{"first", func(*rand.Rand) service.Page { return service.Page{} }},
		{"deep", func(r *rand.Rand) service.Page {
			return service.Page{Cursor: at("-created", "", 1+r.Int64N(benchPatients))}
		}},
		{"name", func(*rand.Rand) service.Page { return service.Page{Sort: "name"} }},
		{"name-deep", func(r *rand.Rand) service.Page {
			return service.Page{Sort: "-name", Cursor: at("-name", "", 1+r.Int64N(benchPatients))}
		}},
		{"birth", func(*rand.Rand) service.Page { return service.Page{Sort: "birth"} }},
		{"changed", func(*rand.Rand) service.Page { return service.Page{Sort: "-changed"} }},
		{"date", func(*rand.Rand) service.Page { return service.Page{Sort: "-date"} }},
		{"date-deep", func(r *rand.Rand) service.Page {
			return service.Page{Sort: "date", Cursor: at("date", fmt.Sprintf("2025-%02d-01", 1+r.IntN(12)), 1)}
		}},
		{"samples", func(*rand.Rand) service.Page { return service.Page{Sort: "-samples"} }},
		{"word-rare", func(r *rand.Rand) service.Page { return service.Page{Q: word(r)} }},
		{"word-common", func(r *rand.Rand) service.Page { return service.Page{Q: benchWords[r.IntN(len(benchWords))]} }},
		{"name-word", func(r *rand.Rand) service.Page {
			return service.Page{Q: benchLast[r.IntN(len(benchLast))], Sort: "name"}
		}},
		{"three-words", func(r *rand.Rand) service.Page {
			return service.Page{Q: benchFirst[r.IntN(len(benchFirst))] + " " + benchLast[r.IntN(len(benchLast))] + " " + benchWords[r.IntN(len(benchWords))]}
		}},
		{"letters-2", func(r *rand.Rand) service.Page {
			return service.Page{Q: string([]byte{byte('a' + r.IntN(26)), byte('a' + r.IntN(26))})}
		}},
		{"not", func(r *rand.Rand) service.Page {
			return service.Page{Q: "-" + benchWords[r.IntN(len(benchWords))] + " -anna"}
		}},
		{"tag", func(r *rand.Rand) service.Page { return service.Page{Q: "#" + benchTags[r.IntN(len(benchTags))]} }},
		{"tag-rare", func(r *rand.Rand) service.Page { return service.Page{Q: fmt.Sprintf("#study-%d", r.IntN(1000))} }},
		{"dates", func(r *rand.Rand) service.Page {
			return service.Page{Q: fmt.Sprintf("date:2025-%02d", 1+r.IntN(12)), Sort: "name"}
		}},
		{"group", func(*rand.Rand) service.Page { return service.Page{Q: "group:small"} }},
		{"id", func(r *rand.Rand) service.Page { return service.Page{Q: fmt.Sprint(1 + r.IntN(benchPatients))} }},
		{"nothing", func(*rand.Rand) service.Page { return service.Page{Q: "zzzyx"} }},
	}
	for _, name := range []string{"admin", "big", "small", "mixed"} {
		who := w.people[name]
		for _, p := range pages {
			b.Run(name+"/"+p.name, func(b *testing.B) {
				measure(b, func(r *rand.Rand) error {
					_, err := w.Sets(b.Context(), who, service.SetFilter{Kind: lab.Patient}, p.page(r))
					return err
				})
			})
		}
		b.Run(name+"/all-kinds", func(b *testing.B) {
			measure(b, func(*rand.Rand) error {
				_, err := w.Sets(b.Context(), who, service.SetFilter{}, service.Page{Sort: "name"})
				return err
			})
		})
		b.Run(name+"/totals", func(b *testing.B) {
			measure(b, func(*rand.Rand) error {
				_, err := w.SumSets(b.Context(), who, service.SetFilter{Kind: lab.Patient}, "")
				return err
			})
		})
	}
	for _, sort := range lab.SampleSorts() {
		b.Run("samples-of-run/"+string(sort), func(b *testing.B) {
			measure(b, func(r *rand.Rand) error {
				_, err := w.Samples(b.Context(), w.people["admin"], benchPatients+1+r.Int64N(benchRuns), service.Page{Sort: string(sort)})
				return err
			})
		})
		b.Run("samples-of-20000/"+string(sort), func(b *testing.B) {
			measure(b, func(*rand.Rand) error {
				_, err := w.Samples(b.Context(), w.people["admin"], w.huge, service.Page{Sort: string(sort)})
				return err
			})
		})
	}
}

// measure runs f and reports the 95th percentile of its times.
func measure(b *testing.B, f func(r *rand.Rand) error) {
	b.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := f(r); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(0, "ns/op")
}

func newBench(b *testing.B) *bench {
	b.Helper()
	start := time.Now()
	url, postgres := storetest.SQLite(b), os.Getenv("BENCH_DATABASE") == store.Postgres
	if postgres {
		url = storetest.Postgres(b)
	}
	st, err := store.Open(b.Context(), store.Config{URL: url})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	w := &bench{Service: service.New(service.Config{Store: st}), store: st, postgres: postgres, groups: map[string]lab.Group{}, people: map[string]*service.Actor{}}
	for _, step := range []func(context.Context, *store.Tx) error{w.addPeople, w.addSets, w.addSamples, w.list} {
		if err := st.Write(b.Context(), func(tx *store.Tx) error { return step(b.Context(), tx) }); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("a server with %d patients and %d samples was made in %v", benchPatients, benchSamples, time.Since(start).Round(time.Second))
	if postgres { // its autovacuum would, within a minute
		if err := st.Write(b.Context(), func(tx *store.Tx) error { _, err := tx.NewRaw("ANALYZE").Exec(b.Context()); return err }); err != nil {
			b.Fatal(err)
		}
	}
	return w
}

// addPeople makes the groups and who asks: an administrator without a group, a
// doctor of the group that has nine patients in ten, one of a small group, and
// one who reads the large group's patients and knows only some of them.
func (w *bench) addPeople(ctx context.Context, tx *store.Tx) error {
	for _, g := range []struct {
		name   string
		kind   lab.GroupKind
		rights []access.Right
	}{
		{"public", lab.GroupPublic, []access.Right{access.Read}},
		{"big", lab.GroupOrdinary, []access.Right{access.Read, access.Edit, access.Anon}},
		{"small", lab.GroupOrdinary, []access.Right{access.Read, access.Edit, access.Anon}},
		{"readers", lab.GroupOrdinary, []access.Right{access.Read}},
		{"other", lab.GroupOrdinary, []access.Right{access.Read, access.Anon}},
	} {
		group := lab.Group{Name: g.name, Kind: g.kind}
		if err := tx.InsertGroup(ctx, &group); err != nil {
			return err
		}
		for _, r := range g.rights {
			if _, err := tx.AddGrant(ctx, lab.Grant{GroupID: group.ID, Kind: string(access.Set), Right: string(r)}); err != nil {
				return err
			}
		}
		w.groups[g.name] = group
	}
	for name, groups := range map[string][]string{"admin": nil, "big": {"public", "big"}, "small": {"public", "small"}, "mixed": {"public", "readers", "small", "other"}} {
		u := lab.User{Name: name, Email: name + "@example.org", Admin: name == "admin", State: lab.UserActive, Source: "local"}
		if err := tx.InsertUser(ctx, &u); err != nil {
			return err
		}
		for _, g := range groups {
			if _, err := tx.AddMember(ctx, w.groups[g].ID, u.ID); err != nil {
				return err
			}
		}
		p, err := service.PersonOf(ctx, tx, u)
		if err != nil {
			return err
		}
		w.people[name] = &service.Actor{User: u, Person: p}
	}
	return nil
}

// addSets makes patients, runs and one plain set, many at a time.
func (w *bench) addSets(ctx context.Context, tx *store.Tx) error {
	r := rand.New(rand.NewPCG(3, 4))
	tags, err := tx.PutTags(ctx, benchTags)
	if err != nil {
		return err
	}
	var studies []string
	for i := range 1000 {
		studies = append(studies, fmt.Sprintf("study-%d", i))
	}
	rare, err := tx.PutTags(ctx, studies)
	if err != nil {
		return err
	}
	start := time.Date(2023, 1, 1, 8, 0, 0, 0, time.UTC)
	var sets, words, groups, tagged []string
	flush := func() error {
		for _, q := range []string{
			"INSERT INTO sets (id, kind, group_id, first_name, last_name, birth, name, run_date, info, created_at, changed_at, open_text, identity_text, name_key) VALUES " + strings.Join(sets, ","),
			"INSERT INTO set_words (rowid, open, identity) VALUES " + strings.Join(words, ","),
			"INSERT INTO set_access (set_id, group_id) VALUES " + strings.Join(groups, ","),
			"INSERT INTO set_tags (set_id, tag_id, own) VALUES " + strings.Join(tagged, ","),
		} {
			if w.postgres && strings.HasPrefix(q, "INSERT INTO set_words") {
				continue // an index of SQLite
			}
			if _, err := tx.NewRaw(q).Exec(ctx); err != nil {
				return err
			}
		}
		sets, words, groups, tagged = nil, nil, nil, nil
		return nil
	}
	for i := 1; i <= benchPatients+benchRuns+1; i++ {
		kind, first, last, birth, name, date := "run", "", "", "", fmt.Sprintf("run %d", i), fmt.Sprintf("2025-%02d-%02d", 1+i%12, 1+i%28)
		identity, open := "", ""
		info := benchWords[r.IntN(len(benchWords))] + " " + benchWords[r.IntN(len(benchWords))] + fmt.Sprintf(" #%s #study-%d", benchTags[i%len(benchTags)], i%1000)
		if i <= benchPatients {
			kind, name, date = "patient", "", ""
			first, last = benchFirst[r.IntN(len(benchFirst))], benchLast[r.IntN(len(benchLast))]+fmt.Sprint(r.IntN(4000))
			birth = fmt.Sprintf("19%02d-%02d-%02d", r.IntN(100), 1+r.IntN(12), 1+r.IntN(28))
			identity, open = last+" "+first+" "+last+" "+birth, info
		} else {
			open = name + " " + info
		}
		if i == benchPatients+benchRuns+1 {
			kind, date, w.huge = "set", "", int64(i)
		}
		owner := w.groups["big"].ID
		if i%10 == 0 {
			owner = w.groups["other"].ID
		}
		created := start.Add(time.Duration(i) * 17 * time.Minute)
		changed := created.Add(time.Duration(r.IntN(1_000_000)) * time.Second)
		key := strings.TrimSpace(last + " " + first + name)
		sets = append(sets, fmt.Sprintf("(%d,'%s',%d,'%s','%s','%s','%s','%s','%s','%s','%s','%s','%s','%s')", i, kind, owner, first, last, birth, name, date, info,
			created.Format("2006-01-02 15:04:05.999999-07:00"), changed.Format("2006-01-02 15:04:05.999999-07:00"), open, identity, key))
		words = append(words, fmt.Sprintf("(%d,'%s  ','%s  ')", i, open, identity))
		groups = append(groups, fmt.Sprintf("(%d,%d)", i, owner), fmt.Sprintf("(%d,%d)", i, w.groups["readers"].ID))
		if i%500 == 0 {
			groups = append(groups, fmt.Sprintf("(%d,%d)", i, w.groups["small"].ID))
		}
		tagged = append(tagged, fmt.Sprintf("(%d,%d,TRUE)", i, tags[i%len(tags)]), fmt.Sprintf("(%d,%d,TRUE)", i, rare[i%len(rare)]))
		if len(sets) == 1000 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// addSamples makes ten samples a patient, each with a file and in a run too, and
// some of them in the plain set.
func (w *bench) addSamples(ctx context.Context, tx *store.Tx) error {
	day := "date('2023-01-01', (i * 7919 % 1300) || ' days')"
	if w.postgres {
		day = "to_char(date '2023-01-01' + CAST(CAST(i AS BIGINT) * 7919 % 1300 AS INT), 'YYYY-MM-DD')"
	}
	for _, q := range []string{
		"INSERT INTO blobs (digest, size, created_at) VALUES (?3, 1000, ?4)",
		`INSERT INTO samples (id, name, sampling_date, info, generation, created_at, changed_at, open_text, name_key)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?0)
			SELECT i, 'S' || i || '_L001', ` + day + `, 'tube ' || (i % 96), 1, ?4, ?4, 'tube ' || (i % 96), 's' || i || '_l001' FROM n`,
		"INSERT INTO sample_sets (set_id, sample_id, day) SELECT (id - 1) / 10 + 1, id, sampling_date FROM samples ORDER BY id",
		"INSERT INTO sample_sets (set_id, sample_id, day) SELECT ?1 + 1 + id % ?2, id, sampling_date FROM samples",
		"INSERT INTO sample_sets (set_id, sample_id, day) SELECT ?5, id, sampling_date FROM samples WHERE id <= ?6",
		`INSERT INTO files (sample_id, generation, role, name, state, size, digest, created_at) SELECT id, 1, 'reads', name || '.fastq.gz', 'present', 1000, ?3, ?4 FROM samples`,
	} {
		if _, err := tx.NewRaw(q, benchSamples, benchPatients, benchRuns, strings.Repeat("a", 64), time.Now(), w.huge, benchHuge).Exec(ctx); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}

// list makes the pages, as each use case does for the sets that it changes.
func (w *bench) list(ctx context.Context, tx *store.Tx) error {
	var ids []int64
	for id := int64(1); id <= w.huge; id++ {
		if ids = append(ids, id); len(ids) == 2000 || id == w.huge {
			if err := tx.Relist(ctx, ids); err != nil {
				return err
			}
			ids = nil
		}
	}
	return nil
}
