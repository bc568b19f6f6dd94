package issuing

import (
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
)

func TestKeepAliases(t *testing.T) {
	issue := func(aliases ...paycode.Alias) (all []IssuedAlias) {
		for i, a := range aliases {
			all = append(all, IssuedAlias{a, time.Unix(int64(i), 0)})
		}
		return all
	}
	for _, c := range []struct {
		name       string
		issued     []IssuedAlias
		newestHeld bool
		named      paycode.Alias
		want       []IssuedAlias
	}{
		{"none", nil, false, 0, nil},
		{"none, yet held", nil, true, 5, nil},
		{"nothing known", issue(1, 2), false, 0, issue(1, 2)},
		{"names the newest", issue(1, 2, 3), false, 3, issue(1, 2, 3)[2:]},
		{"names one in between", issue(1, 2, 3), false, 2, issue(1, 2, 3)[1:]},
		{"names a stranger", issue(1, 2, 3), false, 9, issue(1, 2, 3)},
		{"newest was shown, names an older", issue(1, 2, 3), true, 1, issue(1, 2, 3)[2:]},
		{"too many, nothing known", issue(1, 2, 3, 4), false, 0, slices.Delete(issue(1, 2, 3, 4), 1, 2)},
		{"too many, names the oldest", issue(1, 2, 3, 4), false, 1, slices.Delete(issue(1, 2, 3, 4), 1, 2)},
		{"too many, names the second", issue(1, 2, 3, 4), false, 2, issue(1, 2, 3, 4)[1:]},
	} {
		before := slices.Clone(c.issued)
		if got := keepAliases(c.issued, c.newestHeld, c.named); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if !slices.Equal(before, c.issued) {
			t.Errorf("%s: what was handed over is changed", c.name)
		}
	}
}

// TestHeldAliasSurvives plays long histories in which answers arrive or are lost:
// the alias that the device holds is always among at most four.
func TestHeldAliasSurvives(t *testing.T) {
	seed := mathrand.Uint64()
	r := mathrand.New(mathrand.NewPCG(seed, 1))
	now := time.Unix(1795284017, 0)
	d := Device{Device: payment.Device{Status: payment.DeviceActive, Newest: payment.SeedRef{KeyID: 1, Generation: 1}, Held: payment.SeedRef{KeyID: 1, Generation: 1}, Alias: 1}}
	issued, held, next := []IssuedAlias{{1, now}}, paycode.Alias(1), paycode.Alias(2)
	for range 10_000 {
		if r.IntN(3) == 0 {
			d.AliasHeld = held == d.Alias // it paid, and the server has seen which alias
		}
		if r.IntN(3) > 0 {
			now = now.Add(time.Duration(r.IntN(3)-1) * time.Microsecond) // a clock that stands or goes back
		}
		c, err := decideSync(d, issued, Held{held, 1}, next, 1, now)
		if err != nil {
			t.Fatal(err)
		}
		issued = slices.DeleteFunc(issued, func(a IssuedAlias) bool { return slices.Contains(c.Drop, a) })
		if n := len(issued); n > 0 && !c.Issue.At.After(issued[n-1].At) {
			t.Fatalf("seed %d: an alias of %v after one of %v", seed, c.Issue.At, issued[n-1].At)
		}
		issued, d = append(issued, c.Issue), c.Device
		if !slices.ContainsFunc(issued, func(a IssuedAlias) bool { return a.Alias == held }) || len(issued) > maxAliases {
			t.Fatalf("seed %d: the device holds %d, accepted are %v", seed, held, issued)
		}
		if r.IntN(2) == 0 {
			held = next
		}
		next++
	}
}

func TestRotationKeepsWhatTheDeviceMayHold(t *testing.T) {
	first, second := payment.SeedRef{KeyID: 1, Generation: 1}, payment.SeedRef{KeyID: 1, Generation: 2}
	moved := func(g paycode.Generation) payment.SeedRef { return payment.SeedRef{KeyID: 2, Generation: g} }
	for _, c := range []struct {
		name             string
		newest, held     payment.SeedRef
		says             paycode.Generation
		active           uint32
		wantNew, wantOld payment.SeedRef
	}{
		{"nothing to do", first, first, 1, 1, first, first},
		{"says nothing", second, first, 0, 1, second, first},
		{"says the old one", second, first, 1, 1, second, first},
		{"acknowledges", second, first, 2, 1, second, second},
		{"says one that never was", second, first, 7, 1, second, first},
		{"new master key", first, first, 1, 2, moved(2), first},
		{"new master key, acknowledges", second, first, 2, 2, moved(3), second},
		{"new master key, rotation not acknowledged", second, first, 1, 2, moved(3), first},
		{"server with old keys", moved(2), moved(2), 2, 1, moved(2), moved(2)},
	} {
		d := Device{Device: payment.Device{Status: payment.DeviceActive, Newest: c.newest, Held: c.held}}
		got, err := decideSync(d, nil, Held{Generation: c.says}, 5, c.active, time.Unix(1, 0))
		if err != nil || got.Device.Newest != c.wantNew || got.Device.Held != c.wantOld {
			t.Errorf("%s: newest %+v, held %+v, %v", c.name, got.Device.Newest, got.Device.Held, err)
		}
	}
}

func TestTakenAliasIsDrawnAgain(t *testing.T) {
	s := &Service{Config: Config{Profile: paycode.DefaultProfile(), Random: rand.Reader, Buckets: 16}}
	var tried []paycode.Alias
	err := s.draw(Phone, 3, func(a paycode.Alias) error {
		if tried = append(tried, a); len(tried) < 5 {
			return ErrAliasTaken
		}
		return nil
	})
	slices.Sort(tried)
	if err != nil || len(slices.Compact(tried)) != 5 {
		t.Errorf("drawn %v, %v", tried, err)
	}
	if err := s.draw(Phone, 3, func(paycode.Alias) error { return ErrAliasTaken }); !errors.Is(err, ErrAliasTaken) {
		t.Errorf("all taken: %v", err)
	}
	if err := s.draw(Phone, 3, func(paycode.Alias) error { return ErrNotFound }); !errors.Is(err, ErrNotFound) {
		t.Errorf("another error: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := Config{
		Profile: paycode.DefaultProfile(), Limits: payment.DefaultLimits(), Now: time.Now,
		Random: rand.Reader, Buckets: 16, ProofLeeway: DefaultProofLeeway,
	}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no profile":       func(c *Config) { c.Profile = paycode.Profile{} },
		"negative limit":   func(c *Config) { c.Limits.PerDay = -1 },
		"no buckets":       func(c *Config) { c.Buckets = 0 },
		"too many buckets": func(c *Config) { c.Buckets = 1<<16 + 1 },
		"no leeway at all": func(c *Config) { c.ProofLeeway = 0 },
		"negative leeway":  func(c *Config) { c.ProofLeeway = -time.Second },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFreezeTellsOnce(t *testing.T) {
	event := ids.Event{1}
	for _, c := range []struct {
		from, to payment.DeviceStatus
		told     bool
	}{
		{payment.DeviceActive, payment.DeviceIsFrozen, true},
		{payment.DeviceIsFrozen, payment.DeviceIsFrozen, false},
		{payment.DeviceIsFrozen, payment.DeviceActive, true},
		{payment.DeviceIsFrozen, payment.DeviceIsRevoked, true},
		{payment.DeviceIsRevoked, payment.DeviceIsRevoked, false},
	} {
		got, err := decideStatus(Device{Device: payment.Device{Status: c.from}}, c.to, event)
		if err != nil || got.Status.IsZero() == c.told || got.Device.Status != c.to {
			t.Errorf("%s to %s: %+v, %v", c.from, c.to, got.Status, err)
		}
	}
}
