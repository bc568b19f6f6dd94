package api

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
)

// Rides knows what riders rode and owe. A Store implements it.
type Rides interface {
	// Rides lists a payer's rides, newest first, those older than before (the zero
	// id: all), at most limit.
	Rides(ctx context.Context, payer ids.Payer, before ids.Ride, limit int) ([]clearing.History, error)
	// Copies lists a payer's presentations that were let in twice, newest first, at most limit.
	Copies(ctx context.Context, payer ids.Payer, limit int) ([]clearing.Copy, error)
	// Loans lists what a payer owes, oldest first.
	Loans(ctx context.Context, payer ids.Payer) ([]payment.Loan, error)
	// CreditLimit is what a payer may owe by his credit line, in minor units.
	CreditLimit(ctx context.Context, payer ids.Payer) (int64, error)
	// SetCreditLimit gives a payer a credit line; payment.ErrNotFound.
	SetCreditLimit(ctx context.Context, payer ids.Payer, limit int64) error
}

// rideStatus is how a ride stands, with what the payer owes for it.
type rideStatus string

const inDebt rideStatus = "debt"

// Ride is a ride as its rider sees it.
type Ride struct {
	ID        ids.Ride       `json:"id" doc:"TypeID" example:"ride_01jfja0yrcfgzrmq9f3r69q2kp"`
	Status    rideStatus     `json:"status" enum:"open,charged,debt,canceled,free" doc:"open: the fare is not known yet; debt: it is owed; free: the day's cap was reached; canceled: it was none"`
	Line      string         `json:"line" doc:"of the gate where it began"`
	From      string         `json:"from,omitempty" doc:"station; absent where not known"`
	To        string         `json:"to,omitempty" doc:"station; absent where not known"`
	EnteredAt *time.Time     `json:"entered_at,omitempty" doc:"by the gate's clock; absent where only an exit is known"`
	ExitedAt  *time.Time     `json:"exited_at,omitempty" doc:"by the gate's clock; absent while only an entry is known"`
	Fare      *int64         `json:"fare,omitempty" doc:"minor units that were taken for it, or are owed; absent while it is open" example:"200"`
	Currency  money.Currency `json:"currency" doc:"ISO 4217" example:"CNY"`
	OnCredit  bool           `json:"on_credit" doc:"at the expense of the payer's credit line, as far as it goes"`
	PaymentID *ids.Payment   `json:"payment_id,omitempty" doc:"that took the fare; absent where there is none"`
	At        time.Time      `json:"at" doc:"of its first tap; RFC 3339, UTC"`
}

func rideOf(h clearing.History) Ride {
	r := Ride{
		ID: h.ID, Status: rideStatus(h.Status), Line: h.Line, From: h.From, To: h.To, EnteredAt: moment(h.Entered), ExitedAt: moment(h.Exited),
		Currency: h.Currency, OnCredit: h.OnCredit, At: h.Began.UTC(),
	}
	if h.Status != clearing.Open {
		r.Fare = &h.Charge
	}
	if !h.Payment.IsZero() && h.Work == clearing.Done {
		r.PaymentID = &h.Payment
	}
	if h.InDebt {
		r.Status = inDebt
	}
	return r
}

// RideHistory is what a payer rode and owes.
type RideHistory struct {
	Rides      []Ride    `json:"rides" doc:"newest first"`
	NextCursor *ids.Ride `json:"next_cursor,omitempty" doc:"absent on the last page"`
	Debt       *Balance  `json:"debt,omitempty" doc:"what is owed for rides: the next top-up pays it first; absent when nothing is"`
}

// SharedPresentation is one that was let in more than once: what was shown the second time was a copy.
type SharedPresentation struct {
	Presentation string     `json:"presentation" doc:"by what it is known, in hexadecimal"`
	GateID       ids.Gate   `json:"gate_id" doc:"where the copy was let in"`
	Seq          uint64     `json:"seq" doc:"its number at that gate"`
	DeviceID     ids.Device `json:"device_id" doc:"whose pass it is"`
	At           time.Time  `json:"at" doc:"by the gate's clock; RFC 3339, UTC"`
}

type (
	// RidePage asks for a part of the rides.
	RidePage struct {
		Cursor ids.Ride `query:"cursor" doc:"next_cursor of the page before; left out for the first page"`
		Limit  int      `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"rides a page"`
	}
	ridesOutput     struct{ Body RideHistory }
	payerRidesInput struct {
		PayerPath
		RidePage
	}
	payerRidesOutput struct {
		Body struct {
			RideHistory
			Copies []SharedPresentation `json:"copies" doc:"presentations that were let in twice, the newest 50, newest first"`
		}
	}
)

func (a *API) rideCalls() {
	register(a, route{method: "GET", path: "/v1/device/rides", id: "list-device-rides", tag: "Device", role: RoleDevice, status: http.StatusOK,
		summary: "The payer's rides and debts", about: "Rides of all of the payer's devices, newest first."}, a.deviceRides)
	const tag = "Operator"
	role := access.RoleOperator
	register(a, route{method: "GET", path: "/v1/payers/{id}/rides", id: "list-payer-rides", tag: tag, role: role, status: http.StatusOK,
		summary: "A payer's rides and debts", about: "With presentations that were copied: fraud.", codes: []Code{NotFound}}, a.payerRides)
}

func (a *API) deviceRides(ctx context.Context, in *RidePage) (*ridesOutput, error) {
	h, err := a.rides(ctx, callerOf(ctx).Device.Payer, *in)
	return &ridesOutput{h}, err
}

func (a *API) rides(ctx context.Context, payer ids.Payer, page RidePage) (h RideHistory, err error) {
	found, err := a.Rides.Rides(ctx, payer, page.Cursor, page.Limit+1)
	if err != nil {
		return h, err
	}
	if len(found) > page.Limit {
		found = found[:page.Limit]
		h.NextCursor = &found[page.Limit-1].ID
	}
	h.Rides = make([]Ride, len(found))
	for i, r := range found {
		h.Rides[i] = rideOf(r)
	}
	loans, err := a.Rides.Loans(ctx, payer)
	if debt := payment.Owed(loans, ledger.PayerDebt); debt > 0 {
		h.Debt = &Balance{debt, loans[0].Amount.Currency}
	}
	return h, err
}

func (a *API) payerRides(ctx context.Context, in *payerRidesInput) (*payerRidesOutput, error) {
	if _, err := a.Issuing.Payer(ctx, in.ID); err != nil {
		return nil, err
	}
	h, err := a.rides(ctx, in.ID, in.RidePage)
	if err != nil {
		return nil, err
	}
	copies, err := a.Rides.Copies(ctx, in.ID, pageLimit)
	out := &payerRidesOutput{}
	out.Body.RideHistory, out.Body.Copies = h, make([]SharedPresentation, len(copies))
	for i, c := range copies {
		out.Body.Copies[i] = SharedPresentation{hex.EncodeToString(c.Presentation[:]), c.Gate, c.Seq, c.Device, c.At.UTC()}
	}
	return out, err
}
