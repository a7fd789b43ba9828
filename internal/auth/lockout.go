package auth

import "time"

// Lockout says how long to wait after wrong passwords or codes. After Free
// failures each further one doubles the wait, from Base up to Max; after Forget
// without a failure all is forgotten, and a success forgets at once. Count by
// account, so that one account cannot be guessed from many addresses, and with a
// laxer rule by address, so that many accounts cannot be guessed from one. A
// wait that ends by itself, and soon, keeps others from locking somebody out for
// good by guessing on purpose.
//
// At the defaults a guesser has some 100 guesses a day for an account.
type Lockout struct {
	Free   int           // failures without a wait; 0 = 5
	Base   time.Duration // the first wait; 0 = 30 s
	Max    time.Duration // the longest; 0 = 15 min
	Forget time.Duration // 0 = 24 h
}

func (l Lockout) orDefault() Lockout {
	if l.Free == 0 {
		l.Free = 5
	}
	if l.Base == 0 {
		l.Base = 30 * time.Second
	}
	if l.Max == 0 {
		l.Max = 15 * time.Minute
	}
	if l.Forget == 0 {
		l.Forget = 24 * time.Hour
	}
	return l
}

// Until is when the next attempt is taken, after failures of which the last was
// then; the zero time when at once. An attempt before is refused without
// looking at the password, and is no failure.
func (l Lockout) Until(failures int, last, now time.Time) time.Time {
	l = l.orDefault()
	failures = l.Count(failures, last, now)
	if failures < l.Free {
		return time.Time{}
	}
	wait := l.Base
	for range failures - l.Free {
		if wait >= l.Max {
			break
		}
		wait *= 2
	}
	until := last.Add(min(wait, l.Max))
	if last.After(now) {
		// The clock was put back: wait no longer than from now.
		until = now.Add(min(wait, l.Max))
	}
	if !until.After(now) {
		return time.Time{}
	}
	return until
}

// Count is how many of the failures still count; a further one makes it one
// more.
func (l Lockout) Count(failures int, last, now time.Time) int {
	l = l.orDefault()
	if failures <= 0 || now.Sub(last) >= l.Forget {
		return 0
	}
	return failures
}
