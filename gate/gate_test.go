package gate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/pass"
)

// expect taps a text and checks what the gate does.
func expect(t *testing.T, g *Gate, when, text string, want Reason) Decision {
	t.Helper()
	d := g.Tap(text)
	if d.Reason != want || d.Go != (want == "") {
		t.Errorf("%s: go %t, %q, want %q", when, d.Go, d.Reason, want)
	}
	return d
}

func TestWhoGoesThrough(t *testing.T) {
	i := newIssuer(t)
	blocked, good, strange := i.rider(i.keys[0], nil), i.rider(i.keys[0], nil), issuerKey(t, 1)
	i.deny([]rider{blocked}, nil)
	g := i.enrolled()
	now := time.Now()
	day := 24 * time.Hour
	for _, c := range []struct {
		name, text string
		want       Reason
	}{
		{"good", good.shows(now), ""},
		{"the other issuer key", i.rider(i.keys[1], nil).shows(now), ""},
		{"shown a minute ago", i.rider(i.keys[0], nil).shows(now.Add(-time.Minute)), ""},
		{"by a phone that is a minute ahead", i.rider(i.keys[0], nil).shows(now.Add(time.Minute)), ""},
		{"shown two minutes ago", i.rider(i.keys[0], nil).shows(now.Add(-2 * time.Minute)), Stale},
		{"by a phone that is two minutes ahead", i.rider(i.keys[0], nil).shows(now.Add(2 * time.Minute)), Stale},
		{"an issuer key that nobody knows", i.rider(issuerKey(t, 3), nil).shows(now), UnknownIssuer},
		{"forged with a number that is known", i.rider(strange, nil).shows(now), Forged},
		{"another phone's signature", good.presents(blocked.device, now), Forged},
		{"expired", i.rider(i.keys[0], func(p *pass.Pass) { p.Expires = now.Add(-time.Second) }).shows(now), Expired},
		{"begins tomorrow", i.rider(i.keys[0], func(p *pass.Pass) { p.NotBefore = now.Add(day) }).shows(now), NotYet},
		{"on the deny list", blocked.shows(now), Denied},
		{"a payment code", "701234567893326376", Malformed},
		{"nothing", "", Malformed},
		{"far too long", "PP1:" + strings.Repeat("A", 1<<16), Malformed},
	} {
		d := expect(t, g, c.name, c.text, c.want)
		if d.Go && (d.Fare == nil || d.Fare.Minor != 200) {
			t.Errorf("%s: fare %v", c.name, d.Fare)
		}
	}
	if s := g.Status(); s.Gone != 4 || s.Refused != 11 || s.Taps != 4 || s.Queue != 4 || s.Denied != 1 || len(s.Alarms) > 0 {
		t.Errorf("status %+v", s)
	}
}

func TestTwice(t *testing.T) {
	i := newIssuer(t)
	g, other := i.enrolled(), i.enrolled()
	r := i.rider(i.keys[0], nil)
	now := time.Now()
	shown := r.shows(now)
	expect(t, g, "at first", shown, "")
	expect(t, g, "the same again", shown, Duplicate)
	expect(t, g, "the next one of the same pass", r.shows(now), Passback)
	expect(t, other, "a copy at a second gate", shown, "") // the server finds it

	for range 3 { // what was known is known after a restart, as often as one likes
		g = again(t, g)
		expect(t, g, "the same after a restart", shown, Duplicate)
		expect(t, g, "the same pass after a restart", r.shows(now), Passback)
	}
	g.Now = func() time.Time { return now.Add(61 * time.Second) }
	expect(t, g, "the same, a minute later", shown, Duplicate)
	expect(t, g, "the same pass, a minute later", r.shows(now), "")
}

// TestTogether has one presentation read by many readers of a gate at once.
func TestTogether(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	shown := i.rider(i.keys[0], nil).shows(time.Now())
	var all sync.WaitGroup
	gone := make(chan bool, 50)
	for range 50 {
		all.Go(func() { gone <- g.Tap(shown).Go })
		all.Go(func() { // and others meanwhile
			if d := g.Tap(i.rider(i.keys[0], nil).shows(time.Now())); !d.Go {
				t.Errorf("refused: %s", d.Reason)
			}
		})
	}
	all.Wait()
	close(gone)
	n := 0
	for ok := range gone {
		if ok {
			n++
		}
	}
	if n != 1 {
		t.Errorf("went through %d times, want once", n)
	}
	if s := g.Status(); s.Taps != 51 || s.Gone != 51 {
		t.Errorf("%d taps, %d gone", s.Taps, s.Gone)
	}
}

func TestEnrol(t *testing.T) {
	i := newIssuer(t)
	dir := t.TempDir()
	if _, err := Open(dir); !errors.Is(err, ErrNotEnrolled) {
		t.Errorf("before: %v", err)
	}
	e := Enrolment{Dir: dir, Server: i.URL, Key: "gk_wrong"}
	if err := Enrol(t.Context(), e); err == nil || !strings.Contains(err.Error(), "unauthorized") {
		t.Errorf("with a wrong key: %v", err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrNotEnrolled) {
		t.Errorf("after a wrong key: %v", err)
	}
	i.set(func() { i.change = func(c *Config) { c.Kind = "swim" } })
	e.Key = gateKey
	if err := Enrol(t.Context(), e); !errors.Is(err, ErrAnswer) {
		t.Errorf("nonsense: %v", err)
	}
	i.set(func() { i.change, i.down = nil, true })
	if err := Enrol(t.Context(), e); !errors.Is(err, client.ErrLost) {
		t.Errorf("without network: %v", err)
	}
	i.set(func() { i.down = false })
	for range 2 { // again takes a new key, and keeps the journal's
		if err := Enrol(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	g := open(t, dir)
	expect(t, g, "enrolled", i.rider(i.keys[0], nil).shows(time.Now()), "")
	if _, err := Open(dir); !errors.Is(err, ErrBusy) {
		t.Errorf("a second process: %v", err)
	}
	g.Close()
	other := newIssuer(t)
	e.Server = other.URL
	if err := Enrol(t.Context(), e); !errors.Is(err, ErrEnrolled) {
		t.Errorf("another gate's key: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, settingsFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the key: %v, %v", info.Mode(), err)
	}
}

func TestClock(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	real := time.Now()
	at := func(d time.Duration) { g.Now = func() time.Time { return real.Add(d) } }
	comes := func(when string, want Reason) {
		t.Helper()
		expect(t, g, when, i.rider(i.keys[0], nil).shows(g.Now()), want)
	}
	alarm := func(want ...Alarm) {
		t.Helper()
		if got := g.Status().Alarms; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("alarms %v, want %v", got, want)
		}
	}
	g.Now = func() time.Time { return time.Unix(0, 0) }
	expect(t, g, "a clock that was never set", i.rider(i.keys[0], nil).shows(real), Clock)
	alarm(AlarmClockBehind)
	at(0)
	comes("a clock that is right", "")
	at(time.Hour)
	comes("an hour later", "")
	at(time.Hour - 3*time.Second)
	comes("set back by NTP", "")
	at(59 * time.Minute)
	comes("set back by a minute", Clock)
	g = again(t, g)
	at(59 * time.Minute)
	comes("set back while it was off", Clock)

	// The server says which of the two was right, and that is remembered.
	at(0)
	comes("back to what is right", Clock)
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	comes("the server agrees", "")
	alarm()
	g = again(t, g)
	at(time.Second)
	comes("after a restart", "")

	at(10 * time.Minute) // ahead: this is found out only from the server
	comes("ahead, without network", "")
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	comes("ahead, and the server says so", Clock)
	alarm(AlarmClockOff)
	at(2 * time.Second)
	comes("set right, but nobody confirms it", Clock)
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	comes("set right", "")
}

// TestFullDisk: a tap that cannot be kept does not open the gate, and may be shown again.
func TestFullDisk(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	shown := i.rider(i.keys[0], nil).shows(time.Now())
	g.journal.Close() // as good as a disk that is gone
	expect(t, g, "without a disk", shown, Disk)
	if s := g.Status(); s.Taps != 0 || s.Gone != 0 {
		t.Errorf("%d taps, %d gone", s.Taps, s.Gone)
	}
	g = again(t, g)
	expect(t, g, "with a disk again", shown, "")
}

// TestTamperedJournal: what somebody changed is told, is not uploaded, and the rest is.
func TestTamperedJournal(t *testing.T) {
	i := newIssuer(t)
	g := i.enrolled()
	for range 3 {
		expect(t, g, "comes", i.rider(i.keys[0], nil).shows(time.Now()), "")
	}
	g.Close()
	names, err := filepath.Glob(filepath.Join(g.dir, "journal", "taps-*.log"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	lines[1] = strings.Replace(lines[1], "ride", "exit", 1)
	if err := os.WriteFile(names[0], []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	g = open(t, g.dir)
	s := g.Status()
	if len(s.Damage) != 1 || s.Damage[0].Seq != 2 || len(s.Alarms) != 1 || s.Alarms[0] != AlarmJournal {
		t.Errorf("damage %v, alarms %v", s.Damage, s.Alarms)
	}
	expect(t, g, "the gate works on", i.rider(i.keys[0], nil).shows(time.Now()), "")
	if err := g.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(i.order) != "[1 3 4]" || g.Status().Queue != 0 {
		t.Errorf("uploaded %v, queue %d", i.order, g.Status().Queue)
	}
}
