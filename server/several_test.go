package server_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/platform"
	"github.com/paycode/paycode/server"
	"github.com/paycode/paycode/store/postgres/pgtest"
	"github.com/paycode/paycode/wallet"
	"github.com/paycode/paycode/webhook"
)

// pair is two servers on one database, and who uses them.
type pair struct {
	*testing.T
	dir, database string
	keys          issuing.Keys
	platform      *platform.Identity // of servers that are opened from now on; nil for none
	near, far     *server.Server
	op, till      client.Client // at the far one
	merchant      ids.Merchant
	mu            sync.Mutex
	orders        int
}

// onePair runs a test with two servers on each kind of database.
func onePair(t *testing.T, test func(*pair)) {
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			keys, err := issuing.KeyFile{Path: filepath.Join(dir, "master.key")}.Generate(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			p := &pair{T: t, dir: dir, database: database(t, dir), keys: keys}
			p.far = p.open("localhost:0")
			p.op = operatorOf(t, p.far)
			m, err := p.far.Access.CreateMerchant(t.Context(), "shop", "CNY")
			p.must(err)
			key, _, err := p.far.Access.CreateKey(t.Context(), access.ForMerchant(m.ID))
			p.must(err)
			p.merchant, p.till = m.ID, client.Client{Server: p.far.URL(), Authorize: client.Bearer(key)}
			test(p)
		})
	}
}

func (p *pair) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// open runs a server in this process until the test ends.
func (p *pair) open(listen string) *server.Server {
	p.Helper()
	s, err := server.Open(p.Context(), server.Config{
		Database: p.database, Listen: listen, Keys: p.keys, Log: slog.New(slog.DiscardHandler), Webhooks: webhook.Policy{Loopback: true}, Platform: p.platform,
	})
	p.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	p.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			p.Errorf("stop: %v", err)
		}
	})
	return s
}

// payer is somebody with money who must confirm more than 1.00.
func (p *pair) payer(name string) ids.Payer {
	p.Helper()
	payer, err := p.far.Issuing.CreatePayer(p.Context(), issuing.NewPayer{ExternalID: name, Currency: "CNY", Name: name})
	p.must(err)
	_, _, err = p.far.Payments.TopUp(p.Context(), payer.ID, "start", pairMoney, false)
	p.must(err)
	p.must(p.op.Call(p.Context(), "PUT", "/v1/payers/"+payer.ID.String()+"/limits",
		map[string]any{"per_payment": 1e6, "per_day": 1e6, "count_per_day": 1000, "confirm_above": 100}, nil))
	return payer.ID
}

// phone is a device of a payer that knows one of the servers.
func (p *pair) phone(payer ids.Payer, url, name string) *wallet.Wallet {
	p.Helper()
	ticket, _, err := p.far.Issuing.Ticket(p.Context(), payer)
	p.must(err)
	w := wallet.New(filepath.Join(p.dir, name+".json"), "")
	p.must(w.Enrol(p.Context(), wallet.Enrolment{Link: ticket, Server: url, Kind: wallet.Phone, Name: name}))
	return w
}

// listen has a phone's page listen, and counts what it hears by kind and payment.
func (p *pair) listen(w *wallet.Wallet) *heard {
	h := &heard{told: map[string]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Events(ctx, func(e wallet.Event) error {
			n, err := e.News()
			if err == nil && n.Payment != nil {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.told[e.Type+" "+n.Payment.ID]++
			}
			return err
		})
	}()
	p.Cleanup(func() { cancel(); <-ended })
	return h
}

// heard is what a page was told.
type heard struct {
	mu   sync.Mutex
	told map[string]int
}

func (h *heard) of(kind, payment string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.told[kind+" "+payment] > 0
}

// charge asks for money at a till of one of the servers.
func (p *pair) charge(till client.Client, w *wallet.Wallet, minor int) (paid client.Payment) {
	p.Helper()
	code, err := w.Show()
	p.must(err)
	p.mu.Lock()
	p.orders++
	order := fmt.Sprint("order-", p.orders)
	p.mu.Unlock()
	p.must(till.Call(p.Context(), "POST", "/v1/payments", map[string]any{"order_no": order, "code": code.Text, "amount": minor, "currency": "CNY"}, &paid))
	return paid
}

// eventually waits, far longer than it should take.
func (p *pair) eventually(what string, is func() bool) {
	p.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.Fatalf("not within two minutes: %s", what)
		}
	}
}

// known waits until the far server can find a payer's page at the near one.
func (p *pair) known(payer ids.Payer) {
	p.Helper()
	p.eventually("the page is known", func() bool {
		found, err := p.far.DB.PagesOf(p.Context(), payer.Bucket(p.far.DB.Buckets()), []ids.Payer{payer})
		p.must(err)
		return len(found) > 0
	})
}

func (p *pair) status(id string) string {
	p.Helper()
	var now client.Payment
	p.must(p.till.Call(p.Context(), "GET", "/v1/payments/"+id, nil, &now))
	return string(now.Status)
}

// TestAskedAtAnotherServer: the page listens to one server, the till charges at
// the other, and the payer may confirm at either.
func TestAskedAtAnotherServer(t *testing.T) {
	onePair(t, func(p *pair) {
		p.near = p.open("localhost:0")
		payer := p.payer("Li Lei")
		phone, watch := p.phone(payer, p.near.URL(), "phone"), p.phone(payer, p.far.URL(), "watch")
		if got := p.charge(p.till, phone, 101); got.DeclineCode != "needs_network" {
			p.Errorf("nobody listens: %s %s", got.Status, got.DeclineCode)
		}
		page := p.listen(phone)
		p.known(payer)
		for name, confirms := range map[string]*wallet.Wallet{"where it listens": phone, "where it was charged": watch} {
			asked := p.charge(p.till, phone, 500)
			if asked.Status != "pending" {
				p.Fatalf("%s %s, want pending", asked.Status, asked.DeclineCode)
			}
			p.eventually("the page is asked", func() bool { return page.of("payment.confirm_requested", asked.ID) })
			_, err := confirms.Confirm(p.Context(), asked.ID)
			p.must(err)
			if got := p.status(asked.ID); got != "succeeded" {
				p.Errorf("confirmed %s: the till sees %s", name, got)
			}
			p.eventually("the page hears of it", func() bool { return page.of("payment.succeeded", asked.ID) })
		}
	})
}

// TestServerDies: a payer whose server was killed cannot be asked, as soon as
// its lease has run out; when his page listens to another one he can.
func TestServerDies(t *testing.T) {
	onePair(t, func(p *pair) {
		url, kill := p.program()
		payer := p.payer("Li Lei")
		phone, watch := p.phone(payer, url, "phone"), p.phone(payer, p.far.URL(), "watch")
		p.listen(phone)
		p.known(payer)
		if got := p.charge(p.till, phone, 500); got.Status != "pending" {
			p.Errorf("%s %s, want pending", got.Status, got.DeclineCode)
		}
		kill()
		var got client.Payment
		for range 30 { // ten codes a minute are enough
			if got = p.charge(p.till, phone, 500); got.Status != "pending" {
				break
			}
			time.Sleep(4 * time.Second)
		}
		if got.DeclineCode != "needs_network" {
			p.Errorf("long after the server died: %s %s", got.Status, got.DeclineCode)
		}
		page := p.listen(watch)
		var asked client.Payment
		p.eventually("the page is reached", func() bool {
			asked = p.charge(p.till, watch, 500)
			return asked.Status == "pending"
		})
		p.eventually("the page is asked", func() bool { return page.of("payment.confirm_requested", asked.ID) })
	})
}

// program starts a server as a process of its own, and answers what kills it.
func (p *pair) program(flags ...string) (url string, kill func()) {
	p.Helper()
	binary := filepath.Join(p.dir, "paycode")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/paycode").CombinedOutput(); err != nil {
		p.Fatalf("go build: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(err)
	address := l.Addr().String()
	l.Close()
	cmd := exec.Command(binary, append([]string{"serve", "--db", p.database, "--master-key", filepath.Join(p.dir, "master.key"), "--listen", address}, flags...)...)
	p.must(cmd.Start())
	kill = sync.OnceFunc(func() { cmd.Process.Kill(); cmd.Wait() })
	p.Cleanup(kill)
	p.eventually("the program is ready", func() bool {
		r, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
	return "http://" + address, kill
}

// Bounds of the load on two servers.
const (
	pairMoney   = 100_000 // minor units, of each payer
	pairPayers  = 12
	pairCharges = 8 // of each payer: a phone has ten codes a minute
)

// TestTwoServersUnderLoad: tills charge at both, pages listen to both, and both
// relay and send. Every page hears of every payment, the merchant's webhook of
// each exactly once, and the books balance.
func TestTwoServersUnderLoad(t *testing.T) {
	onePair(t, func(p *pair) {
		p.near = p.open("localhost:0")
		hook := newHook(p)
		p.must(p.till.Call(p.Context(), "POST", "/v1/webhooks", map[string]any{"url": hook.URL, "events": []string{"payment.succeeded"}}, nil))
		tills := []client.Client{p.till, {Server: p.near.URL(), Authorize: p.till.Authorize}}
		paid := make([][]string, pairPayers)
		pages := make([]*heard, pairPayers)
		phones := make([]*wallet.Wallet, pairPayers)
		for i := range pairPayers {
			payer := p.payer(fmt.Sprint("payer ", i))
			phones[i] = p.phone(payer, []string{p.far.URL(), p.near.URL()}[i%2], fmt.Sprint("phone", i))
			pages[i] = p.listen(phones[i])
			p.known(payer)
		}
		var all sync.WaitGroup
		for i := range pairPayers {
			all.Go(func() {
				for n := range pairCharges {
					paid[i] = append(paid[i], p.charge(tills[(i/2+n)%2], phones[i], 7).ID)
				}
			})
		}
		all.Wait()
		for i, payments := range paid {
			for _, id := range payments {
				p.eventually("the page hears of every payment", func() bool { return pages[i].of("payment.succeeded", id) })
			}
		}
		const total = pairPayers * pairCharges
		p.eventually("the webhook is told of every payment", func() bool { return hook.heard() >= total })
		p.eventually("the outbox is empty", func() bool {
			for bucket := range p.far.DB.Buckets() {
				waiting, err := p.far.DB.WaitingEvents(p.Context(), bucket, ids.Event{}, 1)
				p.must(err)
				if len(waiting) > 0 {
					return false
				}
			}
			return true
		})
		if n := hook.times(); n != total {
			p.Errorf("the webhook was called %d times for %d payments", n, total)
		}
		if r, err := p.far.DB.Audit(p.Context()); err != nil || !r.Balanced {
			p.Errorf("audit: %v, %v", r.Differences, err)
		}
	})
}

// hook is a merchant's own server.
type hook struct {
	*httptest.Server
	mu    sync.Mutex
	calls map[string]int // by webhook-id
}

func newHook(p *pair) *hook {
	h := &hook{calls: map[string]int{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.calls[r.Header.Get("webhook-id")]++
	}))
	p.Cleanup(h.Close)
	return h
}

// heard is how many events it was told of, and times how often it was called.
func (h *hook) heard() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.calls)
}

func (h *hook) times() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, times := range h.calls {
		n += times
	}
	return n
}

// databases are the kinds that several servers may share, each with what makes one.
var databases = map[string]func(t *testing.T, dir string) string{
	"sqlite":   func(_ *testing.T, dir string) string { return "sqlite:" + filepath.Join(dir, "a.db") },
	"postgres": func(t *testing.T, _ string) string { return pgtest.Start(t, pgtest.NotDurable()...).NewDatabase(t) },
}
