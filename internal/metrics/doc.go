// Package metrics is what a Prometheus reads of a server: numbers that the parts
// count while they work, and the vitals of the moment, which are asked for when
// somebody reads.
//
// The values of labels are closed sets: routes, kinds of job, words of the
// program. No id, name, path or address gets into one, so that numbers can be
// kept for years by whoever keeps numbers, and their series stay few.
package metrics
