package issuing

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/paycode/paycode"
)

// sealInfo binds a sealed message to its purpose (docs/codes.md).
const sealInfo = "paycode/seed/v1"

// Sealed is a seed that one device can open: HPKE (RFC 9180) in base mode with
// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM. Both parts are
// base64url without padding.
type Sealed struct {
	Enc        string `json:"enc" doc:"encapsulated key: an uncompressed P-256 point, base64url"`
	Ciphertext string `json:"ciphertext" doc:"the 32 bytes of the seed and a tag of 16, base64url"`
}

// seal seals the seed to the device's key. Device and generation are
// authenticated, so that a seed cannot be passed off as another one's.
func seal(to PublicKey, device paycode.DeviceID, g paycode.Generation, seed *paycode.Seed) (Sealed, error) {
	point, err := ecdh.P256().NewPublicKey(to[:])
	if err != nil {
		return Sealed{}, fmt.Errorf("seal: %w", err)
	}
	key, err := hpke.NewDHKEMPublicKey(point)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal: %w", err)
	}
	enc, sender, err := hpke.NewSender(key, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(sealInfo))
	if err != nil {
		return Sealed{}, fmt.Errorf("seal: %w", err)
	}
	aad := binary.BigEndian.AppendUint32(device[:], uint32(g))
	ciphertext, err := sender.Seal(aad, seed[:])
	if err != nil {
		return Sealed{}, fmt.Errorf("seal: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return Sealed{Enc: encode(enc), Ciphertext: encode(ciphertext)}, nil
}
