package gate

import (
	"crypto/rand"
	"errors"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/pass"
)

// noCurrency is ISO 4217's code for a fare that is not known yet.
const noCurrency = "XXX"

// TapDevice decides on a device that is held against the gate's reader. It draws a
// challenge of its own for each, so what another reader was answered, or this one
// before, goes through nowhere. A device without a pass is Malformed, as a picture
// of something else is. Error: that of transmit, when the device was taken away
// before it had answered; nothing is decided then.
func (g *Gate) TapDevice(transmit nfc.Transmit) (Decision, error) {
	c := g.challenge()
	compact, err := nfc.ReadPresentation(c, transmit)
	began := time.Now()
	if refused := nfc.Status(0); err != nil && !errors.As(err, &refused) && !errors.Is(err, nfc.ErrAnswer) {
		return Decision{}, err
	}
	var presentation []byte
	if err == nil {
		presentation, err = pass.Expand(compact)
	}
	wire := c.Bytes()
	return g.tap(began, presentation, err, wire[:]), nil
}

// challenge is new for each reading, and says at which gate it is and what it
// costs to go through, where that is known before.
func (g *Gate) challenge() paycode.Challenge {
	g.mu.Lock()
	config := g.settings.Config
	g.mu.Unlock()
	c := paycode.Challenge{Merchant: config.Gate.ID}
	copy(c.Currency[:], noCurrency)
	if config.Fare != nil {
		c.AmountMinor = uint64(config.Fare.Minor)
		copy(c.Currency[:], config.Fare.Currency)
	}
	rand.Read(c.Nonce[:])
	return c
}
