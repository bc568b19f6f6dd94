package wallet

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/pass"
)

// standing is what enrolment and every sync say anew.
type standing struct {
	Alias      aliasText          `json:"alias"`
	Generation paycode.Generation `json:"generation"`
	Profile    paycode.Profile    `json:"profile"`
	Seed       *Sealed            `json:"seed_sealed"` // absent when the device holds this generation
	ServerTime time.Time          `json:"server_time"`
	Limits     Limits             `json:"limits"`
	SyncBy     time.Time          `json:"sync_by"`
	Balance    money.Amount       `json:"balance"`
	Pass       []byte             `json:"pass"` // absent where the issuer has none
}

// aliasText is an alias as the server writes it: digits in quotes, with the
// zeros that lead. Without quotes they are taken as well.
type aliasText paycode.Alias

// UnmarshalJSON reads digits, in quotes or not.
func (a *aliasText) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseUint(strings.Trim(string(b), `"`), 10, 64)
	*a = aliasText(n)
	return err
}

type enrolled struct {
	DeviceID    string `json:"device_id"`
	AccessToken string `json:"access_token"`
	standing
}

// held tells the server which alias and seed the device has.
type held struct {
	Alias      paycode.Alias      `json:"alias"`
	Generation paycode.Generation `json:"generation"`
}

// Sync renews the seed's lifetime and takes a new alias, the limits, the
// server's time, and a new seed if there is one. A new seed is told back by a
// second call, so that the old one dies now and not in a day.
// Errors: *client.Problem, client.ErrLost, ErrSeal, ErrNotEnrolled.
func (w *Wallet) Sync(ctx context.Context) error {
	rotated, err := w.syncOnce(ctx)
	if err == nil && rotated {
		_, err = w.syncOnce(ctx)
	}
	return err
}

func (w *Wallet) syncOnce(ctx context.Context) (rotated bool, err error) {
	s, err := w.enrolled()
	if err != nil {
		return false, err
	}
	sent := w.Now()
	var answer standing
	err = w.call(ctx, "POST", "/v1/device/sync", held{s.Alias, s.Generation}, &answer)
	if err != nil {
		return false, err
	}
	return answer.Seed != nil, w.change(func(s *state) error { return s.take(answer, sent, w.Now()) })
}

// take keeps what the server said, after a look at whether it makes sense: a
// profile that panics later would make the wallet useless.
func (s *state) take(a standing, sent, received time.Time) error {
	if err := a.Profile.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	alias := paycode.Alias(a.Alias)
	if !a.Profile.Fits(alias) {
		return fmt.Errorf("%w: alias", ErrAnswer)
	}
	if a.Seed != nil {
		device, err := ids.Parse[ids.Device](s.DeviceID)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrFile, err)
		}
		key, err := sealingKey(s.SealKey)
		if err != nil {
			return err
		}
		seed, err := a.Seed.Open(key, device, a.Generation)
		if err != nil {
			return err
		}
		s.Seed, s.Generation = seed[:], a.Generation
	}
	s.takePass(a.Pass)
	if a.Profile.PeriodSeconds != s.Profile.PeriodSeconds {
		s.Shown = paycode.BurnMap{} // windows are numbered anew
	}
	s.Alias, s.Profile, s.Limits, s.Balance = alias, a.Profile, a.Limits, a.Balance
	s.SyncedAt, s.SyncBy, s.Blocked = a.ServerTime, a.SyncBy, ""
	s.hearTime(a.ServerTime, sent, received)
	s.forgetFuture(received)
	return nil
}

// takePass keeps a pass that this device can show, and none in place of one that it
// cannot, such as one of a later version: payments must not suffer from it.
func (s *state) takePass(signed []byte) {
	s.Pass = nil
	key, err := parseKey(s.SignKey)
	if err != nil || len(signed) == 0 {
		return
	}
	if _, err := pass.Present(key, signed, time.Unix(1<<30, 0), [4]byte{}, nil); err == nil {
		s.Pass = signed
	}
}

// forgetFuture makes a wallet usable again whose clock was far ahead when codes
// were shown. Now the server has told the time; should one of those codes be
// shown a second time when its minute comes, the server takes it once only.
func (s *state) forgetFuture(now time.Time) {
	if s.Shown.Base > s.Profile.CounterAt(s.corrected(now)) {
		s.Shown = paycode.BurnMap{}
	}
}
