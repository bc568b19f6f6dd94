package paycode

// DeviceID is the UUID of one phone, watch, card or authenticator of a payer.
type DeviceID [16]byte

// Generation numbers the seeds of one device. Rotation adds 1.
type Generation uint32

// Alias is the number by which the server finds the device that made a code.
// It is random, carries no meaning and is replaced at every sync.
type Alias uint64

// Counter is the number of a window: Unix seconds divided by the profile's
// period, rounded down.
type Counter uint32

// Nonce tells apart the codes of one device in one window, so that a payer can
// pay more than once a minute. It is one digit.
type Nonce uint8

// MaxNonce is the largest nonce.
const MaxNonce Nonce = 9

// Slot is what a device can spend once. Every form of a code that names the same
// slot of the same device is spent together with the others.
type Slot struct {
	Counter Counter
	Nonce   Nonce
}
