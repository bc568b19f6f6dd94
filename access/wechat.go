package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
)

// WeChatKey is what is kept of the key with which a merchant's tills that speak
// WeChat Pay sign. They sign with the key itself, so unlike our own keys it cannot
// be kept as a hash: it is sealed under a master key, which no database holds.
type WeChatKey struct {
	Merchant  ids.Merchant
	KeyID     uint32 // the master key that it is sealed under
	Sealed    []byte // AES-256-GCM: a nonce of 12 bytes, the ciphertext, a tag of 16
	CreatedAt time.Time
}

// WeChatStore keeps the keys of tills that speak WeChat Pay.
type WeChatStore interface {
	// SetWeChatKey inserts a merchant's key, or puts it in the place of the one before.
	SetWeChatKey(ctx context.Context, k WeChatKey) error
	// WeChatKey answers a merchant's key, or ErrKeyUnknown.
	WeChatKey(ctx context.Context, merchant ids.Merchant) (WeChatKey, error)
}

// SealKeys derive keys that seal. issuing.Keys implements it.
type SealKeys interface {
	Active() uint32
	SealKey(keyID uint32, label string) ([32]byte, error)
}

// weChatLabel names the use of the sealing key.
const weChatLabel = "paycode/wechat/v1"

// weChatKeyLen is the length of an API key, in characters.
const weChatKeyLen = 32

// WeChatAppID is the appid of a merchant's tills that speak WeChat Pay.
func WeChatAppID(m ids.Merchant) string {
	sum := sha256.Sum256(append([]byte(weChatLabel+"\x00"), m[:]...))
	return "wx" + hex.EncodeToString(sum[:8])
}

// SetWeChatKey has a merchant's tills that speak WeChat Pay sign with this key,
// and with no other from now on. ErrNotFound, *field.Error.
func (s *Service) SetWeChatKey(ctx context.Context, merchant ids.Merchant, key string) error {
	if !alphanumeric(key) || len(key) != weChatKeyLen {
		return field.Wrong("api_key", "must be %d letters and digits", weChatKeyLen)
	}
	if _, err := s.Store.Merchant(ctx, merchant); err != nil {
		return err
	}
	k := WeChatKey{Merchant: merchant, KeyID: s.Seals.Active(), CreatedAt: s.Now()}
	box, err := s.weChatBox(k.KeyID)
	if err != nil {
		return err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := io.ReadFull(s.Random, nonce); err != nil {
		return fmt.Errorf("draw a nonce: %w", err)
	}
	k.Sealed = box.Seal(nonce, nonce, []byte(key), merchant[:])
	if err := s.Store.SetWeChatKey(ctx, k); err != nil {
		return fmt.Errorf("set the WeChat key: %w", err)
	}
	return nil
}

// WeChatKey answers the key with which a merchant's tills that speak WeChat Pay
// sign, or ErrKeyUnknown.
func (s *Service) WeChatKey(ctx context.Context, merchant ids.Merchant) (string, error) {
	k, err := s.Store.WeChatKey(ctx, merchant)
	if err != nil {
		return "", err
	}
	box, err := s.weChatBox(k.KeyID)
	if err != nil {
		return "", err
	}
	if len(k.Sealed) < box.NonceSize() {
		return "", errors.New("access: a sealed key is cut off")
	}
	nonce, text := k.Sealed[:box.NonceSize()], k.Sealed[box.NonceSize():]
	key, err := box.Open(nil, nonce, text, merchant[:])
	if err != nil {
		return "", fmt.Errorf("open the WeChat key: %w", err)
	}
	return string(key), nil
}

func (s *Service) weChatBox(keyID uint32) (cipher.AEAD, error) {
	key, err := s.Seals.SealKey(keyID, weChatLabel)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func alphanumeric(s string) bool {
	for _, r := range s {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return true
}
