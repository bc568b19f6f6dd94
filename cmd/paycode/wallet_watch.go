package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/paycode/paycode/terminal"
	"github.com/paycode/paycode/wallet"
)

// watchCmd is a watch without network, and the phone that runs its errands:
//
//	watch: paycode wallet watch ask > errand
//	phone: paycode wallet watch carry LINK < errand > answer
//	watch: paycode wallet watch take < answer
//	watch: paycode wallet show
type watchCmd struct {
	Ask   watchAskCmd   `cmd:"" help:"On the watch: print what a phone has to carry to the server, to enrol or to sync. Opens no connection."`
	Carry watchCarryCmd `cmd:"" help:"On a phone: carry what the watch asks (standard input), and print the answer. The seed in it is sealed to the watch."`
	Take  watchTakeCmd  `cmd:"" help:"On the watch: take the answer (standard input). Opens no connection."`
}

type watchAskCmd struct {
	walletFlags
	Name string `default:"watch" help:"What the payer calls this watch."`
	QR   bool   `help:"Draw it as a QR as well, for the phone to scan."`
}

// Run prints the errand.
func (c *watchAskCmd) Run(s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	e, err := w.WatchErrand(c.Name)
	if err != nil {
		return advise(err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if c.QR {
		drawing, err := terminal.QR(string(text), inkFor(s.out))
		if err != nil {
			return err
		}
		fmt.Fprintln(s.out, drawing)
	}
	_, err = fmt.Fprintln(s.out, string(text))
	return err
}

type watchCarryCmd struct {
	trustFlag
	Link   string `arg:"" optional:"" help:"To enrol: the enrolment link, or its ticket alone."`
	Server string `placeholder:"URL" help:"The server, when the link does not say or says another one."`
}

// Run carries the errand.
func (c *watchCarryCmd) Run(ctx context.Context, s *streams) error {
	h, err := c.http()
	if err != nil {
		return err
	}
	var e wallet.Errand
	if err := readOne(s.in, &e); err != nil {
		return err
	}
	a, err := wallet.Carry(ctx, h, e, wallet.Enrolment{Link: c.Link, Server: c.Server})
	if err != nil {
		return advise(err)
	}
	return json.NewEncoder(s.out).Encode(a)
}

type watchTakeCmd struct{ walletFlags }

// Run takes the answer.
func (c *watchTakeCmd) Run(s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	var a wallet.Answer
	if err := readOne(s.in, &a); err != nil {
		return err
	}
	if err := w.TakeAnswer(a); err != nil {
		return advise(err)
	}
	about, err := w.About()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s works without network until %s\n", about.DeviceID, local(about.SyncBy))
	return err
}

// maxErrand bounds what is read of an errand or an answer, in bytes.
const maxErrand = 1 << 16

func readOne(in io.Reader, v any) error {
	text, err := io.ReadAll(io.LimitReader(in, maxErrand))
	if err != nil {
		return err
	}
	if json.Unmarshal(text, v) != nil {
		return wallet.ErrErrand
	}
	return nil
}
