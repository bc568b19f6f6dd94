package issuing

import (
	"crypto/sha256"
	"time"

	"github.com/paycode/paycode/pass"
	"github.com/paycode/paycode/payment"
)

// Receipt is the issuer's word that a merchant was paid by his code, as the text
// of a QR symbol, for a till without network; empty for any other payment, and
// when there are no issuer keys. It is of the time when the money moved: asked for
// once more it says the same, so that it grows old, and a till knows it again.
func (s *Service) Receipt(p payment.Payment) (string, error) {
	if p.Method != payment.MerchantQR || p.Status != payment.Succeeded || s.Issuers == nil {
		return "", nil
	}
	key, err := s.Issuers.Issuer()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte("paycode/receipt/v1\x00" + string(p.ID[:])))
	signed, err := pass.SignReceipt(key, pass.Receipt{
		Merchant: p.Merchant, Terminal: p.TerminalID, OrderRef: p.OrderNo, Amount: p.Amount,
		IssuedAt: p.SettledAt.Truncate(time.Second), ID: [8]byte(sum[:8]),
	})
	if err != nil {
		return "", err
	}
	return pass.ReceiptText(signed), nil
}
