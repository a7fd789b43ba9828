// Package vidjilfile reads, writes, converts and checks the files of Vidjil: the
// results in .vidjil files, of one sample or of several, and what people did on
// top of them in .analysis files.
//
// # Compatibility
//
// The reader takes every version since 2014.09, plain or gzipped, with the
// quirks that real files have: clones that are null, a sequence that is the
// number 0, a version that is a list, e-values as text or numbers, diversity as
// a number, by system, or "na". What it does not know it keeps (see [Bag]) and
// writes again, so that reading and writing another program's file loses
// nothing.
//
// The writer writes version 2016b. What this project adds stands under the one
// key "provenance", which every other reader passes over.
//
// # Positions
//
// In memory positions are 0-based and half-open. In files since 2016b they are
// 1-based and closed, in older ones 0-based and closed; versions are compared
// as strings, as the original does. A CDR3 has no anchors, a junction has both.
//
// The package knows neither the engine's indexes nor the server; it does not
// open files.
package vidjilfile
