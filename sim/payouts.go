package sim

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/settlement"
)

// rateOf is what the operator keeps of a shop's payments, in basis points: of
// every other shop nothing.
func rateOf(s ids.Merchant) int { return []int{0, 60, 0, 3333}[s[8]%4] }

// payout is one that the operator has asked for.
type payout struct {
	no    string
	minor int64 // 0 for all that is there
	paid  bool  // as he was told
}

// payOutSome pays a shop, repeats a number, now and then with another amount, or
// takes back what the bank has sent back.
func (w *world) payOutSome() {
	s := w.shops[w.random.IntN(len(w.shops))]
	p := &payout{no: fmt.Sprintf("%s/payout-%d", s.name, len(s.payouts)+1), minor: w.random.Int64N(w.habits.wealth)}
	if w.random.IntN(4) == 0 {
		p.minor = 0
	}
	if n := len(s.payouts); n > 0 && w.random.IntN(3) == 0 {
		old := s.payouts[w.random.IntN(n)]
		if old.paid && w.random.IntN(2) == 0 {
			w.takeBack(s, old.no)
			return
		}
		if p = old; p.minor > 0 && w.random.IntN(4) == 0 {
			p = &payout{no: old.no, minor: old.minor + 1}
		}
	}
	s.payouts = append(s.payouts, p)
	w.payOut(s, p)
}

// payOut asks for a payout until it is known to be made, or to be refused.
func (w *world) payOut(s *shop, p *payout) {
	asked := w.audit.AskPayout([16]byte(s.id), p.no, p.minor)
	ask := func() bool {
		_, err := send(w, func(ctx context.Context, on *life) (settlement.Payout, error) {
			got, _, err := on.settle.PayOut(ctx, settlement.Order{Merchant: s.id, No: p.no, Minor: p.minor, Currency: currency})
			return got, err
		}, func(got settlement.Payout, err error) {
			w.say("operator", "hears of %s of %d: %v", p.no, p.minor, outcome(err))
			switch {
			case err == nil:
				p.paid = true
				asked.Told([16]byte(got.ID), got.Amount.Minor)
			case isOneOf(err, settlement.ErrConflict):
				asked.Conflict()
			}
		})
		return final(err)
	}
	w.say("operator", "pays %s %d under %s", s.name, p.minor, p.no)
	if !ask() {
		w.open = append(w.open, ask)
	}
}

// takeBack gives a shop back what the bank has sent back.
func (w *world) takeBack(s *shop, no string) {
	w.audit.AskReturn([16]byte(s.id), no)
	ask := func() bool {
		_, err := send(w, func(ctx context.Context, on *life) (settlement.Payout, error) { return on.settle.Return(ctx, s.id, no) },
			func(_ settlement.Payout, err error) {
				w.say("operator", "hears of the return of %s: %v", no, outcome(err))
				if err == nil {
					w.audit.Returned([16]byte(s.id), no)
				}
			})
		return final(err)
	}
	w.say("operator", "takes %s back", no)
	if !ask() {
		w.open = append(w.open, ask)
	}
}
