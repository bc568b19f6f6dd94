package platform

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
)

// errDiffers is for a second implementation that is not to be trusted.
var errDiffers = errors.New("platform: libcrypto signs otherwise than crypto/rsa")

// Sign is the key's signature RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) of a digest
// made by h. It is as long as the key. Any number of calls may be made at a time.
func (i *Identity) Sign(h crypto.Hash, digest []byte) ([]byte, error) {
	if i.fast != nil && h == crypto.SHA256 {
		return i.fast.sign(digest)
	}
	return rsa.SignPKCS1v15(nil, i.Key, h, digest)
}

// SignedBy names what makes the signatures, for people.
func (i *Identity) SignedBy() string {
	if i.fast != nil {
		return i.fast.name
	}
	return "crypto/rsa"
}

// agrees holds a second implementation against the standard library's. A signature
// of PKCS #1 v1.5 has no randomness: the two make the same bytes.
func (f *libcrypto) agrees(k *rsa.PrivateKey) error {
	digest := sha256.Sum256([]byte(rand.Text()))
	want, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, digest[:])
	if err != nil {
		return err
	}
	got, err := f.sign(digest[:])
	if err == nil && !bytes.Equal(got, want) {
		err = errDiffers
	}
	return err
}
