package api

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// Limit is how often one network address may ask: Burst times at once, and one
// time more after each Every. The zero Limit is the default of its place.
type Limit struct {
	Burst int
	Every time.Duration
}

// Limits are the limits by what is asked.
type Limits struct {
	// Proofs are attempts to prove who one is: to sign in, to use a one-time
	// link, to ask for one. Accounts have their own, stricter lock-out; this
	// keeps one address from guessing at many. By default 30 at once and 30 a
	// minute, as all people of a hospital may have one address.
	Proofs Limit
	// Public are analyses of pasted sequences, by people who need no account: by
	// default 20 at once and 10 a minute.
	Public Limit
}

// limiter counts by network address, in a bounded table.
type limiter struct {
	Limit
	mu   sync.Mutex
	list map[netip.Prefix]*rate.Limiter
}

// mostAddresses bounds the table. Whoever can send from more addresses than
// that makes it forget some, and is not held up by limits by address anyway.
const mostAddresses = 20_000

func newLimiter(l, byDefault Limit) *limiter {
	if l == (Limit{}) {
		l = byDefault
	}
	return &limiter{Limit: l, list: map[netip.Prefix]*rate.Limiter{}}
}

// allow takes an attempt of an address, or says after how long the next one is
// taken.
func (l *limiter) allow(address string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := network(address)
	r := l.list[key]
	if r == nil {
		l.makeRoom(now)
		r = rate.NewLimiter(rate.Every(l.Every), l.Burst)
		l.list[key] = r
	}
	res := r.ReserveN(now, 1)
	wait := res.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	res.CancelAt(now)
	e := lab.Errorf(lab.TooMany, "too many attempts from your network address; try again in %s", wait.Round(time.Second)+time.Second)
	e.Retry = wait
	return e
}

// seats count what accounts have open at the same time.
type seats struct {
	most int
	mu   sync.Mutex
	list map[int64]int // by account
}

// mostStreams is how many streams of events one account has at once. Each is
// looked after whenever something changes; people who work with fifty pages have
// one or two in each.
const mostStreams = 100

func newSeats(most int) *seats { return &seats{most: most, list: map[int64]int{}} }

// take gives an account one more, or says that it has all it can have. leave
// gives it back.
func (s *seats) take(account int64) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.list[account] >= s.most {
		return nil, lab.Errorf(lab.TooMany, "you follow events in %d places already; close some of them", s.most)
	}
	s.list[account]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.list[account]--; s.list[account] == 0 {
			delete(s.list, account)
		}
	}, nil
}

// makeRoom removes, when the table is full, the addresses that have all their
// attempts back, and if there are none any one.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.list) < mostAddresses {
		return
	}
	for key, r := range l.list {
		if r.TokensAt(now) >= float64(l.Burst) {
			delete(l.list, key)
		}
	}
	for key := range l.list {
		if len(l.list) < mostAddresses {
			return
		}
		delete(l.list, key)
	}
}

// network is what counts as one address: of IPv6 the /64 that one household or
// machine has to itself.
func network(address string) netip.Prefix {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{} // not of the network: all of these together
	}
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the number of bits is right
	return p
}

// limited lets a handler be called as often as l allows each address.
func limited[I, O any](a *api, l *limiter, handle func(context.Context, *service.Actor, *I) (*O, error)) func(context.Context, *service.Actor, *I) (*O, error) {
	return func(ctx context.Context, who *service.Actor, in *I) (*O, error) {
		if err := l.allow(who.Address, a.Service.Now()); err != nil {
			return nil, err
		}
		return handle(ctx, who, in)
	}
}
