package e2e

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
)

// world is a real server on a database in a file, the line to it, and a merchant.
type world struct {
	t        *testing.T
	line     *line
	keys     *issuing.Keyring
	database string
	server   *server.Server
	stop     func() // ends the server, cleanly; twice does no harm
	operator *client.Client
	merchant *client.Client
	till     string // the merchant's key
	payer    payer
}

// payer is who pays in this world.
type payer struct {
	ID      string `json:"id"`
	Balance struct {
		Amount int64 `json:"amount"`
	} `json:"balance"`
	Devices []struct {
		ID ids.Device `json:"id"`
	} `json:"devices"`
}

const (
	shop      = "Tea House"
	payerName = "Li Hua"
	purse     = 88_00 // what the payer has at first, minor units
)

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	keys, err := issuing.KeyFile{Path: filepath.Join(dir, "master.key")}.Generate(rand.Reader)
	must(t, err)
	w := &world{t: t, line: layLine(t), keys: keys, database: "sqlite:" + filepath.Join(dir, "server.db")}
	w.start()
	ctx := t.Context()

	operator, _, err := w.server.Access.CreateKey(ctx, access.ForOperator())
	must(t, err)
	w.operator = w.caller(operator)
	var merchant, key struct{ ID, Key string }
	w.call(w.operator, "POST", "/v1/merchants", map[string]any{"name": shop, "currency": "CNY"}, &merchant)
	w.call(w.operator, "POST", "/v1/merchants/"+merchant.ID+"/keys", map[string]any{}, &key)
	w.till, w.merchant = key.Key, w.caller(key.Key)

	w.call(w.operator, "POST", "/v1/payers", map[string]any{"external_id": "1", "currency": "CNY", "name": payerName}, &w.payer)
	w.call(w.operator, "POST", "/v1/payers/"+w.payer.ID+"/topups", map[string]any{"reference": "first", "amount": purse}, nil)
	return w
}

// start opens the server on its database, behind the same address as before.
func (w *world) start() {
	w.t.Helper()
	s, err := server.Open(w.t.Context(), server.Config{
		Database: w.database, Listen: "localhost:0", Keys: w.keys, Issuers: w.keys, Passes: issuing.DefaultPassTerms(), Log: slog.New(slog.DiscardHandler),
	})
	must(w.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Run(ctx); err != nil {
			w.t.Errorf("server: %v", err)
		}
	}()
	w.server = s
	w.stop = func() {
		w.line.lead(nil)
		cancel()
		<-ended
	}
	w.t.Cleanup(w.stop)
	to, err := url.Parse(s.URL())
	must(w.t, err)
	w.line.lead(to)
}

// unplug takes the server away from everybody until the function that it answers is called.
func (w *world) unplug() (plug func()) {
	w.t.Helper()
	to := w.line.target()
	w.line.lead(nil)
	return func() { w.line.lead(to) }
}

// browser is somebody's browser, never used before.
func (w *world) browser(flags ...flag) *browser {
	w.t.Helper()
	return startBrowser(w.t, newProfile(w.t), w.line.address(), flags...)
}

func (w *world) caller(key string) *client.Client {
	return &client.Client{Server: w.line.address(), Authorize: client.Bearer(key)}
}

// call makes a call that must succeed.
func (w *world) call(as *client.Client, method, path string, in, out any) {
	w.t.Helper()
	if err := as.Call(w.t.Context(), method, path, in, out); err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// ticket is a fresh link that enrols a wallet.
func (w *world) ticket() string {
	w.t.Helper()
	var ticket struct {
		EnrolURL string `json:"enrol_url"`
	}
	w.call(w.operator, "POST", "/v1/payers/"+w.payer.ID+"/tickets", map[string]any{}, &ticket)
	return ticket.EnrolURL
}

// confirmAbove has the payer asked about every amount above this one.
func (w *world) confirmAbove(minor int64) {
	w.t.Helper()
	w.call(w.operator, "PUT", "/v1/payers/"+w.payer.ID+"/limits",
		map[string]any{"per_payment": 1000_00, "per_day": 1000_00, "count_per_day": 100, "confirm_above": minor}, nil)
}

// balance is what the payer has, by the books.
func (w *world) balance() int64 {
	w.t.Helper()
	var p payer
	w.call(w.operator, "GET", "/v1/payers/"+w.payer.ID, nil, &p)
	return p.Balance.Amount
}

// sold are the merchant's payments of one state.
func (w *world) sold(status client.Status) (found []client.Payment) {
	w.t.Helper()
	var page struct{ Payments []client.Payment }
	w.call(w.merchant, "GET", "/v1/payments?limit=200&date="+time.Now().UTC().Format(time.DateOnly), nil, &page)
	for _, p := range page.Payments {
		if p.Status == status {
			found = append(found, p)
		}
	}
	return found
}

// balanced checks that the books balance and that the payer has this much.
func (w *world) balanced(want int64) {
	w.t.Helper()
	if got := w.balance(); got != want {
		w.t.Errorf("the payer has %d, want %d", got, want)
	}
	var report struct {
		Balanced    bool
		Postings    int
		Differences []string
	}
	w.call(w.operator, "GET", "/v1/ledger/audit", nil, &report)
	if !report.Balanced || report.Postings == 0 {
		w.t.Errorf("the books do not balance: %+v", report)
	}
}

// listening waits until the wallet listens for events and has asked what it missed: from then on it is quiet.
func (w *world) listening() {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for w.line.carriedOf("GET /v1/device/payments") == 0 || !strings.Contains(w.metrics(), "\npaycode_streams 1\n") {
		if time.Now().After(deadline) {
			w.t.Fatal("no wallet listens for events")
		}
		time.Sleep(lookEach)
	}
}

func (w *world) metrics() string {
	w.t.Helper()
	answer, err := http.Get(w.line.address() + "/metrics")
	must(w.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(w.t, err)
	return string(text)
}

// slot is the slot that a code spends, found with the secrets that only the server has.
func (w *world) slot(text string) (paycode.Code, paycode.Slot) {
	w.t.Helper()
	var p payer
	w.call(w.operator, "GET", "/v1/payers/"+w.payer.ID, nil, &p)
	profile, now := paycode.DefaultProfile(), time.Now()
	code, err := profile.Parse(text)
	must(w.t, err)
	for _, listed := range p.Devices {
		device, err := w.server.Issuing.Device(w.t.Context(), listed.ID)
		must(w.t, err)
		for _, ref := range device.Seeds(now) {
			seed, err := w.keys.Seed(ref.KeyID, paycode.DeviceID(device.ID), ref.Generation)
			must(w.t, err)
			if m, err := profile.Match([]paycode.Seed{seed}, &code, profile.CounterAt(now), nil); err == nil {
				return code, m.Slot
			}
		}
	}
	w.t.Fatalf("no device of the payer made the %v that was read", code.Form)
	panic("unreachable")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
