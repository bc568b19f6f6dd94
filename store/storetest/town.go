// Package storetest is the one suite that every store passes. An engine's own
// tests call its functions with a way to open a fresh database.
package storetest

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// Opener makes a fresh database with a number of buckets.
type Opener func(t testing.TB, buckets int) *store.DB

// town is a database with a processor on it, and people who pay and sell.
type town struct {
	testing.TB
	db      *store.DB
	pay     *payment.Processor
	ids     ids.Maker
	master  paycode.MasterKey
	profile paycode.Profile

	mu       sync.Mutex
	now      time.Time
	presence bool
	rate     int // of merchants, in basis points
	orders   int
}

// person is a payer with one device.
type person struct {
	payer  ids.Payer
	device ids.Device
	alias  paycode.Alias
	seed   paycode.Seed
}

func newTown(t testing.TB, open Opener, buckets int) *town {
	db := open(t, buckets)
	w := &town{
		TB: t, db: db, ids: ids.Maker{Random: rand.Reader, Buckets: buckets}, master: paycode.MasterKey{1},
		profile: paycode.DefaultProfile(), now: time.Unix(1795284017, 0).UTC(), presence: true,
	}
	w.pay = w.server()
	return w
}

// server starts another processor on the same database.
func (w *town) server() *payment.Processor { return w.serverOn(w.db) }

func (w *town) serverOn(s payment.Store) *payment.Processor {
	p := payment.New(w.config(s))
	w.Cleanup(p.Close)
	return p
}

func (w *town) config(s payment.Store) payment.Config {
	return payment.Config{
		Store: s, Seeds: w, Presence: w, Profile: w.profile, Zone: time.UTC, Clock: payment.RealClock(w.clock), Random: rand.Reader,
		Buckets: w.db.Buckets(), Parallel: 4, Log: slog.New(slog.DiscardHandler), Committed: func(int, []payment.Event) {},
	}
}

func (w *town) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *town) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *town) at(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

// Reachable implements payment.Presence.
func (w *town) Reachable(_ ids.Payer, elsewhere []ids.Server) bool {
	return w.presence || len(elsewhere) > 0
}

// Seed implements payment.Seeds.
func (w *town) Seed(_ uint32, d paycode.DeviceID, g paycode.Generation) (paycode.Seed, error) {
	return paycode.DeriveSeed(&w.master, d, g), nil
}

// Authenticator implements payment.Seeds.
func (w *town) Authenticator(_ uint32, d paycode.DeviceID, g paycode.Generation) (paycode.AuthenticatorSecret, error) {
	return paycode.DeriveAuthenticator(&w.master, d, g), nil
}

func (w *town) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// merchant is one from whom the operator keeps what w.rate says.
func (w *town) merchant() ids.Merchant {
	w.Helper()
	return w.rated(w.rate)
}

// rated is a merchant from whom the operator keeps so many basis points.
func (w *town) rated(bp int) ids.Merchant {
	w.Helper()
	id := ids.New[ids.Merchant](w.ids, w.now, w.ids.AnyBucket())
	w.must(w.db.AddMerchant(w.Context(), access.Merchant{ID: id, Name: "shop", Currency: "CNY", Status: access.MerchantActive, CreatedAt: w.now, FeeBP: bp}))
	return id
}

// person enrols somebody with money and a phone.
func (w *town) person(minor int64) person {
	w.Helper()
	return w.enrolled(minor, func(bucket int) (paycode.Alias, error) { return w.profile.NewAlias(rand.Reader, bucket, w.ids.Buckets) })
}

// member enrols somebody with money and an authenticator app.
func (w *town) member(minor int64) person {
	w.Helper()
	return w.enrolled(minor, func(bucket int) (paycode.Alias, error) { return paycode.NewMember(rand.Reader, bucket, w.ids.Buckets) })
}

func (w *town) enrolled(minor int64, draw func(bucket int) (paycode.Alias, error)) person {
	w.Helper()
	bucket := w.ids.AnyBucket()
	p := person{payer: ids.New[ids.Payer](w.ids, w.now, bucket), device: ids.New[ids.Device](w.ids, w.now, bucket)}
	var err error
	p.alias, err = draw(bucket)
	w.must(err)
	_, err = w.db.AddPayer(w.Context(), issuing.Payer{
		Payer:      payment.Payer{ID: p.payer, Name: "Li Lei", Currency: "CNY", Limits: payment.Limits{PerPayment: 1e6, PerDay: 1e9, CountPerDay: 1e6, ConfirmAbove: 5e5}},
		ExternalID: p.payer.String(), CreatedAt: w.now,
	})
	w.must(err)
	ticket := sha256.Sum256(p.payer[:])
	w.must(w.db.AddTicket(w.Context(), issuing.Ticket{Hash: ticket, Payer: p.payer, ExpiresAt: w.now.Add(time.Hour)}))
	seed := payment.SeedRef{KeyID: 1, Generation: 1}
	_, err = w.db.Enrol(w.Context(), bucket, ticket, func(issuing.Ticket, *issuing.Device) (issuing.Device, error) {
		return issuing.Device{
			Device: payment.Device{
				ID: p.device, Payer: p.payer, Status: payment.DeviceActive, Newest: seed, Held: seed,
				Alias: p.alias, SyncedAt: w.now,
			},
			Kind: issuing.Phone, Name: "phone", TokenHash: ticket, CreatedAt: w.now,
		}, nil
	})
	w.must(err)
	p.seed, _ = w.Seed(1, paycode.DeviceID(p.device), 1)
	if minor > 0 {
		_, _, err = w.pay.TopUp(w.Context(), p.payer, "start", minor, false)
		w.must(err)
	}
	return p
}

// text is the text code of a person's nonce at this minute.
func (w *town) text(p person, nonce int) string {
	return w.profile.NewText(&p.seed, p.alias, paycode.Slot{Counter: w.profile.CounterAt(w.clock()), Nonce: paycode.Nonce(nonce)})
}

// digits is the same as digits.
func (w *town) digits(p person, nonce int) string {
	return w.profile.NewDigits(&p.seed, p.alias, paycode.Slot{Counter: w.profile.CounterAt(w.clock()), Nonce: paycode.Nonce(nonce)})
}

func (w *town) order() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.orders++
	return fmt.Sprintf("order-%d", w.orders)
}

// charge asks for minor and fails the test on anything but an answer.
func (w *town) charge(m ids.Merchant, order, code string, minor int64) payment.Payment {
	w.Helper()
	var p payment.Payment
	w.must(insist(func() (err error) {
		p, _, err = w.pay.Charge(w.Context(), payment.Request{Merchant: m, OrderNo: order, Amount: cny(minor), Code: code})
		return err
	}))
	return p
}

func (w *town) balance(p person) int64 {
	w.Helper()
	a, err := w.pay.Balance(w.Context(), p.payer)
	w.must(err)
	return a.Minor
}

// wantDeclined fails unless the payment was declined for a reason.
func (w *town) wantDeclined(p payment.Payment, code payment.DeclineCode) {
	w.Helper()
	if p.Status != payment.Declined || p.Decline != code {
		w.Errorf("%s %s, want declined %s", p.Status, p.Decline, code)
	}
}

func (w *town) wantPaid(p payment.Payment) {
	w.Helper()
	if p.Status != payment.Succeeded {
		w.Errorf("%s %s, want succeeded", p.Status, p.Decline)
	}
}

func cny(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "CNY"} }

// insist asks again for as long as the processor takes nothing more in, as a till does.
func insist(ask func() error) error {
	for {
		if err := ask(); !errors.Is(err, payment.ErrOverloaded) && !errors.Is(err, payment.ErrUnavailable) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// race runs do n times at once.
func race(n int, do func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; do(i) })
	}
	close(start)
	wg.Wait()
}
