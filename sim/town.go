package sim

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/sim/auditor"
)

// currency of everything in the town.
const currency = "CNY"

func cny(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: currency} }

// payer is somebody with a purse and one or more phones.
type payer struct {
	name     string
	id       ids.Payer
	limits   payment.Limits
	phones   []*phone
	credited []credit // references that were used
}

// credit is a top-up that was asked for.
type credit struct {
	reference string
	minor     int64
}

// shop is a merchant with one or more tills.
type shop struct {
	name    string
	id      ids.Merchant
	payouts []*payout // that were asked for
}

// found makes the people and shops of the town, in fair weather.
func (w *world) found() {
	for n := range 1 + w.random.IntN(3) {
		s := &shop{name: number("shop", n), id: ids.New[ids.Merchant](w.maker(), w.loop.now(), w.random.IntN(w.buckets))}
		w.must(insist(w, func(ctx context.Context, on *life) error {
			return on.db.AddMerchant(ctx, access.Merchant{ID: s.id, Name: s.name, Currency: currency, Status: access.MerchantActive, FeeBP: rateOf(s.id), CreatedAt: on.Now()})
		}))
		w.audit.Sells([16]byte(s.id), int64(rateOf(s.id)))
		w.shops = append(w.shops, s)
	}
	for n := range 1 + w.random.IntN(1+w.random.IntN(8)) {
		w.payers = append(w.payers, w.newPayer(number("payer", n)))
	}
	w.foundGates()
	for n := range 2 + w.random.IntN(6) {
		w.tills = append(w.tills, &till{world: w, name: number("till", n), shop: w.shops[n%len(w.shops)]})
	}
}

func (w *world) maker() ids.Maker { return ids.Maker{Random: w.bytes, Buckets: w.buckets} }

// must is for what cannot fail in fair weather.
func (w *world) must(err error) {
	if err != nil {
		panic(err)
	}
}

// newPayer opens a purse with a phone and some money.
func (w *world) newPayer(name string) *payer {
	p := &payer{name: name, limits: payment.Limits{
		PerPayment: 100 + w.random.Int64N(10_000), PerDay: 1000 + w.random.Int64N(100_000), CountPerDay: 3 + w.random.Int64N(1+w.random.Int64N(200)),
		ConfirmAbove: 100 + w.random.Int64N(10_000),
	}}
	w.must(insist(w, func(ctx context.Context, on *life) error {
		made, err := on.issue.CreatePayer(ctx, issuing.NewPayer{ExternalID: name, Currency: currency, Name: name})
		if err != nil {
			return err
		}
		p.id = made.ID
		return on.issue.SetLimits(ctx, p.id, p.limits)
	}))
	w.audit.Opened([16]byte(p.id), name, auditor.Limits{PerPayment: p.limits.PerPayment, PerDay: p.limits.PerDay, CountPerDay: p.limits.CountPerDay})
	w.enrol(p)
	w.topUp(p, credit{name + "/start", 1 + w.random.Int64N(w.habits.wealth)})
	return p
}

// enrol gives a payer another phone, unless the network is too bad for it.
func (w *world) enrol(p *payer) {
	ph := &phone{world: w, name: fmt.Sprintf("%s/phone-%d", p.name, len(p.phones)+1), owner: p}
	if w.random.IntN(5) == 0 {
		ph.ahead = w.upTo(2*minute) - w.upTo(2*minute)
	}
	ph.unseal, ph.sign = w.key(), w.signer()
	public, err := ph.sign.PublicKey.ECDH()
	w.must(err)
	ticket, err := repeat(w, func(ctx context.Context, on *life) (string, error) {
		text, _, err := on.issue.Ticket(ctx, p.id)
		return text, err
	})
	if err != nil {
		return
	}
	made, err := repeat(w, func(ctx context.Context, on *life) (issuing.Enrolment, error) {
		return on.issue.Enrol(ctx, issuing.NewDevice{
			Ticket: ticket, Kind: issuing.Phone, Name: ph.name, PublicKey: jwk(public), SealKey: jwk(ph.unseal.PublicKey()),
		})
	})
	if err != nil {
		return
	}
	ph.device = made.Device
	w.audit.Enrolled([16]byte(ph.device), [16]byte(p.id))
	ph.take(made.Synced)
	w.say(ph.name, "is enrolled, its clock %v ahead", ph.ahead)
	w.phones = append(w.phones, ph)
	p.phones = append(p.phones, ph)
	if w.busy > 0 {
		w.person(ph.live)
	}
}

// key draws a key on P-256: any number below its order but 0 is one, and nearly all are below.
func (w *world) key() *ecdh.PrivateKey {
	var b [32]byte
	for {
		io.ReadFull(w.bytes, b[:])
		if k, err := ecdh.P256().NewPrivateKey(b[:]); err == nil {
			return k
		}
	}
}

func jwk(k *ecdh.PublicKey) json.RawMessage {
	point, encode := k.Bytes(), base64.RawURLEncoding.EncodeToString
	return fmt.Appendf(nil, `{"kty":"EC","crv":"P-256","x":%q,"y":%q}`, encode(point[1:33]), encode(point[33:]))
}

// topUp asks for money to be added until it is known to be there, or to be refused.
func (w *world) topUp(p *payer, c credit) {
	asked := w.audit.AskTopUp([16]byte(p.id), c.reference, c.minor)
	ask := func() bool {
		_, err := send(w, func(ctx context.Context, on *life) (payment.Credit, error) {
			got, _, err := on.pay.TopUp(ctx, p.id, c.reference, c.minor, false)
			return got, err
		}, func(got payment.Credit, err error) {
			w.say("operator", "hears of top-up %s of %d for %s: %v", c.reference, c.minor, p.name, outcome(err))
			switch {
			case err == nil:
				asked.Told([16]byte(got.ID), got.Amount.Minor)
			case isOneOf(err, payment.ErrCreditConflict):
				asked.Conflict()
			case final(err):
				asked.Refused()
			}
		})
		return final(err)
	}
	p.credited = append(p.credited, c)
	w.say("operator", "tops %s up by %d under %s", p.name, c.minor, c.reference)
	if !ask() {
		w.open = append(w.open, ask)
	}
}
