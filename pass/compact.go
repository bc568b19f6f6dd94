package pass

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/veraison/go-cose"
)

// The compact form of a presentation leaves out what is the same in all of them,
// so that a QR symbol and a single answer of a card can hold it. The signed bytes
// follow from it; nothing in it is signed as it stands.
//
//	flags[1] ‖ kid[4] ‖ alias uint40be ‖ exp[4] ‖ nbf[4] ‖ cti[8] ‖ x[32] ‖ cap[4] ‖ currency[3] ‖ issuer's signature[64]
//	‖ iat[4] ‖ nonce[4] ‖ device's signature[64] ‖ length of product[1] ‖ product ‖ challenge
const (
	flagOdd    = 1 << iota // y of the device key is odd
	flagCredit             // fund is credit
	flagEdDSA              // the issuer signs with EdDSA
	flagsEnd
)

const (
	compactLen = 1 + 4 + 5 + 4 + 4 + 8 + 32 + 4 + 3 + signatureLen + 4 + 4 + signatureLen + 1
	maxCompact = compactLen + MaxProduct + MaxChallenge
)

var errCompact = errors.New("pass: not a compact presentation")

// Compact shortens a presentation. ErrMalformed for anything else.
func Compact(presentation []byte) ([]byte, error) {
	s, err := openPresentation(presentation)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	i, err := openPass(s.pass)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	c := i.claims
	alias, err := strconv.ParseUint(c.Subject, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	b := append(make([]byte, 0, maxCompact), flags(i))
	b = append(b, i.head.KeyID[:]...)
	b = append(b, byte(alias>>32))
	b = binary.BigEndian.AppendUint32(b, uint32(alias))
	b = binary.BigEndian.AppendUint32(b, c.Expires)
	b = binary.BigEndian.AppendUint32(b, c.NotBefore)
	b = append(append(b, c.ID[:]...), c.Key.X[:]...)
	b = binary.BigEndian.AppendUint32(b, c.CapMinor)
	b = append(append(b, c.Currency...), i.envelope.Signature...)
	b = binary.BigEndian.AppendUint32(b, s.claims.IssuedAt)
	b = append(append(b, s.claims.Nonce[:]...), s.envelope.Signature...)
	b = append(append(b, byte(len(c.Product))), c.Product...)
	return append(b, s.claims.Challenge...), nil
}

func flags(i issued[passClaims]) (f byte) {
	if i.claims.Key.Odd {
		f |= flagOdd
	}
	if i.claims.Fund == 1 {
		f |= flagCredit
	}
	if i.head.Algorithm == cose.AlgorithmEdDSA {
		f |= flagEdDSA
	}
	return f
}

// Expand is the presentation that Compact shortened. ErrMalformed if there is none.
func Expand(compact []byte) ([]byte, error) {
	b, err := expand(compact)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return b, nil
}

func expand(b []byte) ([]byte, error) {
	if len(b) < compactLen || len(b) > maxCompact || b[0] >= flagsEnd {
		return nil, errCompact
	}
	f, at := b[0], 1
	take := func(n int) []byte { at += n; return b[at-n : at] }
	number := func() uint32 { return binary.BigEndian.Uint32(take(4)) }

	head := issuerHeader{Algorithm: cose.AlgorithmES256, KeyID: [4]byte(take(4))}
	if f&flagEdDSA != 0 {
		head.Algorithm = cose.AlgorithmEdDSA
	}
	alias := uint64(take(1)[0])<<32 | uint64(number())
	c := passClaims{Subject: fmt.Sprintf("%012d", alias), Expires: number(), NotBefore: number(), ID: [8]byte(take(8))}
	c.Key = coseKey{X: [32]byte(take(32)), Odd: f&flagOdd != 0}
	c.Fund, c.CapMinor, c.Currency = f&flagCredit/flagCredit, number(), string(take(3))
	issuer := take(signatureLen)
	shown := presentationClaims{IssuedAt: number(), Nonce: [4]byte(take(4))}
	device := take(signatureLen)
	n := int(take(1)[0])
	if n > len(b)-at {
		return nil, errCompact
	}
	c.Product = string(take(n))
	shown.Challenge = b[at:]
	if err := errors.Join(c.check(), shown.check()); err != nil {
		return nil, err
	}
	pass := sign1{Protected: head.encode(), Payload: c.encode(), Signature: issuer}.encode()
	protected := encodePresentationHeader(pass)
	return sign1{Protected: protected, Payload: encode(shown), Signature: device}.encode(), nil
}
