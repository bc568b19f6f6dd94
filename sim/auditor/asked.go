package auditor

import "slices"

// Question is something that somebody has asked about an order. It remembers
// what was known before: an answer may not fall behind that.
type Question struct {
	a      *Auditor
	order  *order
	no     string
	before *Payment // what the order was known to be
	shown  *Presentation
}

func (a *Auditor) ask(merchant ID, no string) Question {
	o := a.order(merchant, no)
	return Question{a: a, order: o, no: no, before: o.latest}
}

// AskCharge says that a till asks for money by a code, for the first time or again.
func (a *Auditor) AskCharge(p Presentation) Question {
	q := a.ask(p.Merchant, p.Order)
	if a.shown[p.Tag] == nil {
		p.frozen, p.halted = a.stop(p.Device).epoch(), a.stop(p.Merchant).epoch()
		a.shown[p.Tag] = &p
		q.order.amounts, q.order.tags = add(q.order.amounts, p.Minor), append(q.order.tags, p.Tag)
	}
	q.shown = a.shown[p.Tag]
	return q
}

// AskOrder says that somebody asks what became of an order.
func (a *Auditor) AskOrder(merchant ID, no string) Question { return a.ask(merchant, no) }

// AskCancel says that a till asks to cancel an order.
func (a *Auditor) AskCancel(merchant ID, no string) Question {
	q := a.ask(merchant, no)
	q.order.cancel = true
	return q
}

// Told is the answer: the attempt that the order is at, or was made by this code.
func (q Question) Told(p Payment) {
	a := q.a
	a.hear(p)
	if p.Order != q.no {
		a.broken("an answer about another order", a.about(p), "asked about %s: %v", q.no, p)
	}
	if q.shown != nil {
		a.checkAnswer(*q.shown, p)
	}
	switch was := q.before; {
	case was == nil:
	case was.ID == p.ID:
		if !mayFollow(*was, p) {
			a.broken("what was told came undone", a.about(p), "told that %v, and then that %v", *was, p)
		}
	case !q.mayHaveMoved(*was):
		a.broken("another answer for the same order", a.about(p), "told that %v, and then that %v", *was, p)
	}
	if q.order.latest == nil || q.order.latest.Status == declined || q.order.latest.ID == p.ID && mayFollow(*q.order.latest, p) {
		q.order.latest = &p
	}
}

// mayHaveMoved reports whether an order that was at an attempt may be at another
// one now: after a decline, or when what was pending was declined, by another
// code or a cancel.
func (q Question) mayHaveMoved(was Payment) bool {
	return (was.Status == declined || was.Status == pending) && (len(q.order.tags) > 1 || q.order.cancel)
}

// Unknown is the answer that there is no such payment: nobody has heard of the
// order, or the attempt that it is at is not decided.
func (q Question) Unknown() {
	if q.before != nil && !q.mayHaveMoved(*q.before) {
		q.a.broken("an acknowledged payment is lost", q.a.about(*q.before), "told that %v, and then that there is none", *q.before)
	}
}

// Conflict is the answer that the order number was used with another amount.
func (q Question) Conflict() {
	if q.shown != nil && len(q.order.amounts) < 2 && !q.order.cancel {
		q.a.broken("a conflict that is none", []string{q.no}, "order %s was only ever asked for with %d", q.no, q.shown.Minor)
	}
}

// Heard says that somebody was told of a payment that he had not asked about by its order.
func (a *Auditor) Heard(p Payment) { a.hear(p) }

// hear takes note of a payment that somebody was told of.
func (a *Auditor) hear(p Payment) {
	if was := a.told[p.ID]; was != nil && !sameTerms(*was, p) {
		a.broken("terms that changed", a.about(p), "told of %v, and then of %v", *was, p)
	}
	if p.Refunded > p.Minor || p.Refunded < 0 {
		a.broken("more given back than was paid", a.about(p), "%v", p)
	}
	if took(p.Status) || p.Status == pending {
		a.spend(p)
	}
	if took(p.Status) {
		o := a.order(p.Merchant, p.Order)
		if o.takenBy != (ID{}) && o.takenBy != p.ID {
			a.broken("an order paid twice", a.about(p), "order %s was paid by %x, and by %x", p.Order, o.takenBy, p.ID)
		}
		o.takenBy = p.ID
	}
	if was := a.told[p.ID]; was == nil || mayFollow(*was, p) {
		a.told[p.ID] = &p
	}
}

// spend holds that a slot is spent by one payment only, and that a code moves
// the money of him who showed it.
func (a *Auditor) spend(p Payment) {
	shown := a.shown[p.Tag]
	if shown == nil {
		a.broken("money without a code", a.about(p), "%v, and nobody has shown this", p)
		return
	}
	if !shown.Genuine || shown.Device != p.Device || shown.Payer != p.Payer {
		a.broken("money by a code that was not the payer's", a.about(p), "%v, genuine %v, of device %x and payer %x; taken from %x",
			p, shown.Genuine, shown.Device, shown.Payer, p.Payer)
	}
	if by, spent := a.spent[shown.slot()]; spent && by != p.ID {
		other := "?"
		if t := a.told[by]; t != nil {
			other = t.String()
		}
		a.broken("a code spent twice", append(a.about(p), shown.Tag), "window %d, nonce %d, online %q of device %x: %s; and %v",
			shown.Counter, shown.Nonce, shown.Online, shown.Device, other, p)
	}
	a.spent[shown.slot()] = p.ID
}

// checkAnswer holds an answer against the very request that it answers.
func (a *Auditor) checkAnswer(shown Presentation, p Payment) {
	if p.Merchant != shown.Merchant || p.Minor != shown.Minor && !(p.Status == canceled && p.Tag == "") {
		a.broken("an answer to another request", a.about(p), "asked for %d by %s, told that %v", shown.Minor, shown.Tag, p)
	}
	if p.Tag != shown.Tag || !took(p.Status) && p.Status != pending {
		return
	}
	if shown.frozen != 0 && a.stop(shown.Device).epoch() == shown.frozen {
		a.broken("paid by a frozen device", a.about(p), "%v", p)
	}
	if shown.halted != 0 && a.stop(shown.Merchant).epoch() == shown.halted {
		a.broken("sold by a suspended merchant", a.about(p), "%v", p)
	}
}

// stop is whether a device is frozen or a merchant suspended, as far as is known for certain.
type stop struct{ count, since int }

// epoch numbers the time that something is stopped for, 0 while it may not be.
func (s *stop) epoch() int { return s.since }

func (a *Auditor) stop(who ID) *stop {
	if a.stops[who] == nil {
		a.stops[who] = &stop{}
	}
	return a.stops[who]
}

// Stopped says that an operator was told that a device is frozen or revoked, or
// a merchant suspended.
func (a *Auditor) Stopped(who ID) {
	if s := a.stop(who); s.since == 0 {
		s.count++
		s.since = s.count
	}
}

// Resuming says that an operator has begun to ask that it goes on.
func (a *Auditor) Resuming(who ID) { a.stop(who).since = 0 }

// Claim is a request that is to be carried out once under its number: a refund
// or a top-up.
type Claim struct {
	a     *Auditor
	about []string
	what  string
	minor int64
	asked *[]int64
	told  *int64
	id    *ID
}

// AskRefund says that a till asks for a refund of a payment.
func (a *Auditor) AskRefund(p Payment, no string, minor int64) Claim {
	o := a.order(p.Merchant, p.Order)
	r := o.refundsFor[no]
	if r == nil {
		r = &refund{}
		o.refundsFor[no] = r
	}
	r.asked = add(r.asked, minor)
	return Claim{a, a.about(p), "refund " + no, minor, &r.asked, &r.minor, &r.id}
}

// AskTopUp says that the operator asks for a top-up.
func (a *Auditor) AskTopUp(who ID, reference string, minor int64) Claim {
	p := a.payers[who]
	t := p.topUps[reference]
	if t == nil {
		t = &topUp{}
		p.topUps[reference] = t
	}
	t.asked = add(t.asked, minor)
	return Claim{a, []string{p.name, reference}, "top-up " + reference, minor, &t.asked, &t.minor, &t.id}
}

// Told is the answer: it is done, under this id.
func (c Claim) Told(id ID, minor int64) {
	if minor != c.minor && c.minor != 0 { // 0 is all that there is
		c.a.broken("an answer to another request", c.about, "%s of %d answered with %d", c.what, c.minor, minor)
	}
	if *c.told != 0 && (*c.told != minor || *c.id != id) {
		c.a.broken("another answer to the same request", c.about, "%s is %d under %x, and %d under %x", c.what, *c.told, *c.id, minor, id)
	}
	*c.told, *c.id = minor, id
}

// Conflict is the answer that the number was used with another amount.
func (c Claim) Conflict() {
	if len(*c.asked) < 2 {
		c.a.broken("a conflict that is none", c.about, "%s was only ever asked for with %d", c.what, c.minor)
	}
}

// Refused is the answer that it cannot be done.
func (c Claim) Refused() {
	if *c.told != 0 && slices.Contains(*c.asked, c.minor) && *c.told == c.minor {
		c.a.broken("another answer to the same request", c.about, "%s was done, and then refused", c.what)
	}
}
