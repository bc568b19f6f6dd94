package paycode

// What the tests of package paycode_test look at on the way from seed to token.

// HMACSHA256 is the package's own HMAC.
var HMACSHA256 = hmacSHA256

// Derivation holds every value on the way from a seed to its codes.
type Derivation struct {
	Session [32]byte
	Message []byte
	MAC     [32]byte
	Token   [16]byte
	OTP     uint64
}

// Derive computes them.
func Derive(seed *Seed, alias Alias, slot Slot, challenge *Challenge, otpDigits int) Derivation {
	message := newMessage(alias, slot.Nonce, challenge)
	m := newMAC(seed, alias, slot, challenge)
	return Derivation{session(seed, slot.Counter), message.bytes(), m, m.token(), m.otp(otpDigits)}
}

// Prepared returns the windows whose session keys k holds.
func (k Key) Prepared() (first Counter, count int) { return k.first, k.count }
