package auditor

import (
	"maps"
	"slices"
	"strings"
)

// orders holds that an order was paid, or waits to be, or is closed, at most
// once, and that no request was two attempts.
func (e *examination) orders() {
	at, by := map[orderKey]Payment{}, map[string]ID{}
	for _, p := range e.Payments {
		if p.Method == "pass" {
			continue // made for a ride, by nobody's request
		}
		if other, twice := by[p.Tag]; twice && p.Tag != "" {
			e.broken("one request, two payments", append(e.about(p), p.Tag), "%v; and %x", p, other)
		}
		by[p.Tag] = p.ID
		k := orderKey{p.Merchant, p.Order}
		switch {
		case p.Status == declined:
			continue
		case p.Status == canceled && !e.order(p.Merchant, p.Order).cancel:
			e.broken("canceled unasked", e.about(p), "%v", p)
		}
		if other, twice := at[k]; twice {
			e.broken("an order with two outcomes", e.about(p), "%v; and %v", other, p)
		}
		at[k] = p
	}
}

// toldAndKept holds that whatever somebody was told is kept, unchanged but for
// what may have become of it since.
func (e *examination) toldAndKept() {
	for _, id := range sortedIDs(e.told) {
		was := *e.told[id]
		is, there := e.payments[id]
		switch {
		case !there:
			e.broken("an acknowledged payment is lost", e.about(was), "told that %v, and it is not there", was)
		case !sameTerms(was, is):
			e.broken("terms that changed", e.about(was), "told of %v, kept %v", was, is)
		case !mayFollow(was, is):
			e.broken("what was told came undone", e.about(was), "told that %v, kept that %v", was, is)
		}
	}
	e.refundsKept()
	e.topUpsKept()
}

func sortedIDs[V any](of map[ID]V) []ID {
	return slices.SortedFunc(maps.Keys(of), func(a, b ID) int { return slices.Compare(a[:], b[:]) })
}

func (e *examination) refundsKept() {
	kept := map[ID]Refund{}
	for _, r := range e.Refunds {
		kept[r.ID] = r
		p := e.payments[r.Payment]
		asked := e.order(p.Merchant, p.Order).refundsFor[r.No]
		if asked == nil || !slices.Contains(asked.asked, r.Minor) {
			e.broken("refunded unasked", e.about(p), "refund %s of %d for %v", r.No, r.Minor, p)
		}
	}
	for key, o := range e.Auditor.orders {
		for no, r := range o.refundsFor {
			if r.minor != 0 && kept[r.id].Minor != r.minor {
				e.broken("an acknowledged refund is lost", []string{key.no}, "refund %s of %d, kept %d", no, r.minor, kept[r.id].Minor)
			}
		}
	}
}

func (e *examination) topUpsKept() {
	kept := map[ID]TopUp{}
	for _, t := range e.TopUps {
		kept[t.ID] = t
		if asked := e.payers[t.Payer].topUps[t.Reference]; asked == nil || !slices.Contains(asked.asked, t.Minor) {
			e.broken("topped up unasked", []string{e.nameOf(t.Payer)}, "%s of %d", t.Reference, t.Minor)
		}
	}
	for _, id := range sortedIDs(e.payers) {
		for reference, t := range e.payers[id].topUps {
			if t.minor != 0 && kept[t.id].Minor != t.minor {
				e.broken("an acknowledged top-up is lost", []string{e.nameOf(id), reference}, "%s of %d, kept %d", reference, t.minor, kept[t.id].Minor)
			}
		}
	}
}

// slots holds that no slot was spent by two payments, whoever was told of
// them, and that a code was good only near its window.
func (e *examination) slots() {
	by := map[slot]Payment{}
	for _, p := range e.Payments {
		if p.Method == "pass" || !e.burned(p) {
			continue
		}
		shown := e.shown[p.Tag]
		if shown == nil || !shown.Genuine || shown.Device != p.Device || shown.Payer != p.Payer {
			e.broken("money by a code that was not the payer's", e.about(p), "%v", p)
			continue
		}
		if other, twice := by[shown.slot()]; twice {
			e.broken("a code spent twice", append(e.about(p), shown.Tag), "window %d, nonce %d, online %q of device %x: %v; and %v",
				shown.Counter, shown.Nonce, shown.Online, shown.Device, other, p)
		}
		by[shown.slot()] = p
		if !e.live(*shown, p) {
			e.broken("paid by an old code", append(e.about(p), shown.Tag), "%v at %v, window %d, expires %v", p, p.Created, shown.Counter, shown.Expires)
		}
	}
	e.usedBefore()
}

// usedBefore holds that a code that was refused as used had been used: by a
// payment that burned it, or that may have waited for the payer and then failed.
func (e *examination) usedBefore() {
	users := map[slot]int{}
	for _, p := range e.Payments {
		shown := e.shown[p.Tag]
		if shown != nil && (e.burned(p) || p.Decline == "insufficient_funds" || strings.HasPrefix(p.Decline, "limit_")) {
			users[shown.slot()]++
		}
	}
	for _, p := range e.Payments {
		if p.Decline == "code_used" && users[e.shown[p.Tag].slot()] == 0 {
			e.broken("an unspent code refused as used", append(e.about(p), p.Tag), "%v", p)
		}
	}
}

// burned reports whether a payment has spent its code: it took money or waited
// for the payer to confirm, whatever became of it then.
func (e *examination) burned(p Payment) bool {
	waited := p.Decline == "confirmation_rejected" || p.Decline == "confirmation_timeout"
	switch p.Status {
	case declined:
		return waited
	case canceled:
		return waited || p.Decline == "" && p.Payer != ID{}
	}
	return true
}

// live reports whether a code was good when its payment was decided: a window
// of 60 s, and one more on either side.
func (e *examination) live(shown Presentation, p Payment) bool {
	if shown.Online != "" {
		return p.Created.Before(shown.Expires)
	}
	now := p.Created.Unix() / 60
	return int64(shown.Counter) >= now-1 && int64(shown.Counter) <= now+1
}

// settled holds what is true when nothing is under way: the books are just
// what people were told, and the world has heard of everything.
func (e *examination) settled() {
	purses, tills := map[ID]int64{}, map[ID]int64{}
	for _, p := range e.Payments {
		if p.Status == pending {
			e.broken("pending for ever", e.about(p), "%v", p)
		}
		if !took(p.Status) {
			continue
		}
		if e.told[p.ID] == nil && p.Method != "pass" {
			e.broken("money of which nobody was told", e.about(p), "%v", p)
		}
	}
	for _, p := range e.told {
		if took(p.Status) {
			purses[p.Payer] -= p.Minor - p.Refunded
			tills[p.Merchant] += p.Minor - p.Refunded - e.feeOf(*p)
		}
	}
	for _, p := range e.Payments { // of rides nobody is told: they are held against the taps
		if p.Method == "pass" && took(p.Status) {
			purses[p.Payer] -= p.Minor - p.Refunded
			tills[p.Merchant] += p.Minor - p.Refunded - e.feeOf(p)
		}
	}
	for _, m := range sortedIDs(e.shops) {
		for _, p := range e.shops[m].payouts {
			if !p.back {
				tills[m] -= p.minor
			}
		}
	}
	for _, l := range e.Loans {
		purses[l.Payer] += l.Minor - l.Repaid
	}
	for id, p := range e.payers {
		for _, t := range p.topUps {
			purses[id] += t.minor
		}
	}
	for _, b := range e.Accounts {
		switch {
		case b.Kind == ofPayer && b.Minor != purses[b.Owner]:
			e.broken("a purse that is not what its owner was told", []string{e.nameOf(b.Owner)}, "%s has %d, by what was told %d", e.nameOf(b.Owner), b.Minor, purses[b.Owner])
		case b.Kind == ofMerchant:
			tills[b.Owner] -= b.Minor // in the bucket of some payers
		}
	}
	for _, m := range sortedIDs(tills) {
		if tills[m] != 0 {
			e.broken("a merchant is owed something else", nil, "merchant %x is owed %d less than was told", m, tills[m])
		}
	}
	e.delivered()
}

// delivered holds that everything that happened was told to the world.
func (e *examination) delivered() {
	missing := func(kind string, of ID, about []string) {
		if e.Auditor.delivered[kind+string(of[:])] == 0 {
			e.broken("an event that was never delivered", about, "%s of %x", kind, of)
		}
	}
	for _, p := range e.Payments {
		switch {
		case took(p.Status):
			missing("payment.succeeded", p.ID, e.about(p))
		case p.Status == canceled:
			missing("payment.canceled", p.ID, e.about(p))
		case p.Status == declined && p.Decline != "order_superseded":
			missing("payment.declined", p.ID, e.about(p))
		}
	}
	for _, r := range e.Refunds {
		missing("payment.refunded", r.ID, e.about(e.payments[r.Payment]))
	}
	if n := len(e.Waiting); n > 0 {
		e.broken("events that nobody relays", nil, "%d wait", n)
	}
}
