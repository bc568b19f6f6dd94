package storetest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/presence"
)

// Presence runs the part of the suite about several servers.
func Presence(t *testing.T, open OpenEngine) {
	eachBuckets(t, open, map[string]func(*office){
		"servers come and go":                  serversComeAndGo,
		"pages open, change and close":         pagesChange,
		"letters are kept until they are read": letters,
		"asked where he listens":               askedElsewhere,
		"heard where he listens":               heardElsewhere,
	})
}

func (o *office) aServer() ids.Server {
	return ids.New[ids.Server](o.ids, o.clock(), o.ids.AnyBucket())
}

func serversComeAndGo(o *office) {
	a, b := o.aServer(), o.aServer()
	p := o.person(0)
	for _, want := range []bool{true, false} {
		for _, s := range []ids.Server{a, b} {
			if fresh, err := o.db.Renew(o.Context(), s, o.clock()); err != nil || fresh != want {
				o.Errorf("fresh: %v, want %v, %v", fresh, want, err)
			}
		}
	}
	o.must(o.db.SetPages(o.Context(), p.payer.Bucket(o.ids.Buckets), a, []presence.Page{{Payer: p.payer, Device: p.device, Open: true}}))
	o.must(o.db.Post(o.Context(), a, []payment.Event{o.toldTo(p)}))
	all, err := o.db.Servers(o.Context())
	if err != nil || len(all) != 2 || !all[0].Until.Equal(o.clock()) {
		o.Errorf("servers: %v, %v", all, err)
	}
	o.must(o.db.Forget(o.Context(), a))
	if all, err = o.db.Servers(o.Context()); err != nil || len(all) != 1 || all[0].ID != b {
		o.Errorf("servers: %v, %v", all, err)
	}
	if n := o.sum(`SELECT COUNT(*) FROM pages WHERE bucket = $1`) + o.sum(`SELECT COUNT(*) FROM inbox WHERE bucket = $1`); n != 0 {
		o.Errorf("%d rows of a server that is gone", n)
	}
	if fresh, err := o.db.Renew(o.Context(), a, o.clock()); err != nil || !fresh {
		o.Errorf("back again, fresh: %v, %v", fresh, err)
	}
}

// toldTo is an event that concerns a person.
func (o *office) toldTo(p person) payment.Event {
	return payment.Event{
		ID: ids.New[ids.Event](o.ids, o.clock(), p.payer.Bucket(o.ids.Buckets)), Kind: payment.EventToppedUp, Payer: p.payer,
	}
}

func pagesChange(o *office) {
	a, b := o.aServer(), o.aServer()
	p := o.person(0)
	bucket := p.payer.Bucket(o.ids.Buckets)
	phone := presence.Page{Payer: p.payer, Device: p.device, Open: true, Asks: true}
	watch := presence.Page{Payer: p.payer, Device: ids.New[ids.Device](o.ids, o.clock(), bucket), Open: true}
	set := func(server ids.Server, pages ...presence.Page) {
		o.Helper()
		o.must(o.db.SetPages(o.Context(), bucket, server, pages))
	}
	want := func(servers ...ids.Server) {
		o.Helper()
		got, err := o.db.PagesOf(o.Context(), bucket, []ids.Payer{p.payer, ids.New[ids.Payer](o.ids, o.clock(), bucket)})
		o.must(err)
		expected := map[ids.Server][]ids.Payer{}
		for _, s := range servers {
			expected[s] = append(expected[s], p.payer)
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			o.Error(diff)
		}
	}
	asking := func() int64 {
		return o.sum(`SELECT COUNT(*) FROM pages WHERE bucket = $1 AND may_confirm = 1`)
	}
	want()
	set(a, phone, watch)
	set(a, phone, watch) // again: it is not known whether the first was written
	set(b, phone)
	want(a, a, b)
	if n := asking(); n != 2 {
		o.Errorf("%d pages may confirm, want 2", n)
	}
	phone.Asks = false
	set(a, phone)
	if n := asking(); n != 1 {
		o.Errorf("%d pages may confirm, want 1", n)
	}
	phone.Open, watch.Open = false, false
	set(a, phone, watch)
	want(b)
	set(b, phone)
	want()
}

func letters(o *office) {
	a, b := o.aServer(), o.aServer()
	p := o.person(0)
	var sent []payment.Event
	for range 5 {
		o.later(time.Second)
		sent = append(sent, o.toldTo(p))
	}
	sent[4].Device, sent[3].Merchant, sent[3].Payment, sent[3].Refund = p.device, ids.Merchant{1}, ids.Payment{2}, ids.Refund{3}
	o.must(o.db.Post(o.Context(), a, sent[:4]))
	o.must(o.db.Post(o.Context(), a, sent[2:])) // two of them again
	o.must(o.db.Post(o.Context(), b, sent[:1]))
	inbox := func(of ids.Server, limit int, want []payment.Event) {
		o.Helper()
		got, err := o.db.Inbox(o.Context(), of, limit)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			o.Errorf("%v\n%s", err, diff)
		}
	}
	inbox(a, 10, sent)
	inbox(a, 2, sent[:2])
	for range 2 {
		o.must(o.db.Taken(o.Context(), a, sent[:4]))
	}
	inbox(a, 10, sent[4:])
	inbox(b, 10, sent[:1])
}

// askedElsewhere: a payer whose page listens to another server can be asked, by
// a device that may confirm, and only where he has to be.
func askedElsewhere(o *office) {
	o.presence = false
	p, m := o.person(2e6), o.merchant()
	bucket, here := p.payer.Bucket(o.ids.Buckets), o.aServer()
	page := presence.Page{Payer: p.payer, Device: p.device, Open: true}
	o.wantDeclined(o.charge(m, o.order(), o.text(p, 0), 6e5), payment.NeedsNetwork)
	o.must(o.db.SetPages(o.Context(), bucket, here, []presence.Page{page}))
	o.wantDeclined(o.charge(m, o.order(), o.text(p, 1), 6e5), payment.NeedsNetwork)
	page.Asks = true
	o.must(o.db.SetPages(o.Context(), bucket, here, []presence.Page{page}))
	if got := o.charge(m, o.order(), o.text(p, 2), 6e5); got.Status != payment.Pending {
		o.Errorf("%s %s, want pending", got.Status, got.Decline)
	}
	o.wantPaid(o.charge(m, o.order(), o.text(p, 3), 5e5))
	page.Open = false
	o.must(o.db.SetPages(o.Context(), bucket, here, []presence.Page{page}))
	o.wantDeclined(o.charge(m, o.order(), o.text(p, 4), 6e5), payment.NeedsNetwork)
}

// pane is a hub with some pages, all of which may confirm.
type pane struct {
	mu    sync.Mutex
	pages []presence.Page
	moved []presence.Page
	heard []payment.Event
}

func (h *pane) open(pages ...presence.Page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pages, h.moved = append(h.pages, pages...), append(h.moved, pages...)
}

// Reachable implements presence.Hub.
func (h *pane) Reachable(p ids.Payer) bool {
	return slices.ContainsFunc(h.Pages(), func(page presence.Page) bool { return page.Payer == p })
}

// Publish implements presence.Hub.
func (h *pane) Publish(e payment.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard = append(h.heard, e)
}

// Changed implements presence.Hub.
func (h *pane) Changed() (moved []presence.Page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	moved, h.moved = h.moved, nil
	return moved
}

// Pages implements presence.Hub.
func (h *pane) Pages() []presence.Page {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.pages)
}

// Streams implements presence.Hub.
func (h *pane) Streams() int { return len(h.Pages()) }

func (h *pane) events() []payment.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.heard)
}

// joined is a server that runs among those of the database, and leaves at the end.
func (o *office) joined(h presence.Hub) *presence.Service {
	s := presence.New(presence.Config{
		Store: o.db, Hub: h, Now: o.clock, Random: rand.Reader, Buckets: o.ids.Buckets, Log: slog.New(slog.DiscardHandler), Lost: func() {},
	})
	o.must(s.Join(o.Context()))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	o.Cleanup(func() { cancel(); <-ended; s.Leave() })
	return s
}

// heardElsewhere has a payer's page listen to one server, and another one relay.
func heardElsewhere(o *office) {
	p, other := o.person(0), o.person(0)
	near, far := &pane{}, &pane{}
	o.joined(near)
	relays := o.joined(far)
	near.open(presence.Page{Payer: p.payer, Device: p.device, Open: true, Asks: true})
	o.eventually("the page is known", func() bool { return o.sum(`SELECT COUNT(*) FROM pages WHERE bucket = $1`) == 1 })
	told := o.toldTo(p)
	relays.Pass(o.Context(), p.payer.Bucket(o.ids.Buckets), []payment.Event{told, {ID: ids.Event{1}}, o.toldTo(other)})
	o.eventually("the page heard", func() bool { return len(near.events()) > 0 })
	if diff := cmp.Diff([]payment.Event{told}, near.events()); diff != "" {
		o.Error(diff)
	}
	if n := len(far.events()); n != 0 {
		o.Errorf("%d events came back to who passed them on", n)
	}
	o.eventually("the letter is deleted", func() bool { return o.sum(`SELECT COUNT(*) FROM inbox WHERE bucket = $1`) == 0 })
}

func (o *office) eventually(what string, is func() bool) {
	o.Helper()
	for range 1000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	o.Fatalf("not within ten seconds: %s", what)
}
