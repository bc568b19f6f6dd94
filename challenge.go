package paycode

import "encoding/binary"

// Challenge is what a reader sends to a device that is held against it. A code
// made over it is good for this merchant, this amount and this reading only.
type Challenge struct {
	Nonce       [8]byte  // random, drawn by the reader
	AmountMinor uint64   // in minor units of Currency
	Currency    [3]byte  // ISO 4217 letters
	Merchant    [16]byte // the merchant's UUID
}

// bytes is the 35-byte wire form: nonce ‖ uint64be(amount) ‖ currency ‖ merchant.
func (c *Challenge) bytes() []byte {
	b := make([]byte, 0, 35)
	b = append(b, c.Nonce[:]...)
	b = binary.BigEndian.AppendUint64(b, c.AmountMinor)
	b = append(b, c.Currency[:]...)
	return append(b, c.Merchant[:]...)
}
