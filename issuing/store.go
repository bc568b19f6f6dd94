package issuing

import (
	"context"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// Store keeps what issuing needs. Whatever a method has written is durable when
// it returns without an error; after an error, nothing was written, unless a
// connection was lost during the commit. A transaction that lost a race is run
// again, and with it the function that decides.
type Store interface {
	PayerStore
	TicketStore
	DeviceStore
	PassStore
	// SpendProof remembers a proof of a device until a time, and reports
	// whether it was new. It also forgets a few that are older than now.
	SpendProof(ctx context.Context, device ids.Device, jti [16]byte, until, now time.Time) (fresh bool, err error)
}

// PayerStore keeps payers.
type PayerStore interface {
	// ClaimExternalID answers the payer that has the external id: candidate,
	// unless there was another one before.
	ClaimExternalID(ctx context.Context, externalID string, candidate ids.Payer) (ids.Payer, error)
	// AddPayer inserts the payer if none has its id, and answers the one that has.
	AddPayer(ctx context.Context, p Payer) (Payer, error)
	// Payer answers a payer with his devices, oldest first, or ErrNotFound.
	Payer(ctx context.Context, id ids.Payer) (Payer, error)
	// SetLimits replaces the limits of a payer, or answers ErrNotFound.
	SetLimits(ctx context.Context, id ids.Payer, l payment.Limits) error
}

// TicketStore keeps tickets.
type TicketStore interface {
	// AddTicket inserts a ticket.
	AddTicket(ctx context.Context, t Ticket) error
	// Enrol loads a ticket and the device that it enrolled, nil when it is
	// unused, has decide say which device shall be written, and writes it in the
	// same transaction: for an unused ticket a new device with its alias, else
	// the token of the old one. ErrTicketInvalid for an unknown ticket,
	// ErrAliasTaken when another device has the alias.
	Enrol(ctx context.Context, bucket int, ticket [32]byte, decide func(Ticket, *Device) (Device, error)) (Device, error)
}

// DeviceStore keeps devices.
type DeviceStore interface {
	// Device answers a device or ErrNotFound.
	Device(ctx context.Context, id ids.Device) (Device, error)
	// DeviceByToken answers the device of a bucket whose access token has the
	// hash, or ErrNotFound.
	DeviceByToken(ctx context.Context, bucket int, hash [32]byte) (Device, error)
	// ChangeDevice loads a device, locked, with its aliases, oldest first, has
	// decide say what shall change, and writes that in the same transaction.
	// ErrNotFound for an unknown device, ErrAliasTaken for an alias that
	// another device has.
	ChangeDevice(ctx context.Context, id ids.Device, decide func(Device, []IssuedAlias) (Change, error)) (Device, error)
}

// KeyUse knows which devices need a master key.
type KeyUse interface {
	// DevicesWithKey counts the devices, except revoked ones, whose newest seed
	// is of the key, or whose held seed is and was replaced after since.
	DevicesWithKey(ctx context.Context, keyID uint32, since time.Time) (int64, error)
}

// IssuedAlias is an alias that a device was given and that is still accepted.
type IssuedAlias struct {
	Alias paycode.Alias
	At    time.Time // later than that of every alias issued before
}

// Change is what becomes of a device. Of the row, everything but its keys, its
// name and its burn map is written.
type Change struct {
	Device  Device
	Issue   IssuedAlias   // a new alias, whose wrong codes are forgotten; none when At is zero
	Drop    []IssuedAlias // aliases that are no longer accepted
	Online  *payment.OnlineCode
	Forgive bool      // the wrong codes for the device's alias are forgotten
	Status  ids.Event // tells that the device has another status; none when zero
}
