package till

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/paycode/paycode/clock"
	"github.com/paycode/paycode/emvqr"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

// ErrNotSynced is for a till that knows no merchant and no issuer keys yet: it
// has to be online once.
var ErrNotSynced = errors.New("till: it was never online, so it knows no merchant and no issuer keys")

// Offline is a till without network whose customers have one: it shows the
// shop's code, the customer pays by it, and shows the till the issuer's receipt.
// It holds no secret. Its methods may be called concurrently, and several
// processes may share its directory.
type Offline struct {
	City    string           // of the shop's code; may be empty
	Country string           // likewise: ISO 3166-1, two letters
	Now     func() time.Time // nil for time.Now

	dir      string
	terminal string
	known    known
	verifier *pass.Verifier

	mu    sync.Mutex
	clock clock.Clock
	taken map[[8]byte]Taken
}

// Shop is whose till it is.
type Shop struct {
	ID       ids.Merchant   `json:"id"`
	Name     string         `json:"name"`
	Currency money.Currency `json:"currency"`
}

// Awaited is what a customer is to pay. Without an order number the code is for
// any number of payments, and the customer says how much.
type Awaited struct {
	OrderNo string // at most 25 visible ASCII characters, of this sale alone; empty when AmountMinor is 0 in a code
	Minor   int64  // of the shop's currency
}

// OpenOffline opens what SyncOffline has kept in dir. terminal is the till's name
// in payments, at most 25 characters, or empty. ErrNotSynced.
func OpenOffline(dir, terminal string) (*Offline, error) {
	o := &Offline{dir: dir, terminal: terminal}
	err := readKnown(dir, &o.known)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotSynced
	case err != nil:
		return nil, err
	}
	if o.verifier, err = pass.NewVerifier(o.known.IssuerKeys...); err != nil {
		return nil, fmt.Errorf("till: issuer keys: %w", err)
	}
	if err := os.MkdirAll(takenDir(dir), 0o700); err != nil {
		return nil, fmt.Errorf("till: receipts: %w", err)
	}
	if o.taken, err = readTaken(dir); err != nil {
		return nil, err
	}
	o.clock.See(o.known.ClockAt)
	o.clock.SetOff(o.known.ClockOff)
	for _, t := range o.taken {
		o.clock.See(t.TakenAt)
	}
	return o, nil
}

// Shop is whose till it is, as the server said.
func (o *Offline) Shop() Shop { return o.known.Shop }

// Code is the shop's code to be shown or printed, as the text of a QR. The error
// says what an EMV code cannot hold.
func (o *Offline) Code(a Awaited) (string, error) {
	s := o.known.Shop
	return emvqr.Shop{
		Merchant: s.ID, Name: s.Name, City: o.City, Country: o.Country, Currency: s.Currency,
		Minor: a.Minor, Reference: a.OrderNo, Terminal: o.terminal,
	}.Text()
}

// Take takes the receipt that a customer shows, once. When it answers nil the
// sale is paid, and the receipt is on the disk as taken: the till may say so.
//
// Errors: clock.ErrBehind and clock.ErrOff when the till's clock cannot be
// believed, those of pass for receipts, *SeenError; any other says that the
// receipt could not be kept, and it counts as not taken.
func (o *Offline) Take(text string, a Awaited) (Taken, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if o.Now != nil {
		now = o.Now()
	}
	due := pass.Due{
		Merchant: o.known.Shop.ID, Terminal: o.terminal, OrderRef: a.OrderNo,
		Amount: money.Amount{Minor: a.Minor, Currency: o.known.Shop.Currency},
	}
	r, err := decideReceipt(o.verifier, text, due, now, o.clock.Check(now), o.taken)
	if err != nil {
		return Taken{}, err
	}
	t := Taken{ID: r.ID, OrderNo: r.OrderRef, Amount: r.Amount, PaidAt: r.IssuedAt, TakenAt: now}
	if err := t.keep(o.dir); err != nil {
		return Taken{}, err
	}
	o.taken[r.ID] = t
	o.clock.See(now)
	return t, nil
}

// decideReceipt says whether a receipt pays what is due. It is the whole rule but
// for the disk, where another process may be quicker.
func decideReceipt(v *pass.Verifier, text string, due pass.Due, now time.Time, wrong error, taken map[[8]byte]Taken) (pass.Receipt, error) {
	if wrong != nil {
		return pass.Receipt{}, wrong
	}
	b, err := pass.ParseReceiptText(text)
	if err != nil {
		return pass.Receipt{}, err
	}
	own := due.Terminal
	if due.OrderRef == "" { // the code may be a printed one, which names no till
		due.Terminal = ""
	}
	r, err := v.VerifyReceipt(b, now, due)
	if err != nil {
		return pass.Receipt{}, err
	}
	if r.Terminal != "" && r.Terminal != own {
		return pass.Receipt{}, pass.ErrReceiptAddressee
	}
	if before, seen := taken[r.ID]; seen {
		return pass.Receipt{}, &SeenError{before}
	}
	return r, nil
}
