package access

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/bearer"
)

// HeadLen is how many characters of a key are kept to tell keys apart in a list:
// its prefix and 25 of its 160 random bits.
const HeadLen = 8

// Key is what is kept of a key. Its text is shown once and stored nowhere.
type Key struct {
	Hash      [32]byte // SHA-256 of the text
	Head      string   // the first HeadLen characters of the text
	Caller    Caller
	CreatedAt time.Time
	RevokedAt time.Time // zero while it is good
}

// CreateKey makes a key for the caller and answers its text, which cannot be
// shown again. A merchant or gate must exist: ErrNotFound. Asked again, it makes
// another key.
func (s *Service) CreateKey(ctx context.Context, c Caller) (text string, k Key, err error) {
	if err := s.exists(ctx, c); err != nil {
		return "", Key{}, err
	}
	if text, err = bearer.New(s.Random, c.Role.prefix()); err != nil {
		return "", Key{}, err
	}
	k = Key{Hash: bearer.Hash(text), Head: text[:HeadLen], Caller: c, CreatedAt: s.Now()}
	if err := s.Store.AddKey(ctx, k); err != nil {
		return "", Key{}, fmt.Errorf("add key: %w", err)
	}
	return text, k, nil
}

func (s *Service) exists(ctx context.Context, c Caller) (err error) {
	switch c.Role {
	case RoleMerchant:
		_, err = s.Store.Merchant(ctx, c.Merchant)
	case RoleGate:
		_, err = s.Store.Gate(ctx, c.Gate)
	}
	return err
}

// Authenticate answers who calls with this key. Every payment asks, so a good key
// is remembered: it may be accepted for RevocationDelay after it was revoked.
// Errors: ErrKeyMalformed, ErrKeyUnknown, ErrKeyRevoked.
func (s *Service) Authenticate(ctx context.Context, text string) (Caller, error) {
	prefix, ok := prefixOf(text)
	if !ok || bearer.Check(prefix, text) != nil {
		return Caller{}, ErrKeyMalformed
	}
	hash, now := bearer.Hash(text), s.Now()
	if c, ok := s.recent.find(hash, now); ok {
		return c, nil
	}
	k, err := s.Store.Key(ctx, hash)
	if err != nil {
		return Caller{}, fmt.Errorf("key: %w", err)
	}
	if !k.RevokedAt.IsZero() {
		return Caller{}, ErrKeyRevoked
	}
	s.recent.add(hash, k.Caller, now)
	return k.Caller, nil
}

// Keys lists the keys of a caller, oldest first, revoked ones too.
func (s *Service) Keys(ctx context.Context, c Caller) ([]Key, error) {
	return s.Store.Keys(ctx, c)
}

// RevokeKey takes back the caller's key that begins with head. ErrKeyUnknown when
// there is none. A key that was revoked before stays so. In the unlikely case
// that several keys begin alike all of them are revoked: one too many stops a
// till, one too few a thief never.
func (s *Service) RevokeKey(ctx context.Context, c Caller, head string) error {
	keys, err := s.Store.Keys(ctx, c)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	found := false
	for _, k := range keys {
		if k.Head != head {
			continue
		}
		found = true
		if err := s.Store.RevokeKey(ctx, k.Hash, s.Now()); err != nil {
			return fmt.Errorf("revoke key: %w", err)
		}
	}
	if !found {
		return ErrKeyUnknown
	}
	s.recent.forget()
	return nil
}
