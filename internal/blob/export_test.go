package blob

import "time"

// SetRenewAfter changes from which age on bytes that come again are made young.
func (s *S3) SetRenewAfter(d time.Duration) { s.renewAfter = d }
