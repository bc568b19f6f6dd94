package wallet

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
)

// Kind is what sort of device a wallet is.
type Kind string

// The kinds of device that enrol by themselves.
const (
	Phone Kind = "phone"
	Watch Kind = "watch"
	Card  Kind = "card"
)

// Enrolment is what a new device is told by its owner.
type Enrolment struct {
	Link string // the enrolment link as the issuer gives it, or a bare ticket
	// Server is the base URL to enrol at; empty to take it from Link.
	Server string
	Kind   Kind
	Name   string // 1 to 80 characters, such as "Ada's phone"
}

// ErrLink is for an enrolment link that holds no ticket, or a bare ticket
// without a server.
var ErrLink = errors.New("wallet: not an enrolment link")

// enrolTries is how often an enrolment is asked for whose answer is lost.
const enrolTries = 3

type enrolRequest struct {
	Ticket    string           `json:"ticket"`
	Kind      Kind             `json:"kind"`
	Name      string           `json:"name"`
	PublicKey *jose.JSONWebKey `json:"public_key"`
	SealKey   *jose.JSONWebKey `json:"seal_key"`
}

// Enrol makes the device's keys and has the server give it a seed. The keys are
// in the file before the ticket is sent: when the answer is lost the same call
// may be made again, now or after a crash, and gets the same device. Errors:
// ErrLink, ErrEnrolled, ErrSeal, *client.Problem, client.ErrLost.
func (w *Wallet) Enrol(ctx context.Context, e Enrolment) error {
	server, ticket, err := e.address()
	if err != nil {
		return err
	}
	var s state
	err = w.vault.change(func(kept *state) error {
		if kept.DeviceID != "" {
			return ErrEnrolled
		}
		kept.Server, kept.Name = server, e.Name
		err := kept.makeKeys()
		s = *kept
		return err
	})
	if err != nil {
		return err
	}
	answer, sent, err := w.requestEnrolment(ctx, s, ticket, e)
	if err != nil {
		return err
	}
	return w.vault.change(func(s *state) error {
		s.DeviceID, s.AccessToken = answer.DeviceID, answer.AccessToken
		return s.take(answer.standing, sent, w.Now())
	})
}

// address reads server and ticket out of what the owner typed or scanned. The
// ticket is in the fragment, which a browser does not send and servers do not log.
func (e Enrolment) address() (server, ticket string, err error) {
	text := strings.TrimSpace(e.Link)
	server = strings.TrimRight(e.Server, "/")
	if !strings.Contains(text, "://") {
		if text == "" || server == "" {
			return "", "", ErrLink
		}
		return server, text, nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", "", ErrLink
	}
	fragment, _ := url.ParseQuery(u.Fragment)
	ticket = fragment.Get("ticket")
	if ticket == "" || u.Host == "" {
		return "", "", ErrLink
	}
	if server == "" {
		server = u.Scheme + "://" + u.Host
	}
	return server, ticket, nil
}

// makeKeys draws the device's keys, unless an enrolment that was cut off has.
func (s *state) makeKeys() (err error) {
	if s.SignKey != nil && s.SealKey != nil {
		return nil
	}
	if s.SignKey, err = newKey(); err != nil {
		return err
	}
	s.SealKey, err = newKey()
	return err
}

func (w *Wallet) requestEnrolment(ctx context.Context, s state, ticket string, e Enrolment) (answer enrolled, sent time.Time, err error) {
	request := enrolRequest{Ticket: ticket, Kind: e.Kind, Name: e.Name}
	if request.PublicKey, err = publicJWK(s.SignKey); err != nil {
		return answer, sent, err
	}
	if request.SealKey, err = publicJWK(s.SealKey); err != nil {
		return answer, sent, err
	}
	c := client.Client{Server: s.Server, HTTP: w.HTTP}
	for range enrolTries {
		sent = w.Now()
		err = c.Call(ctx, "POST", "/v1/devices", request, &answer)
		if !errors.Is(err, client.ErrLost) || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return answer, sent, err
	}
	if _, err := ids.Parse[ids.Device](answer.DeviceID); err != nil || answer.AccessToken == "" || answer.Seed == nil {
		return answer, sent, fmt.Errorf("%w: enrolment", ErrAnswer)
	}
	return answer, sent, nil
}
