package server_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/wallet"
)

// Bounds of the crash test.
const (
	crashes     = 6
	crashPhones = 100 // ten codes a minute each
	crashOrders = 160 // begun before each kill
	crashTills  = 16
	startMoney  = 100_000
)

// crashSite is a database on disk, phones that are enrolled in it, and a
// program that serves it and is killed.
type crashSite struct {
	*testing.T
	dir, binary, address string
	merchantKey          string
	merchant             ids.Merchant
	payers               []ids.Payer
	phones               []*wallet.Wallet
	orders               int
}

// attempt is one order and what its till was told.
type attempt struct {
	order, code string
	told        *client.Payment // nil when no answer came
}

// TestKilledUnderLoad kills the server again and again while tills charge, and
// then holds what they were told against what the books say.
func TestKilledUnderLoad(t *testing.T) {
	s := newCrashSite(t)
	var all []*attempt
	for round := range crashes {
		stop := s.serve()
		s.checkKept(all)
		load := s.load()
		all = append(all, load...)
		s.chargeUntilKilled(load, stop, int64(10+mathrand.IntN(crashOrders-crashTills-10)))
		t.Logf("killed %d: %d of %d tills were answered", round+1, answered(load), len(load))
	}
	stop := s.serve()
	s.checkKept(all)
	taken := s.finish(all)
	stop()
	s.checkBooks(taken)
}

func answered(all []*attempt) (n int) {
	for _, a := range all {
		if a.told != nil {
			n++
		}
	}
	return n
}

func newCrashSite(t *testing.T) *crashSite {
	s := &crashSite{T: t, dir: t.TempDir()}
	s.binary = filepath.Join(s.dir, "paycode")
	build := exec.Command("go", "build", "-o", s.binary, "../cmd/paycode")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	s.address = l.Addr().String()
	l.Close()
	s.enrolEverybody()
	return s
}

func (s *crashSite) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *crashSite) database() string { return "sqlite:" + filepath.Join(s.dir, "paycode.db") }
func (s *crashSite) keyFile() string  { return filepath.Join(s.dir, "master.key") }

// open starts a server in this process.
func (s *crashSite) open(keys issuing.Keys) (*server.Server, func()) {
	srv, err := server.Open(s.Context(), server.Config{Database: s.database(), Listen: s.address, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	s.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	return srv, func() { cancel(); s.must(<-done) }
}

func (s *crashSite) enrolEverybody() {
	keys, err := issuing.KeyFile{Path: s.keyFile()}.Generate(rand.Reader)
	s.must(err)
	srv, stop := s.open(keys)
	defer stop()
	ctx := s.Context()
	m, err := srv.Access.CreateMerchant(ctx, "shop", "CNY")
	s.must(err)
	s.merchant = m.ID
	s.merchantKey, _, err = srv.Access.CreateKey(ctx, access.ForMerchant(m.ID))
	s.must(err)
	for i := range crashPhones {
		p, err := srv.Issuing.CreatePayer(ctx, issuing.NewPayer{ExternalID: fmt.Sprint(i), Currency: "CNY", Name: "Li Lei"})
		s.must(err)
		_, _, err = srv.Payments.TopUp(ctx, p.ID, "start", startMoney)
		s.must(err)
		ticket, _, err := srv.Issuing.Ticket(ctx, p.ID)
		s.must(err)
		w := wallet.New(filepath.Join(s.dir, fmt.Sprintf("wallet%d.json", i)), "")
		s.must(w.Enrol(ctx, wallet.Enrolment{Link: ticket, Server: srv.URL(), Kind: wallet.Phone, Name: "phone"}))
		s.payers, s.phones = append(s.payers, p.ID), append(s.phones, w)
	}
}

// serve starts the program and answers what kills it, at once and unprepared.
func (s *crashSite) serve() (kill func()) {
	s.Helper()
	var log bytes.Buffer
	cmd := exec.Command(s.binary, "serve", "--db", s.database(), "--master-key", s.keyFile(), "--listen", s.address)
	cmd.Stderr = &log
	s.must(cmd.Start())
	var once sync.Once
	kill = func() { once.Do(func() { cmd.Process.Kill(); cmd.Wait() }) }
	s.Cleanup(kill)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get("http://" + s.address + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return kill
			}
		}
		if time.Now().After(deadline) {
			s.Fatalf("the server did not come back:\n%s", log.String())
		}
	}
}

func (s *crashSite) till() *client.Client {
	return &client.Client{Server: "http://" + s.address, HTTP: &http.Client{Timeout: 5 * time.Second}, Authorize: client.Bearer(s.merchantKey)}
}

// load is orders with fresh codes, of which every phone pays one or two.
func (s *crashSite) load() []*attempt {
	s.Helper()
	var all []*attempt
	for range crashOrders {
		code, err := s.phones[s.orders%crashPhones].Show()
		s.must(err)
		s.orders++
		all = append(all, &attempt{order: fmt.Sprintf("order-%d", s.orders), code: code.Text})
	}
	return all
}

func (s *crashSite) charge(c *client.Client, a *attempt) error {
	var p client.Payment
	err := c.Call(context.Background(), http.MethodPost, "/v1/payments",
		map[string]any{"order_no": a.order, "code": a.code, "amount": 1, "currency": "CNY"}, &p)
	if err == nil {
		a.told = &p
	}
	return err
}

// chargeUntilKilled has tills charge side by side, and kills the server when
// some of them were answered and others wait.
func (s *crashSite) chargeUntilKilled(load []*attempt, kill func(), after int64) {
	defer kill()
	var wg sync.WaitGroup
	var answers atomic.Int64
	for t := range crashTills {
		wg.Go(func() {
			c := s.till()
			for i := t; i < len(load); i += crashTills {
				if s.charge(c, load[i]) != nil {
					return // the server is gone
				}
				if answers.Add(1) == after {
					kill()
				}
			}
		})
	}
	wg.Wait()
}

// checkKept asks for every payment that a till was told of.
func (s *crashSite) checkKept(all []*attempt) {
	s.Helper()
	c := s.till()
	for _, a := range all {
		if a.told == nil {
			continue
		}
		var now client.Payment
		err := c.Call(s.Context(), http.MethodGet, "/v1/payments?order_no="+url.QueryEscape(a.order), nil, &now)
		if err != nil || now.ID != a.told.ID || now.Status != a.told.Status {
			s.Errorf("%s: told %s %s, found %s %s, %v", a.order, a.told.ID, a.told.Status, now.ID, now.Status, err)
		}
	}
}

// finish has every till that was not answered ask again, and answers how much was taken.
func (s *crashSite) finish(all []*attempt) (taken int64) {
	c := s.till()
	for _, a := range all {
		if a.told == nil {
			s.must(s.charge(c, a))
		}
		if a.told.Status == "succeeded" {
			taken += a.told.AmountMinor
		}
	}
	return taken
}

// checkBooks holds the sum of what tills were told against the payers'
// balances, and the books against themselves.
func (s *crashSite) checkBooks(taken int64) {
	if out, err := exec.Command(s.binary, "admin", "audit", "--db", s.database()).CombinedOutput(); err != nil {
		s.Errorf("audit: %v\n%s", err, out)
	}
	db, err := server.OpenStore(s.Context(), s.database())
	s.must(err)
	defer db.Close()
	left := int64(0)
	for _, p := range s.payers {
		b, err := db.Balance(s.Context(), p)
		s.must(err)
		left += b.Minor
	}
	if want := int64(crashPhones*startMoney) - taken; left != want {
		s.Errorf("the payers have %d left, the tills' answers say %d", left, want)
	}
	s.Logf("%d payments, all kept, books balanced", taken)
}
