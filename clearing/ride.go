package clearing

import (
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Status is how a ride stands.
type Status string

// The states of a ride.
const (
	Open     Status = "open"     // its exit, or its entry, may still come
	Charged  Status = "charged"  // it is over, and its fare is a payment
	Free     Status = "free"     // it is over and costs nothing: the day's cap was reached
	Canceled Status = "canceled" // taps that came later show that it was none
)

// Work is what is still to be done about a ride. Values are stored: never renumber them.
type Work uint8

// What may be to be done.
const (
	Done        Work = 0
	Pay         Work = 1 // give Void back, and take Charge by Payment
	PayThenPlan Work = 2 // and then plan it again: meanwhile taps have come
	PlanAgain   Work = 3
)

// due reports whether the payments do not say yet what the ride says.
func (w Work) due() bool { return w == Pay || w == PayThenPlan }

// Ride is one ride of one device.
type Ride struct {
	ID       ids.Ride
	First    [32]byte // the presentation that began it
	Owner             // who rides
	Status   Status
	Merchant ids.Merchant
	Gate     ids.Gate // where it began
	Line     string
	From, To string    // stations; empty where not known
	Began    time.Time // of its first tap
	Entered  time.Time // zero while only an exit is known
	Exited   time.Time // zero while only an entry is known, and of single taps
	Closes   time.Time // when an open one is given up to be completed
	Fare     int64     // minor units, what it costs by itself; 0 while open
	Charge   int64     // minor units, what is taken for it: less when the day's cap is reached
	Currency money.Currency
	OnCredit bool
	Payment  ids.Payment // that takes Charge; zero when there is nothing to take
	Void     ids.Payment // that is given back first
	Work     Work        // what is still to be done
	Version  int         // counts its changes
}

// History is what is told of a payer's rides.
type History struct {
	Ride
	InDebt bool // its payment is owed
}

// Copy is a presentation that was shown a second time: what was let in twice was
// a copy.
type Copy struct {
	Presentation [32]byte
	Gate         ids.Gate
	Seq          uint64
	At           time.Time
	Owner
}

// amount is what is taken for the ride.
func (r Ride) amount() money.Amount { return money.Amount{Minor: r.Charge, Currency: r.Currency} }

// maxSubject is how many characters a payment's subject has at most.
const maxSubject = 128

// subject is what the rider's payment says.
func (r Ride) subject() string {
	where := r.Line
	switch {
	case r.From != "" && r.To != "":
		where += ": " + r.From + " – " + r.To
	case r.From+r.To != "":
		where += ": " + r.From + r.To
	}
	if text := []rune(where); len(text) > maxSubject {
		return string(text[:maxSubject-1]) + "…"
	}
	return where
}
