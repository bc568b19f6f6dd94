package pass

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
)

const issuerLabel = "paycode/issuer/v1"

// scalarLen is the number of bytes that a private key is made of: 16 more than
// it has, so that the remainder favours no key (FIPS 186-5, appendix A.2.1).
const scalarLen = 48

// DeriveIssuerKey computes the P-256 issuer key that belongs to a master key of
// 32 bytes: nothing secret is stored, and rotating the master key rotates the
// issuer key.
//
//	d = HKDF-Expand(master, "paycode/issuer/v1" ‖ 00 ‖ uint32be(keyID), 48 bytes) mod (n−1) + 1
//
// The label keeps it apart from the seeds, which come from the same master key.
// ErrKey for a master key of another length.
func DeriveIssuerKey(master []byte, keyID uint32) (IssuerKey, error) {
	if len(master) != sha256.Size {
		return IssuerKey{}, fmt.Errorf("%w: a master key has %d bytes", ErrKey, sha256.Size)
	}
	info := binary.BigEndian.AppendUint32([]byte(issuerLabel+"\x00"), keyID)
	wide, err := hkdf.Expand(sha256.New, master, string(info), scalarLen)
	if err != nil {
		return IssuerKey{}, err
	}
	one := big.NewInt(1)
	d := new(big.Int).Sub(elliptic.P256().Params().N, one)
	d.Mod(new(big.Int).SetBytes(wide), d).Add(d, one)
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, 32)))
	if err != nil {
		return IssuerKey{}, err
	}
	return IssuerKey{ID: keyID, Private: private}, nil
}
