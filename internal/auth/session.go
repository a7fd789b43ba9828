package auth

import "time"

// How long a session lives by default.
const (
	SessionIdle     = 12 * time.Hour      // without a request
	SessionAbsolute = 14 * 24 * time.Hour // however much it is used
)

// SessionRule says how long somebody stays signed in.
type SessionRule struct {
	Idle     time.Duration // since the last request; 0 = SessionIdle
	Absolute time.Duration // since signing in; 0 = SessionAbsolute
}

// Expires is the end of a session, however much it is used; keep it with the
// session.
func (r SessionRule) Expires(created time.Time) time.Time {
	if r.Absolute == 0 {
		r.Absolute = SessionAbsolute
	}
	return created.Add(r.Absolute)
}

// Alive tells whether a session may still be used. A rule that became stricter
// counts for sessions that were opened before, too.
func (r SessionRule) Alive(created, lastSeen, expires, now time.Time) bool {
	if r.Idle == 0 {
		r.Idle = SessionIdle
	}
	if end := r.Expires(created); end.Before(expires) {
		expires = end
	}
	if lastSeen.Before(created) {
		lastSeen = created
	}
	return now.Before(expires) && now.Sub(lastSeen) < r.Idle
}
