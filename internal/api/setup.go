package api

import (
	"context"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) setup() {
	register(a, anyone, created("/setup", "setup", "Sign-in", "Make the first administrator and sign in"),
		limited(a, a.proofs, func(ctx context.Context, who *service.Actor, in *struct {
			AgentIn
			body[client.Setup]
		},
		) (*signedIn, error) {
			opened, err := a.Service.Setup(ctx, who, service.NewAdmin{
				Token: in.Body.Token, Email: in.Body.Email, Name: in.Body.Name, Password: in.Body.Password, Agent: in.Agent,
			})
			return a.signedIn(ctx, opened, err)
		}))
}
