package pass

import (
	"encoding/binary"
	"fmt"
)

// issued is something that an issuer signed, taken apart and not yet verified.
type issued[C any] struct {
	envelope sign1
	head     issuerHeader
	claims   C
}

// openIssued takes apart what an issuer signed. It checks everything but the
// claims' meaning and the signature.
func openIssued[C any](b []byte, max int, open func([]byte) (C, error)) (i issued[C], err error) {
	if len(b) > max {
		return i, fmt.Errorf("more than %d bytes", max)
	}
	if i.envelope, err = openSign1(b); err != nil {
		return i, err
	}
	if i.head, err = openIssuerHeader(i.envelope.Protected); err != nil {
		return i, err
	}
	if i.claims, err = open(i.envelope.Payload); err != nil {
		return i, err
	}
	if len(i.envelope.Signature) != signatureLen {
		return i, fmt.Errorf("a signature of %d bytes", len(i.envelope.Signature))
	}
	return i, nil
}

func (i issued[C]) keyID() uint32 { return binary.BigEndian.Uint32(i.head.KeyID[:]) }
