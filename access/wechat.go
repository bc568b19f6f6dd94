package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/paycode/paycode/field"
	"github.com/paycode/paycode/ids"
)

// WeChatSetup is with what a merchant's tills that speak WeChat Pay call. Each part comes in the
// place of the one before; one that is not given stays as it is.
type WeChatSetup struct {
	APIKey string // version 2: 32 letters and digits, with which they sign
	V3     *WeChatV3Setup
	Client *[]byte // version 2: SHA-256 of the certificate with which they have to come where money goes back; empty for none
}

// WeChatV3Setup is what version 3 needs.
type WeChatV3Setup struct {
	APIKey    string // 32 letters and digits: secrets are told under it
	Serial    string // names PublicKey
	PublicKey []byte // SubjectPublicKeyInfo of the RSA key with which they sign
}

// WeChatKey is what is kept of a key that has to be known as it is: with the one of
// version 2 tills sign, and the one of version 3 encrypts. Unlike our own keys it cannot
// be kept as a hash: it is sealed under a master key, which no database holds.
type WeChatKey struct {
	KeyID  uint32 // the master key that it is sealed under
	Sealed []byte // AES-256-GCM: a nonce of 12 bytes, the ciphertext, a tag of 16
}

// WeChatV3Key is what is kept for version 3.
type WeChatV3Key struct {
	WeChatKey
	Serial    string
	PublicKey []byte
}

// WeChatKeys is what is kept of a setup.
type WeChatKeys struct {
	Merchant  ids.Merchant
	V2        *WeChatKey
	V3        *WeChatV3Key
	Client    *[]byte
	CreatedAt time.Time
}

// WeChatStore keeps the keys of tills that speak WeChat Pay.
type WeChatStore interface {
	// SetWeChatKeys puts what is given in the place of what was there, all of it or nothing.
	SetWeChatKeys(ctx context.Context, k WeChatKeys) error
	// WeChatKey answers a merchant's key of version 2, or ErrKeyUnknown.
	WeChatKey(ctx context.Context, merchant ids.Merchant) (WeChatKey, error)
	// WeChatV3Key answers a merchant's keys of version 3, or ErrKeyUnknown.
	WeChatV3Key(ctx context.Context, merchant ids.Merchant) (WeChatV3Key, error)
	// WeChatClient answers the hash of the certificate with which a merchant's
	// tills have to come, empty for none.
	WeChatClient(ctx context.Context, merchant ids.Merchant) ([]byte, error)
}

// The uses of the sealing key: a key of one version cannot be opened as one of the other.
const (
	weChatLabel   = "paycode/wechat/v1"
	weChatV3Label = "paycode/wechat/v3"
)

// weChatKeyLen is the length of an API key of either version, in characters.
const weChatKeyLen = 32

// WeChatAppID is the appid of a merchant's tills that speak WeChat Pay.
func WeChatAppID(m ids.Merchant) string {
	sum := sha256.Sum256(append([]byte(weChatLabel+"\x00"), m[:]...))
	return "wx" + hex.EncodeToString(sum[:8])
}

// SetWeChat has a merchant's tills that speak WeChat Pay call with what is given, and
// with what was there before no more from now on. ErrNotFound, *field.Error.
func (s *Service) SetWeChat(ctx context.Context, merchant ids.Merchant, with WeChatSetup) error {
	if err := with.check(); err != nil {
		return err
	}
	if _, err := s.Store.Merchant(ctx, merchant); err != nil {
		return err
	}
	k := WeChatKeys{Merchant: merchant, Client: with.Client, CreatedAt: s.Now()}
	if with.APIKey != "" {
		sealed, err := s.seal(weChatLabel, merchant, with.APIKey)
		if err != nil {
			return err
		}
		k.V2 = &sealed
	}
	if v3 := with.V3; v3 != nil {
		sealed, err := s.seal(weChatV3Label, merchant, v3.APIKey)
		if err != nil {
			return err
		}
		k.V3 = &WeChatV3Key{sealed, v3.Serial, v3.PublicKey}
	}
	if err := s.Store.SetWeChatKeys(ctx, k); err != nil {
		return fmt.Errorf("set the WeChat keys: %w", err)
	}
	return nil
}

func (w WeChatSetup) check() error {
	if w.APIKey == "" && w.V3 == nil && w.Client == nil {
		return field.Wrong("api_key", "or api_v3_key or client_certificate must be given")
	}
	if w.APIKey != "" && !isAPIKey(w.APIKey) {
		return field.Wrong("api_key", "must be %d letters and digits", weChatKeyLen)
	}
	if w.V3 != nil && !isAPIKey(w.V3.APIKey) {
		return field.Wrong("api_v3_key", "must be %d letters and digits", weChatKeyLen)
	}
	return nil
}

func isAPIKey(s string) bool {
	for _, r := range s {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return len(s) == weChatKeyLen
}

// WeChatKey answers the key with which a merchant's tills that speak version 2 of
// WeChat Pay sign, or ErrKeyUnknown.
func (s *Service) WeChatKey(ctx context.Context, merchant ids.Merchant) (string, error) {
	k, err := s.Store.WeChatKey(ctx, merchant)
	if err != nil {
		return "", err
	}
	return s.unseal(weChatLabel, merchant, k)
}

// WeChatV3Key answers with what a merchant's tills that speak version 3 sign,
// or ErrKeyUnknown.
func (s *Service) WeChatV3Key(ctx context.Context, merchant ids.Merchant) (WeChatV3Key, error) {
	return s.Store.WeChatV3Key(ctx, merchant)
}

// WeChatV3Secret answers the key under which they are told secrets, or ErrKeyUnknown.
func (s *Service) WeChatV3Secret(ctx context.Context, merchant ids.Merchant) (string, error) {
	k, err := s.Store.WeChatV3Key(ctx, merchant)
	if err != nil {
		return "", err
	}
	return s.unseal(weChatV3Label, merchant, k.WeChatKey)
}

// WeChatClient answers the SHA-256 of the certificate with which a merchant's tills of
// version 2 have to come where money goes back, empty where none is asked for.
func (s *Service) WeChatClient(ctx context.Context, merchant ids.Merchant) ([]byte, error) {
	return s.Store.WeChatClient(ctx, merchant)
}
