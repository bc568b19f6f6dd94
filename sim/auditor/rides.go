package auditor

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// Terms of rides, as the town publishes them.
const (
	rideLasts = 20 * time.Minute
	rideMost  = 300 // minor units of the dearest ride
	rideLeast = 100 // and 50 for each stop
	rideStop  = 50
	ridesDay  = 1500 // the most that a pass's rides cost in a day
)

// Tap is somebody whom a gate let through.
type Tap struct {
	Presentation [32]byte
	Gate, Device ID
	At           time.Time // by the gate's clock
	Kind         string    // ride, entry or exit
	Station      string    // one letter
}

// Boarding is a tap as it is kept with the rider.
type Boarding struct {
	Presentation [32]byte
	Gate, Device ID
}

// Loan is money that a payer owes for a ride.
type Loan struct {
	ID, Payer     ID
	Kind          int // of the account that says how much he owes
	Minor, Repaid int64
}

// Enrolled says whose a device is.
func (a *Auditor) Enrolled(device, payer ID) { a.owners[device] = payer }

// Tapped says that a gate let somebody through, and that nobody but the gate knows of it yet.
func (a *Auditor) Tapped(t Tap) { a.taps[t.Presentation] = append(a.taps[t.Presentation], t) }

// rides holds that what riders paid and owe for rides is what their taps cost,
// when all is known, and before that no more than the dearest rides.
func (e *examination) rides(settled bool) {
	boarded := e.boarded(settled)
	paid := map[ID]int64{}
	for _, p := range e.Payments {
		if p.Method == "pass" && took(p.Status) {
			paid[p.Payer] += p.Minor - p.Refunded
		}
	}
	owed := map[ID]int64{}
	for device, taps := range boarded {
		owed[e.owners[device]] += faresOf(taps)
	}
	for _, payer := range sortedIDs(e.payers) {
		most := int64(0)
		for device, taps := range boarded {
			if e.owners[device] == payer {
				most += rideMost * int64(len(taps))
			}
		}
		if paid[payer] > most {
			e.broken("more taken than all taps can cost", []string{e.nameOf(payer)}, "%s paid %d for rides, and all his taps cost at most %d", e.nameOf(payer), paid[payer], most)
		}
		if settled && paid[payer] != owed[payer] {
			e.broken("rides that are not what was tapped", []string{e.nameOf(payer)}, "%s paid %d for rides, his taps cost %d", e.nameOf(payer), paid[payer], owed[payer])
		}
	}
}

// boarded are the taps that are kept, by whose they are: each presentation once, as one of the
// gates that let it through says.
func (e *examination) boarded(settled bool) map[ID][]Tap {
	all, once := map[ID][]Tap{}, map[[32]byte]bool{}
	for _, b := range e.Boardings {
		i := slices.IndexFunc(e.taps[b.Presentation], func(t Tap) bool { return t.Gate == b.Gate && t.Device == b.Device })
		switch {
		case i < 0:
			e.broken("a ride that nobody began", nil, "presentation %x at gate %x", b.Presentation, b.Gate)
		case once[b.Presentation]:
			e.broken("a presentation that is two rides", nil, "presentation %x", b.Presentation)
		default:
			all[b.Device] = append(all[b.Device], e.taps[b.Presentation][i])
		}
		once[b.Presentation] = true
	}
	if settled && len(once) != len(e.taps) {
		e.broken("taps that were lost", nil, "%d presentations went through gates, %d are kept", len(e.taps), len(once))
	}
	return all
}

// faresOf is what the taps of one device cost.
func faresOf(taps []Tap) (sum int64) {
	slices.SortFunc(taps, func(a, b Tap) int {
		return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.Presentation[:], b.Presentation[:]))
	})
	days := map[int64]int64{}
	for i := 0; i < len(taps); i++ {
		day, fare := dayOf(taps[i].At), int64(rideMost)
		if i+1 < len(taps) && taps[i].Kind == "entry" && taps[i+1].Kind == "exit" && taps[i+1].At.Sub(taps[i].At) <= rideLasts {
			stops := int64(taps[i].Station[0]) - int64(taps[i+1].Station[0])
			fare = rideLeast + rideStop*max(stops, -stops)
			i++
		}
		days[day] += fare
	}
	for _, cost := range days {
		sum += min(cost, ridesDay)
	}
	return sum
}

// loans holds that each put just its amount into the payer's purse, and that what a
// payer owes by his accounts is what is left of his loans.
func (e *examination) loans() {
	owed := map[account]int64{}
	for _, l := range e.Loans {
		if !e.movedJust(l.ID, account{ofPayer, l.Payer}, account{l.Kind, l.Payer}, l.Minor) || l.Repaid < 0 || l.Repaid > l.Minor {
			e.broken("a loan that moved something else", []string{e.nameOf(l.Payer)}, "%d, of which %d were repaid, moved %v", l.Minor, l.Repaid, e.moved[l.ID])
		}
		owed[account{l.Kind, l.Payer}] -= l.Minor - l.Repaid
	}
	for _, b := range e.Accounts {
		if (b.Kind == ofDebt || b.Kind == ofCredit) && b.Minor != owed[account{b.Kind, b.Owner}] {
			e.broken("a debt that is not what was lent", []string{e.nameOf(b.Owner)}, "%s owes %d, his loans say %d", e.nameOf(b.Owner), -b.Minor, -owed[account{b.Kind, b.Owner}])
		}
	}
}

// withoutRepayments is what a movement would have moved if the payer had repaid nothing from it.
func (e *examination) withoutRepayments(id ID) map[account]int64 {
	plain := map[account]int64{}
	for k, v := range e.moved[id] {
		if k.kind == ofDebt || k.kind == ofCredit {
			k.kind = ofPayer
		}
		plain[k] += v
	}
	return plain
}
