package main

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/till"
	"github.com/paycode/paycode/till/faulty"
	"github.com/paycode/paycode/wallet"
)

// against is a wallet held against a reader.
func against(w *wallet.Wallet) nfc.Transmit {
	a := w.Applet(nil)
	return func(command []byte) ([]byte, error) { return a.Command(command), nil }
}

func yuan(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "CNY"} }

// TestRelayedTapsAreRefused: what a device answered to a reader pays at that till,
// that amount, for that reading, once; and the money that moved is that one payment.
func TestRelayedTapsAreRefused(t *testing.T) {
	m := openMarket(t)
	_, w := m.payer("ada", 10000)
	here := &till.Till{Server: m.URL(), Key: m.key}
	rival, err := m.Access.CreateMerchant(t.Context(), "Rival", "CNY")
	must(t, err)
	key, _, err := m.Access.CreateKey(t.Context(), access.ForMerchant(rival.ID))
	must(t, err)
	there := &till.Till{Server: m.URL(), Key: key}

	merchant, err := here.Merchant(t.Context())
	must(t, err)
	orders := 0
	read := func(merchant ids.Merchant, minor int64) till.Sale {
		t.Helper()
		orders++
		s, err := till.Sale{OrderNo: fmt.Sprint("T-", orders), Amount: yuan(minor)}.Tapped(merchant, against(w))
		must(t, err)
		return s
	}
	charge := func(name string, at *till.Till, s till.Sale, want string) {
		t.Helper()
		p, err := at.Charge(t.Context(), s)
		if want == "" && (err != nil || p.Status != client.Succeeded || p.Method != "nfc") || want != "" && p.DeclineCode != want {
			t.Errorf("%s: %s by %s, %q, %v, want %q", name, p.Status, p.Method, p.DeclineCode, err, want)
		}
	}
	another := func(s till.Sale, change func(*till.Sale)) till.Sale {
		orders++
		s.OrderNo = fmt.Sprint("T-", orders)
		change(&s)
		return s
	}

	stolen := read(merchant, 1250)
	charge("relayed to another till", there, stolen, "code_invalid")
	charge("for another amount", here, another(stolen, func(s *till.Sale) { s.Amount.Minor = 1251 }), "code_invalid")
	charge("to the next reading", here, another(stolen, func(s *till.Sale) { s.Challenge = read(merchant, 1250).Challenge }), "code_invalid")
	charge("as if it had been scanned", here, another(stolen, func(s *till.Sale) { s.Challenge = "" }), "code_invalid")
	charge("where it was read", here, stolen, "")
	charge("an old reading, challenge and all", here, another(stolen, func(*till.Sale) {}), "code_used")

	shown, err := w.Show()
	must(t, err)
	orders++
	charge("a scanned code with a challenge", here, till.Sale{OrderNo: fmt.Sprint("T-", orders), Amount: yuan(1250), Code: shown.Text, Challenge: stolen.Challenge}, "code_invalid")
	claimed := read(rival.ID, 1250) // a reader that says it is somebody else's
	charge("read in another's name", here, claimed, "code_invalid")
	charge("by whom it was read for", there, another(claimed, func(*till.Sale) {}), "")

	must(t, w.Sync(t.Context()))
	about, err := w.About()
	must(t, err)
	if about.Balance.Minor != 10000-2*1250 {
		t.Errorf("the payer has %s", about.Balance)
	}
}

// TestTapsOverABadNetwork: a lost answer is found out about with the same challenge,
// and pays once.
func TestTapsOverABadNetwork(t *testing.T) {
	m := openMarket(t)
	_, w := m.payer("ada", 100000)
	merchant, err := (&till.Till{Server: m.URL(), Key: m.key}).Merchant(t.Context())
	must(t, err)
	paid, faults := int64(0), 0
	for seed := range uint64(8) {
		net := faulty.New(http.DefaultTransport, 0.5, seed, time.Now())
		at := &till.Till{Server: m.URL(), Key: m.key, HTTP: &http.Client{Transport: net}, Now: net.Now, Pause: net.Pause}
		s, err := till.Sale{OrderNo: fmt.Sprint("T-", seed), Amount: yuan(100)}.Tapped(merchant, against(w))
		must(t, err)
		p, err := at.Charge(t.Context(), s)
		must(t, err)
		net.Flush()
		if p.Status == client.Succeeded {
			paid += 100
		}
		faults += net.Faults()
	}
	must(t, w.Sync(t.Context()))
	about, err := w.About()
	must(t, err)
	if about.Balance.Minor != 100000-paid || paid == 0 || faults == 0 {
		t.Errorf("tills were told of %d, the payer has %s, after %d faults", paid, about.Balance, faults)
	}
}

// TestTapWithoutServer: a till that does not know whose it is reads no device.
func TestTapWithoutServer(t *testing.T) {
	at := &till.Till{Server: "http://localhost:1", Key: "mk_none"}
	if _, err := at.Merchant(t.Context()); !errors.Is(err, client.ErrLost) {
		t.Errorf("= %v", err)
	}
}
