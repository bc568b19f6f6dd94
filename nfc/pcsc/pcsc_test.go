//go:build linux

package pcsc_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/nfc/pcsc"
	"github.com/paycode/paycode/nfc/pcsc/pcsctest"
)

// echo is a device that answers with the command it was sent, as often as its
// second byte says, and a status word.
type echo struct{ resets int }

func (e *echo) Reset() { e.resets++ }

func (e *echo) Command(command []byte) []byte {
	return append(bytes.Repeat(command, int(command[1])), 0x90, 0)
}

func dial(t testing.TB, d *pcsctest.Daemon) *pcsc.Client {
	t.Helper()
	c, err := pcsc.Dial(d.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func wait(t testing.TB, c *pcsc.Client) *pcsc.Device {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	d, err := c.Wait(ctx, pcsctest.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// nobody is for a reader on which nothing new is.
func nobody(t *testing.T, c *pcsc.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond) // longer than the driver takes to notice
	defer cancel()
	if d, err := c.Wait(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for nobody: %v, %v", d, err)
	}
}

func TestDevicesComeAndGo(t *testing.T) {
	daemon := pcsctest.Start(t)
	c := dial(t, daemon)
	names, err := c.Readers()
	if err != nil || len(names) == 0 || !strings.HasPrefix(names[0], pcsctest.Reader) {
		t.Fatalf("readers %q, %v", names, err)
	}
	nobody(t, c)
	for range 2 {
		device := &echo{}
		takeAway := daemon.Hold(t, device)
		d := wait(t, c)
		for n := range 4 {
			command := []byte{0, byte(n), 2, 3, 4, 5}
			response, err := d.Transmit(command)
			if want := device.Command(command); err != nil || !bytes.Equal(response, want) {
				t.Errorf("%x is answered %x, %v, want %x", command, response, err, want)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if device.resets == 0 {
			t.Error("the device was never switched on")
		}
		nobody(t, c) // it is still there, and was read already
		takeAway()
		nobody(t, c)
	}
}

// TestTakenAway: a device that leaves while it is read is an error that says so,
// and the connection goes on.
func TestTakenAway(t *testing.T) {
	daemon := pcsctest.Start(t)
	c := dial(t, daemon)
	takeAway := daemon.Hold(t, &echo{})
	d := wait(t, c)
	takeAway()
	_, err := d.Transmit([]byte{0, 1, 2, 3, 4})
	if failure := pcsc.Failure(0); !errors.As(err, &failure) {
		t.Errorf("transmitting to nobody: %v", err)
	}
	d.Close()    // pcscd may say that there is nothing to let go of
	nobody(t, c) // pcscd looks every 0.4 s, and must have seen the reader empty
	daemon.Hold(t, &echo{})
	if _, err := wait(t, c).Transmit([]byte{0, 1, 2, 3, 4}); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// TestExclusive: nobody else speaks to a device that is being read.
func TestExclusive(t *testing.T) {
	daemon := pcsctest.Start(t)
	c, other := dial(t, daemon), dial(t, daemon)
	daemon.Hold(t, &echo{})
	d := wait(t, c)
	if _, err := other.Wait(t.Context(), ""); !errors.Is(err, pcsc.Shared) {
		t.Errorf("a second program: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	third := dial(t, daemon)
	wait(t, third)
}

func TestNobodyThere(t *testing.T) {
	if _, err := pcsc.Dial(filepath.Join(t.TempDir(), "pcscd.comm")); !errors.Is(err, pcsc.ErrNoService) {
		t.Errorf("no pcscd: %v", err)
	}
	c := dial(t, pcsctest.Start(t))
	if _, err := c.Wait(t.Context(), "ACR122"); !errors.Is(err, pcsc.NoReader) {
		t.Errorf("no such reader: %v", err)
	}
}

// phone answers each challenge with the same code.
type phone struct{ nfc.Card }

func (p *phone) Command(command []byte) []byte {
	response, asked := p.Card.Command(command)
	if asked != nil {
		return p.Give(append([]byte{paycode.TypeChallenge}, make([]byte, paycode.PayloadLen-1)...))
	}
	return response
}

// BenchmarkReading is a till that finds a phone on its reader, is answered a code,
// and lets go of it, through pcscd and vpcd.
func BenchmarkReading(b *testing.B) {
	daemon := pcsctest.Start(b)
	daemon.Hold(b, &phone{})
	wait(b, dial(b, daemon)).Close() // pcscd has noticed it
	challenge := paycode.Challenge{AmountMinor: 1250, Currency: [3]byte{'C', 'N', 'Y'}}
	for b.Loop() {
		c, err := pcsc.Dial(daemon.Socket)
		if err != nil {
			b.Fatal(err)
		}
		d := wait(b, c)
		if _, err := nfc.ReadCode(challenge, d.Transmit); err != nil {
			b.Fatal(err)
		}
		d.Close()
		c.Close()
	}
}

// BenchmarkLook is what Wait costs each time it looks.
func BenchmarkLook(b *testing.B) {
	c := dial(b, pcsctest.Start(b))
	for b.Loop() {
		if _, err := c.Readers(); err != nil {
			b.Fatal(err)
		}
	}
}
