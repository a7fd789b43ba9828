package store

// WithFew sets up to how many candidates a list is sorted instead of walked.
func (q SetQuery) WithFew(n int64) SetQuery {
	q.few = n
	return q
}

// Referred is the condition that something refers to a blob.
const Referred = referred
