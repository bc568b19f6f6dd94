package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/till"
	"github.com/paycode/paycode/till/faulty"
	"github.com/paycode/paycode/wallet"
)

// market is a real server with one merchant.
type market struct {
	t *testing.T
	*server.Server
	key string
}

func openMarket(t *testing.T) *market {
	t.Helper()
	dir := t.TempDir()
	keys, err := issuing.KeyFile{Path: filepath.Join(dir, "master.key")}.Generate(rand.Reader)
	must(t, err)
	s, err := server.Open(t.Context(), server.Config{
		Database: "sqlite:" + filepath.Join(dir, "server.db"), Listen: "localhost:0", Keys: keys, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	m, err := s.Access.CreateMerchant(ctx, "Tea House", "CNY")
	must(t, err)
	key, _, err := s.Access.CreateKey(ctx, access.ForMerchant(m.ID))
	must(t, err)
	return &market{t, s, key}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// payer has a wallet and as much money.
func (m *market) payer(name string, minor int64) (issuing.Payer, *wallet.Wallet) {
	m.t.Helper()
	ctx := m.t.Context()
	p, err := m.Issuing.CreatePayer(ctx, issuing.NewPayer{ExternalID: name, Currency: "CNY", Name: name})
	must(m.t, err)
	_, _, err = m.Payments.TopUp(ctx, p.ID, "first", minor, false)
	must(m.t, err)
	ticket, _, err := m.Issuing.Ticket(ctx, p.ID)
	must(m.t, err)
	w := wallet.New(filepath.Join(m.t.TempDir(), "wallet.json"), "")
	must(m.t, w.Enrol(ctx, wallet.Enrolment{Link: ticket, Server: m.URL(), Kind: wallet.Phone, Name: "phone"}))
	return p, w
}

// TestTillAndServerAgreeOverABadNetwork sells through networks of every badness
// to a real server, with tills that crash, cashiers who cancel, and a payer who
// is out of money until somebody tops him up. When the last straggler has
// arrived, what each till believes is what the merchant's books say.
func TestTillAndServerAgreeOverABadNetwork(t *testing.T) {
	m := openMarket(t)
	good := &till.Till{Server: m.URL(), Key: m.key}
	faults, unknown, paid := 0, 0, 0
	for seed := range uint64(40) {
		net := faulty.New(http.DefaultTransport, []float64{0.2, 0.5, 0.8}[seed%3], seed, time.Now())
		payer, w := m.payer(fmt.Sprintf("payer %d", seed), 2500)
		beliefs, spent, added := map[string]client.Payment{}, int64(0), int64(0)
		for n := range 5 {
			no := fmt.Sprintf("order/%d#%d", seed, n)
			if net.Chance(0.3) {
				_, _, err := m.Payments.TopUp(t.Context(), payer.ID, no, 1000, false)
				must(t, err)
				added += 1000
			}
			p, crashes := m.sell(net, w, no)
			if p.Status == client.Declined {
				var more int
				p, more = m.sell(net, w, no) // another code under the same number
				crashes += more
			}
			beliefs[no] = p
			unknown += crashes
		}
		net.Flush()
		for no, believed := range beliefs {
			booked, err := good.Query(t.Context(), no)
			if (err != nil) || (booked.Status == client.Succeeded) != (believed.Status == client.Succeeded) {
				t.Errorf("seed %d, %s: the till believes %s, the books say %s, %v", seed, no, believed.Status, booked.Status, err)
			}
			if believed.Status == client.Succeeded {
				spent += believed.AmountMinor
				paid++
			}
		}
		balance, err := m.Payments.Balance(t.Context(), payer.ID)
		if want := 2500 + added - spent; err != nil || balance.Minor != want {
			t.Errorf("seed %d: the payer has %d left, %v, want %d", seed, balance.Minor, err, want)
		}
		faults += net.Faults()
	}
	if faults < 200 || unknown < 10 || paid < 50 {
		t.Errorf("%d faults, %d crashes, %d paid: too easy", faults, unknown, paid)
	}
	report, err := m.DB.Audit(t.Context())
	if err != nil || !report.Balanced {
		t.Errorf("audit: %+v, %v", report, err)
	}
}

// sell charges 10.00 until the outcome is known, over crashes of the till.
func (m *market) sell(net *faulty.Network, w *wallet.Wallet, orderNo string) (p client.Payment, crashes int) {
	m.t.Helper()
	code, err := w.Show()
	must(m.t, err)
	dir := m.t.TempDir()
	terminal := func(pause func(context.Context, time.Duration) error) *till.Till {
		j, err := till.OpenJournal(dir)
		must(m.t, err)
		return &till.Till{Server: m.URL(), Key: m.key, HTTP: &http.Client{Transport: net}, Journal: j, Now: net.Now, Pause: pause}
	}
	ctx, crash := context.WithCancel(m.t.Context())
	defer crash()
	first := terminal(func(ctx context.Context, d time.Duration) error {
		if net.Chance(0.1) {
			crash()
		}
		return net.Pause(ctx, d)
	})
	form := code.Digits
	if net.Chance(0.5) {
		form = code.Text
	}
	p, err = first.Charge(ctx, till.Sale{OrderNo: orderNo, Amount: money.Amount{Minor: 1000, Currency: "CNY"}, Code: form})
	impatient := net.Chance(0.3)
	for errors.Is(err, till.ErrUnknown) {
		crashes++
		if second := terminal(net.Pause); impatient {
			p, err = second.CancelOrder(m.t.Context(), orderNo)
		} else {
			p, err = second.Settle(m.t.Context(), orderNo)
		}
	}
	must(m.t, err)
	return p, crashes
}
