package events

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/presence"
)

var (
	alice, bob   = ids.Payer{1}, ids.Payer{2}
	phone, watch = ids.Device{1}, ids.Device{2}
)

func succeeded(p ids.Payer) payment.Event {
	return payment.Event{ID: ids.Event{9}, Kind: payment.EventSucceeded, Payer: p, Device: phone}
}

// waiting counts what a stream holds and says whether it is over.
func waiting(stream <-chan payment.Event) (n int, over bool) {
	for {
		select {
		case _, open := <-stream:
			if !open {
				return n, true
			}
			n++
		default:
			return n, false
		}
	}
}

func TestWhoHears(t *testing.T) {
	h := NewHub()
	onPhone, _ := h.Subscribe(alice, phone, true)
	onWatch, _ := h.Subscribe(alice, watch, true)
	bobs, _ := h.Subscribe(bob, ids.Device{3}, true)
	h.Publish(succeeded(alice))
	h.Publish(payment.Event{Kind: "device.frozen", Payer: alice, Device: watch})
	h.Publish(payment.Event{Kind: payment.EventDeclined}) // of a code that named nobody
	for name, test := range map[string]struct {
		stream <-chan payment.Event
		want   int
		ended  bool // by what happened to the device itself
	}{"phone": {onPhone, 1, false}, "watch": {onWatch, 2, true}, "bob": {bobs, 0, false}} {
		if n, over := waiting(test.stream); n != test.want || over != test.ended {
			t.Errorf("%s heard %d, want %d; over: %v", name, n, test.want, over)
		}
	}
}

func TestReachable(t *testing.T) {
	h := NewHub()
	_, leave := h.Subscribe(alice, phone, true)
	_, leaveToo := h.Subscribe(alice, watch, true)
	if !h.Reachable(alice) || h.Reachable(bob) || h.Streams() != 2 {
		t.Error("alice listens, bob does not")
	}
	leave()
	leave() // again changes nothing
	if !h.Reachable(alice) {
		t.Error("alice's watch listens")
	}
	h.Subscribe(bob, phone, false)
	if h.Reachable(bob) {
		t.Error("a frozen phone can be asked")
	}
	h.Publish(payment.Event{Kind: "device.revoked", Payer: alice, Device: watch})
	if h.Reachable(alice) {
		t.Error("a revoked watch can be asked")
	}
	leaveToo()
	if h.Streams() != 1 {
		t.Error("nobody listens")
	}
}

func TestSlowStreamIsLost(t *testing.T) {
	h := NewHub()
	slow, leave := h.Subscribe(alice, phone, true)
	for range buffered + 5 {
		h.Publish(succeeded(alice))
	}
	if n, over := waiting(slow); n != buffered || !over {
		t.Errorf("%d events, over: %v", n, over)
	}
	if h.Reachable(alice) {
		t.Error("a lost stream still counts")
	}
	leave()
}

func TestOldestStreamOfADeviceGivesWay(t *testing.T) {
	h := NewHub()
	var streams []<-chan payment.Event
	for range perDevice + 1 {
		s, _ := h.Subscribe(alice, phone, true)
		streams = append(streams, s)
	}
	other, _ := h.Subscribe(alice, watch, true)
	for i, s := range append(streams, other) {
		if _, over := waiting(s); over != (i == 0) {
			t.Errorf("stream %d over: %v", i, over)
		}
	}
}

func TestClose(t *testing.T) {
	h := NewHub()
	s, leave := h.Subscribe(alice, phone, true)
	h.Close()
	leave()
	late, _ := h.Subscribe(alice, phone, true)
	for _, stream := range []<-chan payment.Event{s, late} {
		if _, over := waiting(stream); !over {
			t.Error("a stream goes on")
		}
	}
	h.Publish(succeeded(alice))
}

func TestHubTogether(t *testing.T) {
	h := NewHub()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				s, leave := h.Subscribe(alice, phone, true)
				h.Publish(succeeded(alice))
				h.Reachable(alice)
				waiting(s)
				leave()
			}
		})
	}
	all.Wait()
	if h.Streams() != 0 {
		t.Errorf("%d streams are left", h.Streams())
	}
}

func describe(e payment.Event) (any, error) {
	if e.Payer == bob {
		return nil, errors.New("cannot be described")
	}
	return map[string]string{"text": "two\nlines"}, nil
}

func TestServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		stream := make(chan payment.Event)
		w := httptest.NewRecorder()
		done := make(chan error)
		go func() {
			done <- Serve(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil), stream, describe)
		}()
		stream <- succeeded(alice)
		time.Sleep(2*heartbeat + time.Second)
		stream <- succeeded(alice)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		event := "event: payment.succeeded\ndata: {\"text\":\"two\\nlines\"}\n\n"
		if got, want := w.Body.String(), "retry: 2000\n\n"+event+":\n\n:\n\n"+event; got != want {
			t.Errorf("sent %q, want %q", got, want)
		}
		if h := w.Header(); h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" || !w.Flushed {
			t.Errorf("headers %v", h)
		}
	})
}

func TestServeEnds(t *testing.T) {
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	over := make(chan payment.Event)
	close(over)
	if err := Serve(httptest.NewRecorder(), request, over, describe); err != nil {
		t.Errorf("a stream that is over: %v", err)
	}
	bad := make(chan payment.Event, 1)
	bad <- succeeded(bob)
	if err := Serve(httptest.NewRecorder(), request, bad, describe); err == nil {
		t.Error("an event that cannot be described was passed over")
	}
}

// TestServeOutlivesTimeouts: the server's time-outs are made for answers that end.
func TestServeOutlivesTimeouts(t *testing.T) {
	stream := make(chan payment.Event)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Serve(w, r, stream, describe)
	}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	server.Start()
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	time.Sleep(300 * time.Millisecond)
	select {
	case stream <- succeeded(alice):
		close(stream)
	case <-time.After(5 * time.Second):
		t.Fatal("the stream has ended")
	}
	var text strings.Builder
	buf := make([]byte, 512)
	for {
		n, err := resp.Body.Read(buf)
		text.Write(buf[:n])
		if err != nil {
			break
		}
	}
	if !strings.Contains(text.String(), "payment.succeeded") {
		t.Errorf("heard %q", text.String())
	}
}

// TestPagesAreListed: what other servers must know of this one's streams.
func TestPagesAreListed(t *testing.T) {
	h := NewHub()
	_, leave := h.Subscribe(alice, phone, true)
	_, leaveToo := h.Subscribe(alice, phone, false) // the same page again, before the first is missed
	h.Subscribe(bob, watch, false)
	open := map[ids.Payer]presence.Page{
		alice: {Payer: alice, Device: phone, Open: true, Asks: true}, bob: {Payer: bob, Device: watch, Open: true},
	}
	want := func(got []presence.Page, want map[ids.Payer]presence.Page) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%d pages, want %d", len(got), len(want))
		}
		for _, p := range got {
			if p != want[p.Payer] {
				t.Errorf("%+v, want %+v", p, want[p.Payer])
			}
		}
	}
	want(h.Changed(), open)
	want(h.Changed(), nil)
	leave()
	want(h.Changed(), map[ids.Payer]presence.Page{alice: {Payer: alice, Device: phone, Open: true}})
	leaveToo()
	want(h.Pages(), map[ids.Payer]presence.Page{bob: open[bob]})
	h.Close()
	want(h.Changed(), map[ids.Payer]presence.Page{alice: {Payer: alice, Device: phone}, bob: {Payer: bob, Device: watch}})
	want(h.Pages(), nil)
}
