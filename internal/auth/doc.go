// Package auth proves who somebody is: passwords, one-time links, sessions, API
// tokens, second factors. It holds the rules and the cryptography, and nothing
// else: whatever is to be kept is handed back to the caller, and comes in again
// with the next question. Clocks are arguments; times may have any zone.
//
// The package must not do storage, HTTP or logs, and decides nothing of rights
// (internal/access). It never puts a password, token or code into an error.
//
// What is kept, and what a thief of the database has of it:
//
//	password             argon2id, PHC form          must be guessed, 19 MiB a guess
//	session, link, token SHA-256 of 256 random bits  nothing
//	TOTP secret          sealed with the key file    nothing, without that file
//	recovery codes       SHA-256 of 80 random bits   nothing that can be computed
//
// # Signing in
//
//	e-mail ─▶ NormalizeEmail ─▶ account? ─▶ Lockout.Until ─▶ Hasher.Verify ─▶ CheckTOTP ─▶ NewToken: a session
//	                              │ none         │ too early      │ wrong        │ wrong or used
//	                              ▼              ▼                ▼              ▼
//	                          Hasher.Verify   refuse, and      count, refuse  count, refuse
//	                          against ""      say until when
//
// All refusals but that of the lock-out are the same sentence after the same
// time: nobody learns who has an account.
//
// # Directories: LDAP, OpenID Connect
//
// Accounts whose owners others prove have no password here: internal/directory
// and internal/openid ask, and answer with a claim (lab.Claim) of plain facts.
// An account is found by issuer and subject, never by e-mail alone, or whoever
// may change an address in the directory could take over a local account.
// Lock-out, sessions and second factors of this package apply to these accounts
// as to all.
package auth
