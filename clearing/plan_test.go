package clearing

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// zones: a ride costs 2.00 and 1.00 for each station between A, B, C …
type zones struct{}

func (zones) Fare(_, from, to string) (money.Amount, bool) {
	if from == "" || to == "" {
		return money.Amount{}, false
	}
	d := int64(from[0]) - int64(to[0])
	return money.Amount{Minor: 200 + 100*max(d, -d), Currency: "CNY"}, true
}
func (zones) Max(string, string) (money.Amount, bool) {
	return money.Amount{Minor: 900, Currency: "CNY"}, true
}

var dawn = time.Date(2026, 11, 27, 6, 0, 0, 0, time.UTC)

func terms() Terms { return DefaultTerms(zones{}, "CNY", time.UTC) }

// tap is one at a station, some minutes after dawn.
func tap(kind access.TapKind, station string, minutes int) Boarding {
	return Boarding{
		Presentation: sha256.Sum256(fmt.Append(nil, kind, station, minutes)), Owner: Owner{Device: ids.Device{1}}, Line: "1", Station: station,
		At: dawn.Add(time.Duration(minutes) * time.Minute), Kind: kind, Cap: money.Amount{Minor: 2000, Currency: "CNY"},
	}
}

// books keep the rides of one device as a store does, and pay at once.
type books struct {
	Terms
	taps  []Boarding
	rides map[[32]byte]Ride
	next  byte
	paid  int // payments made
}

func (b *books) bring(now time.Time, taps ...Boarding) {
	b.taps = append(b.taps, taps...)
	b.look(taps[0].At, now)
}

func (b *books) look(at, now time.Time) {
	days := b.around(at, at)
	wide := days.wider(b.PairWithin)
	var seen []Boarding
	for _, t := range b.taps {
		if wide.has(t.At) {
			seen = append(seen, t)
		}
	}
	var rides []Ride
	for _, r := range b.rides {
		if days.has(r.Began) {
			rides = append(rides, r)
		}
	}
	for _, r := range b.plan(seen, rides, days, now) {
		if r.ID.IsZero() {
			b.next++
			r.ID = ids.Ride{b.next}
		}
		if r.Work.due() {
			b.paid++
			if r.Payment = (ids.Payment{}); r.Charge > 0 {
				r.Payment = ids.Payment{byte(b.paid)}
			}
			r.Work, r.Void = Done, ids.Payment{}
		}
		b.rides[r.First] = r
	}
}

// told are the rides that count, as "A-C 400", in their order.
func (b *books) told() (all []string) {
	var rides []Ride
	for _, r := range b.rides {
		if r.Status != Canceled {
			rides = append(rides, r)
		} else if r.Charge != 0 {
			all = append(all, "a canceled ride costs something")
		}
	}
	for len(rides) > 0 {
		first := 0
		for i, r := range rides {
			if r.Began.Before(rides[first].Began) {
				first = i
			}
		}
		r := rides[first]
		all = append(all, fmt.Sprintf("%s-%s %s %d", r.From, r.To, r.Status, r.Charge))
		rides = append(rides[:first], rides[first+1:]...)
	}
	return all
}

func open(t Terms) *books { return &books{Terms: t, rides: map[[32]byte]Ride{}} }

func TestPlan(t *testing.T) {
	day := []Boarding{
		tap(access.TapEntry, "A", 0), tap(access.TapExit, "C", 30), tap(access.TapRide, "bus", 40),
		tap(access.TapEntry, "C", 60), tap(access.TapEntry, "D", 61), tap(access.TapExit, "A", 90), tap(access.TapExit, "B", 95),
		tap(access.TapEntry, "A", 600), tap(access.TapExit, "B", 600+241),
	}
	soon := dawn.Add(15 * time.Hour)
	late := dawn.Add(3 * 24 * time.Hour)
	wantSoon := []string{"A-C charged 400", "bus- charged 900", "C- open 0", "D-A charged 500", "-B open 0", "A- open 0", "-B open 0"}
	wantLate := []string{"A-C charged 400", "bus- charged 900", "C- charged 900", "D-A charged 500", "-B charged 900", "A- charged 900", "-B charged 900"}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		b := open(terms())
		for _, i := range r.Perm(len(day)) {
			b.bring(soon, day[i])
		}
		if diff := cmp.Diff(wantSoon, b.told()); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		b.look(dawn, late)
		if diff := cmp.Diff(wantLate, b.told()); diff != "" {
			t.Fatalf("seed %d, late: %s", seed, diff)
		}
		paid := b.paid
		for _, tap := range day { // everything once more
			b.look(tap.At, late)
		}
		if b.paid != paid {
			t.Fatalf("seed %d: %d payments more for the same taps", seed, b.paid-paid)
		}
	}
}

// TestLateExit: a ride that was closed for want of its exit is put right.
func TestLateExit(t *testing.T) {
	b := open(terms())
	b.bring(dawn, tap(access.TapEntry, "A", 0))
	late := dawn.Add(48 * time.Hour)
	b.look(dawn, late)
	if got := b.told(); !cmp.Equal(got, []string{"A- charged 900"}) {
		t.Fatal(got)
	}
	b.bring(late, tap(access.TapExit, "B", 10))
	if got := b.told(); !cmp.Equal(got, []string{"A-B charged 300"}) || b.paid != 2 {
		t.Errorf("%v after %d payments", got, b.paid)
	}
}

// TestDayCap: in whatever order rides become known, a day costs no more than the cap.
func TestDayCap(t *testing.T) {
	capped := terms()
	capped.DayCap = 1000
	day := []Boarding{tap(access.TapRide, "A", 0), tap(access.TapEntry, "A", 10), tap(access.TapExit, "B", 20), tap(access.TapRide, "A", 30), tap(access.TapRide, "A", 24*60)}
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		b := open(capped)
		for _, i := range r.Perm(len(day)) {
			b.bring(dawn.Add(time.Hour), day[i])
		}
		sums := map[int]int64{}
		for _, r := range b.rides {
			sums[r.Began.Day()] += r.Charge
			if (r.Charge == 0) != (r.Status == Free || r.Status == Canceled) {
				t.Errorf("%s costs %d", r.Status, r.Charge)
			}
		}
		if sums[27] != 1000 || sums[28] != 900 {
			t.Errorf("seed %d: %v", seed, sums)
		}
	}
}

// TestWhatWasPricedStays: another fare table changes no ride that is over.
func TestWhatWasPricedStays(t *testing.T) {
	b := open(terms())
	b.bring(dawn, tap(access.TapRide, "A", 0))
	b.Fares = dearer{}
	b.bring(dawn, tap(access.TapRide, "A", 5))
	if got := b.told(); !cmp.Equal(got, []string{"A- charged 900", "A- charged 1800"}) {
		t.Error(got)
	}
}

// TestNoFare: a ride whose fare nobody knows stays open until somebody does, and
// one that was charged stays so when the fares lose it.
func TestNoFare(t *testing.T) {
	b := open(terms())
	b.bring(dawn, tap(access.TapRide, "A", 0))
	b.Fares = unpriced{}
	b.bring(dawn, tap(access.TapRide, "A", 5))
	if got := b.told(); !cmp.Equal(got, []string{"A- charged 900", "A- open 0"}) {
		t.Error(got)
	}
	b.Fares = zones{}
	b.look(dawn, dawn.Add(25*time.Hour))
	if got := b.told(); !cmp.Equal(got, []string{"A- charged 900", "A- charged 900"}) {
		t.Error(got)
	}
}

type unpriced struct{}

func (unpriced) Fare(_, _, _ string) (money.Amount, bool) { return money.Amount{}, false }
func (unpriced) Max(_, _ string) (money.Amount, bool)     { return money.Amount{}, false }

type dearer struct{ zones }

func (dearer) Max(string, string) (money.Amount, bool) {
	return money.Amount{Minor: 1800, Currency: "CNY"}, true
}

// TestDueRidesAreLeftAlone until what was decided is done, and then are planned again.
func TestDueRidesAreLeftAlone(t *testing.T) {
	at, late := tap(access.TapEntry, "A", 0), dawn.Add(48*time.Hour)
	days := terms().around(at.At, at.At)
	was := terms().plan([]Boarding{at}, nil, days, late)[0]
	was.Payment = ids.Payment{1}
	if was.Work != Pay || was.Charge != 900 {
		t.Fatalf("%+v", was)
	}
	if changed := terms().plan([]Boarding{at}, []Ride{was}, days, late); len(changed) != 0 {
		t.Errorf("nothing has come, and %+v", changed)
	}
	both := []Boarding{at, tap(access.TapExit, "B", 5)}
	noted := was
	noted.Work = PayThenPlan
	if changed := terms().plan(both, []Ride{was}, days, late); !cmp.Equal(changed, []Ride{noted}) {
		t.Errorf("%s", cmp.Diff([]Ride{noted}, changed))
	}
	if changed := terms().plan(both, []Ride{noted}, days, late); len(changed) != 0 {
		t.Errorf("noted already, and %+v", changed)
	}
	noted.Work = PlanAgain
	changed := terms().plan(both, []Ride{noted}, days, late)
	if len(changed) != 1 || changed[0].Charge != 300 || changed[0].Void != was.Payment || changed[0].Work != Pay {
		t.Errorf("%+v", changed)
	}
	noted.Payment, noted.Version = was.Payment, 7
	if changed := terms().plan([]Boarding{at}, []Ride{noted}, days, late); len(changed) != 1 || changed[0].Work != Done || changed[0].Charge != 900 {
		t.Errorf("planned again, the same as before: %+v", changed)
	}
}
