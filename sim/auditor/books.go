package auditor

import (
	"cmp"
	"slices"
	"time"
)

// Kinds of accounts, as they are kept.
const (
	ofPayer    = 1
	ofMerchant = 2
	ofOperator = 3
	ofCredit   = 4
	ofDebt     = 5
	ofFees     = 6
)

// Books are the records of the store at one moment.
type Books struct {
	Payments  []Payment
	Refunds   []Refund
	TopUps    []TopUp
	Payouts   []Payout
	Postings  []Posting
	Accounts  []Account
	Waiting   []Event // in the outbox
	Loans     []Loan
	Boardings []Boarding
}

// Refund is one return of money.
type Refund struct {
	ID, Payment ID
	No          string
	Minor       int64
}

// TopUp is money that a payer brought in.
type TopUp struct {
	ID, Payer ID
	Reference string
	Minor     int64
}

// Posting is one leg of a movement: what an account got.
type Posting struct {
	Txn   ID
	Leg   int
	Kind  int
	Owner ID
	Minor int64
	At    time.Time
}

// Account is a balance; the Day fields are what a payer's offline codes took on a day.
type Account struct {
	Kind               int
	Owner              ID
	Minor              int64
	Day                int64 // days since 1970
	DaySpent, DayCount int64
}

// Event is one that was not yet relayed, with what it will add to an account.
type Event struct {
	Kind        string
	AccountKind int
	Owner       ID
	Minor       int64
	Fee         int64 // and to the operator's fees
}

type account struct {
	kind  int
	owner ID
}

// examination is one look at the books.
type examination struct {
	*Auditor
	Books
	payments map[ID]Payment
	moved    map[ID]map[account]int64 // by movement: what each account got
	takenAt  map[ID]time.Time
	backAt   map[ID]time.Time // when a payment was reversed
}

// Examine goes through the books. settled says that everybody has been told
// everything, nothing is under way and nothing waits.
func (a *Auditor) Examine(b Books, settled bool) {
	e := &examination{a, b, map[ID]Payment{}, map[ID]map[account]int64{}, map[ID]time.Time{}, map[ID]time.Time{}}
	for _, p := range b.Payments {
		e.payments[p.ID] = p
	}
	for _, check := range []func(){e.postings, e.balances, e.fees, e.records, e.payouts, e.loans, func() { e.rides(settled) }, e.orders, e.toldAndKept, e.slots, e.limits, e.guesses} {
		if check(); len(a.found) > 0 {
			return // what else is wrong follows from this
		}
	}
	if settled {
		e.settled()
	}
}

// BelowZero says that a payer's purse was seen below zero.
func (a *Auditor) BelowZero(who ID, minor int64) {
	a.broken("a purse below zero", []string{a.nameOf(who)}, "%s has %d", a.nameOf(who), minor)
}

func (a *Auditor) nameOf(who ID) string {
	if p := a.payers[who]; p != nil {
		return p.name
	}
	return "?"
}

// postings holds that every movement sums to zero, and gathers what it moved.
func (e *examination) postings() {
	sums := map[ID]int64{}
	for _, p := range e.Postings {
		sums[p.Txn] += p.Minor
		if e.moved[p.Txn] == nil {
			e.moved[p.Txn] = map[account]int64{}
		}
		e.moved[p.Txn][account{p.Kind, p.Owner}] += p.Minor
		switch p.Leg {
		case 0:
			e.takenAt[p.Txn] = p.At
		case 2:
			e.backAt[p.Txn] = p.At
		}
	}
	for _, p := range e.Postings {
		if sums[p.Txn] != 0 {
			e.broken("postings that do not sum to zero", e.aboutMovement(p.Txn), "movement %x is over by %d", p.Txn, sums[p.Txn])
		}
	}
}

func (e *examination) aboutMovement(id ID) []string {
	if p, ok := e.payments[id]; ok {
		return e.about(p)
	}
	for _, r := range e.Refunds {
		if r.ID == id {
			return e.about(e.payments[r.Payment])
		}
	}
	for _, t := range e.TopUps {
		if t.ID == id {
			return []string{e.nameOf(t.Payer), t.Reference}
		}
	}
	return nil
}

// balances holds that an account has what its postings say, but for what the
// outbox will still add, and that no payer owes anything.
func (e *examination) balances() {
	want := map[account]int64{}
	for _, p := range e.Postings {
		want[account{p.Kind, p.Owner}] += p.Minor
	}
	have := map[account]int64{}
	for _, w := range e.Waiting {
		have[account{w.AccountKind, w.Owner}] += w.Minor
		have[account{kind: ofFees}] += w.Fee
	}
	for _, b := range e.Accounts {
		have[account{b.Kind, b.Owner}] += b.Minor
		if b.Kind == ofPayer && b.Minor < 0 {
			e.BelowZero(b.Owner, b.Minor)
		}
	}
	for _, list := range []map[account]int64{want, have} {
		for _, k := range sorted(list) {
			if want[k] != have[k] {
				e.broken("a balance that its postings do not make", []string{e.nameOf(k.owner)},
					"account %d of %x (%s) has %d, its postings sum up to %d", k.kind, k.owner, e.nameOf(k.owner), have[k], want[k])
			}
		}
	}
}

func sorted(list map[account]int64) []account {
	all := make([]account, 0, len(list))
	for k := range list {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b account) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), slices.Compare(a.owner[:], b.owner[:]))
	})
	return all
}

// records holds that what is written of a payment, refund or top-up is just what was moved.
func (e *examination) records() {
	known, back := map[ID]bool{}, map[ID]int64{}
	for _, l := range e.Loans {
		known[l.ID] = true
	}
	for _, r := range e.Refunds {
		known[r.ID] = true
		back[r.Payment] += r.Minor
		p := e.payments[r.Payment]
		if !e.movedFor(r.ID, account{ofPayer, p.Payer}, account{ofMerchant, p.Merchant}, r.Minor) {
			e.broken("a refund that moved something else", e.about(p), "refund %s of %v moved %v", r.No, p, e.moved[r.ID])
		}
	}
	for _, t := range e.TopUps {
		known[t.ID] = true
		if !e.movedFor(t.ID, account{ofPayer, t.Payer}, account{ofOperator, ID{}}, t.Minor) {
			e.broken("a top-up that moved something else", []string{e.nameOf(t.Payer), t.Reference}, "top-up %s moved %v", t.Reference, e.moved[t.ID])
		}
	}
	for _, p := range e.Payouts {
		known[p.ID] = true
	}
	for _, p := range e.Payments {
		known[p.ID] = true
		moves := int64(0)
		if took(p.Status) {
			moves = p.Minor
		}
		if !e.movedFor(p.ID, account{ofMerchant, p.Merchant}, account{ofPayer, p.Payer}, moves) {
			e.broken("a payment that moved something else", e.about(p), "%v moved %v", p, e.moved[p.ID])
		}
		if p.Status == declined && e.moved[p.ID] != nil {
			e.broken("a declined payment that moved money", e.about(p), "%v", p)
		}
		if p.Refunded != back[p.ID] || p.Refunded > p.Minor || (p.Refunded > 0) != (p.Status == partly || p.Status == refunded) ||
			(p.Status == refunded) != (p.Refunded == p.Minor && p.Minor > 0) {
			e.broken("refunds that do not add up", e.about(p), "%v, its refunds add up to %d", p, back[p.ID])
		}
	}
	for _, p := range e.Postings {
		if !known[p.Txn] {
			e.broken("money moved for nothing", nil, "movement %x belongs to no record", p.Txn)
		}
	}
}

// movedJust reports whether a movement brought to one account, from another one, just so much.
func (e *examination) movedJust(id ID, to, from account, minor int64) bool {
	return justThis(e.moved[id], to, from, minor)
}

// movedFor is movedJust but for what the payer repaid of his loans from it.
func (e *examination) movedFor(id ID, to, from account, minor int64) bool {
	return justThis(e.withoutRepayments(id), to, from, minor)
}

func justThis(moved map[account]int64, to, from account, minor int64) bool {
	for k, v := range moved {
		if v != 0 && k != to && k != from {
			return false
		}
	}
	return moved[to] == minor && moved[from] == -minor
}
