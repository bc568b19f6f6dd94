package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/issuing"
)

// RoleDevice is the role of a payer's device, which calls with a token and a proof instead of a key.
const RoleDevice access.Role = "device"

// Caller is who made a request.
type Caller struct {
	access.Caller
	Device issuing.Device // with RoleDevice
}

// callerOf is who made the request; a call that is registered for a role has one.
func callerOf(ctx context.Context) Caller { return exchangeOf(ctx).caller }

// admit lets callers of one role through.
func (a *API) admit(role access.Role) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		if err := a.identify(r, role); err != nil {
			refuse(w, r, problemOf(r.Context(), err))
			return
		}
		next(ctx)
	}
}

// identify finds out who calls, and that he may.
func (a *API) identify(r *http.Request, role access.Role) error {
	if role == "" {
		return nil
	}
	x := exchangeOf(r.Context())
	if role == RoleDevice {
		d, err := a.device(r)
		if err == nil {
			x.caller = Caller{Caller: access.Caller{Role: RoleDevice}, Device: d}
		}
		return err
	}
	key, ok := credentials(r, "Bearer")
	if !ok {
		return newProblem(Unauthorized)
	}
	c, err := a.Access.Authenticate(r.Context(), key)
	if err != nil {
		return err
	}
	x.caller = Caller{Caller: c}
	if c.Role != role {
		return newProblem(Forbidden)
	}
	return nil
}

// device finds the device that calls with a token bound to its key (RFC 9449, section 7).
func (a *API) device(r *http.Request) (issuing.Device, error) {
	token, ok := credentials(r, "DPoP")
	if !ok {
		return issuing.Device{}, newProblem(TokenInvalid)
	}
	proofs := r.Header.Values("DPoP")
	if len(proofs) != 1 { // section 4.3, check 1
		return issuing.Device{}, newProblem(ProofMalformed)
	}
	return a.Issuing.Authenticate(r.Context(), token, proofs[0], r.Method, a.Origin(r)+r.URL.EscapedPath())
}

// Origin is scheme and host as the caller knows them.
func (a *API) Origin(r *http.Request) string {
	switch {
	case a.PublicURL != "":
		return a.PublicURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// credentials is what follows the scheme in the one Authorization header.
func credentials(r *http.Request, scheme string) (string, bool) {
	all := r.Header.Values("Authorization")
	if len(all) != 1 {
		return "", false
	}
	s, rest, ok := strings.Cut(all[0], " ")
	return rest, ok && strings.EqualFold(s, scheme) && rest != ""
}
