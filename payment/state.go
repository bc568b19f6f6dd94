package payment

import (
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Bounds of the guessing defence and of waiting, from docs/codes.md.
const (
	// WrongWindow is how long a wrong code is held against whoever sent it.
	WrongWindow = 10 * time.Minute
	// WrongPerMerchant wrong codes for one alias from one merchant within
	// WrongWindow have its digits refused there for the rest of it.
	WrongPerMerchant = 5
	// WrongPerAlias wrong codes in all have the digits of an alias refused
	// until the device syncs and so gets another alias, or for an authenticator,
	// which never does, until the operator unfreezes it.
	WrongPerAlias = 20
	// WrongByMerchant wrong codes within WrongWindow have a merchant refused for WrongWindow.
	WrongByMerchant = 50
	// ConfirmWithin is how long the payer has to confirm.
	ConfirmWithin = 60 * time.Second
	// BothGenerations is how long after a rotation the old seed still works.
	BothGenerations = 24 * time.Hour
)

// Limits bound what a payer's offline codes may take; all in minor units of
// the payer's currency. ConfirmAbove holds for every code.
type Limits struct {
	PerPayment   int64 `json:"per_payment" minimum:"0" maximum:"1000000000000" doc:"largest single payment, minor units"`
	PerDay       int64 `json:"per_day" minimum:"0" maximum:"1000000000000" doc:"sum of one day, minor units"`
	CountPerDay  int64 `json:"count_per_day" minimum:"0" maximum:"1000000" doc:"payments a day"`
	ConfirmAbove int64 `json:"confirm_above" minimum:"0" maximum:"1000000000000" doc:"above this amount the payer must confirm, minor units"`
}

// DefaultLimits are those of a new payer: 1,000.00 a payment, 5,000.00 and a
// hundred payments a day, confirmation above 1,000.00.
func DefaultLimits() Limits {
	return Limits{PerPayment: 100_000, PerDay: 500_000, CountPerDay: 100, ConfirmAbove: 100_000}
}

// AuthenticatorLimits are the most that codes of authenticator apps may take,
// whatever the payer's own limits: 200.00 a payment, 500.00 and ten payments a
// day. Six digits that are said aloud are the weakest code there is.
func AuthenticatorLimits() Limits {
	return Limits{PerPayment: 20_000, PerDay: 50_000, CountPerDay: 10, ConfirmAbove: 20_000}
}

// of is the limits as they hold for a method. All offline codes use up the same
// day: what other devices took counts against an authenticator, and the other way round.
func (l Limits) of(m Method) Limits {
	if m != Authenticator {
		return l
	}
	return l.ForAuthenticator()
}

// ForAuthenticator is the lower of the payer's limits and AuthenticatorLimits.
func (l Limits) ForAuthenticator() Limits {
	a := AuthenticatorLimits()
	return Limits{
		PerPayment: min(l.PerPayment, a.PerPayment), PerDay: min(l.PerDay, a.PerDay),
		CountPerDay: min(l.CountPerDay, a.CountPerDay), ConfirmAbove: min(l.ConfirmAbove, a.ConfirmAbove),
	}
}

// DeviceStatus is whether a device may pay.
type DeviceStatus string

// The states of a device.
const (
	DeviceActive    DeviceStatus = "active"
	DeviceIsFrozen  DeviceStatus = "frozen"  // lost; may be found again
	DeviceIsRevoked DeviceStatus = "revoked" // gone for good
)

// SeedRef names one seed: a master key and a generation of the device.
type SeedRef struct {
	KeyID      uint32
	Generation paycode.Generation
}

// Device is the part of a device that a charge looks at.
type Device struct {
	ID        ids.Device
	Payer     ids.Payer
	Status    DeviceStatus
	Newest    SeedRef // the seed that was issued last
	Held      SeedRef // the seed that the device is known to hold
	RotatedAt time.Time
	Alias     paycode.Alias // the newest alias
	AliasHeld bool          // the device is known to hold it, so older ones are gone
	Shown     paycode.Alias // what a code has just shown the device to hold, news to the store; else 0
	SyncedAt  time.Time
	Burned    paycode.BurnMap
}

// Seeds lists the seeds whose codes are good at now, the newest first: one, or
// two while a rotation is not yet acknowledged, but never longer than BothGenerations.
func (d Device) Seeds(now time.Time) []SeedRef {
	if d.Held == d.Newest || now.Sub(d.RotatedAt) > BothGenerations {
		return []SeedRef{d.Newest}
	}
	return []SeedRef{d.Newest, d.Held}
}

// OnlineCode is the one code minted by the server that a device may have.
type OnlineCode struct {
	Device    ids.Device
	Hash      [32]byte // SHA-256 of its digits
	ExpiresAt time.Time
	Used      bool
}

// Payer is who pays.
type Payer struct {
	ID       ids.Payer
	Name     string
	Currency money.Currency
	Limits   Limits
}

// Purse is a payer's account with what offline codes took from it on Day.
type Purse struct {
	Payer    ids.Payer
	Balance  money.Amount
	Day      int64 // days since 1970 in the issuer's time zone
	DaySpent int64 // minor units
	DayCount int64
}

// on is the purse with the day's use as it stands on day. Days only move
// forward: two servers around midnight, or a clock that was set back, must not
// give a limit twice. Until the day has come again, the later one counts.
func (p Purse) on(day int64) Purse {
	if p.Day < day {
		p.Day, p.DaySpent, p.DayCount = day, 0, 0
	}
	return p
}

// WrongKey says whose wrong codes are counted: those for an alias, known or
// not, from one merchant, or with the zero merchant from all of them.
type WrongKey struct {
	Alias    paycode.Alias
	Merchant ids.Merchant
}

// Wrong counts wrong codes since a time.
type Wrong struct {
	Since time.Time
	Count int64
}

// Merchant is who is paid, as the claim of the order found him.
type Merchant struct {
	ID           ids.Merchant
	Currency     money.Currency
	Suspended    bool
	RefusedUntil time.Time // for having sent too many wrong codes
	FeeBP        int       // what the operator keeps of a payment, in basis points
}
