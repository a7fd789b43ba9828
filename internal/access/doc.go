// Package access says who may do what: pure functions over a person, their
// memberships and the groups that an object is shared with.
//
// Rights belong to groups, not to people, and are held per kind of object: the
// right to create sets says nothing about configs. An object (a set, a config, a
// pre-process, a group) is shared with groups. A person may do r to an object
// when one of their groups G holds r for that kind of object, and the object is
// shared with G or with the parent of G:
//
//	       Hospital ◀── patient 12 is shared with Hospital
//	     ┌────┴─────┐
//	Technician    Doctor          groups below Hospital are its roles
//	upload        read, anon      Ann (Technician) may upload to patient 12,
//	   │             │            Bob (Doctor) may read it and see the name,
//	  Ann           Bob           neither may do what the other does
//
// The right and the object come along the same line. The rights of Hospital do
// not pass down to Doctor, what is shared with Doctor does not pass up to
// Hospital, and there is one level of hierarchy only. Administrators may do all
// without being a member, except see identities.
//
// Three layers: [Person.Can] decides one right, [Person.Reach] is the same rule
// turned round, for the WHERE of list queries, and the methods in check.go
// (ViewSet, Run, EditConfig …) are what use cases ask. The whole of it is
// printed as tables in testdata/rights.txt: read that first.
//
// The package must not do I/O and knows neither SQL, HTTP nor a logger. It
// trusts what it is given: that the memberships, the groups of an object and the
// sets of a sample come from the store, in the transaction of the change, and
// never from the request.
package access
