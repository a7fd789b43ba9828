// Package transfer reads and writes the archives by which patients, runs and sets
// move from one server to another: a ZIP file of rows as lines of JSON, of bytes
// by their SHA-256, and of a manifest that has the digest of all of them. Its
// form is described in docs/formats/archive.md. The archives of the original's
// migrator, of 2018 and of 2024, are read as well.
//
// An archive comes from somewhere else and may say anything: [Open] believes no
// size, no name and no number in it before it was checked, and [Archive.Verify]
// reads all bytes before anybody uses one.
//
// The package knows neither stores nor rights: which rows leave, and what becomes
// of those that come, is decided by internal/service.
package transfer
