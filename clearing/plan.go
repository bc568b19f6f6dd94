package clearing

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Fares say what rides cost. Stations and lines are named as gates are.
type Fares interface {
	// Fare is that of a ride on a line from a station to another.
	Fare(line, from, to string) (money.Amount, bool)
	// Max is the highest fare of a ride on a line that began, or ended, at a station.
	Max(line, station string) (money.Amount, bool)
}

// Terms are how taps become rides and rides cost money.
type Terms struct {
	Fares Fares
	// Currency is that of Fares.
	Currency money.Currency
	// PairWithin is how long a ride may last: an exit later than that after an entry is none of its.
	PairWithin time.Duration
	// CloseAfter is how long after its first tap a ride waits for the other one,
	// whose gate may have no network. Then it costs the highest fare; when the
	// tap comes later still, that is put right.
	CloseAfter time.Duration
	// DayCap is the most that the rides of one pass cost in a day, in minor units; 0 for no cap.
	DayCap int64
	Zone   *time.Location // in which a day begins at midnight
}

// DefaultTerms pair within four hours, wait a day, and have no cap.
func DefaultTerms(f Fares, c money.Currency, zone *time.Location) Terms {
	return Terms{Fares: f, Currency: c, PairWithin: 4 * time.Hour, CloseAfter: 24 * time.Hour, Zone: zone}
}

// around is the days whose rides a tap at some time may change.
func (t Terms) around(first, last time.Time) Span {
	return Span{t.midnight(first.Add(-t.PairWithin), 0), t.midnight(last.Add(t.PairWithin), 1)}
}

func (t Terms) midnight(at time.Time, days int) time.Time {
	y, m, d := at.In(t.Zone).Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, t.Zone)
}

// wider is the span whose taps decide about the rides of s.
func (s Span) wider(by time.Duration) Span { return Span{s.From.Add(-by), s.To.Add(by)} }

func (s Span) has(at time.Time) bool { return !at.Before(s.From) && at.Before(s.To) }

// trip is a tap, or an entry with its exit.
type trip struct{ first, last Boarding }

// pair makes trips of the taps of one device. An exit belongs to the tap just
// before it, if that is an entry not too long ago: whatever order they came in.
func pair(taps []Boarding, within time.Duration) (trips []trip) {
	taps = slices.SortedFunc(slices.Values(taps), func(a, b Boarding) int {
		return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.Presentation[:], b.Presentation[:]))
	})
	for i := 0; i < len(taps); i++ {
		t := trip{taps[i], taps[i]}
		if i+1 < len(taps) && taps[i].Kind == access.TapEntry && taps[i+1].Kind == access.TapExit && taps[i+1].At.Sub(taps[i].At) <= within {
			t.last = taps[i+1]
			i++
		}
		trips = append(trips, t)
	}
	return trips
}

// plan says which rides the taps of one device make, and answers those that are
// new or differ from the rides that are known. It is pure, and the only place
// where that is decided. taps are all of s.wider(PairWithin), rides all that
// began within s. New rides, and payments that are to be made, have no
// identifiers yet.
func (t Terms) plan(taps []Boarding, rides []Ride, s Span, now time.Time) (changed []Ride) {
	known, wanted := map[[32]byte]Ride{}, map[[32]byte]bool{}
	for _, r := range rides {
		known[r.First] = r
	}
	var planned []Ride
	for _, trip := range pair(taps, t.PairWithin) {
		if r := t.ride(trip, now); s.has(r.Began) {
			planned, wanted[r.First] = append(planned, t.stillCosts(r, known[r.First])), true
		}
	}
	charges := t.share(planned, known)
	for i, r := range planned {
		if r, differs := merge(known[r.First], r, charges[i]); differs {
			changed = append(changed, r)
		}
	}
	for _, r := range rides {
		if !wanted[r.First] {
			gone := r
			gone.Status, gone.Fare = Canceled, 0
			if r, differs := merge(r, gone, 0); differs {
				changed = append(changed, r)
			}
		}
	}
	return changed
}

// ride is a trip as a ride, with what it costs when it is over.
func (t Terms) ride(p trip, now time.Time) Ride {
	first, last := p.first, p.last
	r := Ride{
		First: first.Presentation, Owner: first.Owner, Merchant: first.Merchant, Gate: first.Gate, Line: first.Line, From: first.Station,
		Began: first.At, Entered: first.At, Closes: first.At.Add(t.CloseAfter), Currency: first.Cap.Currency, OnCredit: first.OnCredit, Status: Charged,
	}
	var fare money.Amount
	var known bool
	switch {
	case last != first:
		r.Exited, r.To = last.At, last.Station
		fare, known = t.Fares.Fare(r.Line, r.From, r.To)
	case first.Kind == access.TapExit:
		r.Entered, r.Exited, r.From, r.To = time.Time{}, first.At, "", first.Station
	}
	if last == first && first.Kind != access.TapRide && now.Before(r.Closes) {
		r.Status = Open
		return r
	}
	if !known {
		fare, known = t.Fares.Max(r.Line, first.Station)
	}
	if !known { // the fares have a gap: it is looked at again, and costs nothing until it is filled
		r.Status, r.Closes = Open, now.Add(t.CloseAfter)
		return r
	}
	r.Fare = min(fare.Minor, first.Cap.Minor)
	return r
}

// stillCosts keeps the fare of a ride that is the same as when it was priced:
// fares may have changed since.
func (t Terms) stillCosts(r, was Ride) Ride {
	if (was.Status == Charged || was.Status == Free) && was.Entered.Equal(r.Entered) && was.Exited.Equal(r.Exited) {
		r.Fare, r.Status, r.Closes = was.Fare, Charged, was.Closes
	}
	return r
}

// share says what is taken for each ride so that no day costs more than the
// cap. What was taken already stays as far as it can: riders should not see
// money go to and fro because a bus came home late.
func (t Terms) share(rides []Ride, known map[[32]byte]Ride) []int64 {
	charges := make([]int64, len(rides))
	if t.DayCap == 0 {
		for i, r := range rides {
			charges[i] = r.Fare
		}
		return charges
	}
	left := map[time.Time]int64{}
	give := func(i int, most int64) {
		day := t.midnight(rides[i].Began, 0)
		if _, begun := left[day]; !begun {
			left[day] = t.DayCap
		}
		part := min(most, left[day])
		charges[i], left[day] = charges[i]+part, left[day]-part
	}
	for i, r := range rides {
		give(i, min(known[r.First].Charge, r.Fare))
	}
	for i, r := range rides {
		give(i, r.Fare-charges[i])
	}
	return charges
}

// merge is a known ride, or the zero one, as it should be, and whether that
// differs. One that is due is left alone, because first what was decided is
// done; but it is noted that it must be planned again.
func merge(was, r Ride, charge int64) (Ride, bool) {
	r.ID, r.Payment, r.Charge, r.Version = was.ID, was.Payment, was.Charge, was.Version
	if charge != was.Charge {
		r.Charge, r.Void, r.Payment, r.Work = charge, was.Payment, ids.Payment{}, Pay
	}
	if r.Status == Charged && charge == 0 {
		r.Status = Free
	}
	if was.Work.due() {
		r.Work, r.Void = was.Work, was.Void // what is the same must not differ for being due
		differs := r != was && was.Work == Pay
		if differs {
			was.Work = PayThenPlan
		}
		return was, differs
	}
	if r == was {
		return was, false
	}
	r.Version++
	return r, true
}
