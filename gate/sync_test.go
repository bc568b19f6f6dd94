package gate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/pass"
)

// uploaded checks that the issuer has all taps of a gate, in order, once.
func (i *issuer) uploaded(g *Gate, want int) {
	i.t.Helper()
	i.set(func() {
		for n, seq := range i.order {
			if seq != uint64(n+1) {
				i.t.Errorf("uploaded in the order %v", i.order)
				break
			}
		}
		if len(i.order) != want {
			i.t.Errorf("%d taps uploaded, want %d", len(i.order), want)
		}
	})
	if s := g.Status(); s.Queue != 0 || s.Taps != uint64(want) {
		i.t.Errorf("%d taps, %d in the queue, want %d and none", s.Taps, s.Queue, want)
	}
}

func (i *issuer) comes(g *Gate, n int) {
	i.t.Helper()
	for range n {
		expect(i.t, g, "comes", i.rider(i.keys[0], nil).shows(g.Now()), "")
	}
}

func TestUpload(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	i.set(func() { i.down = true })
	i.comes(g, uploadTaps+3)
	if err := g.Sync(t.Context()); !errors.Is(err, client.ErrLost) {
		t.Errorf("without network: %v", err)
	}
	g = again(t, g)
	if s := g.Status(); s.Queue != uploadTaps+3 || s.Online {
		t.Errorf("queue %d, online %t", s.Queue, s.Online)
	}

	// Answers are lost, the gate is started anew in between: at least once, and never as two.
	i.set(func() { i.down, i.lose = false, 3 })
	for range 3 {
		if err := g.Sync(t.Context()); !errors.Is(err, client.ErrLost) {
			t.Errorf("a lost answer: %v", err)
		}
		g = again(t, g)
		i.comes(g, 1)
	}
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	i.uploaded(g, uploadTaps+6)
	if !g.Status().Online {
		t.Error("not online")
	}
}

// TestServerForgets: a server that was put back to a backup gets the taps again, in
// order, whether the gate hears of it by new taps or has none.
func TestServerForgets(t *testing.T) {
	for _, fresh := range []int{0, 2} {
		i := newIssuer(t)
		g := i.enrolled()
		i.comes(g, 7)
		if err := g.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		i.set(func() { // to when it had three
			for seq := uint64(4); seq <= 7; seq++ {
				delete(i.taps, seq)
			}
			i.order = i.order[:3]
			i.lose = fresh // the power goes, too
		})
		i.comes(g, fresh)
		if fresh > 0 { // what a running gate does at a tap
			for range fresh {
				if err := g.upload(t.Context(), g.caller(g.settings)); !errors.Is(err, client.ErrLost) {
					t.Errorf("a lost answer: %v", err)
				}
				g = again(t, g)
			}
			if err := g.upload(t.Context(), g.caller(g.settings)); err != nil {
				t.Fatal(err)
			}
		} else if err := g.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		i.uploaded(g, 7+fresh)
	}
}

// TestForgottenAndDamaged: what is damaged in the journal is not waited for, though the server does not have it.
func TestForgottenAndDamaged(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	i.comes(g, 3)
	g.Close()
	segments, err := filepath.Glob(filepath.Join(g.dir, "journal", "*.log"))
	if err != nil || len(segments) != 1 {
		t.Fatal(segments, err)
	}
	text, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-2] ^= 1 // of the last line's checksum
	if err := os.WriteFile(segments[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
	g = open(t, g.dir)
	for range 2 {
		if err := g.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	i.comes(g, 1)
	if err := g.upload(t.Context(), g.caller(g.settings)); err != nil {
		t.Fatal(err)
	}
	i.set(func() {
		if !slices.Equal(i.order, []uint64{1, 2, 4}) {
			t.Errorf("uploaded %v", i.order)
		}
	})
	if s := g.Status(); s.Queue != 0 {
		t.Errorf("%d in the queue", s.Queue)
	}
}

// TestRejected: one bad tap holds nothing up.
func TestRejected(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	i.comes(g, 3)
	i.set(func() { i.reject[2] = true })
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := again(t, g).Status(); s.Queue != 0 || s.Rejected != 1 {
		t.Errorf("queue %d, rejected %d", s.Queue, s.Rejected)
	}
}

// TestDiskReplaced: a gate that is enrolled anew goes on with numbers that the server has not seen.
func TestDiskReplaced(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	i.comes(g, 2)
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := i.enrolled()
	i.comes(fresh, 2)
	if err := fresh.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	i.set(func() {
		if len(i.taps) != 4 {
			t.Errorf("%d taps, want 4", len(i.taps))
		}
	})
	// The old one is still there, and notices.
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := g.Status(); len(s.Alarms) != 1 || s.Alarms[0] != AlarmCloned {
		t.Errorf("alarms %v", s.Alarms)
	}
}

func TestDenyList(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	a, b := i.rider(i.keys[0], nil), i.rider(i.keys[0], nil)
	i.deny([]rider{a, b}, nil)
	i.deny(nil, []rider{b})
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	g = again(t, g)
	expect(t, g, "on the list", a.shows(time.Now()), Denied)
	expect(t, g, "taken off", b.shows(time.Now()), "")

	// A delta that the issuer did not sign changes nothing, and says so.
	i.deny(nil, []rider{a})
	i.set(func() { i.signer = issuerKey(t, 1) })
	if err := g.Sync(t.Context()); !errors.Is(err, ErrAnswer) {
		t.Errorf("a forged delta: %v", err)
	}
	expect(t, g, "after a forged delta", a.shows(time.Now()), Denied)
	i.set(func() { i.signer = i.keys[1] })
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, g, "after the true one", a.shows(time.Now()), "")

	// The server is put back to a backup: its list is shorter than the gate's.
	c := i.rider(i.keys[0], nil)
	i.set(func() { i.deltas = []pass.DenyDelta{{Since: 0, Until: 1, Add: [][8]byte{c.id}}} })
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if number, passes := g.deny.Number(); number != 1 || passes != 1 || !g.deny.Has(c.id) {
		t.Errorf("number %d, %d passes", number, passes)
	}
}

// TestLostDenyList: without its list a gate knows nobody to refuse, so it lets nobody through.
func TestLostDenyList(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	g.Close()
	if err := os.RemoveAll(filepath.Join(g.dir, "denylist")); err != nil {
		t.Fatal(err)
	}
	g = open(t, g.dir)
	expect(t, g, "without a deny list", i.rider(i.keys[0], nil).shows(time.Now()), Unprepared)
	if s := g.Status(); len(s.Alarms) != 1 || s.Alarms[0] != AlarmUnprepared {
		t.Errorf("alarms %v", s.Alarms)
	}
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	i.comes(g, 1)
}

// TestRotation: the issuer's keys change while the gate runs.
func TestRotation(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	old := i.rider(i.keys[0], nil)
	i.set(func() { i.keys = append(i.keys[1:], issuerKey(t, 3)); i.signer = i.keys[0] })
	expect(t, g, "a new key, unheard of", i.rider(i.keys[1], nil).shows(time.Now()), UnknownIssuer)
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, g, "the new key", i.rider(i.keys[1], nil).shows(time.Now()), "")
	expect(t, g, "a key that is no more", old.shows(time.Now()), UnknownIssuer)
}

func TestRefusedKey(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	i.set(func() { i.refuse = "unauthorized" })
	if err := g.Sync(t.Context()); err == nil {
		t.Error("no error")
	}
	if s := g.Status(); len(s.Alarms) != 1 || s.Alarms[0] != AlarmRefused {
		t.Errorf("alarms %v", s.Alarms)
	}
	i.comes(g, 1) // the riders cannot help it
}

// TestRunUploadsByItself: nobody has to ask.
func TestRunUploadsByItself(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { g.Run(ctx); close(ended) }()
	i.comes(g, 2)
	for deadline := time.Now().Add(20 * time.Second); g.Status().Queue > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never uploaded")
		}
	}
	stop()
	<-ended
	i.uploaded(g, 2)
}
