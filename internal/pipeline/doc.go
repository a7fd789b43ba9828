// Package pipeline is what jobs do: from the files of a sample to what a set
// shows.
//
//	files of a sample (blobs, mounted folders)
//	   │  R1 and R2, when the sample has a pre-process
//	   ├─▶ preprocess ──▶ merged reads, a blob that all configs share ─┐
//	   │  reads                                                        │
//	   ├─▶ analyze ◀───────────────────────────────────────────────────┘
//	   │      └─▶ result: a table of all clonotypes (vdj/clonetable) ──┐
//	   │  result of another program                                    │
//	   └─▶ import ──▶ result ──────────────────────────────────────────┤
//	                                                                   ▼
//	       set, config: the newest result of each living sample ──▶ fuse ──▶ fused result
//
// The package has two halves. [Plan], [Arrived] and [Refuse] are called by use
// cases in their transaction: they know which jobs a request needs, and their
// keys, by which two requests for the same work are one. [Pipeline.Handlers] is
// what workers run.
//
// A handler writes blobs first, which are named by their content, and registers
// all else with job.Run.Finish: the result, what it was made of, the jobs that
// follow and the audit entry are committed together with the end of the job, once
// and by the worker that holds it.
//
// Read pairs are merged into a blob of their own and not on the way into each
// analysis: a sample is often analysed by several configs and again with each
// revision, and merging costs more than reading. The files of the sample stay as
// they are; the blob can be made again and goes with them.
//
// Memory of a job: preprocess and import of tables a few MB and the file; analyze
// the reads of clonotypes, packed (270 MB for 1 GB of amplicons), and 2 MB for the
// index of a germline set, which all jobs share; fuse 32 bytes for each clonotype of
// each sample, and what it keeps. To that the collector adds as much garbage, which
// GOMEMLIMIT bounds.
//
// The package must not decide who may ask for what (internal/service), nor when
// a job runs (internal/job). Names of files and samples may tell who a patient
// is: they stand in no log, error or result that it writes.
package pipeline
