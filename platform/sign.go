package platform

import (
	"crypto"
	"crypto/rsa"
)

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
