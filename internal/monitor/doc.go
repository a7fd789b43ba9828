// Package monitor is how a dead server is noticed: a server reports each minute
// that it lives and how it is ([Reporter]), and a monitor on another machine
// ([Monitor]) keeps the last report of each, shows them, and tells when one
// falls silent, is unwell, or is back.
//
//	           report               no report for SilentAfter
//	expected ─────────▶ well ◀────────────────────────────▶ silent
//	                     ▲  │ a check is an error           ▲
//	    the check passes │  ▼                               │
//	                    unwell ◀────────────────────────────┘
//
// Each change between well, unwell and silent is told once, also over restarts of
// the monitor. A server that was never heard of is expected, and nobody is told.
//
// A report holds numbers, times and words of the program: nothing of patients or
// people. What is kept lies in a directory, a file for each server and purpose;
// there are dozens of servers, not thousands.
package monitor
