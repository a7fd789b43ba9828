package lab

import "time"

// Retention says how long things stay that are not wanted any more. Reads,
// superseded results and the audit stay for ever unless a time is set.
type Retention struct {
	Trash   time.Duration // sets and samples in the trash, and deleted results; 0 is 30 days
	Reads   time.Duration // of samples that have a result, from their arrival; 0 is for ever
	Results time.Duration // of which there is a newer one by the same config; 0 is for ever
	Audit   time.Duration // 0 is for ever
	Uploads time.Duration // that have stopped; 0 is 7 days
	Mails   time.Duration // that were sent or given up; 0 is 30 days
}

const day = 24 * time.Hour

// WithDefaults is the retention with times in the place of zeros that mean one.
func (r Retention) WithDefaults() Retention {
	for _, x := range []struct {
		d         *time.Duration
		byDefault time.Duration
	}{{&r.Trash, 30 * day}, {&r.Uploads, 7 * day}, {&r.Mails, 30 * day}} {
		if *x.d == 0 {
			*x.d = x.byDefault
		}
	}
	return r
}
