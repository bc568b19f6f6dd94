package wallet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
)

// A watch has no network, ever. It prints an Errand, any phone carries that to
// the server, and the watch takes the Answer. The phone cannot read the seed,
// which is sealed to the watch's key; the access token that it carries is worth
// nothing without proofs by the watch's other key. It can lose or delay either:
// then the watch is not enrolled, or not synced, and the errand is run again.

// Errand is what a watch asks of the server: to be enrolled, or a sync with its
// proof already made, which is good for a minute or so and once only.
type Errand struct {
	Version int              `json:"watch"` // 1
	Name    string           `json:"name,omitempty"`
	Sign    *jose.JSONWebKey `json:"public_key,omitempty"` // these two: enrol
	Seal    *jose.JSONWebKey `json:"seal_key,omitempty"`
	Server  string           `json:"server,omitempty"` // these: sync
	Token   string           `json:"token,omitempty"`
	Proof   string           `json:"proof,omitempty"`
	Held    *held            `json:"held,omitempty"`
}

const errandVersion = 1

// Answer is what the server said, as it said it, with where and when.
type Answer struct {
	Version int             `json:"watch"` // 1
	Server  string          `json:"server"`
	Body    json.RawMessage `json:"body"`
}

// ErrErrand is for what is not an errand of a watch, or not an answer to one.
var ErrErrand = errors.New("wallet: not a watch's errand or answer")

const syncPath = "/v1/device/sync"

// WatchErrand is what the watch wants carried: its keys, which are made now and
// kept, until it is enrolled; a sync with a fresh proof from then on. It opens no
// connection.
func (w *Wallet) WatchErrand(name string) (Errand, error) {
	if s, err := w.enrolled(); err == nil {
		return w.syncErrand(s)
	} else if !errors.Is(err, ErrNotEnrolled) {
		return Errand{}, err
	}
	var s state
	err := w.vault.change(func(kept *state) error {
		if kept.DeviceID != "" {
			return ErrEnrolled
		}
		kept.Server, kept.Name = unknownServer, name
		err := kept.makeKeys()
		s = *kept
		return err
	})
	if err != nil {
		return Errand{}, err
	}
	e := Errand{Version: errandVersion, Name: name}
	if e.Sign, err = publicJWK(s.SignKey); err != nil {
		return Errand{}, err
	}
	e.Seal, err = publicJWK(s.SealKey)
	return e, err
}

// unknownServer stands in the file until the answer says who the server is.
const unknownServer = "unknown"

func (w *Wallet) syncErrand(s state) (Errand, error) {
	u, err := url.Parse(s.Server + syncPath)
	if err != nil {
		return Errand{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	proof, err := prove(s.SignKey, http.MethodPost, u, s.AccessToken, s.corrected(w.Now()))
	return Errand{Version: errandVersion, Server: s.Server, Token: s.AccessToken, Proof: proof, Held: &held{s.Alias, s.Generation}}, err
}

// Carry runs a watch's errand on a phone. link is needed to enrol.
// Errors: ErrErrand, ErrLink, *client.Problem, client.ErrLost.
func Carry(ctx context.Context, h *http.Client, e Errand, link Enrolment) (Answer, error) {
	switch {
	case e.Version != errandVersion:
		return Answer{}, ErrErrand
	case e.Proof != "" && e.Held != nil && e.Server != "":
		return carrySync(ctx, h, e)
	case e.Sign != nil && e.Seal != nil && e.Sign.IsPublic() && e.Seal.IsPublic():
		return carryEnrolment(ctx, h, e, link)
	}
	return Answer{}, ErrErrand
}

func carrySync(ctx context.Context, h *http.Client, e Errand) (Answer, error) {
	a := Answer{Version: errandVersion, Server: e.Server}
	c := client.Client{Server: e.Server, HTTP: h, Authorize: func(r *http.Request) error {
		r.Header.Set("Authorization", "DPoP "+e.Token)
		r.Header.Set("DPoP", e.Proof)
		return nil
	}}
	return a, c.Call(ctx, http.MethodPost, syncPath, e.Held, &a.Body)
}

func carryEnrolment(ctx context.Context, h *http.Client, e Errand, link Enrolment) (Answer, error) {
	server, ticket, err := link.address()
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Version: errandVersion, Server: server}
	request := enrolRequest{Ticket: ticket, Kind: Watch, Name: e.Name, PublicKey: e.Sign, SealKey: e.Seal}
	c := client.Client{Server: server, HTTP: h}
	for range enrolTries { // the same ticket with the same keys is answered again
		if err = c.Call(ctx, http.MethodPost, "/v1/devices", request, &a.Body); !errors.Is(err, client.ErrLost) || ctx.Err() != nil {
			break
		}
	}
	return a, err
}

// TakeAnswer has the watch take what its phone brought back. An answer to
// somebody else's errand does not open: ErrSeal.
// Errors: ErrErrand, ErrAnswer, ErrSeal, ErrNotEnrolled for a sync before enrolment.
func (w *Wallet) TakeAnswer(a Answer) error {
	var got enrolled
	if a.Version != errandVersion || json.Unmarshal(a.Body, &got) != nil || !strings.Contains(a.Server, "://") {
		return ErrErrand
	}
	return w.vault.change(func(s *state) error {
		switch {
		case s.SealKey == nil:
			return ErrErrand // it asked for nothing
		case s.DeviceID == "" && got.DeviceID == "":
			return ErrNotEnrolled
		case s.DeviceID != "" && (got.DeviceID != "" || a.Server != s.Server):
			return ErrEnrolled
		case got.DeviceID != "":
			if _, err := ids.Parse[ids.Device](got.DeviceID); err != nil || got.AccessToken == "" || got.Seed == nil {
				return fmt.Errorf("%w: enrolment", ErrAnswer)
			}
			s.DeviceID, s.AccessToken, s.Server = got.DeviceID, got.AccessToken, a.Server
		case got.ServerTime.Before(s.SyncedAt):
			return fmt.Errorf("%w: older than the one before", ErrAnswer)
		}
		return s.takeCarried(got.standing, w.Now())
	})
}

// takeCarried is take for an answer that was on its way for as long as a phone
// pleased: of the time it says only that it is later now.
func (s *state) takeCarried(a standing, now time.Time) error {
	if err := s.take(a, time.Time{}, now); err != nil {
		return err
	}
	if behind := a.ServerTime.Sub(s.corrected(now)); behind > 0 {
		s.setOffset(s.offset() + behind)
	}
	return nil
}
