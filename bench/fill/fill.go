// Package fill puts payers with an enrolled device each into a store by the
// hundred thousand, as rows, because enrolling millions by the API takes hours.
// Their seeds derive from the server's own master key, so any of them can pay:
// those who do are taken from all over the store, and no index and no page is
// theirs alone.
package fill

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/bench"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// Sizes of what is put in.
type Sizes struct {
	Devices int // payers with a device each
	Paying  int // of them, those who are to pay
}

// perTransaction is how many payers are put in at once.
const perTransaction = 2000

// filler is a fill under way.
type filler struct {
	engine store.Engine
	keys   *issuing.Keyring
	sizes  Sizes
	ids    ids.Maker
	point  []byte // the public key of all devices
	began  time.Time
	phones []bench.Phone
	next   int
	claims map[int][][]any // of external ids, by their own bucket
}

// Fill puts payers into a store that holds none yet and that no server has
// open, and answers those who are to pay. put counts.
func Fill(ctx context.Context, engine store.Engine, keys *issuing.Keyring, n Sizes, put *atomic.Int64) ([]bench.Phone, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	var start [32]byte
	rand.Read(start[:])
	stream := mathrand.NewChaCha8(start) // draws tens of bytes for each, a hundred million in all
	f := &filler{engine: engine, keys: keys, sizes: n, began: time.Now(), claims: map[int][][]any{}, ids: ids.Maker{Random: stream, Buckets: engine.Buckets()}}
	if f.point, err = key.PublicKey.Bytes(); err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	for turn := 0; f.next < n.Devices; turn++ {
		many := min(perTransaction, n.Devices-f.next)
		if err := f.chunk(ctx, turn%engine.Buckets(), many); err != nil {
			return nil, fmt.Errorf("fill: %w", err)
		}
		put.Add(int64(many))
	}
	return f.phones, f.claim(ctx, 1)
}

// claim puts in the claims of external ids of every bucket that has at least so
// many: theirs is another bucket than the payers', and few are no transaction.
func (f *filler) claim(ctx context.Context, least int) error {
	for bucket, claims := range f.claims {
		if len(claims) < least {
			continue
		}
		delete(f.claims, bucket)
		err := f.engine.Write(ctx, bucket, func(tx store.Tx) error {
			tx.Each(insertExternalIDs, bucket, claims)
			return tx.Flush()
		})
		if err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	return nil
}

// chunk puts payers into one bucket.
func (f *filler) chunk(ctx context.Context, bucket, many int) error {
	r := rows{}
	for range many {
		if err := f.payer(&r, bucket); err != nil {
			return err
		}
	}
	err := f.engine.Write(ctx, bucket, func(tx store.Tx) error {
		tx.Each(insertPayers, bucket, r.payers)
		tx.Each(insertPurses, bucket, r.purses)
		tx.Each(insertDevices, bucket, r.devices)
		tx.Each(insertAliases, bucket, r.aliases)
		return tx.Flush()
	})
	if err != nil {
		return err
	}
	return f.claim(ctx, perTransaction)
}

// rows of one chunk.
type rows struct {
	payers, purses, devices, aliases [][]any
}

// payer adds the rows of the next payer, who is made a millisecond after the one
// before, as if they had come over years.
func (f *filler) payer(r *rows, bucket int) error {
	n := f.next
	f.next++
	now := f.began.Add(time.Duration(n-f.sizes.Devices) * time.Millisecond)
	payer, device := ids.New[ids.Payer](f.ids, now, bucket), ids.New[ids.Device](f.ids, now, bucket)
	alias := f.alias(n, bucket)
	at, name := now.UnixMicro(), fmt.Sprintf("fill-%x", payer[6:])
	var token [32]byte
	if _, err := f.ids.Random.Read(token[:]); err != nil {
		return err
	}
	l := payment.DefaultLimits()
	r.payers = append(r.payers, []any{payer, name, name, bench.Currency, at})
	r.purses = append(r.purses, []any{int64(ledger.PayerBalance), payer, bench.Currency, int64(0), int64(0), int64(0), int64(0),
		l.PerPayment, l.PerDay, int64(1_000_000), l.ConfirmAbove, name})
	key := int64(f.keys.Active())
	r.devices = append(r.devices, []any{device, payer, string(issuing.Phone), "fill", string(payment.DeviceActive), f.point, f.point, token[:],
		int64(1), key, int64(1), key, at, int64(alias), int64(1), f.began.UnixMicro(), at, int64(0), int64(0)})
	r.aliases = append(r.aliases, []any{int64(alias), device, payer, at, int64(0)})
	hash := sha256.Sum256([]byte(name))
	home := int(binary.BigEndian.Uint64(hash[:]) % uint64(f.engine.Buckets()))
	f.claims[home] = append(f.claims[home], []any{name, payer})
	return f.choose(n, payer, device, alias)
}

// choose has every so-many-th device pay.
func (f *filler) choose(n int, payer ids.Payer, device ids.Device, alias paycode.Alias) error {
	if (n+1)*f.sizes.Paying/f.sizes.Devices == n*f.sizes.Paying/f.sizes.Devices {
		return nil
	}
	seed, err := f.keys.Seed(f.keys.Active(), paycode.DeviceID(device), 1)
	f.phones = append(f.phones, bench.Phone{Payer: payer, Seed: seed, Alias: alias})
	return err
}

// alias is one that no other device has, scattered as drawn ones are: multiplying
// by a number that has no divisor in common with their count shuffles them.
func (f *filler) alias(n, bucket int) paycode.Alias {
	const scatter = 982_451_653 // a prime
	buckets := f.engine.Buckets()
	count := aliases / buckets
	return paycode.Alias(n*scatter%count*buckets + bucket)
}

// aliases is how many there are with the default profile's nine digits.
const aliases = 1_000_000_000
