package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/wallet"
)

// walletCmd is a payer's device on a command line.
type walletCmd struct {
	Enrol   enrolCmd   `cmd:"" help:"Set up this wallet with an enrolment link."`
	App     appCmd     `cmd:"" help:"Set up any authenticator app with an enrolment link, to pay without a wallet."`
	Watch   watchCmd   `cmd:"" help:"A watch without network, enrolled and synced through a phone."`
	Sync    syncCmd    `cmd:"" help:"Renew the seed and the clock; needs network."`
	Show    showCmd    `cmd:"" help:"Show a payment code; needs no network."`
	Online  onlineCmd  `cmd:"" help:"Show a code that the server mints, or an offline one when it does not answer."`
	Pay     payCmd     `cmd:"" help:"Pay by a shop's code, and show the receipt. Exit status: 0 paid, 2 not paid, 3 not known yet, 1 refused."`
	Receipt receiptCmd `cmd:"" help:"Show the receipt of a payment by a shop's code once more."`
	Status  statusCmd  `cmd:"" help:"Tell how this wallet stands."`
	Ride    rideCmd    `cmd:"" help:"Show the pass to a gate; needs no network."`
	Card    cardCmd    `cmd:"" help:"Hold the wallet against an NFC reader, a virtual one; needs no network."`
	History historyCmd `cmd:"" help:"List payments, newest first."`
	Confirm confirmCmd `cmd:"" help:"Say yes to a payment that waits."`
	Reject  rejectCmd  `cmd:"" help:"Say no to a payment that waits."`
	Events  eventsCmd  `cmd:"" help:"Tell what happens, as it happens."`
	Pause   pauseCmd   `cmd:"" help:"Show no codes until resume."`
	Resume  resumeCmd  `cmd:"" help:"Show codes again."`
	Remove  removeCmd  `cmd:"" help:"Remove this device from the account and erase its keys."`
}

// walletFlags say which wallet.
type walletFlags struct {
	trustFlag
	File           string `default:"wallet.json" placeholder:"FILE" type:"path" help:"The wallet's file."`
	PassphraseFile string `placeholder:"FILE" type:"path" help:"Holds the passphrase of a locked wallet; locks a new one."`
}

func (f walletFlags) open() (*wallet.Wallet, error) {
	passphrase := ""
	if f.PassphraseFile != "" {
		var err error
		if passphrase, err = readPassphrase(f.PassphraseFile); err != nil {
			return nil, err
		}
	}
	w := wallet.New(f.File, passphrase)
	var err error
	w.HTTP, err = f.http()
	return w, err
}

// advise says what to do about a wallet's refusal.
func advise(err error) error {
	for _, a := range []struct {
		is   error
		todo string
	}{
		{wallet.ErrNotEnrolled, "paycode wallet enrol LINK sets it up"},
		{wallet.ErrPaused, "paycode wallet resume"},
		{wallet.ErrExpired, "paycode wallet sync, with network"},
		{wallet.ErrClock, "paycode wallet sync, with network, sets the clock right"},
		{wallet.ErrNoMoreCodes, "the next code comes with the next minute"},
		{wallet.ErrNoPass, "paycode wallet sync, with network, fetches one, unless rides are owed for"},
		{wallet.ErrLocked, "--passphrase-file"},
	} {
		if errors.Is(err, a.is) {
			return fmt.Errorf("%w (%s)", err, a.todo)
		}
	}
	return err
}

type enrolCmd struct {
	walletFlags
	Link   string      `arg:"" help:"The enrolment link, or its ticket alone."`
	Server string      `placeholder:"URL" help:"The server, when the link does not say or says another one."`
	Kind   wallet.Kind `default:"phone" enum:"phone,watch,card" help:"What this device is: ${enum}."`
	Name   string      `default:"command line" help:"What the payer calls this device."`
}

// Run enrols.
func (c *enrolCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	if err := w.Enrol(ctx, wallet.Enrolment{Link: c.Link, Server: c.Server, Kind: c.Kind, Name: c.Name}); err != nil {
		return advise(err)
	}
	a, err := w.About()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "enrolled %s; works without network until %s\n", a.DeviceID, local(a.SyncBy))
	return nil
}

type syncCmd struct{ walletFlags }

// Run syncs.
func (c *syncCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	if err := w.Sync(ctx); err != nil {
		return advise(err)
	}
	a, err := w.About()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "synced; works without network until %s\n", local(a.SyncBy))
	return nil
}

type statusCmd struct{ walletFlags }

// Run prints what may be told.
func (c *statusCmd) Run(s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	a, err := w.About()
	if err != nil {
		return advise(err)
	}
	state := "ready"
	switch {
	case a.Blocked != "":
		state = "blocked by the server: " + a.Blocked
	case a.Paused:
		state = "paused"
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "device\t%s (%s)\n", a.DeviceID, a.Name)
	fmt.Fprintf(t, "server\t%s\n", a.Server)
	fmt.Fprintf(t, "state\t%s\n", state)
	fmt.Fprintf(t, "balance\t%s as of %s\n", a.Balance, local(a.SyncedAt))
	fmt.Fprintf(t, "works without network until\t%s\n", local(a.SyncBy))
	fmt.Fprintf(t, "clock\t%s behind the server's\n", a.ClockOffset.Round(time.Millisecond))
	return t.Flush()
}

type pauseCmd struct{ walletFlags }

// Run stops the showing of codes.
func (c *pauseCmd) Run() error { return setPaused(c.walletFlags, true) }

type resumeCmd struct{ walletFlags }

// Run lets codes be shown again.
func (c *resumeCmd) Run() error { return setPaused(c.walletFlags, false) }

func setPaused(f walletFlags, paused bool) error {
	w, err := f.open()
	if err != nil {
		return err
	}
	return advise(w.SetPaused(paused))
}

type removeCmd struct {
	walletFlags
	Yes bool `required:"" help:"Yes, erase the keys for good."`
}

// Run removes the device.
func (c *removeCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	err = w.Remove(ctx)
	if errors.Is(err, client.ErrLost) {
		return fmt.Errorf("the keys are erased, but the server has not heard of it: have it revoke the device (%w)", err)
	}
	if err == nil {
		fmt.Fprintln(s.out, "removed")
	}
	return err
}

// local is a time as the people at this machine read it.
func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
