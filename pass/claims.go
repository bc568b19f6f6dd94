package pass

import (
	"bytes"
	"encoding/binary"
)

// openPassClaims reads the payload of a pass. Everything up to the cap is always
// at the same place; that nothing else is anywhere shows when it is written again.
func openPassClaims(b []byte) (c passClaims, err error) {
	const capAt = 89
	if len(b) <= capAt {
		return c, errNotCanonical
	}
	c = passClaims{
		Subject: string(b[3:15]), Expires: binary.BigEndian.Uint32(b[17:]), NotBefore: binary.BigEndian.Uint32(b[23:]), ID: [8]byte(b[29:]),
		Confirm: confirmation{coseKey{Type: 2, Curve: 1, X: [32]byte(b[48:]), Odd: b[81]&1 == 1}},
		Terms:   terms{Fund: b[capAt-1]},
	}
	number, rest, err := takeHead(b[capAt:])
	if err != nil {
		return c, err
	}
	currency, rest, err := takeString(rest)
	if err != nil {
		return c, err
	}
	product, _, err := takeString(rest)
	if err != nil {
		return c, err
	}
	c.Terms.CapMinor, c.Terms.Currency, c.Terms.Product = number, string(currency), string(product)
	if !bytes.Equal(encode(c), b) {
		return c, errNotCanonical
	}
	return c, nil
}
