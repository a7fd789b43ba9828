// Package trace keeps together what belongs together: all lines of the log and
// all steps that one request caused, also in the jobs that it left behind.
//
// The id of a request travels in the context, into the log by [Handler] and into
// jobs by [Origin]. Spans are the steps of a trace for a collector of
// OpenTelemetry; without a collector [Start] does nothing, and costs nothing to
// speak of.
//
// Attributes are ids, numbers and words of the program. Names of people,
// sequences and the text of errors, which may hold both, never get here: an
// error is its code.
package trace
