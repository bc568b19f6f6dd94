// Package wallet is a payer's device: it enrols with a one-time ticket, keeps
// its keys and seed in a file, and then makes payment codes without network.
// It knows the server only by its HTTP contract (docs/api.md).
//
//	w := wallet.New("wallet.json", "")
//	err := w.Enrol(ctx, wallet.Enrolment{Link: link, Kind: wallet.Phone, Name: "Ada's phone"})
//	code, err := w.Show()           // never the same slot twice, not even after a crash
//	code, err = w.ShowOnline(ctx)   // an online code if the server answers in time
//
// A wallet may be used by several processes at once: every change is made under
// a lock on the file.
package wallet

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/paycode/paycode/money"
)

// Why a wallet does not do what it is asked.
var (
	ErrNotEnrolled = errors.New("wallet: not enrolled")
	ErrEnrolled    = errors.New("wallet: enrolled already")
	ErrPaused      = errors.New("wallet: codes are paused")
	// ErrExpired is for a seed that was not renewed in time: sync first.
	ErrExpired = errors.New("wallet: too long without a sync")
	// ErrRefused is for a device that the server has frozen or revoked.
	ErrRefused = errors.New("wallet: the server has blocked this device")
	// ErrClock is for a clock that ran backwards: codes of this time were shown
	// already. A sync sets it right.
	ErrClock = errors.New("wallet: the clock ran backwards")
	// ErrNoMoreCodes is for a window whose ten codes were all shown.
	ErrNoMoreCodes = errors.New("wallet: all codes of this minute were shown")
	// ErrSeal is for a sealed seed that does not open: it was changed on the
	// way, or is not for this device.
	ErrSeal = errors.New("wallet: the sealed seed does not open")
	// ErrAnswer is for an answer of the server that makes no sense.
	ErrAnswer = errors.New("wallet: the server's answer cannot be used")
)

// Wallet is one device. Its methods may be called concurrently.
type Wallet struct {
	HTTP *http.Client     // nil for client.Default
	Now  func() time.Time // the device's clock, right or wrong

	vault *vault
}

// New is the wallet kept in the file at path, which need not exist yet. A
// passphrase, unless empty, locks a new file and unlocks an old one.
func New(path, passphrase string) *Wallet {
	return &Wallet{Now: time.Now, vault: &vault{path: path, passphrase: passphrase}}
}

// About is what may be told of a wallet: nothing in it is secret.
type About struct {
	Server      string
	DeviceID    string
	Name        string
	Limits      Limits
	Balance     money.Amount // as of SyncedAt
	Paused      bool
	Blocked     string        // code of the server's refusal, empty when not blocked
	ClockOffset time.Duration // server's clock minus the device's
	SyncedAt    time.Time     // by the server's clock
	SyncBy      time.Time     // when codes stop unless the device syncs
}

// Limits are what the server allows without asking, in minor units.
type Limits struct {
	PerPaymentMinor   int64 `json:"per_payment"`
	PerDayMinor       int64 `json:"per_day"`
	CountPerDay       int64 `json:"count_per_day"`
	ConfirmAboveMinor int64 `json:"confirm_above"`
}

// About tells how the wallet stands. ErrNotEnrolled.
func (w *Wallet) About() (About, error) {
	s, err := w.enrolled()
	if err != nil {
		return About{}, err
	}
	return About{
		Server: s.Server, DeviceID: s.DeviceID, Name: s.Name, Limits: s.Limits, Balance: s.Balance, Paused: s.Paused, Blocked: s.Blocked,
		ClockOffset: s.offset(), SyncedAt: s.SyncedAt, SyncBy: s.SyncBy,
	}, nil
}

// SetPaused stops the showing of codes, or lets it go on.
func (w *Wallet) SetPaused(paused bool) error {
	return w.change(func(s *state) error {
		s.Paused = paused
		return nil
	})
}

// Remove tells the server that the device is gone and erases the file. When the
// server does not hear of it the file is erased all the same, and the error
// wraps client.ErrLost: the device should then be revoked by the operator.
func (w *Wallet) Remove(ctx context.Context) error {
	told := w.call(ctx, "POST", "/v1/device/remove", nil, nil)
	if errors.Is(told, ErrNotEnrolled) {
		told = nil
	}
	if err := w.vault.erase(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return told
}

// enrolled reads the state of an enrolled wallet.
func (w *Wallet) enrolled() (state, error) {
	s, err := w.vault.load()
	if errors.Is(err, os.ErrNotExist) || err == nil && s.DeviceID == "" {
		return state{}, ErrNotEnrolled
	}
	return s, err
}

// change rewrites the state of an enrolled wallet, unless f fails.
func (w *Wallet) change(f func(*state) error) error {
	return w.vault.change(func(s *state) error {
		if s.DeviceID == "" {
			return ErrNotEnrolled
		}
		return f(s)
	})
}
