// Package ids makes and reads the identifiers of the system: TypeIDs, that is a
// lower-case prefix that says what is named, an underscore, and a UUIDv7
// (RFC 9562) as 26 Crockford base32 characters, such as
// pay_01jfja0yrcfgzrmq9f3r69q2kp.
//
// An identifier also says where its row is kept. The low 16 bits of the UUID,
// modulo the number of buckets of the database, are the bucket of its owner:
// whoever holds an id knows where to look without a look-up.
package ids

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// ErrMalformed is answered for a text that is not an identifier of the kind asked for.
var ErrMalformed = errors.New("ids: malformed identifier")

// Kind is implemented by the phantom types that tell identifiers apart at compile time.
type Kind interface{ prefix() string }

type (
	payer    struct{}
	device   struct{}
	merchant struct{}
	payment  struct{}
	refund   struct{}
	topUp    struct{}
	event    struct{}
	webhook  struct{}
	gate     struct{}
	server   struct{}
	ride     struct{}
	loan     struct{}
	payout   struct{}
)

func (payer) prefix() string    { return "payer" }
func (device) prefix() string   { return "dev" }
func (merchant) prefix() string { return "mer" }
func (payment) prefix() string  { return "pay" }
func (refund) prefix() string   { return "ref" }
func (topUp) prefix() string    { return "top" }
func (event) prefix() string    { return "evt" }
func (webhook) prefix() string  { return "wh" }
func (gate) prefix() string     { return "gate" }
func (server) prefix() string   { return "srv" }
func (ride) prefix() string     { return "ride" }
func (loan) prefix() string     { return "loan" }
func (payout) prefix() string   { return "po" }

// The identifiers of the system, each a UUIDv7 of its own type.
type (
	Payer    = ID[payer]
	Device   = ID[device]
	Merchant = ID[merchant]
	Payment  = ID[payment]
	Refund   = ID[refund]
	TopUp    = ID[topUp]
	Event    = ID[event]
	Webhook  = ID[webhook]
	Gate     = ID[gate]
	Ride     = ID[ride]
	Loan     = ID[loan]   // money that a payer owes
	Payout   = ID[payout] // money that a merchant was paid
	Server   = ID[server] // one run of a server: never in the HTTP contract
)

// ID is a UUIDv7 that names one thing of kind K. The zero ID names nothing.
type ID[K Kind] [16]byte

// Maker draws identifiers. Both fields are needed; Buckets is the number of
// buckets of the database, fixed when it was made.
type Maker struct {
	Random  io.Reader // a CSPRNG, or a seeded source in a simulation
	Buckets int
}

// New draws an identifier whose row is kept in bucket, made at now:
// New[Payer](maker, now, 3). It panics when the random source fails: an
// identifier that is not random could name somebody else's money.
func New[T ID[K], K Kind](m Maker, now time.Time, bucket int) T {
	var id T
	if _, err := io.ReadFull(m.Random, id[6:]); err != nil {
		panic(fmt.Sprintf("ids: no random bytes: %v", err))
	}
	ms := uint64(now.UnixMilli())
	binary.BigEndian.PutUint16(id[0:], uint16(ms>>32))
	binary.BigEndian.PutUint32(id[2:], uint32(ms))
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	binary.BigEndian.PutUint16(id[14:], inClass(binary.BigEndian.Uint16(id[14:]), bucket, m.Buckets))
	return id
}

// AnyBucket draws a bucket for an owner who may live in any of them, so that
// they spread evenly. It panics like New.
func (m Maker) AnyBucket() int {
	var b [8]byte
	if _, err := io.ReadFull(m.Random, b[:]); err != nil {
		panic(fmt.Sprintf("ids: no random bytes: %v", err))
	}
	return int(binary.BigEndian.Uint64(b[:]) % uint64(m.Buckets))
}

// inClass moves v to the nearest 16-bit number not above it, or else the
// smallest one, that leaves bucket when divided by buckets.
func inClass(v uint16, bucket, buckets int) uint16 {
	x := int(v) - int(v)%buckets + bucket
	if x > 0xffff {
		x -= buckets
	}
	return uint16(x)
}

// Bucket says in which of the database's buckets the named row is kept.
func (id ID[K]) Bucket(buckets int) int {
	return int(binary.BigEndian.Uint16(id[14:])) % buckets
}

// IsZero reports whether id names nothing.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// Time is the millisecond at which the identifier was made.
func (id ID[K]) Time() time.Time {
	ms := int64(binary.BigEndian.Uint16(id[0:]))<<32 | int64(binary.BigEndian.Uint32(id[2:]))
	return time.UnixMilli(ms).UTC()
}
