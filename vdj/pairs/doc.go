// Package pairs joins the two reads of each sequenced fragment, where they
// overlap, into one: the pre-process that makes of R1 and R2 files the single
// reads that clonotypes are gathered from.
//
//	R1  ─────────────────────▶                R1  ──────────────────▶▒▒▒ adapter
//	              ◀───────────────────── R2   adapter ▒▒▒◀────────────────── R2
//	    ├───────────────────────────────┤            ├───────────────┤
//	               fragment                          its ends cut off
//
// All places of the second read on the first are tried, those beyond its start
// included (a fragment shorter than its reads, whose ends are adapters: these are
// cut off). A place counts if it holds enough letters, few enough of which differ,
// if so good a place is improbable among letters at random, and if no second
// place is nearly as good, as in repeats. A pair of which this cannot be said is
// not merged: a wrong overlap makes a recombination that never was. One read of
// it may be kept, the same one of all pairs and never both, for that would count
// the fragment twice.
//
// Each pair has one outcome, counted in [Stats], whose sums add up. Pairs stay in
// the order of the files; the same input gives the same bytes for any number of
// threads.
//
// The package knows letters and qualities. It must not know genes, must not trim
// by quality or look for known adapters, and must not open files: it is handed
// readers of package seqio.
package pairs
