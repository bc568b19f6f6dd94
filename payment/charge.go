package payment

import (
	"errors"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
)

// decideCharge checks in this order: same payment before, merchant may sell,
// code is right, slot not spent, device active, currency, limits, funds. The
// code comes before anything else about the device, so that whoever holds no
// right code learns nothing about it.
func decideCharge(s State, c Charge) Effects {
	if s.Payment != nil {
		return unchanged(*s.Payment)
	}
	if c.Scan != (ScanKey{}) {
		return decideScan(s, c)
	}
	p := Payment{
		ID: c.ID, Merchant: c.Merchant.ID, OrderNo: c.OrderNo, Amount: c.Amount, Method: methodOf(c.Code),
		Subject: c.Subject, TerminalID: c.TerminalID, CreatedAt: s.Now,
	}
	if code := refuseBeforeMatching(s, c); code != "" {
		return Effects{}.decline(s, p, code, c.Event)
	}
	var e Effects
	found, err := match(s, c)
	switch {
	case errors.Is(err, errUsedOnline):
		return e.decline(s, p, CodeUsed, c.Event)
	case errors.Is(err, errOldOnline):
		return e.decline(s, p, CodeInvalid, c.Event)
	case errors.Is(err, paycode.ErrExpired):
		return e.decline(s, p, CodeExpired, c.Event)
	case err != nil:
		return e.guessed(s, c).decline(s, p, CodeInvalid, c.Event)
	}
	p.Payer, p.Device = s.Payer.ID, s.Device.ID
	device := acknowledged(*s.Device, c.Code, found, s)
	if device != *s.Device {
		e.Device = &device
	}
	if isOffline(p.Method) && s.Device.Burned.Burned(found.Slot) {
		return e.decline(s, p, CodeUsed, c.Event)
	}
	if code := refusePayer(s, p, c); code != "" {
		return e.decline(s, p, code, c.Event)
	}
	return e.burn(device, s, c, found).settle(s, p, c)
}

// settle takes the money now, or asks the payer first.
func (e Effects) settle(s State, p Payment, c Charge) Effects {
	p = p.Charged(c.Merchant.FeeBP)
	if p.Amount.Minor > s.Payer.Limits.ConfirmAbove {
		p.Status, p.ExpiresAt = Pending, s.Now.Add(ConfirmWithin)
		return e.with(p, c.Event, EventConfirmRequested)
	}
	return e.take(s, p, c.Event)
}

// take moves the money of p from the payer to the merchant.
func (e Effects) take(s State, p Payment, event ids.Event) Effects {
	p.Status, p.SettledAt = Succeeded, s.Now
	purse := s.Purse.on(s.day(s.Now))
	if isOffline(p.Method) {
		purse.DaySpent += p.Amount.Minor
		purse.DayCount++
	}
	return e.with(p, event, EventSucceeded).post(s, purse, p.ID, 0, p.Amount.Negate(), ledger.Merchant(p.Merchant)).keep(s, p, feeLeg, p.Fee)
}

// refuseBeforeMatching holds what does not depend on the code being right.
func refuseBeforeMatching(s State, c Charge) DeclineCode {
	switch {
	case c.Merchant.Suspended:
		return MerchantSuspended
	case s.Now.Before(c.Merchant.RefusedUntil):
		return TooManyAttempts
	case c.Code.Form == 0:
		return CodeMalformed
	case !c.Code.Guessable():
		return "" // 128 bits cannot be guessed: nobody can lock a payer out of them
	case s.WrongAll.Count >= WrongPerAlias,
		s.Wrong.Count >= WrongPerMerchant && s.Now.Sub(s.Wrong.Since) <= WrongWindow:
		return TooManyAttempts
	}
	return ""
}

var (
	errUsedOnline = errors.New("payment: online code used")
	errOldOnline  = errors.New("payment: online code too old")
)

// match finds the slot that the code names; for an online code there is none.
func match(s State, c Charge) (paycode.Match, error) {
	switch c.Code.Form {
	case paycode.FormOnline:
	case paycode.FormAuthenticator:
		return paycode.MatchAuthenticator(s.Secret, &c.Code, s.Now)
	default:
		return s.Profile.Match(s.Seeds, &c.Code, s.Profile.CounterAt(s.Now), c.Challenge)
	}
	switch {
	case s.Online == nil || s.Device == nil:
		return paycode.Match{}, paycode.ErrInvalid
	case s.Online.Used:
		return paycode.Match{}, errUsedOnline
	case !s.Now.Before(s.Online.ExpiresAt):
		return paycode.Match{}, errOldOnline
	}
	return paycode.Match{}, nil
}

// acknowledged is the device after it has shown that it holds the newest seed or alias.
func acknowledged(d Device, code paycode.Code, found paycode.Match, s State) Device {
	if code.Form == paycode.FormOnline {
		return d
	}
	if found.SeedIndex == 0 {
		d.Held = d.Newest
	}
	if code.Alias != d.Alias || !d.AliasHeld {
		d.Shown, d.AliasHeld = code.Alias, d.AliasHeld || code.Alias == d.Alias
	}
	return d
}

// refusePayer holds what only a right code, or the payer himself, may be told.
func refusePayer(s State, p Payment, c Charge) DeclineCode {
	switch {
	case s.Device.Status != DeviceActive:
		return DeviceFrozen
	case isOffline(p.Method) && p.Method != Authenticator && s.Now.Unix()-s.Device.SyncedAt.Unix() > s.Profile.SeedTTLSeconds:
		return DeviceExpired
	case p.Amount.Currency != c.Merchant.Currency, p.Amount.Currency != s.Payer.Currency:
		return CurrencyMismatch
	}
	return refuseMoney(s, p)
}

// refuseMoney holds limits and funds: asked when a payment is made, and again
// when it is confirmed.
func refuseMoney(s State, p Payment) DeclineCode {
	l, purse := s.Payer.Limits.of(p.Method), s.Purse.on(s.day(s.Now))
	if isOffline(p.Method) {
		switch {
		case p.Amount.Minor > l.PerPayment:
			return LimitPerPayment
		case p.Amount.Minor > l.PerDay-purse.DaySpent:
			return LimitPerDay
		case purse.DayCount >= l.CountPerDay:
			return LimitCount
		}
	}
	switch {
	case purse.Balance.Minor < p.Amount.Minor:
		return InsufficientFunds
	case p.Status != Pending && p.Method != MerchantQR && p.Amount.Minor > l.ConfirmAbove && !askable(s, p.Method):
		return NeedsNetwork
	}
	return ""
}

// askable reports whether the payer can be asked about a payment of a method. A
// device that has just asked for an online code can be reached; a payer who says
// a code of his authenticator has no wallet at hand.
func askable(s State, m Method) bool {
	return m == Online || s.Reachable && m != Authenticator
}

// isOffline reports whether the offline limits hold for a method.
func isOffline(m Method) bool {
	return m == OfflineDigits || m == OfflineText || m == NFC || m == Authenticator
}

// burn spends what the code named, in whatever form it is shown again.
func (e Effects) burn(d Device, s State, c Charge, found paycode.Match) Effects {
	if c.Code.Form == paycode.FormOnline {
		used := *s.Online
		used.Used = true
		e.Online = &used
		return e
	}
	burned, ok := d.Burned.Burn(found.Slot)
	if !ok {
		panic("payment: a slot was found spent after it was found unspent")
	}
	d.Burned = burned
	e.Device = &d
	return e
}

// guessed counts a wrong code against its alias and its merchant.
func (e Effects) guessed(s State, c Charge) Effects {
	e.Guessed = true
	if c.Code.Form == paycode.FormOnline {
		return e
	}
	here := s.Wrong
	if here.Count == 0 || s.Now.Sub(here.Since) > WrongWindow {
		here = Wrong{Since: s.Now}
	}
	all := s.WrongAll
	if all.Count == 0 {
		all.Since = s.Now
	}
	here.Count++
	all.Count++
	e.Wrong = map[WrongKey]Wrong{{c.Code.Alias, c.Merchant.ID}: here, {Alias: c.Code.Alias}: all}
	return e
}
