// Package directory asks an LDAP directory or Active Directory who somebody is.
// It answers with a [lab.Claim]: plain facts, of which issuer and subject are
// the identity. internal/openid does the same with providers of OpenID Connect.
//
// The package decides nothing about accounts: who gets one, what a group means
// here and when somebody is locked out belongs to internal/service. It keeps
// nothing, and never puts a password or a person's name into an error.
//
// Errors that matter are of code Unauthenticated (the proof is wrong),
// NotFound (there is no such person), Invalid (the directory's answer, or the
// settings, make no sense) and Unreachable (no answer at all).
package directory
