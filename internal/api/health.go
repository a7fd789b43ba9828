package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) health() {
	register(a, anyone, op(http.MethodGet, "/health", "getHealth", "Server", "Whether the server works"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.Health], error) {
			if err := a.Service.Ping(ctx); err != nil {
				return nil, err
			}
			h := client.Health{Status: "ok"}
			if who.Known() {
				h.Version = a.Version
			}
			return &body[client.Health]{h}, nil
		})
}
