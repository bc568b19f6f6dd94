package presence

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

// TestReachableFromOthers until the page closes.
func TestReachableFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		near, far := b.server(t), b.server(t)
		near.set(true, alice)
		time.Sleep(2 * gather)
		synctest.Wait()
		if !near.reaches(b, alice) || !far.reaches(b, alice) || far.reaches(b, bob) {
			t.Error("who listens is not known")
		}
		far.Pass(t.Context(), 0, append(told(alice), payment.Event{ID: ids.Event{2}}))
		time.Sleep(2 * fetchEvery)
		synctest.Wait()
		if near.hears() != 1 || far.hears() != 0 || b.kept(near) != 0 {
			t.Errorf("heard %d and %d", near.hears(), far.hears())
		}
		near.set(false, alice)
		time.Sleep(2 * gather)
		synctest.Wait()
		if far.reaches(b, alice) {
			t.Error("reachable though the page has gone")
		}
	})
}

// TestDeadServer: its pages count no more when its lease has run out, the
// others are told, and a minute later nothing is left of it.
func TestDeadServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		dies, lives := b.server(t), b.server(t)
		dies.set(true, alice)
		time.Sleep(renewEvery)
		dies.stop()
		if !lives.reaches(b, alice) || lives.Others() != 1 {
			t.Error("given up at once")
		}
		time.Sleep(lease + 2*renewEvery)
		synctest.Wait()
		if lives.reaches(b, alice) || lives.Others() != 0 || lives.lost.Load() != 1 {
			t.Errorf("not given up; %d others, told %d times", lives.Others(), lives.lost.Load())
		}
		if b.listening(dies) != 1 {
			t.Error("cleared up at once")
		}
		time.Sleep(forgetAfter + 2*renewEvery)
		synctest.Wait()
		if servers, err := b.Servers(t.Context()); err != nil || len(servers) != 1 || b.listening(dies) != 0 {
			t.Errorf("%d servers, %d pages of a dead one", len(servers), b.listening(dies))
		}
	})
}

// TestGivenUpTooEarly: a server that was stopped for minutes and goes on writes
// its pages again.
func TestGivenUpTooEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		s := b.server(t)
		s.set(true, alice, bob)
		time.Sleep(2 * gather)
		synctest.Wait()
		if err := b.Forget(t.Context(), s.id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2*renewEvery + 2*gather)
		synctest.Wait()
		if n := b.listening(s); n != 2 {
			t.Errorf("%d pages", n)
		}
	})
}

// TestNewServerIsAlive for those who have not read the list since it joined,
// and it takes no request before they had the time to.
func TestNewServerIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		old := b.server(t)
		old.Pass(t.Context(), 0, told(alice)) // has just seen that it is alone
		began := time.Now()
		fresh := b.server(t)
		if waited := time.Since(began); waited < glance {
			t.Errorf("waited %v", waited)
		}
		fresh.set(true, alice)
		time.Sleep(2 * gather)
		synctest.Wait()
		if !old.reaches(b, alice) {
			t.Error("not reachable at a server that has just joined")
		}
		old.Pass(t.Context(), 0, told(alice))
		time.Sleep(2 * fetchEvery)
		synctest.Wait()
		if fresh.hears() != 1 {
			t.Error("not heard at a server that has just joined")
		}
	})
}

// TestAlone: a single server looks for nobody's pages.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		s := b.server(t)
		before := b.called("Servers")
		for range 1000 {
			s.Pass(t.Context(), 0, told(alice))
			time.Sleep(time.Millisecond)
		}
		if n := b.called("Servers") - before; n > 6 || b.called("PagesOf") != 0 {
			t.Errorf("the list was read %d times in a second, pages %d times", n, b.called("PagesOf"))
		}
	})
}

// TestIdle: what a server costs the store that has nothing to do.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		b.server(t)
		b.server(t)
		b.mu.Lock()
		clear(b.calls)
		b.mu.Unlock()
		time.Sleep(time.Minute)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.calls["Renew"] > 45 || b.calls["Servers"] > 45 || len(b.calls) != 2 {
			t.Errorf("two servers in a minute: %v", b.calls)
		}
	})
}

// TestBucketOutOfReach holds up only its own pages.
func TestBucketOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		s := b.server(t)
		away := alice.Bucket(buckets)
		b.is(true, away)
		s.set(true, alice, bob)
		time.Sleep(2 * gather)
		synctest.Wait()
		if n := b.listening(s); n != 1 {
			t.Errorf("%d pages written", n)
		}
		s.set(false, alice) // what was not written is out of date
		time.Sleep(5 * time.Second)
		if n := b.called("SetPages"); n > 10 {
			t.Errorf("tried %d times", n)
		}
		b.is(false, away)
		s.set(true, ids.Payer{3})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if len(b.elsewhere(alice)) != 0 || b.listening(s) != 2 {
			t.Errorf("%d pages in the end", b.listening(s))
		}
	})
}

// TestServerOutOfReach: one whose letter box fails is left out for a while.
func TestServerOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		near, far := b.server(t), b.server(t)
		near.set(true, alice)
		time.Sleep(renewEvery)
		b.is(true, near.id)
		for range 5 {
			far.Pass(t.Context(), 0, told(alice))
		}
		if n := b.called("Post"); n != 1 {
			t.Errorf("tried %d times", n)
		}
		b.is(false, near.id)
		time.Sleep(muteFor + time.Second)
		far.Pass(t.Context(), 0, told(alice))
		time.Sleep(2 * fetchEvery)
		synctest.Wait()
		if near.hears() != 1 {
			t.Errorf("heard %d", near.hears())
		}
	})
}

// TestListOutOfReach: what was known of the others stays.
func TestListOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		near, far := b.server(t), b.server(t)
		near.set(true, alice)
		time.Sleep(2 * renewEvery)
		for _, name := range []string{"Servers", "Renew"} {
			b.is(true, name)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !far.reaches(b, alice) || far.Others() != 1 {
			t.Error("the others were given up because the list could not be read")
		}
	})
}

// TestClockSetBack: a lease that was written in the future does not last until then.
func TestClockSetBack(t *testing.T) {
	now := time.Unix(1795284017, 0)
	for until, want := range map[time.Duration]bool{
		-time.Second: false, 0: false, time.Second: true, lease: true, 2 * lease: true, time.Hour: false,
	} {
		if got := (Peer{Until: now.Add(until)}).runs(now); got != want {
			t.Errorf("%v left: %v", until, got)
		}
	}
}

// TestLettersComeAgain when they were published and not deleted.
func TestLettersComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard()
		near, far := b.server(t), b.server(t)
		near.set(true, alice)
		time.Sleep(renewEvery)
		b.is(true, "Taken")
		far.Pass(t.Context(), 0, told(alice))
		time.Sleep(5 * fetchEvery)
		b.is(false, "Taken")
		time.Sleep(5 * fetchEvery)
		synctest.Wait()
		if n := near.hears(); n < 2 || b.kept(near) != 0 {
			t.Errorf("heard %d times, %d letters left", n, b.kept(near))
		}
	})
}
