package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/nfc/vpcd"
	"github.com/paycode/paycode/wallet"
)

// cardCmd holds the wallet against a virtual reader.
type cardCmd struct {
	walletFlags
	VPCD string `name:"vpcd" default:"${vpcd}" placeholder:"ADDRESS" help:"The virtual reader: vpcd, a driver of pcscd."`
	Once bool   `help:"Take the wallet away when a reader has what it asked for."`
}

// Run is a card until it is taken away, or the reader is gone. It needs no network.
func (c *cardCmd) Run(ctx context.Context, s *streams) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	if _, err := w.About(); err != nil {
		return advise(err)
	}
	conn, err := net.Dial("tcp", c.VPCD)
	if err != nil {
		return fmt.Errorf("card: no virtual reader (Debian: apt-get install pcscd vsmartcard-vpcd, and pcscd runs): %w", err)
	}
	defer conn.Close()
	h := &held{ReadWriter: conn, once: c.Once}
	h.Applet = w.Applet(func(r nfc.Request, err error) {
		h.answered = h.answered || err == nil
		fmt.Fprintln(s.out, answered(r, err))
	})
	fmt.Fprintln(s.out, "held against the reader; whoever asks gets a code. Ctrl-C takes it away.")
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := vpcd.Serve(h, h); err != nil {
		return fmt.Errorf("card: %w", err)
	}
	if ctx.Err() == nil && !h.done {
		return errors.New("card: the reader is gone")
	}
	return nil
}

// held is a wallet against a reader, which it may leave once that has all of an
// answer.
type held struct {
	*wallet.Applet
	io.ReadWriter
	once, answered bool
	done           bool
}

// Command is the response to a command.
func (h *held) Command(b []byte) []byte {
	response := h.Applet.Command(b)
	h.done = h.once && h.answered && bytes.HasSuffix(response, []byte{0x90, 0x00})
	return response
}

// Read is the end when the wallet has been taken away.
func (h *held) Read(b []byte) (int, error) {
	if h.done {
		return 0, io.EOF
	}
	return h.ReadWriter.Read(b)
}

// answered says what a reader was given, and for whom.
func answered(r nfc.Request, err error) string {
	c := r.Challenge
	amount := money.Amount{Minor: int64(c.AmountMinor), Currency: money.Currency(c.Currency[:])} // nfc.Card lets no other through
	what := fmt.Sprintf("%s for %s", amount, ids.Merchant(c.Merchant))
	if r.Want == nfc.Presentation {
		what = fmt.Sprintf("the pass for %s", ids.Gate(c.Merchant))
		if amount.Minor > 0 {
			what += fmt.Sprintf(", fare %s", amount)
		}
	}
	if err != nil {
		return fmt.Sprintf("refused %s: %v", what, advise(err))
	}
	return "gave " + what
}
