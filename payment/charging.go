package payment

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Request is what a till asks for.
type Request struct {
	Merchant   ids.Merchant
	OrderNo    string
	Amount     money.Amount
	Code       string             // as it was read or typed
	Challenge  *paycode.Challenge // what the till says its reader sent
	Subject    string
	TerminalID string
}

// undecided is how long an attempt that another request began is waited for
// before its server is taken for dead, and how often it is looked at.
const (
	undecided     = 2 * time.Second
	undecidedLook = 10 * time.Millisecond
)

// Charge carries a till's request out. The same order number, amount and code
// again answers the same payment and false; so does any code once the order is
// pending, succeeded or canceled. ErrOrderConflict for another amount,
// ErrNotFound for an unknown merchant; ErrOverloaded and ErrUnavailable when no
// money has moved, ErrUnknownOutcome when it is not known whether it has.
//
// The order number is claimed first, in the merchant's rows; then the payment
// is decided, in the payer's. See docs/writes.md for what a crash between
// leaves, and how the next request goes on from it. Where both are of one
// bucket and nobody has claimed the order before, the two are one transaction.
func (p *Processor) Charge(ctx context.Context, r Request) (Payment, bool, error) {
	code, online := p.read(r.Code)
	fingerprint := FingerprintOf(r.Code)
	if err := p.lanes.admit(p.claimLane(r.Merchant), p.commandLane(p.bucketOf(code, r))); err != nil {
		return Payment{}, false, err // before the order number is claimed, so that nothing is done
	}
	a, err := p.attempt(ctx, Charge{
		OrderNo: r.OrderNo, Amount: r.Amount, Code: code, Online: online, Challenge: r.Challenge, Subject: r.Subject, TerminalID: r.TerminalID,
	}, func() Claim { return p.newClaim(r.Merchant, r.OrderNo, r.Amount, p.bucketOf(code, r), fingerprint) })
	return a.payment, a.fresh, err
}

// attempted is what an order is at after somebody tried to pay it.
type attempted struct {
	payment Payment
	fresh   bool // decided just now
	ours    bool // what became of this attempt; otherwise the order is another's
}

// attempt claims an order and has c decided under the claim, unless the order
// is at another attempt that can still succeed, or has. Each claim that newClaim
// makes is of the same order and fingerprint, with an id of its own.
//
// An order has the amount that its merchant says. What a payer says who has read
// a code, or made one himself, binds nobody unless he pays it: otherwise whoever
// guesses order numbers could use them up for nothing.
func (p *Processor) attempt(ctx context.Context, c Charge, newClaim func() Claim) (attempted, error) {
	if a, err := p.atOnce(ctx, c, newClaim()); !errors.Is(err, errClaimed) {
		return a, err
	}
	for {
		want := newClaim()
		held, err := p.claim(ctx, want)
		if err != nil {
			return attempted{}, err
		}
		ours := held.Fingerprint == want.Fingerprint
		if (ours || !held.byPayer()) && differ(held.Amount, c.Amount) {
			return attempted{}, ErrOrderConflict
		}
		if ours {
			c.ID, c.Fresh, c.Merchant, c.Event = held.Payment, held.Fresh, held.Terms, p.event(held.Payment.Bucket(p.Buckets))
			e, err := p.goOn(ctx, c)
			if err != nil {
				return attempted{}, err
			}
			if e.Payment.Decline != OrderSuperseded {
				return attempted{*e.Payment, e.Changed, true}, nil // what this code was told, it is told again
			}
		}
		if !held.Tried.IsZero() {
			pay, err := p.triedBefore(ctx, held)
			return anothers(pay, c, err)
		}
		pay, moved, err := p.takeOver(ctx, held.Claim, want)
		if err != nil || !moved {
			return anothers(pay, c, err)
		}
	}
}

// errClaimed is for an order that cannot be claimed and decided at once: most
// likely somebody has claimed it before.
var errClaimed = errors.New("payment: the order has to be claimed first")

// atOnce has an order claimed and c decided in one transaction, if they are kept
// in one bucket and the order is new; otherwise errClaimed, and nothing was done.
func (p *Processor) atOnce(ctx context.Context, c Charge, claim Claim) (attempted, error) {
	bucket := claim.Payment.Bucket(p.Buckets)
	if claim.Merchant.Bucket(p.Buckets) != bucket {
		return attempted{}, errClaimed
	}
	c.ID, c.Fresh, c.Merchant.ID, c.Event, c.Claim = claim.Payment, true, claim.Merchant, p.event(bucket), &claim
	e, err := p.goOn(ctx, c)
	if err != nil {
		return attempted{}, err
	}
	if e.Payment.Decline == OrderSuperseded { // while it was not known whether it was written
		return attempted{}, errClaimed
	}
	return attempted{*e.Payment, e.Changed, true}, nil
}

// anothers is for an order that is at another attempt than c.
func anothers(pay Payment, c Charge, err error) (attempted, error) {
	if err == nil && differ(pay.Amount, c.Amount) {
		err = ErrOrderConflict
	}
	return attempted{payment: pay}, err
}

// differ reports whether an order has another amount than is asked for. One that
// was canceled unseen has none.
func differ(has, asked money.Amount) bool { return has != asked && has.Minor != 0 }

// read parses a code; what cannot be read is the zero Code, which Decide declines.
func (p *Processor) read(text string) (code paycode.Code, online [32]byte) {
	code, err := p.Profile.Parse(text)
	if err != nil {
		return paycode.Code{}, online
	}
	if code.Form == paycode.FormOnline {
		online = sha256.Sum256([]byte(code.Online))
	}
	return code, online
}

// bucketOf says where the payment of a code is kept: with its payer, or for a
// code that names nobody with the order.
func (p *Processor) bucketOf(code paycode.Code, r Request) int {
	if code.Form == 0 {
		return p.bucketOfOrder(r.Merchant, r.OrderNo)
	}
	return code.Bucket(p.Buckets)
}

func (p *Processor) bucketOfOrder(m ids.Merchant, orderNo string) int {
	sum := sha256.Sum256(append(m[:], orderNo...))
	return int(binary.BigEndian.Uint32(sum[:]) % uint32(p.Buckets))
}

// FingerprintOf is how a claim knows the same code again. It is never zero, and
// odd: those of claims by payers are even.
func FingerprintOf(code string) (f [16]byte) {
	sum := sha256.Sum256([]byte("paycode/order/v1\x00" + strings.Trim(code, " \t\r\n"))) // the blanks that Parse takes
	copy(f[:], sum[:])
	f[0] |= 1
	return f
}

func (p *Processor) newClaim(m ids.Merchant, orderNo string, amount money.Amount, bucket int, fingerprint [16]byte) Claim {
	now := p.Clock.Now()
	return Claim{
		Merchant: m, OrderNo: orderNo, Payment: ids.New[ids.Payment](p.ids, now, bucket),
		Fingerprint: fingerprint, Amount: amount, At: now,
	}
}

// triedBefore answers a late copy of a request whose code was declined before
// the order went on: what the order is, unless that is declined as well.
func (p *Processor) triedBefore(ctx context.Context, held Claimed) (Payment, error) {
	if err := p.awaitDecision(ctx, held.Claim); err != nil {
		return Payment{}, err
	}
	pay, err := p.Store.Payment(ctx, held.Payment)
	if err == nil && pay.Status != Declined || err != nil && !errors.Is(err, ErrNotFound) {
		return pay, err
	}
	return p.Store.Payment(ctx, held.Tried)
}

// takeOver moves an order from the attempt it is at to another one, if the
// first can no longer succeed; otherwise it answers what the first is.
func (p *Processor) takeOver(ctx context.Context, held, want Claim) (Payment, bool, error) {
	if err := p.awaitDecision(ctx, held); err != nil {
		return Payment{}, false, err
	}
	e, err := p.goOn(ctx, Supersede{ID: held.Payment, Merchant: held.Merchant, OrderNo: held.OrderNo, Amount: held.Amount})
	if err != nil {
		return Payment{}, false, err
	}
	if !e.Payment.Superseded {
		return *e.Payment, false, nil
	}
	decided := e.Payment.Decline != OrderSuperseded
	return Payment{}, true, p.Store.MoveClaim(ctx, held, want, decided)
}

// awaitDecision gives an attempt that has just been claimed the time to be
// decided: most likely it waits in the next batch. It looks a bounded number of
// times, because the clock may be set back, or another server's be ahead.
func (p *Processor) awaitDecision(ctx context.Context, held Claim) error {
	for range undecided / undecidedLook {
		if p.Clock.Now().Sub(held.At) >= undecided {
			return nil
		}
		if _, err := p.Store.Payment(ctx, held.Payment); !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := p.Clock.Wait(ctx, nil, undecidedLook); err != nil {
			return err
		}
	}
	return nil
}
