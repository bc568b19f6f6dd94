package payment

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/money"
)

var (
	testNow  = time.Unix(1795284017, 0).UTC()
	testSeed = paycode.Seed{1, 2, 3}
	profile  = paycode.DefaultProfile()
	payerID  = ids.Payer{1}
	shop     = ids.Merchant{2}
)

func cny(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "CNY"} }

// world is a payer with 100.00, limits, and one device, at testNow.
func world() State {
	return State{
		Now: testNow, Zone: time.UTC, Profile: profile, Seeds: []paycode.Seed{testSeed}, Reachable: true,
		Device: &Device{
			ID: ids.Device{3}, Payer: payerID, Status: DeviceActive, Newest: SeedRef{1, 1}, Held: SeedRef{1, 1},
			Alias: 123456789, AliasHeld: true, SyncedAt: testNow.Add(-time.Hour),
		},
		Payer: &Payer{ID: payerID, Currency: "CNY", Limits: Limits{PerPayment: 5000, PerDay: 8000, CountPerDay: 3, ConfirmAbove: 9000}},
		Purse: &Purse{Payer: payerID, Balance: cny(10000)},
	}
}

// code is the text code of the device, windows after testNow.
func code(t *testing.T, form paycode.Form, windows int) paycode.Code {
	t.Helper()
	slot := paycode.Slot{Counter: profile.CounterAt(testNow) + paycode.Counter(windows), Nonce: 3}
	text := profile.NewText(&testSeed, 123456789, slot)
	if form == paycode.FormDigits {
		text = profile.NewDigits(&testSeed, 123456789, slot)
	}
	c, err := profile.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func charge(t *testing.T) Charge {
	return Charge{
		ID: ids.Payment{4}, Merchant: Merchant{ID: shop, Currency: "CNY"}, OrderNo: "A1", Amount: cny(1250),
		Code: code(t, paycode.FormText, 0), Event: ids.Event{5},
	}
}

func TestChargeSucceeds(t *testing.T) {
	s := world()
	e := Decide(s, charge(t))
	if e.Payment.Status != Succeeded || e.Payment.Method != OfflineText || e.Payment.Payer != payerID {
		t.Fatalf("payment = %+v", e.Payment)
	}
	want := []ledger.Posting{{Account: ledger.Merchant(shop), Amount: cny(1250)}, {Account: ledger.Payer(payerID), Amount: cny(-1250)}}
	if diff := cmp.Diff(want, e.Postings); diff != "" {
		t.Error(diff)
	}
	if e.Purse.Balance != cny(8750) || e.Purse.DaySpent != 1250 || e.Purse.DayCount != 1 {
		t.Errorf("purse = %+v", e.Purse)
	}
	if e.Event.Kind != EventSucceeded || e.Event.Credit != want[0] {
		t.Errorf("event = %+v", e.Event)
	}
	slot := paycode.Slot{Counter: profile.CounterAt(testNow), Nonce: 3}
	if s.Device.Burned.Burned(slot) || !e.Device.Burned.Burned(slot) {
		t.Error("the slot was not spent, or Decide changed its input")
	}
}

func TestChargeDeclines(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*State, *Charge)
		want   DeclineCode
	}{
		"suspended":           {func(_ *State, c *Charge) { c.Merchant.Suspended = true }, MerchantSuspended},
		"refused merchant":    {func(_ *State, c *Charge) { c.Merchant.RefusedUntil = testNow.Add(1) }, TooManyAttempts},
		"unreadable":          {func(_ *State, c *Charge) { c.Code = paycode.Code{} }, CodeMalformed},
		"unknown alias":       {func(s *State, _ *Charge) { s.Device, s.Payer, s.Purse, s.Seeds = nil, nil, nil, nil }, CodeInvalid},
		"wrong token":         {func(_ *State, c *Charge) { c.Code.Token[3] ^= 1 }, CodeInvalid},
		"frozen, wrong token": {func(s *State, c *Charge) { s.Device.Status, c.Code.Token[3] = DeviceIsFrozen, 0 }, CodeInvalid},
		"old text":            {func(_ *State, c *Charge) { c.Code = code(t, paycode.FormText, -2) }, CodeExpired},
		"old digits":          {func(_ *State, c *Charge) { c.Code = code(t, paycode.FormDigits, -2) }, CodeInvalid},
		"future text":         {func(_ *State, c *Charge) { c.Code = code(t, paycode.FormText, 2) }, CodeInvalid},
		"used": {func(s *State, _ *Charge) {
			s.Device.Burned, _ = s.Device.Burned.Burn(paycode.Slot{Counter: profile.CounterAt(testNow), Nonce: 3})
		}, CodeUsed},
		"frozen":            {func(s *State, _ *Charge) { s.Device.Status = DeviceIsFrozen }, DeviceFrozen},
		"revoked":           {func(s *State, _ *Charge) { s.Device.Status = DeviceIsRevoked }, DeviceFrozen},
		"never synced":      {func(s *State, _ *Charge) { s.Device.SyncedAt = testNow.AddDate(0, 0, -31) }, DeviceExpired},
		"merchant's money":  {func(_ *State, c *Charge) { c.Merchant.Currency = "EUR" }, CurrencyMismatch},
		"payer's money":     {func(s *State, _ *Charge) { s.Payer.Currency = "EUR" }, CurrencyMismatch},
		"one payment":       {func(_ *State, c *Charge) { c.Amount = cny(5001) }, LimitPerPayment},
		"one day":           {func(s *State, _ *Charge) { s.Purse.Day, s.Purse.DaySpent = s.day(testNow), 6751 }, LimitPerDay},
		"a later day":       {func(s *State, _ *Charge) { s.Purse.Day, s.Purse.DaySpent = s.day(testNow)+1, 6751 }, LimitPerDay},
		"three a day":       {func(s *State, _ *Charge) { s.Purse.Day, s.Purse.DayCount = s.day(testNow), 3 }, LimitCount},
		"poor":              {func(s *State, _ *Charge) { s.Purse.Balance = cny(1249) }, InsufficientFunds},
		"no answer":         {func(s *State, _ *Charge) { s.Payer.Limits.ConfirmAbove, s.Reachable = 1249, false }, NeedsNetwork},
		"guessed here":      {func(s *State, c *Charge) { s.Wrong, c.Code = Wrong{testNow, 5}, code(t, paycode.FormDigits, 0) }, TooManyAttempts},
		"guessed anywhere":  {func(s *State, c *Charge) { s.WrongAll, c.Code = Wrong{testNow, 20}, code(t, paycode.FormDigits, 0) }, TooManyAttempts},
		"relayed challenge": {func(_ *State, c *Charge) { c.Challenge = &paycode.Challenge{} }, CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			s, ch := world(), charge(t)
			c.change(&s, &ch)
			e := Decide(s, ch)
			if e.Payment.Status != Declined || e.Payment.Decline != c.want {
				t.Fatalf("status %s, %s; want declined, %s", e.Payment.Status, e.Payment.Decline, c.want)
			}
			if e.Postings != nil || e.Purse != nil || e.Device != nil && e.Device.Burned != s.Device.Burned {
				t.Errorf("a decline moved money or spent the code: %+v", e)
			}
			if e.Guessed != (c.want == CodeInvalid) {
				t.Errorf("guessed = %v", e.Guessed)
			}
		})
	}
}

func TestChargeIsNotLockedOutByGuesses(t *testing.T) {
	for name, c := range map[string]func(*State, *Charge){
		"QR where digits were guessed": func(s *State, _ *Charge) { s.Wrong, s.WrongAll = Wrong{testNow, 9}, Wrong{testNow, 99} },
		"digits ten minutes later": func(s *State, c *Charge) {
			s.Wrong, c.Code = Wrong{testNow.Add(-WrongWindow - 1), 9}, code(t, paycode.FormDigits, 0)
		},
		"limits of yesterday": func(s *State, _ *Charge) { s.Purse.Day, s.Purse.DaySpent, s.Purse.DayCount = s.day(testNow)-1, 8000, 3 },
		"the last window":     func(_ *State, c *Charge) { c.Code = code(t, paycode.FormDigits, -1) },
		"the next window":     func(_ *State, c *Charge) { c.Code = code(t, paycode.FormDigits, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			s, ch := world(), charge(t)
			c(&s, &ch)
			if e := Decide(s, ch); e.Payment.Status != Succeeded {
				t.Errorf("%s %s", e.Payment.Status, e.Payment.Decline)
			}
		})
	}
}

func TestSamePaymentAgain(t *testing.T) {
	s, before := world(), Payment{ID: ids.Payment{4}, Status: Declined, Decline: CodeUsed}
	s.Payment = &before
	if e := Decide(s, charge(t)); e.Changed || *e.Payment != before {
		t.Errorf("effects = %+v", e)
	}
}

func TestWrongCodesAreCounted(t *testing.T) {
	s, c := world(), charge(t)
	c.Code.Token[0] ^= 1
	s.Wrong, s.WrongAll = Wrong{testNow.Add(-WrongWindow - 1), 4}, Wrong{testNow.AddDate(0, 0, -3), 7}
	want := map[WrongKey]Wrong{
		{123456789, shop}:  {testNow, 1},
		{Alias: 123456789}: {testNow.AddDate(0, 0, -3), 8},
	}
	if diff := cmp.Diff(want, Decide(s, c).Wrong); diff != "" {
		t.Error(diff)
	}
}

func TestACodeAcknowledgesSeedAndAlias(t *testing.T) {
	s, c := world(), charge(t)
	s.Device.Newest, s.Device.AliasHeld, s.Device.RotatedAt = SeedRef{2, 2}, false, testNow
	s.Seeds = []paycode.Seed{testSeed, {9}}
	if e := Decide(s, c); e.Device.Held != (SeedRef{2, 2}) || !e.Device.AliasHeld {
		t.Errorf("device = %+v", e.Device)
	}
	s.Seeds = []paycode.Seed{{9}, testSeed}
	s.Device.Alias = 5
	if e := Decide(s, c); e.Device.Held != (SeedRef{1, 1}) || e.Device.AliasHeld {
		t.Errorf("an old seed and alias acknowledged new ones: %+v", e.Device)
	}
}

func TestSeedsOfADevice(t *testing.T) {
	d := Device{Newest: SeedRef{1, 2}, Held: SeedRef{1, 1}, RotatedAt: testNow}
	if got := d.Seeds(testNow.Add(BothGenerations)); len(got) != 2 || got[0].Generation != 2 {
		t.Errorf("within a day: %v", got)
	}
	if got := d.Seeds(testNow.Add(BothGenerations + 1)); len(got) != 1 || got[0].Generation != 2 {
		t.Errorf("after a day: %v", got)
	}
}

func TestConfirmation(t *testing.T) {
	s, c := world(), charge(t)
	s.Payer.Limits.ConfirmAbove = 1000
	e := Decide(s, c)
	if e.Payment.Status != Pending || e.Postings != nil || e.Event.Kind != EventConfirmRequested || e.Device == nil {
		t.Fatalf("effects = %+v", e)
	}
	s.Payment, s.Device = e.Payment, e.Device
	at := func(d time.Duration) State { s := s; s.Now = testNow.Add(d); return s }
	poor := at(time.Second)
	poor.Purse = &Purse{Payer: payerID, Balance: cny(10)}
	strangers, frozen, nobodys := at(time.Second), at(time.Second), at(time.Second)
	strangers.Device = &Device{ID: ids.Device{8}, Payer: ids.Payer{9}, Status: DeviceActive}
	frozen.Device = &Device{ID: ids.Device{3}, Payer: payerID, Status: DeviceIsFrozen}
	nobodys.Device = nil
	late := ConfirmWithin
	for name, c := range map[string]struct {
		s       State
		c       Command
		status  Status
		decline DeclineCode
		err     error
	}{
		"yes":          {at(time.Second), Confirm{Accept: true}, Succeeded, "", nil},
		"no":           {at(time.Second), Confirm{}, Declined, ConfirmationRejected, nil},
		"late yes":     {at(late), Confirm{Accept: true}, Declined, ConfirmationTimeout, nil},
		"spent it all": {poor, Confirm{Accept: true}, Declined, InsufficientFunds, nil},
		"not his":      {strangers, Confirm{Accept: true}, "", "", ErrNotFound},
		"frozen":       {frozen, Confirm{Accept: true}, "", "", ErrDeviceInactive},
		"unknown":      {nobodys, Confirm{Accept: true}, "", "", ErrNotFound},
		"not yet over": {at(late - 1), Expire{}, Pending, "", nil},
		"over":         {at(late), Expire{}, Declined, ConfirmationTimeout, nil},
		"canceled":     {at(time.Second), Cancel{Merchant: shop}, Canceled, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := Decide(c.s, c.c)
			if e.Err != c.err {
				t.Fatalf("err = %v, want %v", e.Err, c.err)
			}
			if c.err == nil && (e.Payment.Status != c.status || e.Payment.Decline != c.decline) {
				t.Errorf("%s %s, want %s %s", e.Payment.Status, e.Payment.Decline, c.status, c.decline)
			}
			if (e.Postings != nil) != (c.status == Succeeded) {
				t.Errorf("postings = %v", e.Postings)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	s, c := world(), charge(t)
	paid := Decide(s, c)
	s.Payment, s.Purse = paid.Payment, paid.Purse
	e := Decide(s, Cancel{Merchant: shop})
	if e.Payment.Status != Canceled || e.Purse.Balance != cny(10000) || e.Purse.DaySpent != 0 || e.Purse.DayCount != 0 || e.FirstLeg != 2 {
		t.Errorf("effects = %+v, purse %+v", e, e.Purse)
	}
	s.Payment, s.Purse = e.Payment, e.Purse
	if e := Decide(s, Cancel{Merchant: shop}); e.Changed || e.Postings != nil {
		t.Errorf("canceled twice: %+v", e)
	}
	s.Payment = nil
	if e := Decide(s, Cancel{ID: ids.Payment{7}, Merchant: shop}); !e.Changed || e.Payment.Status != Canceled || e.Postings != nil {
		t.Errorf("an order never seen: %+v", e)
	}
	s.Payment = paid.Payment
	if e := Decide(s, Cancel{Merchant: ids.Merchant{9}}); e.Err != ErrNotFound {
		t.Errorf("another merchant's payment: %v", e.Err)
	}
}

func TestRefunds(t *testing.T) {
	s, c := world(), charge(t)
	paid := Decide(s, c)
	s.Payment, s.Purse = paid.Payment, paid.Purse
	r := Refunding{Merchant: shop, RefundNo: "r1", Minor: 250}
	e := Decide(s, r)
	if e.Payment.Status != PartiallyRefunded || e.Payment.Refunded != 250 || e.Purse.Balance != cny(9000) {
		t.Fatalf("effects = %+v", e.Payment)
	}
	s.Payment, s.Purse, s.Refund = e.Payment, e.Purse, e.Refund
	if again := Decide(s, r); again.Changed || again.Refund != e.Refund {
		t.Errorf("again: %+v", again)
	}
	if e := Decide(s, Refunding{Merchant: shop, RefundNo: "r1", Minor: 251}); e.Err != ErrRefundConflict {
		t.Errorf("another amount: %v", e.Err)
	}
	s.Refund = nil
	if e := Decide(s, Refunding{Merchant: shop, RefundNo: "r2", Minor: 1001}); e.Err != ErrRefundExceeds {
		t.Errorf("too much: %v", e.Err)
	}
	if e := Decide(s, Cancel{Merchant: shop}); e.Err != ErrNotCancelable {
		t.Errorf("cancel after a refund: %v", e.Err)
	}
	if e := Decide(s, Refunding{Merchant: shop, RefundNo: "r2", Minor: 1000}); e.Payment.Status != Refunded {
		t.Errorf("the rest: %+v", e.Payment)
	}
	s.Payment.Status = Declined
	if e := Decide(s, r); e.Err != ErrNotRefundable {
		t.Errorf("refund of a decline: %v", e.Err)
	}
}

func TestSupersede(t *testing.T) {
	s := world()
	if e := Decide(s, Supersede{ID: ids.Payment{7}, Merchant: shop}); !e.Payment.Superseded || e.Payment.Status != Declined || !e.Changed {
		t.Errorf("never decided: %+v", e.Payment)
	}
	for status, gone := range map[Status]bool{Declined: true, Pending: false, Succeeded: false, Canceled: false, Refunded: false} {
		s.Payment = &Payment{Merchant: shop, Status: status}
		if e := Decide(s, Supersede{Merchant: shop}); e.Payment.Superseded != gone || e.Payment.Status != status {
			t.Errorf("%s: %+v", status, e.Payment)
		}
	}
}

func TestTopUp(t *testing.T) {
	s := world()
	e := Decide(s, TopUp{Payer: payerID, Reference: "x", Minor: 500})
	if e.Purse.Balance != cny(10500) || ledger.Check(e.Postings) != nil {
		t.Fatalf("effects = %+v", e)
	}
	s.Credit = e.Credit
	if again := Decide(s, TopUp{Payer: payerID, Reference: "x", Minor: 500}); again.Changed || again.Postings != nil {
		t.Errorf("again: %+v", again)
	}
	if e := Decide(s, TopUp{Payer: payerID, Reference: "x", Minor: 501}); e.Err != ErrCreditConflict {
		t.Errorf("another amount: %v", e.Err)
	}
}
