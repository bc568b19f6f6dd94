package paycode

import "encoding/binary"

// MasterKey is the issuer's secret from which the seeds of all devices follow.
// It prints as "[redacted]" and refuses to be encoded as JSON or text.
type MasterKey [32]byte

// Seed is the secret of one device and one generation, shared by the device and
// the server. It prints as "[redacted]" and refuses to be encoded as JSON or
// text, so that no log line and no careless struct can give it away.
type Seed [32]byte

const seedLabel = "paycode/seed/v1"

// SeedInfo returns the 37 bytes whose HMAC-SHA256 under the master key is the
// seed of the device: what to give to an HSM that keeps the master key.
//
//	"paycode/seed/v1" ‖ 00 ‖ device[16] ‖ uint32be(generation) ‖ 01
//
// It is the single block of HKDF-Expand (RFC 5869, section 2.3) for a 32-byte
// output, with everything before the last byte as its info.
func SeedInfo(device DeviceID, generation Generation) []byte {
	return derivationInfo(seedLabel, device, generation)
}

func derivationInfo(label string, device DeviceID, generation Generation) []byte {
	info := make([]byte, 0, len(label)+1+len(device)+4+1)
	info = append(info, label...)
	info = append(info, 0)
	info = append(info, device[:]...)
	info = binary.BigEndian.AppendUint32(info, uint32(generation))
	return append(info, 1)
}

// DeriveSeed computes the seed of one device and generation. The server stores
// no seeds: a copy of its database holds nothing that can make a code.
func DeriveSeed(master *MasterKey, device DeviceID, generation Generation) Seed {
	return hmacSHA256((*[32]byte)(master), SeedInfo(device, generation))
}
