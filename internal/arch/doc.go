// Package arch holds no code, only tests that keep the architecture as
// ARCHITECTURE.md tells it: who may import whom and why (the table in
// import_test.go), that each package says what it is for, that files and
// functions stay readable, and that nothing of a developer's machine gets into
// the tree.
//
// A failing test here is a question, not a verdict: change the code, or change
// the table together with its reason.
package arch
