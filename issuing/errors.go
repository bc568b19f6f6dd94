package issuing

import "errors"

// What a call may be refused with, besides a *field.Error for a request that is
// wrong in itself. A refused call changes nothing.
var (
	// ErrNotFound is for a payer or device that is not there.
	ErrNotFound = errors.New("issuing: not found")
	// ErrPayerConflict is for an external id that was used with another currency.
	ErrPayerConflict = errors.New("issuing: the external id was used with another currency")

	// ErrTicketInvalid is for a ticket that was never issued, or mistyped.
	ErrTicketInvalid = errors.New("issuing: no such ticket")
	// ErrTicketExpired is for a ticket past its time.
	ErrTicketExpired = errors.New("issuing: the ticket has expired")
	// ErrTicketUsed is for a ticket that enrolled a device with other keys.
	ErrTicketUsed = errors.New("issuing: the ticket was used")
	// ErrKindUnsupported is for what a kind of device cannot do: an authenticator
	// never has network, so it cannot be given another secret.
	ErrKindUnsupported = errors.New("issuing: not for this kind of device")

	// ErrDeviceFrozen is for a device that was reported lost.
	ErrDeviceFrozen = errors.New("issuing: the device is frozen")
	// ErrDeviceRevoked is for a device that is gone for good.
	ErrDeviceRevoked = errors.New("issuing: the device is revoked")
	// ErrInDebt is for a payer who owes a ride: until it is paid his devices get no pass.
	ErrInDebt = errors.New("issuing: the payer owes a ride")
	// ErrDeviceExpired is for a device whose seed is past its lifetime: it must sync.
	ErrDeviceExpired = errors.New("issuing: the device must sync first")

	// ErrTokenInvalid is for an access token that was never issued, was
	// replaced by a later one, or is mistyped.
	ErrTokenInvalid = errors.New("issuing: no such access token")
	// ErrProofMalformed is for a DPoP proof that is missing or not a JWT of
	// RFC 9449, section 4.2, signed with ES256.
	ErrProofMalformed = errors.New("issuing: malformed DPoP proof")
	// ErrProofKey is for a proof made with another key than the device
	// enrolled: what a stolen token comes with.
	ErrProofKey = errors.New("issuing: the DPoP proof is not by the device's key")
	// ErrProofMismatch is for a proof made for another request or token.
	ErrProofMismatch = errors.New("issuing: the DPoP proof is for another request")
	// ErrProofStale is for a proof made too long ago, or by a clock that is ahead.
	ErrProofStale = errors.New("issuing: the DPoP proof is too old or of the future")
	// ErrProofReplayed is for a proof that was used before.
	ErrProofReplayed = errors.New("issuing: the DPoP proof was used before")

	// ErrAliasTaken is what a Store says of an alias that another device has.
	// Service draws another one.
	ErrAliasTaken = errors.New("issuing: the alias is taken")
)
