package payment

import (
	"errors"
	"testing"

	"github.com/paycode/paycode/ids"
)

func scan() Charge {
	return Charge{
		ID: ids.Payment{4}, Merchant: Merchant{ID: shop, Currency: "CNY"}, OrderNo: "A1", Amount: cny(9500), TerminalID: "till-1",
		Scan: ScanKey{payerID, "r1"}, Device: ids.Device{3}, Event: ids.Event{5},
	}
}

// TestScanSucceeds with an amount above every limit, and nobody to ask.
func TestScanSucceeds(t *testing.T) {
	s := world()
	s.Reachable = false
	s.Purse.Day, s.Purse.DaySpent, s.Purse.DayCount = s.day(testNow), 8000, 3
	e := Decide(s, scan())
	if p := e.Payment; p.Status != Succeeded || p.Method != MerchantQR || p.Payer != payerID || p.Device != s.Device.ID || p.TerminalID != "till-1" {
		t.Fatalf("%+v", e.Payment)
	}
	if e.Purse.Balance != cny(500) || e.Purse.DaySpent != 8000 || e.Purse.DayCount != 3 || e.Device != nil {
		t.Errorf("purse %+v, device %+v", e.Purse, e.Device)
	}
	if e.Scan == nil || *e.Scan != (ScanKey{payerID, "r1"}) {
		t.Errorf("remembered as %+v", e.Scan)
	}
}

func TestScanDeclines(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*State, *Charge)
		want   DeclineCode
	}{
		"suspended":        {func(_ *State, c *Charge) { c.Merchant.Suspended = true }, MerchantSuspended},
		"frozen":           {func(s *State, _ *Charge) { s.Device.Status = DeviceIsFrozen }, DeviceFrozen},
		"merchant's money": {func(_ *State, c *Charge) { c.Merchant.Currency = "EUR" }, CurrencyMismatch},
		"payer's money":    {func(s *State, _ *Charge) { s.Payer.Currency = "EUR" }, CurrencyMismatch},
		"poor":             {func(s *State, _ *Charge) { s.Purse.Balance = cny(9499) }, InsufficientFunds},
		"offline for long": {func(s *State, _ *Charge) { s.Device.SyncedAt = testNow.AddDate(-1, 0, 0) }, ""},
		"guessing shop":    {func(_ *State, c *Charge) { c.Merchant.RefusedUntil = testNow.Add(1) }, ""},
	} {
		s, pay := world(), scan()
		c.change(&s, &pay)
		e := Decide(s, pay)
		if e.Payment == nil || e.Payment.Decline != c.want || (c.want == "") != (e.Purse != nil) || e.Scan == nil {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	before := ids.Payment{7}
	for name, c := range map[string]struct {
		change func(*State)
		want   error
	}{
		"reference used":   {func(s *State) { s.Scanned = &before }, ErrScanConflict},
		"no device":        {func(s *State) { s.Device = nil }, ErrNotFound},
		"another's device": {func(s *State) { s.Device.Payer = ids.Payer{8} }, ErrNotFound},
	} {
		s := world()
		c.change(&s)
		if e := Decide(s, scan()); !errors.Is(e.Err, c.want) || e.Changed || e.Purse != nil {
			t.Errorf("%s: %+v", name, e)
		}
	}
	s := world()
	first := Decide(s, scan())
	s.Payment, s.Scanned = first.Payment, &first.Payment.ID
	if e := Decide(s, scan()); e.Err != nil || e.Changed || *e.Payment != *first.Payment {
		t.Errorf("again: %+v", e)
	}
}
