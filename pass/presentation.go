package pass

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/veraison/go-cose"
)

// Fresh is how far the time of a presentation may be from the gate's, either way.
const Fresh = 90 * time.Second

// A challenge has 8 to 64 bytes (the nonce claim of RFC 9711, section 4.1).
const (
	MinChallenge = 8
	MaxChallenge = 64

	maxPresentation = 512 // bytes
)

// Presentation is a pass in somebody's hand, at one moment.
type Presentation struct {
	// ID is SHA-256(claims of the pass ‖ claims of the presentation): by it a copy
	// is known. No signature is in it, since those have more than one spelling.
	ID        [32]byte
	Pass      Pass
	KeyID     uint32 // of the issuer's key that signed the pass
	IssuedAt  time.Time
	Nonce     [4]byte
	Challenge []byte // nil if it was made for no reader in particular
}

type presentationClaims struct {
	IssuedAt  uint32  `cbor:"6,keyasint"`
	Nonce     [4]byte `cbor:"7,keyasint"`
	Challenge []byte  `cbor:"10,keyasint,omitempty"`
}

func (c presentationClaims) check() error {
	if c.IssuedAt < firstTime {
		return fmt.Errorf("pass: shown at %d", c.IssuedAt)
	}
	if n := len(c.Challenge); n != 0 && (n < MinChallenge || n > MaxChallenge) {
		return fmt.Errorf("pass: a challenge of %d bytes", n)
	}
	return nil
}

// Present signs a pass with the key of its device, for the time at. The nonce is
// random: it tells apart what one device shows in one second. The challenge is
// what a reader sent, or nil. ErrMalformed for bytes that are no pass, ErrKey for
// another device's pass; other errors come from the key or say what cannot be.
func Present(device crypto.Signer, passBytes []byte, at time.Time, nonce [4]byte, challenge []byte) ([]byte, error) {
	i, err := openPass(passBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	public, _ := device.Public().(*ecdsa.PublicKey)
	if key, err := compress(public); err != nil || key != i.claims.Key {
		return nil, fmt.Errorf("%w: the pass of another device", ErrKey)
	}
	claims := presentationClaims{IssuedAt: uint32(at.Unix()), Nonce: nonce, Challenge: challenge}
	if err := claims.check(); err != nil || at.Unix() > lastTime {
		return nil, fmt.Errorf("pass: cannot be shown at %d: %w", at.Unix(), err)
	}
	signer, err := cose.NewSigner(cose.AlgorithmES256, p256Signer{device})
	if err != nil {
		return nil, err
	}
	s := sign1{Protected: encodePresentationHeader(passBytes), Payload: encode(claims)}
	if err := s.sign(signer, asPresentation); err != nil {
		return nil, err
	}
	return s.encode(), nil
}

// shown is a presentation taken apart and not yet verified.
type shown struct {
	envelope sign1
	pass     []byte
	claims   presentationClaims
}

func openPresentation(b []byte) (s shown, err error) {
	if len(b) > maxPresentation {
		return s, fmt.Errorf("more than %d bytes", maxPresentation)
	}
	if s.envelope, err = openSign1(b); err != nil {
		return s, err
	}
	pass, ok := bytes.CutPrefix(s.envelope.Protected, presentationHeader)
	if !ok || len(s.envelope.Signature) != signatureLen {
		return s, fmt.Errorf("not signed by ES256, or no pass")
	}
	s.pass = pass
	if s.claims, err = decode[presentationClaims](s.envelope.Payload); err != nil {
		return s, err
	}
	return s, s.claims.check()
}

// presentation puts together what was taken apart.
func (s shown) presentation(known *knownPass) Presentation {
	id := sha256.New()
	id.Write(known.claims)
	id.Write(s.envelope.Payload)
	return Presentation{
		ID: [32]byte(id.Sum(nil)), Pass: known.pass, KeyID: known.keyID,
		IssuedAt: seconds(s.claims.IssuedAt), Nonce: s.claims.Nonce, Challenge: s.claims.Challenge,
	}
}

// Parse reads a presentation whatever its age, and verifies no signature: for
// what was verified before. ErrMalformed for anything else.
func Parse(presentation []byte) (Presentation, error) {
	s, err := openPresentation(presentation)
	if err != nil {
		return Presentation{}, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	known, err := readPass(s.pass)
	if err != nil {
		return Presentation{}, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return s.presentation(known), nil
}
