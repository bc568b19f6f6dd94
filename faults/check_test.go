package faults_test

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/paycode/paycode/client"
)

// check closes the tills and holds all that they were told against what the
// servers say now, against the statements and balances, against the books, and
// against what can have happened at all.
func (c *crowd) check() {
	c.Helper()
	c.stop()
	loaded := time.Since(c.record.began)
	for _, s := range c.servers {
		s.awaitReady()
	}
	before := c.look()
	c.settleUnanswered()
	after := c.look()
	c.checkKept(before, after)
	c.checkBalances(after)
	c.checkStatements(after)
	ok, picture, err := c.record.explained()
	if c.must(err); !ok {
		c.Errorf("no order of what happened explains what was answered: see %s\n%s", picture, c.record.unexplained())
	}
	for _, s := range c.servers {
		if err := s.stop(); err != nil {
			c.Errorf("the server did not stop cleanly: %v", err)
		}
	}
	c.audit()
	c.report(before)
	c.Logf("%.0f s of load, %.0f s of looking", loaded.Seconds(), (time.Since(c.record.began) - loaded).Seconds())
}

// ends is what became of each order, by its number.
type ends map[string]answer

// look asks for every order, now this server, now that one.
func (c *crowd) look() ends {
	orders := c.record.orders()
	looked := make([]*deed, len(orders))
	c.sideBySide(len(orders), func(i int) {
		looked[i] = &deed{who: orders[i].who, kind: look, payer: orders[i].payer, order: orders[i].order}
		c.insist(looked[i], i)
	})
	is := ends{}
	for _, d := range looked {
		is[d.order.no] = d.answer
	}
	return is
}

// settleUnanswered has everything asked again that was never answered. Now it
// must be.
func (c *crowd) settleUnanswered() {
	var open []*deed
	for _, d := range c.record.deeds {
		if d.ended == 0 && d.kind != look && d.kind != balance {
			open = append(open, d)
		}
	}
	c.sideBySide(len(open), func(i int) {
		d := open[i]
		c.insist(&deed{who: d.who, kind: d.kind, payer: d.payer, order: d.order, number: d.number, minor: d.minor}, i)
	})
}

// insist has a deed answered by one server: it is at rest, and none may be lost.
func (c *crowd) insist(d *deed, server int) {
	c.record.note(d)
	for deadline := time.Now().Add(backWithin); ; time.Sleep(askAgain) {
		err := c.ask(d, c.servers[server%len(c.servers)])
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			c.Errorf("%v is still not answered: %v", d.kind, err)
			return
		}
	}
	c.record.told(d)
}

func (c *crowd) sideBySide(n int, do func(int)) {
	var all sync.WaitGroup
	for b := range builders {
		all.Go(func() {
			for i := b; i < n; i += builders {
				do(i)
			}
		})
	}
	all.Wait()
}

// checkKept: what a till was told is there, under the same payment; and what
// nobody was told of has not changed by being asked for again.
func (c *crowd) checkKept(before, after ends) {
	for _, d := range c.record.deeds {
		if d.kind != charge || d.ended == 0 {
			continue
		}
		is, was := after[d.order.no], before[d.order.no]
		switch {
		case is.id != d.answer.id:
			c.Errorf("%s: told %v, found %v", d.order.no, d.answer, is)
		case was.id != "" && was.id != is.id:
			c.Errorf("%s: was %v, is %v", d.order.no, was, is)
		case d.answer.status == client.Declined && is.status != client.Declined && is.status != client.Canceled:
			c.Errorf("%s: told %v, found %v", d.order.no, d.answer, is)
		case d.answer.status == client.Succeeded && is.status == client.Declined:
			c.Errorf("%s: told %v, found %v", d.order.no, d.answer, is)
		}
	}
}

// checkBalances: each payer has what he brought less what his orders took. And
// no code paid twice.
func (c *crowd) checkBalances(is ends) {
	want := make([]int64, len(c.payers))
	counted := map[string]bool{}
	for i := range want {
		want[i] = startMinor
	}
	for _, d := range c.record.deeds {
		if d.kind == topUp && !counted[fmt.Sprint(d.payer.number, d.number)] {
			counted[fmt.Sprint(d.payer.number, d.number)] = true
			want[d.payer.number] += d.minor
		}
	}
	type code struct{ payer, number int }
	by := map[code]string{}
	for _, d := range c.record.orders() {
		a := is[d.order.no]
		if f := fateOf(a); f != paid && f != givenBack {
			continue
		}
		want[d.payer.number] -= d.order.minor - a.minor
		k := code{d.payer.number, d.order.slot}
		if by[k] != "" {
			c.Errorf("one code paid both %s and %s", by[k], d.order.no)
		}
		by[k] = d.order.no
	}
	c.sideBySide(len(c.payers), func(i int) {
		d := &deed{kind: balance, payer: c.payers[i]}
		c.insist(d, i)
		if d.answer.minor != want[i] {
			c.Errorf("payer %d has %d, the orders say %d", i, d.answer.minor, want[i])
		}
	})
}

// report says what the test has seen.
func (c *crowd) report(before ends) {
	paid, declined, unanswered, whole := 0, 0, 0, 0
	for _, d := range c.record.deeds {
		switch {
		case d.kind == look || d.kind == balance:
		case d.ended == 0:
			unanswered++
			if d.kind == charge && before[d.order.no].id != "" {
				whole++
			}
		case d.kind == charge && d.answer.status == client.Declined:
			declined++
		case d.kind == charge:
			paid++
		}
	}
	c.Logf("%d deeds: %d charges acknowledged and %d declined, each there once; %d requests got no answer (%d were told to come back later, %d of a fault); %d deeds were left so, of which %d charges were found whole",
		len(c.record.deeds), paid, declined, c.lost.Load(), c.refused.Load(), c.failed.Load(), unanswered, whole)
	if all := c.record.silences(); len(all) > 0 {
		slices.Sort(all)
		c.Logf("%d faults; without service %.2f s in the middle, %.2f s at the longest", len(all), all[len(all)/2].Seconds(), all[len(all)-1].Seconds())
	}
}
