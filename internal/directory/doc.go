// Package directory asks others who somebody is: an LDAP directory or Active
// Directory ([LDAP]), and providers of OpenID Connect ([OIDC]). Both answer
// with a [lab.Claim]: plain facts, of which issuer and subject are the identity.
//
// The package decides nothing about accounts: who gets one, what a group means
// here and when somebody is locked out belongs to internal/service. It keeps
// nothing but what a provider publishes about itself, and never puts a
// password, a token or a name into an error.
//
// Errors that matter are of code Unauthenticated (the proof is wrong),
// NotFound (there is no such person), Invalid (the directory's answer, or the
// settings, make no sense) and Unreachable (no answer at all).
package directory
