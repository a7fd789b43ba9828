package service_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// BenchmarkSearchClones measures searches through the service: rights, tables,
// names and audit. It takes BENCH_CLONOTYPES clonotypes, 200 000 by default, in
// results of BENCH_TABLE, 100 000 by default. BENCH_DIR keeps the tables:
//
//	BENCH_DIR=var/bench/search BENCH_CLONOTYPES=10000000 go test -run '^$' -bench SearchClones -benchtime 5x ./internal/service
//
// The mark is 1 s for each search.
func BenchmarkSearchClones(b *testing.B) {
	rows, size := benchNumber("BENCH_CLONOTYPES", 200_000), benchNumber("BENCH_TABLE", 100_000)
	dir := os.Getenv("BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	st, err := store.Open(b.Context(), store.Config{URL: storetest.SQLite(b)})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	blobs, err := blob.OpenDir(filepath.Join(dir, "blobs"))
	if err != nil {
		b.Fatal(err)
	}
	defer blobs.Close()
	s := service.New(service.Config{Store: st, Blobs: blobs, Now: time.Now})
	defer s.Stop()
	who, query := benchResults(b, s, dir, rows/size, size)
	for name, q := range map[string]service.CloneQuery{
		"window": {Sequence: query.ID}, "read": {Sequence: query.Sequence}, "letters20": {Sequence: query.Sequence[100:120]}, "gene": {Five: "IGHV3-48*01", MinReads: 90}, "cdr3": {CDR3: "ARDYWGQGTLVT", CDR3Mismatches: 1},
	} {
		b.Run(name, func(b *testing.B) {
			hits, searched := 0, 0
			for b.Loop() {
				a, err := s.SearchClones(b.Context(), who, service.CloneSearch{CloneQuery: q})
				if err != nil || len(a.Failed) > 0 {
					b.Fatal(err, a.Failed)
				}
				hits, searched = a.Total, a.Rows
			}
			b.ReportMetric(float64(hits), "hits")
			b.ReportMetric(float64(searched), "clonotypes")
		})
	}
}

func benchNumber(name string, byDefault int) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil || n < 1 {
		return byDefault
	}
	return n
}

// benchResults makes a person who sees a set of samples with as many results,
// and returns a clonotype of one of them.
func benchResults(b *testing.B, s *service.Service, dir string, tables, size int) (*service.Actor, vidjilfile.Clone) {
	b.Helper()
	m := &resulttest.Maker{T: b, Store: s.Store, Blobs: s.Blobs}
	g, u, set := lab.Group{Name: "g", Kind: lab.GroupOrdinary}, lab.User{Email: "a@b", Name: "a", State: lab.UserActive, Source: "local"}, lab.Set{Kind: lab.PlainSet, Name: "s"}
	who := &service.Actor{}
	write := func(f func(ctx context.Context, tx *store.Tx) error) {
		if err := s.Store.Write(b.Context(), func(tx *store.Tx) error { return f(b.Context(), tx) }); err != nil {
			b.Fatal(err)
		}
	}
	write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertGroup(ctx, &g); err != nil {
			return err
		}
		for _, kind := range []access.Kind{access.Set, access.Config} {
			if _, err := tx.AddGrant(ctx, lab.Grant{GroupID: g.ID, Kind: string(kind), Right: string(access.Read)}); err != nil {
				return err
			}
		}
		if err := tx.InsertUser(ctx, &u); err != nil {
			return err
		}
		if _, err := tx.AddMember(ctx, g.ID, u.ID); err != nil {
			return err
		}
		set.GroupID = g.ID
		if err := tx.InsertSet(ctx, &set, lab.SetText{}); err != nil {
			return err
		}
		var err error
		who.User = u
		who.Person, err = service.PersonOf(ctx, tx, u)
		return err
	})
	config := m.Config(g.ID, "c", lab.Options{})
	var some vidjilfile.Clone
	for i := range tables {
		sample := lab.Sample{Name: lab.NewPrivate("s"), Generation: 1}
		write(func(ctx context.Context, tx *store.Tx) error {
			return tx.InsertSample(ctx, &sample, lab.SampleText{}, []int64{set.ID})
		})
		table := benchTable(b, dir, i, size)
		m.Table(sample.ID, config.ID, table, lab.ResultSummary{Clonotypes: int64(size)})
		if i == tables/2 {
			t, err := clonetable.Open(bytes.NewReader(table), int64(len(table)))
			if err != nil {
				b.Fatal(err)
			}
			list, err := t.Clones(b.Context(), []int{size / 3})
			if err != nil {
				b.Fatal(err)
			}
			some = list[0]
		}
	}
	return who, some
}

// benchTable is a table of random sequences of 250 letters.
func benchTable(b *testing.B, dir string, number, size int) []byte {
	b.Helper()
	path := filepath.Join(dir, fmt.Sprintf("random-%d-%d.vdjt", size, number))
	if data, err := os.ReadFile(path); err == nil {
		return data
	}
	rng := rand.New(rand.NewPCG(uint64(number), uint64(size)))
	f := &vidjilfile.File{Samples: vidjilfile.Samples{Number: 1}, Reads: vidjilfile.Reads{Segmented: []int{100 * size}}}
	letters := func(n int, alphabet string) string {
		var t strings.Builder
		for range n {
			t.WriteByte(alphabet[rng.IntN(len(alphabet))])
		}
		return t.String()
	}
	for i := range size {
		sequence := letters(250, "ACGT")
		f.Clones = append(f.Clones, vidjilfile.Clone{
			ID: sequence[150:200], Germline: "IGH", Name: "IGHV3-48*01 0/A/0 IGHJ4*02", Sequence: sequence, Reads: []int{max(100-i/1000, 1)}, Top: i + 1,
			Seg: vidjilfile.Seg{Five: &vidjilfile.Segment{Name: fmt.Sprintf("IGHV3-%d*01", rng.IntN(60))}, Three: &vidjilfile.Segment{Name: "IGHJ4*02"}, CDR3: &vidjilfile.Feature{AA: letters(12, "ACDEFGHIKLMNPQRSTVWY")}},
		})
	}
	var t bytes.Buffer
	if err := clonetable.WriteFile(&t, f); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, t.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	return t.Bytes()
}
