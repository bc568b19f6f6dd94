package auditor

import (
	"slices"
	"time"
)

const aDay = 24 * time.Hour

func dayOf(t time.Time) int64 { return t.Unix() / int64(aDay/time.Second) }

// midnightNear is the day that begins at a midnight so near to t that two
// servers may differ about the day of t; 0 for none.
func (a *Auditor) midnightNear(t time.Time) int64 {
	if after := dayOf(t.Add(a.tolerance)); after != dayOf(t.Add(-a.tolerance)) {
		return after
	}
	return 0
}

func isOffline(method string) bool {
	return method == "offline_digits" || method == "offline_text" || method == "nfc" || method == "authenticator"
}

// use is what offline codes took.
type use struct{ minor, count int64 }

func (u *use) add(minor int64) { u.minor, u.count = u.minor+minor, u.count+1 }

// within reports whether no more was taken than so many days may take.
func (u use) within(l Limits, days int64) bool {
	return u.minor <= days*l.PerDay && u.count <= days*l.CountPerDay
}

type payerDay struct {
	payer ID
	day   int64
}

// uses are what offline codes took of payers on their days.
type uses struct {
	on       map[payerDay]*use // surely on this day
	midnight map[payerDay]*use // near the midnight that begins it
	doubtful map[payerDay]bool // something happened near one of its midnights
}

func at[K comparable](of map[K]*use, k K) *use {
	if of[k] == nil {
		of[k] = &use{}
	}
	return of[k]
}

// take puts a payment down, which was reversed when back is not zero.
func (u *uses) take(a *Auditor, payer ID, minor int64, taken, back time.Time) {
	doubt := false
	for _, t := range []time.Time{taken, back} {
		if day := a.midnightNear(t); day != 0 && !t.IsZero() {
			u.doubtful[payerDay{payer, day}], u.doubtful[payerDay{payer, day - 1}], doubt = true, true, true
		}
	}
	switch midnight := a.midnightNear(taken); {
	case !back.IsZero() && (doubt || dayOf(back) == dayOf(taken)):
		// Given back on the same day, or it may have been: it counts no more.
	case midnight != 0:
		at(u.midnight, payerDay{payer, midnight}).add(minor)
	default:
		at(u.on, payerDay{payer, dayOf(taken)}).add(minor)
	}
}

// limits holds that no payer's offline codes took more than he allows, and that
// what his purse counts is just what they took.
func (e *examination) limits() {
	all := &uses{map[payerDay]*use{}, map[payerDay]*use{}, map[payerDay]bool{}}
	for _, p := range e.Payments {
		taken, moved := e.takenAt[p.ID]
		if !isOffline(p.Method) || !moved {
			continue
		}
		if l := e.payers[p.Payer].limits; p.Minor > l.PerPayment {
			e.broken("more than one payment may take", e.about(p), "%v, and the limit is %d", p, l.PerPayment)
		}
		all.take(e.Auditor, p.Payer, p.Minor, taken, e.backAt[p.ID])
	}
	e.within(all)
	e.counted(all)
}

// within holds the uses of days, and of two days around a midnight, against the limits.
func (e *examination) within(all *uses) {
	for k, u := range all.on {
		if p := e.payers[k.payer]; !u.within(p.limits, 1) {
			e.broken("more than a day may take", []string{p.name}, "%s: %d in %d payments on day %d, limits %v", p.name, u.minor, u.count, k.day, p.limits)
		}
	}
	for k, near := range all.midnight {
		before, after, p := at(all.on, payerDay{k.payer, k.day - 1}), at(all.on, k), e.payers[k.payer]
		sum := use{before.minor + near.minor + after.minor, before.count + near.count + after.count}
		if !sum.within(p.limits, 2) {
			e.broken("more than two days may take", []string{p.name}, "%s: %d in %d payments around the midnight of day %d, limits %v",
				p.name, sum.minor, sum.count, k.day, p.limits)
		}
	}
}

// counted holds that a purse counts just what offline codes took on its day.
func (e *examination) counted(all *uses) {
	for _, b := range e.Accounts {
		k := payerDay{b.Owner, b.Day}
		if b.Kind != ofPayer || all.doubtful[k] {
			continue
		}
		if u := at(all.on, k); u.minor != b.DaySpent || u.count != b.DayCount {
			e.broken("a day's use that is not what was taken", []string{e.nameOf(b.Owner)},
				"%s: %d in %d payments are counted, %d in %d were taken", e.nameOf(b.Owner), b.DaySpent, b.DayCount, u.minor, u.count)
		}
	}
}

// Bounds of guessing, from the published format: wrong digits for one alias, in
// all and from one merchant within ten minutes.
const (
	wrongPerAlias    = 20
	wrongPerMerchant = 5
	wrongWithin      = 10 * time.Minute
)

// guesses holds that nobody may guess at an alias's digits more often than is
// said. The windows of ten minutes are laid end to end, so in any ten minutes
// there may be two.
func (e *examination) guesses() {
	type guessed struct {
		alias    uint64
		merchant ID
	}
	times := map[guessed][]time.Time{}
	for _, p := range e.Payments {
		if p.Decline == "code_invalid" && p.Method == "offline_digits" {
			alias := e.shown[p.Tag].Alias
			for _, k := range []guessed{{alias: alias}, {alias, p.Merchant}} {
				times[k] = append(times[k], p.Created)
			}
		}
	}
	for k, at := range times {
		if k.merchant == (ID{}) {
			if len(at) > wrongPerAlias {
				e.broken("too many guesses at an alias", nil, "%d at %d", len(at), k.alias)
			}
			continue
		}
		slices.SortFunc(at, time.Time.Compare)
		for i := range len(at) - 2*wrongPerMerchant {
			if at[i+2*wrongPerMerchant].Sub(at[i]) <= wrongWithin-2*e.tolerance {
				e.broken("too many guesses of a merchant", nil, "%d at alias %d", 2*wrongPerMerchant+1, k.alias)
			}
		}
	}
}
