package alipay

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // for crypto.SHA1, where an operator allows it
	"crypto/sha256"
	"encoding/base64"

	"github.com/paycode/paycode/platform"
)

// signTypes are the values of sign_type: RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2) over these hashes.
var signTypes = map[crypto.Hash]string{crypto.SHA256: "RSA2", crypto.SHA1: "RSA"}

func digest(h crypto.Hash, text []byte) []byte {
	if h == crypto.SHA256 {
		sum := sha256.Sum256(text)
		return sum[:]
	}
	d := h.New()
	d.Write(text)
	return d.Sum(nil)
}

// sign is the platform's signature of a text, in base64.
func sign(by *platform.Identity, h crypto.Hash, text []byte) (string, error) {
	signature, err := by.Sign(h, digest(h, text))
	return base64.StdEncoding.EncodeToString(signature), err
}

// isSigned reports whether a signature, in base64, is of a text by the key.
func isSigned(k *rsa.PublicKey, h crypto.Hash, text []byte, signature string) bool {
	s, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && rsa.VerifyPKCS1v15(k, h, digest(h, text), s) == nil
}
