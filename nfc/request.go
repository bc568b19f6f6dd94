package nfc

import (
	"github.com/paycode/paycode"
	"github.com/paycode/paycode/money"
)

// AID is the application identifier, proprietary (ISO 7816-5): F0 "PAYCODE".
const AID = "\xf0PAYCODE"

// Want is what a reader wants of a device, P1 of the command CHALLENGE.
type Want byte

// What there is.
const (
	Code         Want = 1 // a challenge-bound code: the 27 bytes of a paycode.Payload
	Presentation Want = 2 // the pass, with all 35 bytes as its challenge: pass.Compact
)

// Request is what a reader asks of a device. For a Presentation the amount is the
// fare, or 0 where it is not known yet, and the merchant is the gate.
type Request struct {
	Want      Want
	Challenge paycode.Challenge
}

// The commands, as far as they are the same in every reading. CHALLENGE has the
// number of INTERNAL AUTHENTICATE (ISO 7816-4, section 11.5.2): a reader's
// challenge, proved by the card.
const (
	claISO      = 0x00
	claOurs     = 0x80
	insSelect   = 0xA4
	insResponse = 0xC0 // GET RESPONSE
	insAsk      = 0x88
	byName      = 0x04
)

var selectCommand = Command{CLA: claISO, INS: insSelect, P1: byName, Data: []byte(AID), Le: maxShortLe}

// fci answers SELECT: file control information that says the name.
const fci = "\x6f\x0a\x84\x08" + AID

func (r Request) command() Command {
	wire := r.Challenge.Bytes()
	return Command{CLA: claOurs, INS: insAsk, P1: byte(r.Want), Data: wire[:], Le: maxShortLe}
}

// request reads the command CHALLENGE, or says why it cannot.
func (c Command) request() (Request, Status) {
	want := Want(c.P1)
	if want != Code && want != Presentation || c.P2 != 0 {
		return Request{}, WrongParameter
	}
	challenge, err := paycode.ParseChallenge(c.Data)
	if err != nil {
		return Request{}, WrongLength
	}
	r := Request{want, challenge}
	if !r.sane() {
		return Request{}, WrongData
	}
	return r, OK
}

// sane reports whether a payer can be told what is asked for: nobody pays 0, and
// no display shows control characters.
func (r Request) sane() bool {
	for _, c := range r.Challenge.Currency {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	minor := r.Challenge.AmountMinor
	return minor <= uint64(money.MaxMinor) && (minor > 0 || r.Want == Presentation)
}
