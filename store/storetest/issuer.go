package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1795284017, 0).UTC()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// issuer is a service on a database, with its clock and master keys in reach.
type issuer struct {
	*issuing.Service
	t     *testing.T
	db    *store.DB
	clock *clock
	ring  *issuing.Keyring
}

// masterKey is key 1 of every ring of the tests, and key n has n in its last byte.
func masterKey(id uint32) (k paycode.MasterKey) {
	k[0], k[31] = 0x5a, byte(id)
	return k
}

func ring(t *testing.T, active uint32) *issuing.Keyring {
	t.Helper()
	keys := map[uint32]paycode.MasterKey{}
	for id := uint32(1); id <= active; id++ {
		keys[id] = masterKey(id)
	}
	r, err := issuing.NewKeyring(active, keys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newIssuer(t *testing.T, db *store.DB, activeKey uint32) *issuer {
	t.Helper()
	is := &issuer{t: t, db: db, clock: newClock(), ring: ring(t, activeKey)}
	is.Service = is.service(is.ring)
	return is
}

// service is another server on the same database, with these master keys.
func (is *issuer) service(keys issuing.Keys) *issuing.Service {
	is.t.Helper()
	s, err := issuing.New(issuing.Config{
		Store: is.db, Keys: keys, Profile: paycode.DefaultProfile(), Limits: payment.DefaultLimits(),
		Now: is.clock.Now, Random: rand.Reader, Buckets: is.db.Buckets(),
		Log: slog.New(slog.DiscardHandler), ProofLeeway: issuing.DefaultProofLeeway,
	})
	if err != nil {
		is.t.Fatal(err)
	}
	return s
}

func (is *issuer) payer() issuing.Payer {
	is.t.Helper()
	p, err := is.CreatePayer(is.t.Context(), issuing.NewPayer{ExternalID: rand.Text(), Currency: "CNY", Name: "Zhang San"})
	if err != nil {
		is.t.Fatal(err)
	}
	return p
}

func (is *issuer) ticket(payer ids.Payer) string {
	is.t.Helper()
	text, expires, err := is.Ticket(is.t.Context(), payer)
	if err != nil || !expires.Equal(is.clock.Now().Add(issuing.TicketTTL)) {
		is.t.Fatalf("Ticket: expires %v, %v", expires, err)
	}
	return text
}

// phone enrols a new phone of a new payer.
func (is *issuer) phone() *phone {
	is.t.Helper()
	p := newPhone(is.t)
	p.enrol(is, is.ticket(is.payer().ID))
	return p
}

// aliases are those that the device's codes are accepted under, oldest first.
func (is *issuer) aliases(id ids.Device) (all []paycode.Alias) {
	is.t.Helper()
	look := errors.New("only looking")
	_, err := is.db.ChangeDevice(is.t.Context(), id, func(_ issuing.Device, issued []issuing.IssuedAlias) (issuing.Change, error) {
		all = nil
		for _, a := range issued {
			all = append(all, a.Alias)
		}
		return issuing.Change{}, look
	})
	if !errors.Is(err, look) {
		is.t.Fatal(err)
	}
	return all
}

func (is *issuer) device(id ids.Device) issuing.Device {
	is.t.Helper()
	d, err := is.Device(is.t.Context(), id)
	if err != nil {
		is.t.Fatal(err)
	}
	return d
}

// rows loads what a command of the bucket would be decided on.
func (is *issuer) rows(bucket int, n payment.Need) (got *payment.Rows) {
	is.t.Helper()
	err := is.db.Update(is.t.Context(), bucket, []payment.Need{n}, func(r *payment.Rows) { got = r })
	if err != nil {
		is.t.Fatal(err)
	}
	return got
}

// wantErr reports an error that is not the one asked for.
func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

// together runs n calls at once and answers their errors.
func together(ctx context.Context, n int, call func(ctx context.Context, i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = call(ctx, i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// count counts the errors that are want; nil counts successes.
func count(errs []error, want error) (n int) {
	for _, err := range errs {
		if errors.Is(err, want) {
			n++
		}
	}
	return n
}
