package pass

import (
	"bytes"
	"fmt"
	"time"

	"github.com/veraison/go-cose"
)

// Verifier verifies what issuers and devices signed, with public keys alone. It
// remembers, within bounds, the passes whose issuer signature it found right. It
// may be used by several goroutines at once.
type Verifier struct {
	keys   map[uint32]cose.Verifier
	memory memory
}

// NewVerifier is a verifier that knows these issuer keys. ErrKey if one cannot be
// used, or two have the same id.
func NewVerifier(keys ...PublicKey) (*Verifier, error) {
	v := &Verifier{keys: map[uint32]cose.Verifier{}}
	for _, k := range keys {
		if v.keys[k.ID] != nil {
			return nil, fmt.Errorf("%w: two issuer keys %d", ErrKey, k.ID)
		}
		verifier, err := k.verifier()
		if err != nil {
			return nil, err
		}
		v.keys[k.ID] = verifier
	}
	return v, nil
}

// Verify verifies a presentation at the time now: that of the gate as it is
// shown, or the one that a gate wrote down. The challenge is what the reader
// sent, or nil where there was none. The errors are the outcomes of this package,
// each found before the next: malformed, unknown issuer, not yet, expired, stale,
// challenge, signature of the pass, signature of the presentation. Whether the
// pass is on a deny list, and whether the same was shown before, is the caller's
// to look up, by Pass.ID and ID.
func (v *Verifier) Verify(presentation []byte, now time.Time, challenge []byte) (Presentation, error) {
	return v.verify(presentation, now, &challenge)
}

// VerifyAsOf is Verify for whoever was not there: the time is the one that a gate
// wrote down, and the challenge, which only the reader knew, is whatever the
// presentation says.
func (v *Verifier) VerifyAsOf(presentation []byte, then time.Time) (Presentation, error) {
	return v.verify(presentation, then, nil)
}

func (v *Verifier) verify(presentation []byte, now time.Time, challenge *[]byte) (Presentation, error) {
	s, err := openPresentation(presentation)
	if err != nil {
		return Presentation{}, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	known := v.memory.get(s.pass)
	cached := known != nil
	if !cached {
		if known, err = readPass(s.pass); err != nil {
			return Presentation{}, fmt.Errorf("%w: %v", ErrMalformed, err)
		}
	}
	issuer := v.keys[known.keyID]
	switch {
	case issuer == nil:
		return Presentation{}, ErrUnknownIssuer
	case now.Before(known.pass.NotBefore):
		return Presentation{}, ErrNotYet
	case !now.Before(known.pass.Expires):
		return Presentation{}, ErrExpired
	case now.Sub(seconds(s.claims.IssuedAt)).Abs() > Fresh:
		return Presentation{}, ErrStale
	case challenge != nil && !bytes.Equal(*challenge, s.claims.Challenge):
		return Presentation{}, ErrChallenge
	case !cached && (issuer.Algorithm() != known.alg || !known.envelope.verify(issuer, asPass)):
		return Presentation{}, ErrPassSignature
	}
	if !cached { // the issuer's word stands even if somebody else shows the pass
		v.memory.add(s.pass, known)
	}
	if !s.envelope.verify(known.device, asPresentation) {
		return Presentation{}, ErrPresentationSignature
	}
	return s.presentation(known), nil
}

// verifyIssued finds out whether a known issuer signed this.
func verifyIssued[C any](v *Verifier, i issued[C], as string, unknown, forged error) error {
	issuer := v.keys[i.keyID()]
	switch {
	case issuer == nil:
		return unknown
	case issuer.Algorithm() != i.head.Algorithm || !i.envelope.verify(issuer, as):
		return forged
	}
	return nil
}
