package storetest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/issuing"
)

func ticketRefused(t *testing.T, is *issuer) {
	ctx := t.Context()
	payer := is.payer().ID
	text := is.ticket(payer)
	for name, bad := range map[string]string{
		"mistyped":    text[:10] + swapped(text[10]) + text[11:],
		"empty":       "",
		"other kind":  "dt_" + text[3:],
		"upper case":  strings.ToUpper(text),
		"with blanks": text + " ",
	} {
		_, err := is.Enrol(ctx, newPhone(t).request(bad))
		wantErr(t, name, err, issuing.ErrTicketInvalid)
	}

	first := newPhone(t)
	first.enrol(is, text)
	_, err := is.Enrol(ctx, newPhone(t).request(text))
	wantErr(t, "used by another phone", err, issuing.ErrTicketUsed)

	thief := newPhone(t)
	stolen := first.request(text)
	stolen.SealKey = thief.request(text).SealKey
	_, err = is.Enrol(ctx, stolen)
	wantErr(t, "public key copied, own seal key", err, issuing.ErrTicketUsed)
	stolen = thief.request(text)
	stolen.SealKey = first.request(text).SealKey
	_, err = is.Enrol(ctx, stolen)
	wantErr(t, "seal key copied, own public key", err, issuing.ErrTicketUsed)

	late := is.ticket(payer)
	is.clock.add(issuing.TicketTTL)
	_, err = is.Enrol(ctx, newPhone(t).request(late))
	wantErr(t, "expired", err, issuing.ErrTicketExpired)
	_, err = is.Enrol(ctx, first.request(text))
	wantErr(t, "used and expired", err, issuing.ErrTicketExpired)
}

// swapped is another letter of the alphabet.
func swapped(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

// ticketAgain: the first answer was lost.
func ticketAgain(t *testing.T, is *issuer) {
	ctx := t.Context()
	payer := is.payer()
	text := is.ticket(payer.ID)
	p := newPhone(t)
	p.enrol(is, text)
	first := *p
	is.clock.add(issuing.TicketTTL - time.Second)
	p.enrol(is, text)
	if p.id != first.id || p.alias != first.alias || p.generation != first.generation || p.seed != first.seed {
		t.Errorf("enrolled again as %v with alias %d, before %v with %d", p.id, p.alias, first.id, first.alias)
	}
	_, err := is.Authenticate(ctx, p.token, p.proof(is.clock.Now(), "GET", here, nil), "GET", here)
	wantErr(t, "the new token", err, nil)
	_, err = is.Authenticate(ctx, first.token, first.proof(is.clock.Now(), "GET", here, nil), "GET", here)
	wantErr(t, "the lost token", err, issuing.ErrTokenInvalid)
	if got, err := is.Payer(ctx, payer.ID); err != nil || len(got.Devices) != 1 {
		t.Errorf("%d devices of one ticket, %v", len(got.Devices), err)
	}
}

// ticketAgainAfterLoss: nobody gets the seed of a device that was reported lost.
func ticketAgainAfterLoss(t *testing.T, is *issuer) {
	ctx := t.Context()
	text := is.ticket(is.payer().ID)
	p := newPhone(t)
	p.enrol(is, text)
	if _, err := is.Freeze(ctx, p.id, "lost"); err != nil {
		t.Fatal(err)
	}
	_, err := is.Enrol(ctx, p.request(text))
	wantErr(t, "frozen", err, issuing.ErrDeviceFrozen)
	if _, err := is.Revoke(ctx, p.id, "gone"); err != nil {
		t.Fatal(err)
	}
	_, err = is.Enrol(ctx, p.request(text))
	wantErr(t, "revoked", err, issuing.ErrDeviceRevoked)
}

func ticketsRace(t *testing.T, is *issuer) {
	payer := is.payer()
	text := is.ticket(payer.ID)
	var phones [8]*phone
	for i := range phones {
		phones[i] = newPhone(t)
	}
	errs := together(t.Context(), len(phones), func(ctx context.Context, i int) error {
		_, err := is.Enrol(ctx, phones[i].request(text))
		return err
	})
	if won, lost := count(errs, nil), count(errs, issuing.ErrTicketUsed); won != 1 || lost != len(phones)-1 {
		t.Errorf("%d enrolled and %d were refused: %v", won, lost, errs)
	}
	if got, err := is.Payer(t.Context(), payer.ID); err != nil || len(got.Devices) != 1 {
		t.Errorf("%d devices of one ticket, %v", len(got.Devices), err)
	}
}

func ticketRacedBySamePhone(t *testing.T, is *issuer) {
	payer := is.payer()
	text, p := is.ticket(payer.ID), newPhone(t)
	var got [4]issuing.Enrolment
	errs := together(t.Context(), len(got), func(ctx context.Context, i int) (err error) {
		got[i], err = is.Enrol(ctx, p.request(text))
		return err
	})
	if n := count(errs, nil); n != len(got) {
		t.Fatal(errs)
	}
	good := 0
	for _, e := range got {
		if e.Device != got[0].Device || e.Alias != got[0].Alias {
			t.Errorf("device %v alias %d, and %v alias %d", e.Device, e.Alias, got[0].Device, got[0].Alias)
		}
		p.id, p.token = e.Device, e.AccessToken
		if _, err := is.Authenticate(t.Context(), p.token, p.proof(is.clock.Now(), "GET", here, nil), "GET", here); err == nil {
			good++
		}
	}
	if good != 1 {
		t.Errorf("%d tokens of one device are good", good)
	}
}

func requestRefused(t *testing.T, is *issuer) {
	p := newPhone(t)
	good := p.request(is.ticket(is.payer().ID))
	private, err := json.Marshal(map[string]string{
		"kty": "EC", "crv": "P-256",
		"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
		"d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI", // RFC 7515, appendix A.3
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		field  string
		change func(*issuing.NewDevice)
	}{
		"no kind":       {"kind", func(n *issuing.NewDevice) { n.Kind = "" }},
		"unknown kind":  {"kind", func(n *issuing.NewDevice) { n.Kind = "toaster" }},
		"no name":       {"name", func(n *issuing.NewDevice) { n.Name = "" }},
		"long name":     {"name", func(n *issuing.NewDevice) { n.Name = strings.Repeat("a", 81) }},
		"line break":    {"name", func(n *issuing.NewDevice) { n.Name = "a\nb" }},
		"no key":        {"public_key", func(n *issuing.NewDevice) { n.PublicKey = nil }},
		"not JSON":      {"public_key", func(n *issuing.NewDevice) { n.PublicKey = json.RawMessage(`{`) }},
		"private key":   {"public_key", func(n *issuing.NewDevice) { n.PublicKey = private }},
		"another curve": {"seal_key", func(n *issuing.NewDevice) { n.SealKey = json.RawMessage(`{"kty":"OKP","crv":"X25519","x":"AAAA"}`) }},
		"not on the curve": {"seal_key", func(n *issuing.NewDevice) {
			point := make([]byte, 65)
			if _, err := rand.Read(point); err != nil {
				t.Fatal(err)
			}
			n.SealKey = jwk(point)
		}},
		"the point at infinity": {"seal_key", func(n *issuing.NewDevice) { n.SealKey = jwk(make([]byte, 65)) }},
		"huge":                  {"seal_key", func(n *issuing.NewDevice) { n.SealKey = append(n.SealKey, []byte(strings.Repeat(" ", 5000))...) }},
	} {
		n := good
		c.change(&n)
		_, err := is.Enrol(t.Context(), n)
		var wrong *field.Error
		if !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("%s: error %v, want one of field %s", name, err, c.field)
		}
	}
	if _, err := is.Enrol(t.Context(), good); err != nil {
		t.Errorf("the ticket was used up by refused requests: %v", err)
	}
}
