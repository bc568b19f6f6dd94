package pass

import (
	"bytes"
	"encoding/binary"
)

// encode writes the payload of a pass, whose fields were checked, or were read.
func (c passClaims) encode() []byte {
	b := append(make([]byte, 0, maxPass), 0xa6, 2, majorText|12)
	b = append(b, c.Subject...)
	b = binary.BigEndian.AppendUint32(append(b, 4, majorUint|26), c.Expires)
	b = binary.BigEndian.AppendUint32(append(b, 5, majorUint|26), c.NotBefore)
	b = append(append(b, 7, majorBytes|8), c.ID[:]...)
	b = append(b, 8, 0xa1, 1, 0xa4, 1, 2, 0x20, 1, 0x21, majorBytes|24, 32) // cnf, COSE_Key, EC2, P-256, x
	b = append(append(b, c.Key.X[:]...), 0x22, 0xf4)
	if c.Key.Odd {
		b[len(b)-1] = 0xf5
	}
	b = append(b, 0x3a, 0, 1, 0, 0, array4, c.Fund) // -65537
	b = appendHead(b, majorUint, c.CapMinor)
	b = appendString(b, majorText, c.Currency)
	return appendString(b, majorText, c.Product)
}

// openPassClaims reads the payload of a pass. Everything up to the cap is always
// at the same place; that nothing else is anywhere shows when it is written again.
func openPassClaims(b []byte) (c passClaims, err error) {
	const capAt = 89
	if len(b) <= capAt {
		return c, errNotCanonical
	}
	c = passClaims{
		Subject: string(b[3:15]),
		Expires: binary.BigEndian.Uint32(b[17:]), NotBefore: binary.BigEndian.Uint32(b[23:]), ID: [8]byte(b[29:]),
		Key: coseKey{X: [32]byte(b[48:]), Odd: b[81]&1 == 1}, Fund: b[capAt-1],
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
	c.CapMinor, c.Currency, c.Product = number, string(currency), string(product)
	if !bytes.Equal(c.encode(), b) {
		return c, errNotCanonical
	}
	return c, nil
}
