package service

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// PersonOf loads the rights of an account.
var PersonOf = person

// AddDefaultConfigs makes what the first start makes.
var AddDefaultConfigs = addDefaultConfigs

// AddDefaultTags makes the tags that everybody knows.
var AddDefaultTags = addDefaultTags

// Become fills in an account and its rights.
func (s *Service) Become(ctx context.Context, tx *store.Tx, who *Actor, u lab.User) error {
	return s.become(ctx, tx, who, u)
}
