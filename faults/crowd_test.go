package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
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
	backWithin = 3 * time.Minute
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
