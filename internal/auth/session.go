package auth

import "time"

// How long a session lives.
const (
	SessionIdle     = 12 * time.Hour      // without a request
	SessionAbsolute = 14 * 24 * time.Hour // however much it is used
)

// SessionAlive tells whether a session, made, last used and ending at those
// times, may still be used.
func SessionAlive(created, lastSeen, expires, now time.Time) bool {
	return now.Before(expires) && now.Sub(created) < SessionAbsolute && now.Sub(lastSeen) < SessionIdle
}
