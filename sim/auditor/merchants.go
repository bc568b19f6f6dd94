package auditor

import "slices"

// seller is what is known of one merchant.
type seller struct {
	bp      int64 // that the operator keeps of what he is paid, of ten thousand
	payouts map[string]*payout
}

// payout is what is known of one number of a merchant's.
type payout struct {
	asked    []int64
	minor    int64 // told; 0 when nobody was told yet
	id       ID
	back     bool // somebody has asked to take it back
	toldBack bool
}

// Payout is money that a merchant was paid, as it is kept.
type Payout struct {
	ID, Merchant ID
	No           string
	Minor        int64
	Returned     bool
}

// Sells says that there is a merchant, and what the operator keeps of each of his payments.
func (a *Auditor) Sells(merchant ID, bp int64) {
	a.shops[merchant] = &seller{bp, map[string]*payout{}}
}

func (a *Auditor) payout(merchant ID, no string) *payout {
	s := a.shops[merchant]
	if s.payouts[no] == nil {
		s.payouts[no] = &payout{}
	}
	return s.payouts[no]
}

// AskPayout says that the operator asks for a payout, of all that is there when minor is 0.
func (a *Auditor) AskPayout(merchant ID, no string, minor int64) Claim {
	p := a.payout(merchant, no)
	p.asked = add(p.asked, minor)
	return Claim{a, []string{no}, "payout " + no, minor, &p.asked, &p.minor, &p.id}
}

// AskReturn says that the operator asks to have a payout taken back.
func (a *Auditor) AskReturn(merchant ID, no string) { a.payout(merchant, no).back = true }

// Returned is the answer: it is.
func (a *Auditor) Returned(merchant ID, no string) { a.payout(merchant, no).toldBack = true }

// half rounds whole times part by of to the nearest, and halves up.
func half(whole, part, of int64) int64 { return (2*whole*part + of) / (2 * of) }

// feeOf is what the operator keeps of a payment when all of its refunds are done.
func (e *examination) feeOf(p Payment) int64 {
	s := e.shops[p.Merchant]
	if s == nil || !took(p.Status) {
		return 0
	}
	fee := half(p.Minor, s.bp, 10_000)
	return fee - half(fee, p.Refunded, p.Minor)
}

// fees takes out of what movements moved what they moved between merchants and
// the operator's fees, and holds that it is what the merchants' rates make.
func (e *examination) fees() {
	kept := map[ID]int64{} // by payment
	take := func(movement, payment ID, merchant ID) int64 {
		moved := e.moved[movement]
		fee := moved[account{kind: ofFees}]
		delete(moved, account{kind: ofFees})
		if fee != 0 {
			moved[account{ofMerchant, merchant}] += fee
			kept[payment] += fee
		}
		return fee
	}
	for _, p := range e.Payments {
		take(p.ID, p.ID, p.Merchant)
	}
	for _, r := range e.Refunds {
		p := e.payments[r.Payment]
		if back := -take(r.ID, r.Payment, p.Merchant); back < 0 || back > r.Minor {
			e.broken("a refund that gave back another fee", e.about(p), "refund %s of %d of %v gave back %d", r.No, r.Minor, p, back)
		}
	}
	if len(e.found) > 0 {
		return // so would the payment's be
	}
	for _, p := range e.Payments {
		if want := e.feeOf(p); kept[p.ID] != want {
			e.broken("a fee that is not the merchant's rate", e.about(p), "%v: %d is kept of it, it should be %d", p, kept[p.ID], want)
		}
	}
}

// payouts holds that merchants were paid what was asked for, once, and never
// more than they were ever paid themselves.
func (e *examination) payouts() {
	kept, out, earned := map[ID]Payout{}, map[ID]int64{}, map[ID]int64{}
	for _, p := range e.Payments {
		if took(p.Status) || p.Status == canceled {
			earned[p.Merchant] += p.Minor
		}
	}
	for _, p := range e.Payouts {
		kept[p.ID] = p
		known := e.payout(p.Merchant, p.No)
		if !slices.Contains(known.asked, p.Minor) && !slices.Contains(known.asked, 0) {
			e.broken("paid out unasked", []string{p.No}, "%s of %d", p.No, p.Minor)
		}
		moves := p.Minor
		if p.Returned {
			moves = 0
			if !known.back {
				e.broken("a payout taken back unasked", []string{p.No}, "%s", p.No)
			}
		}
		if !e.movedJust(p.ID, account{ofOperator, ID{}}, account{ofMerchant, p.Merchant}, moves) {
			e.broken("a payout that moved something else", []string{p.No}, "%s of %d moved %v", p.No, p.Minor, e.moved[p.ID])
		}
		if out[p.Merchant] += moves; out[p.Merchant] > earned[p.Merchant] {
			e.broken("more paid out than was earned", []string{p.No}, "%d of %d", out[p.Merchant], earned[p.Merchant])
		}
	}
	for _, m := range sortedIDs(e.shops) {
		for no, p := range e.shops[m].payouts {
			if p.minor != 0 && kept[p.id].Minor != p.minor || p.toldBack && !kept[p.id].Returned && p.id != (ID{}) {
				e.broken("an acknowledged payout is lost", []string{no}, "%s of %d, told that it is returned: %v; kept %+v", no, p.minor, p.toldBack, kept[p.id])
			}
		}
	}
}
