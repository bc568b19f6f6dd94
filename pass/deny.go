package pass

import (
	"fmt"
	"slices"
)

// MaxDelta is how many passes one delta can add and remove, together.
const MaxDelta = 20_000

const maxDeltaBytes = MaxDelta*8 + 256

// DenyDelta is a step of the deny list from one number to a later one. Who has
// the list as of Since adds and removes these passes and has it as of Until.
type DenyDelta struct {
	Since, Until uint64
	Add, Remove  [][8]byte
}

type deltaClaims struct {
	_            struct{} `cbor:",toarray"`
	Since, Until uint64
	Add, Remove  []byte // ids one after the other
}

func (c deltaClaims) check() error {
	add, remove := len(c.Add), len(c.Remove)
	if c.Since >= c.Until || add%8 != 0 || remove%8 != 0 || add+remove > MaxDelta*8 || c.Add == nil || c.Remove == nil {
		return fmt.Errorf("pass: a delta from %d to %d, of %d and %d bytes", c.Since, c.Until, add, remove)
	}
	return nil
}

// SignDenyDelta signs a delta. The error says what cannot be said in one, or
// comes from the key.
func SignDenyDelta(key IssuerKey, d DenyDelta) ([]byte, error) {
	c := deltaClaims{Since: d.Since, Until: d.Until, Add: join(d.Add), Remove: join(d.Remove)}
	if err := c.check(); err != nil {
		return nil, err
	}
	return key.sign(asDelta, encode(c))
}

func join(ids [][8]byte) []byte {
	b := make([]byte, 0, 8*len(ids))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

func split(b []byte) (ids [][8]byte) {
	for id := range slices.Chunk(b, 8) {
		ids = append(ids, [8]byte(id))
	}
	return ids
}

// VerifyDenyDelta verifies and reads a delta. The errors are ErrDeltaMalformed,
// ErrDeltaUnknownIssuer and ErrDeltaSignature. Whether it fits the list that the
// caller has is the caller's to see.
func (v *Verifier) VerifyDenyDelta(signed []byte) (DenyDelta, error) {
	i, err := openIssued(signed, maxDeltaBytes, decode[deltaClaims])
	if err == nil {
		err = i.claims.check()
	}
	if err != nil {
		return DenyDelta{}, fmt.Errorf("%w: %v", ErrDeltaMalformed, err)
	}
	if err := verifyIssued(v, i, asDelta, ErrDeltaUnknownIssuer, ErrDeltaSignature); err != nil {
		return DenyDelta{}, err
	}
	return DenyDelta{Since: i.claims.Since, Until: i.claims.Until, Add: split(i.claims.Add), Remove: split(i.claims.Remove)}, nil
}
