package wechat

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"time"
)

// secretV3 is a text that only who has the API key of version 3 can read: AES-256-GCM
// under the 32 characters of that key.
type secretV3 struct {
	Algorithm    string `json:"algorithm"`
	OriginalType string `json:"original_type,omitempty"` // of what a notice is about
	Nonce        string `json:"nonce"`
	Associated   string `json:"associated_data"`
	Ciphertext   string `json:"ciphertext"`
}

// encrypt closes a text; associated says what for, and is bound to it.
func encrypt(key, associated string, text []byte) (s secretV3, err error) {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return s, err
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return s, err
	}
	chance := make([]byte, 9) // 12 characters: the field takes a text
	rand.Read(chance)         // never fails
	nonce := base64.RawURLEncoding.EncodeToString(chance)
	ciphertext := box.Seal(nil, []byte(nonce), text, []byte(associated))
	return secretV3{Algorithm: "AEAD_AES_256_GCM", Nonce: nonce, Associated: associated, Ciphertext: base64.StdEncoding.EncodeToString(ciphertext)}, nil
}

type certificateV3 struct {
	Serial      string   `json:"serial_no"`
	Effective   string   `json:"effective_time"`
	Expire      string   `json:"expire_time"`
	Certificate secretV3 `json:"encrypt_certificate"`
}

// certificates answers what verifies our answers, encrypted: who can read it knows
// that it comes from who has the till's key.
func (c *Calls) certificates(ctx context.Context, s signed) (any, error) {
	key, err := c.Keys.WeChatV3Secret(ctx, s.merchant)
	if err != nil {
		return nil, err
	}
	own := c.Platform.Certificate
	secret, err := encrypt(key, "certificate", []byte(own.PEM()))
	if err != nil {
		return nil, err
	}
	return struct {
		Data []certificateV3 `json:"data"`
	}{[]certificateV3{{own.Serial(), own.NotBefore.In(beijing).Format(time.RFC3339), own.NotAfter.In(beijing).Format(time.RFC3339), secret}}}, nil
}
