package access

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Config is what a Service works with. All fields but Fares and
// Priced are needed; Seals only where tills speak WeChat Pay.
type Config struct {
	Store   Store
	Seals   SealKeys
	Now     func() time.Time // the clock
	Random  io.Reader        // a CSPRNG
	Buckets int              // of the store
	Fares   money.Currency   // in which rides are priced; CNY when empty
	// Priced is a *field.Error about "line" or "station" where a ride has no fare:
	// there no gate is made, because it would let people ride for nothing.
	Priced func(line, station string) error
}

// Service keeps keys, merchants and gates.
type Service struct {
	Config
	ids    ids.Maker
	recent recent
}

// New is a service that remembers no key.
func New(c Config) *Service {
	c.Fares = cmp.Or(c.Fares, "CNY")
	return &Service{Config: c, ids: ids.Maker{Random: c.Random, Buckets: c.Buckets}}
}

// Store keeps what access needs. Whatever a method has written is durable when
// it returns without an error.
type Store interface {
	KeyStore
	NonceStore
	WeChatStore
	AlipayStore
	// AddMerchant inserts a merchant.
	AddMerchant(ctx context.Context, m Merchant) error
	// EnsureMerchant inserts a merchant unless there is one with that identifier.
	EnsureMerchant(ctx context.Context, m Merchant) error
	// Merchant answers a merchant, or ErrNotFound.
	Merchant(ctx context.Context, id ids.Merchant) (Merchant, error)
	// SetMerchantStatus sets the status of a merchant, or answers ErrNotFound.
	SetMerchantStatus(ctx context.Context, id ids.Merchant, s MerchantStatus) error
	// SetMerchantFee sets the rate of a merchant, in basis points, or answers ErrNotFound.
	SetMerchantFee(ctx context.Context, id ids.Merchant, bp int) error
	// AddGate inserts a gate.
	AddGate(ctx context.Context, g Gate) error
	// Gate answers a gate, or ErrNotFound.
	Gate(ctx context.Context, id ids.Gate) (Gate, error)
}

// KeyStore keeps keys by their hash.
type KeyStore interface {
	// AddKey inserts a key.
	AddKey(ctx context.Context, k Key) error
	// Key answers the key with the hash, or ErrKeyUnknown.
	Key(ctx context.Context, hash [32]byte) (Key, error)
	// Keys lists the keys of a caller, oldest first, revoked ones too.
	Keys(ctx context.Context, owner Caller) ([]Key, error)
	// RevokeKey notes when a key was revoked, unless it was before.
	RevokeKey(ctx context.Context, hash [32]byte, at time.Time) error
}
