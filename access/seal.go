package access

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"

	"github.com/paycode/paycode/ids"
)

// SealKeys derive keys that seal. issuing.Keys implements it.
type SealKeys interface {
	Active() uint32
	SealKey(keyID uint32, label string) ([32]byte, error)
}

// seal closes a merchant's secret for one use, under the active master key.
// Moved to another merchant's row it opens no more.
func (s *Service) seal(label string, merchant ids.Merchant, secret string) (k WeChatKey, err error) {
	k.KeyID = s.Seals.Active()
	box, err := s.box(k.KeyID, label)
	if err != nil {
		return k, err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := io.ReadFull(s.Random, nonce); err != nil {
		return k, fmt.Errorf("draw a nonce: %w", err)
	}
	k.Sealed = box.Seal(nonce, nonce, []byte(secret), merchant[:])
	return k, nil
}

func (s *Service) unseal(label string, merchant ids.Merchant, k WeChatKey) (string, error) {
	box, err := s.box(k.KeyID, label)
	if err != nil {
		return "", err
	}
	if len(k.Sealed) < box.NonceSize() {
		return "", errors.New("access: a sealed key is cut off")
	}
	nonce, text := k.Sealed[:box.NonceSize()], k.Sealed[box.NonceSize():]
	secret, err := box.Open(nil, nonce, text, merchant[:])
	if err != nil {
		return "", fmt.Errorf("open a sealed key: %w", err)
	}
	return string(secret), nil
}

func (s *Service) box(keyID uint32, label string) (cipher.AEAD, error) {
	key, err := s.Seals.SealKey(keyID, label)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
