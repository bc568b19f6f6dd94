package gate

import (
	"errors"
	"testing"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/pass"
)

// phone is a rider's device, held against a reader. It remembers what it answered.
type phone struct {
	rider
	nfc.Card
	at       func() time.Time
	asked    nfc.Request
	answered []byte
}

func (p *phone) transmit(command []byte) ([]byte, error) {
	response, asked := p.Command(command)
	if asked == nil {
		return response, nil
	}
	if asked.Want != nfc.Presentation {
		return p.Refuse(nfc.NotNow), nil
	}
	wire := asked.Challenge.Bytes()
	presentation, err := pass.Present(p.device, p.pass, p.at(), [4]byte{}, wire[:])
	if err != nil {
		p.t.Fatal(err)
	}
	if p.answered, err = pass.Compact(presentation); err != nil {
		p.t.Fatal(err)
	}
	p.asked = *asked
	return p.Give(p.answered), nil
}

// relay is a device that answers what another one answered before.
func relay(answer []byte) nfc.Transmit {
	var card nfc.Card
	return func(command []byte) ([]byte, error) {
		response, asked := card.Command(command)
		if asked != nil {
			response = card.Give(answer)
		}
		return response, nil
	}
}

func holds(t *testing.T, g *Gate, when string, transmit nfc.Transmit, want Reason) {
	t.Helper()
	d, err := g.TapDevice(transmit)
	if err != nil || d.Reason != want || d.Go != (want == "") {
		t.Errorf("%s: go %t, %q, %v, want %q", when, d.Go, d.Reason, err, want)
	}
}

func TestDevicesGoThroughOnceForEachReading(t *testing.T) {
	i := newIssuer(t)
	here, there := i.enrolled(), i.enrolled()
	p := &phone{rider: i.rider(i.keys[0], nil), at: time.Now}
	holds(t, here, "held against the reader", p.transmit, "")
	if c := p.asked.Challenge; ids.Gate(c.Merchant) != i.gate || c.AmountMinor != 200 || string(c.Currency[:]) != "CNY" {
		t.Errorf("it was told of %v", c)
	}
	holds(t, here, "its answer to this reader before", relay(p.answered), OtherReader)
	holds(t, there, "its answer to another reader", relay(p.answered), OtherReader)
	presentation, err := pass.Expand(p.answered)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, there, "its answer, drawn as a QR code", pass.Text(presentation), OtherReader)
	shown, err := pass.ParseText(p.shows(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	compact, err := pass.Compact(shown)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, there, "a QR code, read from a device", relay(compact), OtherReader)
	holds(t, here, "the same device again", p.transmit, Passback)
	holds(t, there, "the same device at another gate", p.transmit, "") // the server finds it
	here = again(t, here)
	holds(t, here, "the same device, after a restart", p.transmit, Passback)
	if err := here.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if uploaded, err := pass.Parse(i.taps[1].Presentation); err != nil || len(uploaded.Challenge) != paycode.ChallengeLen {
		t.Errorf("uploaded with a challenge of %d bytes, %v", len(uploaded.Challenge), err)
	}
}

func TestDevicesThatDoNotGoThrough(t *testing.T) {
	i := newIssuer(t)
	denied := &phone{rider: i.rider(i.keys[0], nil), at: time.Now}
	i.deny([]rider{denied.rider}, nil)
	i.set(func() { i.change = func(c *Config) { c.Fare = nil } })
	g := i.enrolled()
	late := &phone{rider: i.rider(i.keys[0], nil), at: func() time.Time { return time.Now().Add(-2 * time.Minute) }}
	gone := errors.New("gone")
	holds(t, g, "on the deny list", denied.transmit, Denied)
	if c := denied.asked.Challenge; c.AmountMinor != 0 || string(c.Currency[:]) != "XXX" {
		t.Errorf("where the fare is not known it was told of %v", c)
	}
	holds(t, g, "by a clock that is behind", late.transmit, Stale)
	holds(t, g, "a bank card", func([]byte) ([]byte, error) { return []byte{0x6A, 0x82}, nil }, Malformed)
	holds(t, g, "a phone that makes no sense", func([]byte) ([]byte, error) { return []byte{0x90, 0}, nil }, Malformed)
	before := g.Status()
	if d, err := g.TapDevice(func([]byte) ([]byte, error) { return nil, gone }); !errors.Is(err, gone) || d.Go {
		t.Errorf("taken away: go %t, %v", d.Go, err)
	}
	if after := g.Status(); after.Refused != before.Refused || after.Taps != 0 {
		t.Errorf("taken away: %d refused, %d taps", after.Refused, after.Taps)
	}
}
