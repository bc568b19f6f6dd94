// Package auditor keeps its own books of a simulated town and says when a
// server has lied, lost something or let too much happen. It knows what people
// asked for and what they were told (Ask…, and the answers to it), what the
// world was told of (Delivered), and from time to time is shown the records
// that the store keeps (Examine).
//
// It imports nothing of the project that it audits, so that no mistake can be
// made on both sides by the same line.
package auditor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ID is the 16 bytes of an identifier.
type ID [16]byte

// Limits are what a payer's offline codes may take, in minor units.
type Limits struct{ PerPayment, PerDay, CountPerDay int64 }

// Statuses of payments, as the HTTP contract names them.
const (
	pending   = "pending"
	succeeded = "succeeded"
	declined  = "declined"
	canceled  = "canceled"
	partly    = "partially_refunded"
	refunded  = "refunded"
)

// Payment is a payment as somebody was told of it, or as it is kept.
type Payment struct {
	ID, Merchant, Payer, Device ID
	Order                       string
	Tag                         string // of the presentation of a code that it was made by; empty when it was made by none
	Status, Decline, Method     string
	Superseded                  bool
	Minor, Refunded             int64
	Created                     time.Time
}

// Presentation is one code shown for one order.
type Presentation struct {
	Tag            string // names it: no other one has it
	Merchant       ID
	Order          string
	Minor          int64
	Alias          uint64 // that the code says, 0 for an online one
	Genuine        bool   // made by Device or, when it is online, for it
	Device, Payer  ID
	Counter        uint32 // with Nonce: what it spends; for the digits of a device
	Nonce          uint8
	Online         string    // the digits of an online code
	Expires        time.Time // of an online code, by the clock of the server that made it
	frozen, halted int       // how often its device was frozen, its merchant suspended, when it was first asked for
}

// slot is what can be spent once.
type slot struct {
	device  ID
	counter uint32
	nonce   uint8
	online  string
}

func (p Presentation) slot() slot { return slot{p.Device, p.Counter, p.Nonce, p.Online} }

// Violation is a rule that was broken.
type Violation struct {
	Rule  string
	Facts string
	About []string // orders, payers and tags that a reader should follow
}

// Error implements error.
func (v *Violation) Error() string { return v.Rule + ": " + v.Facts }

type orderKey struct {
	merchant ID
	no       string
}

// order is what is known of one order.
type order struct {
	amounts    []int64 // asked for
	tags       []string
	cancel     bool // somebody asked to cancel it
	latest     *Payment
	takenBy    ID // the payment that took its money
	refundsFor map[string]*refund
}

// refund is what is known of one refund number of an order.
type refund struct {
	asked []int64
	minor int64 // told; 0 when nobody was told yet
	id    ID
}

// payer is what is known of one payer.
type payer struct {
	name   string
	limits Limits
	topUps map[string]*topUp
}

type topUp struct {
	asked []int64
	minor int64 // told; 0 when nobody was told yet
	id    ID
}

// Auditor is the auditor of one world.
type Auditor struct {
	tolerance time.Duration
	payers    map[ID]*payer
	shops     map[ID]*seller
	shown     map[string]*Presentation
	orders    map[orderKey]*order
	told      map[ID]*Payment
	spent     map[slot]ID
	stops     map[ID]*stop
	delivered map[string]int
	owners    map[ID]ID          // of devices
	taps      map[[32]byte][]Tap // by presentation: what gates let through
	found     []*Violation
}

// New is an auditor of a town whose servers' clocks are at most tolerance apart.
func New(tolerance time.Duration) *Auditor {
	return &Auditor{
		tolerance: tolerance, payers: map[ID]*payer{}, shops: map[ID]*seller{}, shown: map[string]*Presentation{}, orders: map[orderKey]*order{},
		told: map[ID]*Payment{}, spent: map[slot]ID{}, stops: map[ID]*stop{}, delivered: map[string]int{},
		owners: map[ID]ID{}, taps: map[[32]byte][]Tap{},
	}
}

// Violation is the first rule that was found broken, or nil. Of several that were
// found by one look at the books it is always the same.
func (a *Auditor) Violation() *Violation {
	if len(a.found) == 0 {
		return nil
	}
	return slices.MinFunc(a.found, func(v, w *Violation) int { return strings.Compare(v.Error(), w.Error()) })
}

// broken notes a violation.
func (a *Auditor) broken(rule string, about []string, format string, args ...any) {
	a.found = append(a.found, &Violation{rule, fmt.Sprintf(format, args...), about})
}

// Broken notes a violation that somebody else has found.
func (a *Auditor) Broken(v Violation) { a.broken(v.Rule, v.About, "%s", v.Facts) }

// Opened says that a payer exists, by what name, and with which limits.
func (a *Auditor) Opened(id ID, name string, l Limits) {
	a.payers[id] = &payer{name: name, limits: l, topUps: map[string]*topUp{}}
}

// Delivered says that the world outside was handed an event of a payment,
// refund or top-up.
func (a *Auditor) Delivered(kind string, of ID) { a.delivered[kind+string(of[:])]++ }

func (a *Auditor) order(merchant ID, no string) *order {
	k := orderKey{merchant, no}
	if a.orders[k] == nil {
		a.orders[k] = &order{refundsFor: map[string]*refund{}}
	}
	return a.orders[k]
}

// took reports whether a payment of this status has the payer's money, or had it.
func took(status string) bool { return status == succeeded || status == partly || status == refunded }

// mayFollow reports whether a payment that once was told to be one thing may be another later.
func mayFollow(was, is Payment) bool {
	if is.Refunded < was.Refunded {
		return false
	}
	switch was.Status {
	case pending:
		return true
	case succeeded:
		return took(is.Status) || is.Status == canceled
	case partly:
		return is.Status == partly || is.Status == refunded
	case declined:
		return is.Status == declined && is.Decline == was.Decline || is.Status == canceled
	}
	return is.Status == was.Status
}

// sameTerms reports whether two accounts of a payment agree on what never changes.
func sameTerms(a, b Payment) bool {
	return a.ID == b.ID && a.Merchant == b.Merchant && a.Payer == b.Payer && a.Device == b.Device && a.Order == b.Order &&
		a.Tag == b.Tag && a.Method == b.Method && a.Minor == b.Minor && a.Created.Equal(b.Created)
}

func (p Payment) String() string {
	s := fmt.Sprintf("payment %x of order %s is %s", p.ID, p.Order, p.Status)
	if p.Decline != "" {
		s += " (" + p.Decline + ")"
	}
	if p.Refunded > 0 {
		s += fmt.Sprintf(" with %d given back", p.Refunded)
	}
	return fmt.Sprintf("%s, %d, by %s %s", s, p.Minor, p.Method, p.Tag)
}

// about lists what to follow of a payment.
func (a *Auditor) about(p Payment) []string {
	words := []string{p.Order}
	if who := a.payers[p.Payer]; who != nil {
		words = append(words, who.name)
	}
	return words
}

func add(list []int64, v int64) []int64 {
	if slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}
