package access

import (
	"context"
	"fmt"

	"github.com/paycode/paycode/ids"
)

// SetAlipayKey keeps the public key (SubjectPublicKeyInfo) that a merchant's calls in
// Alipay's manner are verified with, in place of the one before. ErrNotFound.
func (s *Service) SetAlipayKey(ctx context.Context, id ids.Merchant, public []byte) error {
	if _, err := s.Store.Merchant(ctx, id); err != nil {
		return err
	}
	if err := s.Store.SetAlipayKey(ctx, id, public, s.Now()); err != nil {
		return fmt.Errorf("set alipay key: %w", err)
	}
	return nil
}

// AlipayKey answers that key, or ErrNotFound. It is looked up each time, so that one that
// was replaced is good for nothing at once.
func (s *Service) AlipayKey(ctx context.Context, id ids.Merchant) ([]byte, error) {
	return s.Store.AlipayKey(ctx, id)
}
