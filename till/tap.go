package till

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/nfc"
)

// Merchant asks the server whose till this is. A reader says it to the devices
// that are held against it. Errors are those of package client.
func (t *Till) Merchant(ctx context.Context) (ids.Merchant, error) {
	var self struct {
		ID ids.Merchant `json:"id"`
	}
	if err := t.call(ctx, "GET", "/v1/merchant", nil, &self); err != nil {
		return ids.Merchant{}, err
	}
	if self.ID.IsZero() {
		return ids.Merchant{}, client.ErrLost
	}
	return self.ID, nil
}

// Tapped is the sale with the code of a device that is held against a reader of
// this merchant. It draws a challenge of its own for each reading, so the code is
// good for this sale alone; Charge is next. Errors: those of nfc.ReadCode, and
// nothing is charged: the device may be held there again.
func (s Sale) Tapped(merchant ids.Merchant, transmit nfc.Transmit) (Sale, error) {
	c := paycode.Challenge{AmountMinor: uint64(s.Amount.Minor), Merchant: merchant}
	copy(c.Currency[:], s.Amount.Currency)
	rand.Read(c.Nonce[:])
	code, err := nfc.ReadCode(c, transmit)
	if err != nil {
		return s, err
	}
	s.Code, s.Challenge = code.Text(), hex.EncodeToString(c.Nonce[:])
	return s, nil
}
