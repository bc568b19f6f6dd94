package access

import (
	"context"
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
)

// AlipayApp is with what a merchant's calls in Alipay's manner are verified.
type AlipayApp struct {
	Merchant    ids.Merchant
	PublicKey   []byte // SubjectPublicKeyInfo
	Certificate []byte // X.509 (DER) of that key; nil for a merchant who has none
	SHA1        bool   // calls signed over SHA-1 are taken, too
	SetAt       time.Time
}

// AlipayStore keeps them.
type AlipayStore interface {
	// SetAlipayApp inserts a merchant's app, or puts it in the place of the one before.
	SetAlipayApp(ctx context.Context, a AlipayApp) error
	// AlipayApp answers a merchant's app, or ErrNotFound.
	AlipayApp(ctx context.Context, id ids.Merchant) (AlipayApp, error)
}

// SetAlipayApp has a merchant's calls be verified so from now on. ErrNotFound.
func (s *Service) SetAlipayApp(ctx context.Context, a AlipayApp) error {
	if _, err := s.Store.Merchant(ctx, a.Merchant); err != nil {
		return err
	}
	a.SetAt = s.Now()
	if err := s.Store.SetAlipayApp(ctx, a); err != nil {
		return fmt.Errorf("set alipay app: %w", err)
	}
	return nil
}

// AlipayApp answers a merchant's app, or ErrNotFound. It is looked up each time, so
// that a key that was replaced is good for nothing at once.
func (s *Service) AlipayApp(ctx context.Context, id ids.Merchant) (AlipayApp, error) {
	return s.Store.AlipayApp(ctx, id)
}
