package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paycode/paycode/client"
)

// Sizes of the load. Tills rest between two customers, so that two processors
// are not kept so busy that nothing but slowness is found.
const (
	tills    = 10
	people   = 60
	atOnce   = 3 // payers whom everybody serves at the same time
	restMin  = 30 * time.Millisecond
	restMax  = 120 * time.Millisecond
	askAgain = 40 * time.Millisecond // after an answer that did not come
	// answerWithin is how long a till waits before it asks the next server.
	answerWithin = 3 * time.Second
	// backWithin is how long the service may be away. It is no figure of ours:
	// the test prints how long it was.
	backWithin = 90 * time.Second
)

// crowd is tills that charge, refund, cancel and top up without end, several
// of them for the same payers and now and then for the same code or order, and
// that ask the next server whenever they are not answered.
type crowd struct {
	*site
	record
	shops   []*merchant
	aside   *merchant // sells nothing
	payers  []*payer
	now     func() time.Time // by which phones make codes
	http    *http.Client
	serving atomic.Pointer[[]*payer] // who comes to the tills
	hot     atomic.Int64             // the first of them who are served now
	stop    func()
	tried   int // codes that were shown again

	lost    atomic.Int64 // answers that did not come, of which there were
	refused atomic.Int64 // those who are to come back later, 503
	failed  atomic.Int64 // those who met a fault of ours, 500
}

// order is what a till wants paid.
type order struct {
	no     string
	number int // of its payer's orders
	shop   *merchant
	code   string
	slot   int // number of the code among those of its payer
	minor  int64
	id     atomic.Value // string: the payment, once anybody was told
}

// crowd makes the people, who do nothing yet.
func (s *site) crowd() *crowd {
	s.Helper()
	m := s.newMaker()
	shops := m.merchants(3)
	c := &crowd{site: s, shops: shops[:2], aside: shops[2], payers: m.payers(people), now: time.Now}
	c.serving.Store(&c.payers)
	c.http = &http.Client{Timeout: answerWithin, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * tills}}
	c.record.began = time.Now()
	return c
}

// begin opens the tills.
func (c *crowd) begin() {
	ctx, cancel := context.WithCancel(c.Context())
	var open sync.WaitGroup
	for who := range tills {
		open.Go(func() { c.serve(ctx, 2*who) })
	}
	c.stop = func() { cancel(); open.Wait(); c.http.CloseIdleConnections() }
	c.Cleanup(c.stop)
}

// serve is one till, until ctx ends. It has two numbers: it does two things at once at times.
func (c *crowd) serve(ctx context.Context, who int) {
	for ctx.Err() == nil {
		all := *c.serving.Load()
		p := all[(int(c.hot.Load())+rand.IntN(atOnce))%len(all)]
		switch n := rand.IntN(100); {
		case n < 45:
			c.sell(ctx, who, p, 1, 1)
		case n < 60:
			c.sell(ctx, who, p, 2, 1) // two tills read one code
		case n < 66:
			c.sell(ctx, who, p, 1, 2) // a till sends a request twice
		case n < 72:
			c.amend(ctx, who, p, refund)
		case n < 78:
			c.amend(ctx, who, p, cancel)
		case n < 86:
			c.bringMoney(ctx, who, p)
		default:
			c.do(ctx, &deed{who: who, kind: balance, payer: p})
		}
		sleep(ctx, restMin+rand.N(restMax-restMin))
	}
}

// sell takes the next code of a payer for so many orders at once, and sends
// each of them so many times at once.
func (c *crowd) sell(ctx context.Context, who int, p *payer, orders, copies int) {
	made := p.newOrders(c.now(), c.shops[rand.IntN(len(c.shops))], orders)
	if made == nil {
		c.hot.Add(1) // he has no codes left for the moment
		return
	}
	var all sync.WaitGroup
	for i := range orders * copies {
		d := &deed{who: who + i, kind: charge, payer: p, order: made[i%orders], minor: made[i%orders].minor}
		all.Go(func() { c.do(ctx, d) })
	}
	all.Wait()
}

// newOrders makes orders that are all to be paid with the same code; nil when there is none.
func (p *payer) newOrders(now time.Time, shop *merchant, n int) (made []*order) {
	p.mu.Lock()
	defer p.mu.Unlock()
	code, slot, ok := p.show(now)
	if !ok {
		return nil
	}
	for range n {
		made = append(made, p.newOrder(&order{shop: shop, code: code, slot: slot, minor: 1 + rand.Int64N(100)}))
	}
	return made
}

// newOrder gives an order its number.
func (p *payer) newOrder(o *order) *order {
	o.no, o.number = fmt.Sprintf("p%d-%d", p.number, p.orders), p.orders
	p.orders++
	return o
}

// again is another order with a code that was shown.
func (p *payer) again(o *order, shop *merchant) *order {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.newOrder(&order{shop: shop, code: o.code, slot: o.slot, minor: 1})
}

// amend takes back some payment of a payer, or a part of it.
func (c *crowd) amend(ctx context.Context, who int, p *payer, how kind) {
	if o := c.record.someOrder(p, how == refund); o != nil {
		c.do(ctx, &deed{who: who, kind: how, payer: p, order: o, minor: o.part()})
	}
}

// part is what is given back of an order that is refunded.
func (o *order) part() int64 { return (o.minor + 1) / 2 }

func (c *crowd) bringMoney(ctx context.Context, who int, p *payer) {
	p.mu.Lock()
	number := p.topUps
	p.topUps++
	p.mu.Unlock()
	c.do(ctx, &deed{who: who, kind: topUp, payer: p, number: number, minor: 50 + rand.Int64N(100)})
}

// do asks server after server until one answers, and writes down what it said.
// One in five asks only once: what became of it is found out at the end.
func (c *crowd) do(ctx context.Context, d *deed) {
	c.record.note(d)
	impatient := rand.IntN(5) == 0 && d.kind != balance
	for server := rand.IntN(len(c.servers)); ; server++ {
		err := c.ask(d, c.servers[server%len(c.servers)])
		if err == nil {
			c.record.told(d)
			return
		}
		c.countLost(err)
		if ctx.Err() != nil || impatient {
			return
		}
		sleep(ctx, askAgain)
	}
}

func (c *crowd) countLost(err error) {
	c.lost.Add(1)
	switch text := err.Error(); {
	case strings.HasSuffix(text, "status 503"):
		c.refused.Add(1)
	case strings.HasSuffix(text, "status 500"):
		c.failed.Add(1)
	}
}

// ask sends a deed to one server. The error says that no answer came.
func (c *crowd) ask(d *deed, to *instance) error {
	call := &client.Client{Server: to.url(), HTTP: c.http}
	var err error
	switch d.kind {
	case charge, look, cancel, refund:
		call.Authorize = client.Bearer(d.order.shop.key)
		err = d.askTill(c.Context(), call)
	default:
		call.Authorize = client.Bearer(c.operatorKey)
		err = d.askOperator(c.Context(), call)
	}
	var refused *client.Problem
	if errors.As(err, &refused) {
		d.answer = answer{refused: refused.Code}
		return nil
	}
	return err
}

func (d *deed) askTill(ctx context.Context, call *client.Client) error {
	o := d.order
	if d.kind == refund {
		return call.Call(ctx, "POST", "/v1/payments/"+o.id.Load().(string)+"/refunds", map[string]any{"refund_no": "r-" + o.no, "amount": d.minor}, nil)
	}
	var p client.Payment
	var err error
	switch d.kind {
	case charge:
		err = call.Call(ctx, "POST", "/v1/payments", map[string]any{"order_no": o.no, "code": o.code, "amount": o.minor, "currency": currency}, &p)
	case look:
		err = call.Call(ctx, "GET", "/v1/payments?order_no="+url.QueryEscape(o.no), nil, &p)
	case cancel:
		err = call.Call(ctx, "POST", "/v1/orders/"+url.PathEscape(o.no)+"/cancel", nil, &p)
	}
	d.answer = answer{id: p.ID, status: p.Status, decline: p.DeclineCode, minor: p.RefundedMinor}
	return err
}

func (d *deed) askOperator(ctx context.Context, call *client.Client) error {
	if d.kind == topUp {
		in := map[string]any{"reference": fmt.Sprint("t", d.number), "amount": d.minor}
		return call.Call(ctx, "POST", "/v1/payers/"+d.payer.id+"/topups", in, nil)
	}
	var is struct {
		Balance struct {
			Minor int64 `json:"amount"`
		}
	}
	err := call.Call(ctx, "GET", "/v1/payers/"+d.payer.id, nil, &is)
	d.answer = answer{minor: is.Balance.Minor}
	return err
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// some waits until so many more deeds were answered: the service is there.
func (c *crowd) some(n int) {
	c.Helper()
	want := c.record.answered() + n
	for deadline := time.Now().Add(backWithin); c.record.answered() < want; time.Sleep(pause / 4) {
		if time.Now().After(deadline) {
			c.Fatalf("no service within %v", backWithin)
		}
	}
}
