package bench

import (
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func watchNothing(string, time.Duration, *atomic.Int64) func() { return func() {} }

func TestEveryPhaseIsMeasured(t *testing.T) {
	s, w := newShop(t, nil)
	p := Quick().Scaled(500 * time.Millisecond)
	p.Clients, p.OverloadClients = []int{1, 2}, 20
	for n := range 4000 {
		w.devices = append(w.devices, newDevice(100+n))
	}
	m, err := w.Measure(t.Context(), p, watchNothing)
	if err != nil {
		t.Fatal(err)
	}
	var payments int64
	for _, phases := range [][]Phase{m.Ramp, m.Phases} {
		for i := range phases {
			payments += phases[i].Payments
		}
	}
	if paid := w.Paid(); int64(len(s.orders)) != payments || paid.Payments != payments || int64(s.refunds) != paid.Refunds || paid.RanOut {
		t.Errorf("%d payments in phases, %d in all; the shop has %d, %d refunds; %+v", payments, paid.Payments, len(s.orders), s.refunds, paid)
	}
	for _, name := range []string{Steady, HalfLoad, Hot, Many, Refunds, Tills, Native, Overload} {
		if found := m.Phase(name); found == nil || found.Clients == 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
	if len(m.Ramp) != 2 || !slices.Contains(p.Clients, m.Best) || math.IsNaN(m.HotRatio) || !(m.TillsRatio > 0) || m.PeakMemory != 2_000_000 {
		t.Errorf("ramp %d, best %d, ratio %v, memory %d", len(m.Ramp), m.Best, m.HotRatio, m.PeakMemory)
	}
}

func TestPlanCanBeScaledAndCut(t *testing.T) {
	for _, p := range []Plan{Full(), Quick()} {
		if got := p.Scaled(time.Minute).Takes(); got < 59*time.Second || got > 61*time.Second {
			t.Errorf("scaled to a minute: %v", got)
		}
		if got := p.Only(PlanNames()).Takes(); got != p.Takes() {
			t.Errorf("all phases take %v, the plan %v", got, p.Takes())
		}
		if got := p.Only([]string{"steady"}); got.Takes() != p.Steady+p.Step || len(got.Clients) != 1 {
			t.Errorf("steady alone: %+v", got)
		}
	}
}

func TestRatioIsOfRoundsAndNotOfSums(t *testing.T) {
	a, b := &Turns{Rates: []float64{100, 10, 30}}, &Turns{Rates: []float64{50, 10, 10}}
	if got := Ratio(a, b); got != 2 {
		t.Errorf("ratio %v", got)
	}
	if got := Ratio(a, &Turns{Rates: []float64{0, 0, 0}}); got != 0 {
		t.Errorf("ratio to nothing %v", got)
	}
	if got := b.Median(); got != 10 {
		t.Errorf("median %v", got)
	}
}

func TestCheckHoldsTheBooksAgainstWhatTillsWereTold(t *testing.T) {
	paid := Result{Payments: 10, Refunds: 2, Unknown: 1}
	for postings, right := range map[int64]bool{123: false, 124: true, 126: true, 127: false, 100: false} {
		err := Check(Books{Postings: 100}, Books{Balanced: true, Postings: postings}, paid)
		if (err == nil) != right {
			t.Errorf("%d postings: %v", postings, err)
		}
	}
	if Check(Books{}, Books{Postings: 24}, paid) == nil {
		t.Error("books out of balance")
	}
}
