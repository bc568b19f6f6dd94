package access

import "errors"

// What a call may be refused with, besides a *field.Error for a request that is
// wrong in itself.
var (
	// ErrNotFound is for a merchant or gate that is not there.
	ErrNotFound = errors.New("access: not found")
	// ErrKeyMalformed is for a text that is not a key: a typo, found by the
	// checksum without asking the store.
	ErrKeyMalformed = errors.New("access: malformed key")
	// ErrKeyUnknown is for a key that was never issued.
	ErrKeyUnknown = errors.New("access: unknown key")
	// ErrKeyRevoked is for a key that was taken back.
	ErrKeyRevoked = errors.New("access: the key is revoked")
	// ErrReplayed is for a nonce that a merchant's tills have used before.
	ErrReplayed = errors.New("access: the nonce was used before")
)
