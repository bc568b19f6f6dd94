package payment

import (
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
)

// RefundKey names a refund by its merchant's number.
type RefundKey struct {
	Payment  ids.Payment
	RefundNo string
}

// CreditKey names a top-up by its reference.
type CreditKey struct {
	Payer     ids.Payer
	Reference string
}

// ScanKey names what a payer pays by a shop's code: by his own reference.
type ScanKey struct {
	Payer     ids.Payer
	Reference string
}

// Scan is a payment that a payer made by a shop's code.
type Scan struct {
	ScanKey
	Payment ids.Payment
}

// Rows are those of one bucket that a batch of commands touches. A store fills
// the maps, hands them to the batch, and writes what Changes then holds.
type Rows struct {
	Payments map[ids.Payment]Payment
	Refunds  map[RefundKey]Refund
	Credits  map[CreditKey]Credit
	Scans    map[ScanKey]ids.Payment
	// Claimed has the merchants of orders that were claimed just now, by the
	// payments that they are claimed for. Who is not among them has to ask for
	// the claim that is there.
	Claimed map[ids.Payment]Merchant
	Aliases map[paycode.Alias]ids.Device
	Online  map[[32]byte]OnlineCode
	Devices map[ids.Device]Device
	Payers  map[ids.Payer]Payer
	Purses  map[ids.Payer]Purse
	Wrong   map[WrongKey]Wrong
	// Pages says which servers the pages of a payer listen to that may
	// confirm. Only payers who must be asked are looked up.
	Pages map[ids.Payer][]ids.Server
	// Loans are those that payers have not repaid, oldest first, and CreditLimits
	// what they may borrow, in minor units. Only who may need them is looked up.
	Loans        map[ids.Payer][]Loan
	CreditLimits map[ids.Payer]int64
	Changes      Changes
}

// Changes are the rows that a batch leaves different: keys of Rows' maps, and
// rows that are only ever added.
type Changes struct {
	Payments Touched[ids.Payment] // marked when new
	Refunds  []Refund
	Credits  []Credit
	Scans    []Scan
	Online   Touched[[32]byte]
	Devices  Touched[ids.Device]
	Purses   Touched[ids.Payer]
	Wrong    Touched[WrongKey] // marked when new
	Loans    Touched[ids.Loan] // marked when new
	Postings []Transaction
	Events   []Event
}

// Touched lists keys once each, in the order of their first change, so that the
// same batch always writes in the same order. Some are marked.
type Touched[K comparable] struct {
	Keys   []K
	Marked map[K]bool // has every one of Keys
}

func (t *Touched[K]) touch(k K, mark bool) {
	was, known := t.Marked[k]
	if !known {
		t.Keys = append(t.Keys, k)
	}
	t.Marked[k] = was || mark
}

func newTouched[K comparable]() Touched[K] { return Touched[K]{Marked: map[K]bool{}} }

// Transaction is a set of postings that sums to zero, numbered from FirstLeg on
// within the transaction of that name.
type Transaction struct {
	ID       [16]byte
	FirstLeg int
	Postings []ledger.Posting
	At       time.Time
}

// NewRows is empty.
func NewRows() *Rows {
	return &Rows{
		Payments: map[ids.Payment]Payment{}, Refunds: map[RefundKey]Refund{}, Credits: map[CreditKey]Credit{}, Scans: map[ScanKey]ids.Payment{},
		Aliases: map[paycode.Alias]ids.Device{}, Online: map[[32]byte]OnlineCode{}, Devices: map[ids.Device]Device{},
		Payers: map[ids.Payer]Payer{}, Purses: map[ids.Payer]Purse{}, Wrong: map[WrongKey]Wrong{}, Pages: map[ids.Payer][]ids.Server{},
		Loans: map[ids.Payer][]Loan{}, CreditLimits: map[ids.Payer]int64{},
		Changes: Changes{
			Payments: newTouched[ids.Payment](), Online: newTouched[[32]byte](), Devices: newTouched[ids.Device](),
			Purses: newTouched[ids.Payer](), Wrong: newTouched[WrongKey](), Loans: newTouched[ids.Loan](),
		},
	}
}

// find is a copy of the row under key, nil where there is none.
func find[K comparable, V any](rows map[K]V, key K) *V {
	if v, ok := rows[key]; ok {
		return &v
	}
	return nil
}

// state picks from the rows what a command looks at.
func (r *Rows) state(n Need) State {
	var s State
	payer := n.Payer
	if s.Payment = find(r.Payments, n.Payment); s.Payment != nil {
		payer = s.Payment.Payer
		s.Refund = find(r.Refunds, RefundKey{n.Payment, n.RefundNo})
	}
	switch n.Code.Form {
	case 0:
		s.Device = find(r.Devices, n.Device)
	case paycode.FormOnline:
		if s.Online = find(r.Online, n.Online); s.Online != nil {
			s.Device = find(r.Devices, s.Online.Device)
		}
	default:
		s.Wrong, s.WrongAll = r.Wrong[WrongKey{n.Code.Alias, n.Merchant}], r.Wrong[WrongKey{Alias: n.Code.Alias}]
		if id, ok := r.Aliases[n.Code.Alias]; ok {
			s.Device = find(r.Devices, id)
		}
	}
	if s.Device != nil && s.Payment == nil {
		payer = s.Device.Payer
	}
	s.Payer, s.Purse = find(r.Payers, payer), find(r.Purses, payer)
	s.Credit, s.Scanned = find(r.Credits, CreditKey{payer, n.Reference}), find(r.Scans, n.Scan)
	s.Loans, s.CreditLimit = r.Loans[payer], r.CreditLimits[payer]
	return s
}

// apply makes the effects visible to the batch's next command and to the store.
// It panics on postings that do not balance: nothing of such a batch may be kept.
func (r *Rows) apply(e Effects) {
	if e.Err != nil {
		return
	}
	if e.Changed {
		r.applyRecords(e)
	}
	if e.Device != nil {
		r.Devices[e.Device.ID] = *e.Device
		r.Changes.Devices.touch(e.Device.ID, false)
	}
	if e.Online != nil {
		r.Online[e.Online.Hash] = *e.Online
		r.Changes.Online.touch(e.Online.Hash, false)
	}
	for k, w := range e.Wrong {
		_, known := r.Wrong[k]
		r.Changes.Wrong.touch(k, !known)
		r.Wrong[k] = w
	}
	if e.Purse != nil {
		r.Purses[e.Purse.Payer] = *e.Purse
		r.Changes.Purses.touch(e.Purse.Payer, false)
	}
	r.applyLoans(e.Loans)
	if e.Lent != nil {
		r.post(*e.Lent)
	}
	if e.Postings != nil {
		r.post(Transaction{e.Txn, e.FirstLeg, e.Postings, e.PostedAt})
	}
	if e.Fee != nil {
		r.post(*e.Fee)
	}
	r.Changes.Events = e.addEvents(r.Changes.Events)
}

// post has a transaction written. It panics unless it balances.
func (r *Rows) post(t Transaction) {
	if err := ledger.Check(t.Postings); err != nil {
		panic(err)
	}
	r.Changes.Postings = append(r.Changes.Postings, t)
}

// addEvents appends the events of an outcome, in their order.
func (e *Effects) addEvents(to []Event) []Event {
	for _, one := range [...]*Event{e.Event, e.Owing} {
		if one != nil {
			to = append(to, *one)
		}
	}
	return to
}

func (r *Rows) applyRecords(e Effects) {
	if p := e.Payment; p != nil {
		_, known := r.Payments[p.ID]
		r.Changes.Payments.touch(p.ID, !known)
		r.Payments[p.ID] = *p
		if e.Scan != nil {
			r.Scans[*e.Scan] = p.ID
			r.Changes.Scans = append(r.Changes.Scans, Scan{*e.Scan, p.ID})
		}
	}
	if f := e.Refund; f != nil {
		r.Refunds[RefundKey{f.Payment, f.RefundNo}] = *f
		r.Changes.Refunds = append(r.Changes.Refunds, *f)
	}
	if c := e.Credit; c != nil {
		r.Credits[CreditKey{c.Payer, c.Reference}] = *c
		r.Changes.Credits = append(r.Changes.Credits, *c)
	}
}
