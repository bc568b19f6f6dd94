package wallet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/paycode/paycode/client"
)

// Authenticator is the kind of device that an authenticator app is.
const Authenticator Kind = "authenticator"

// App is what an authenticator app is given to pay with.
type App struct {
	DeviceID string
	MemberNo string // what the payer says, before the six digits
	URI      string // otpauth://…, holds the secret: for the app to scan, and for nobody else
}

// EnrolApp enrols an authenticator app. A ticket is answered once: when the
// answer is lost, the device that it may have made is to be revoked by the issuer,
// and a new ticket is needed.
// Errors: ErrLink, ErrAnswer, *client.Problem, client.ErrLost.
func EnrolApp(ctx context.Context, h *http.Client, e Enrolment) (App, error) {
	server, ticket, err := e.address()
	if err != nil {
		return App{}, err
	}
	request := struct {
		Ticket string `json:"ticket"`
		Kind   Kind   `json:"kind"`
		Name   string `json:"name"`
	}{ticket, Authenticator, e.Name}
	var answer struct {
		DeviceID      string `json:"device_id"`
		Authenticator struct {
			MemberNo string `json:"member_no"`
			URI      string `json:"uri"`
		} `json:"authenticator"`
	}
	c := client.Client{Server: server, HTTP: h}
	if err := c.Call(ctx, "POST", "/v1/devices", request, &answer); err != nil {
		if errors.Is(err, client.ErrLost) {
			return App{}, fmt.Errorf("%w; an authenticator may have been made, and is to be revoked", err)
		}
		return App{}, err
	}
	a := answer.Authenticator
	if a.MemberNo == "" || !strings.HasPrefix(a.URI, "otpauth://totp/") {
		return App{}, fmt.Errorf("%w: enrolment", ErrAnswer)
	}
	return App{answer.DeviceID, a.MemberNo, a.URI}, nil
}
