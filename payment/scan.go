package payment

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Scanned is what a payer wants to pay after he has read a shop's code.
type Scanned struct {
	ScanKey
	Device     ids.Device // by which he says so
	Merchant   ids.Merchant
	OrderNo    string // the merchant's; empty where the code names none
	Amount     money.Amount
	TerminalID string
}

// Pay carries out what a payer wants. The same reference with the same terms
// again answers the same payment and false. ErrScanConflict for other terms,
// ErrOrderTaken when another attempt pays the order, has paid it, or the merchant
// has closed it, ErrOrderConflict when it has another amount; otherwise as Charge.
//
// The order is claimed as it is for a code. The reference is written with the
// payment: what is asked for again is found by it, and needs no claim.
func (p *Processor) Pay(ctx context.Context, s Scanned) (Payment, bool, error) {
	unnumbered := s.OrderNo == ""
	if unnumbered {
		s.OrderNo = orderOf(s.ScanKey)
	}
	if pay, err := p.paidBefore(ctx, s); !errors.Is(err, ErrNotFound) {
		return pay, false, err
	}
	bucket := s.Payer.Bucket(p.Buckets)
	if err := p.lanes.admit(p.claimLane(s.Merchant), p.commandLane(bucket)); err != nil {
		return Payment{}, false, err
	}
	a, err := p.attempt(ctx, Charge{
		OrderNo: s.OrderNo, Amount: s.Amount, TerminalID: s.TerminalID, Scan: s.ScanKey, Device: s.Device,
	}, func() Claim { return p.newClaim(s.Merchant, s.OrderNo, s.Amount, bucket, fingerprintOf(s.ScanKey)) })
	switch {
	case unnumbered && errors.Is(err, ErrOrderConflict):
		return Payment{}, false, ErrScanConflict // nobody else could have claimed it
	case err != nil && !errors.Is(err, ErrScanConflict):
		return Payment{}, false, err
	case err == nil && a.ours && a.payment.Payer == s.Payer: // not his is one that was canceled before it was decided
		return a.payment, a.fresh, s.same(a.payment)
	}
	// Somebody was quicker: the payer's own request, sent twice, or another payer.
	pay, err := p.paidBefore(ctx, s)
	if errors.Is(err, ErrNotFound) {
		err = ErrOrderTaken
	}
	return pay, false, err
}

// paidBefore is the payment under the reference, if it has the same terms.
func (p *Processor) paidBefore(ctx context.Context, s Scanned) (Payment, error) {
	pay, err := p.Store.Scan(ctx, s.ScanKey)
	if err != nil {
		return Payment{}, err
	}
	return pay, s.same(pay)
}

// same is ErrScanConflict unless the payment has the terms that are asked for.
func (s Scanned) same(p Payment) error {
	if p.Merchant != s.Merchant || p.OrderNo != s.OrderNo || p.Amount != s.Amount || p.TerminalID != s.TerminalID {
		return ErrScanConflict
	}
	return nil
}

// decideScan takes money from a payer who says so himself, with network: nobody
// has to be asked, and the limits of offline codes do not hold.
func decideScan(s State, c Charge) Effects {
	switch {
	case s.Scanned != nil:
		return refuse(ErrScanConflict)
	case s.Device == nil, s.Payer == nil, s.Device.Payer != c.Scan.Payer:
		return refuse(ErrNotFound)
	}
	p := Payment{
		ID: c.ID, Merchant: c.Merchant.ID, OrderNo: c.OrderNo, Payer: s.Payer.ID, Device: s.Device.ID, Amount: c.Amount, Method: MerchantQR,
		Subject: c.Subject, TerminalID: c.TerminalID, CreatedAt: s.Now,
	}
	e := Effects{Scan: &c.Scan}
	if c.Merchant.Suspended {
		return e.decline(s, p, MerchantSuspended, c.Event)
	}
	if code := refusePayer(s, p, c); code != "" {
		return e.decline(s, p, code, c.Event)
	}
	return e.take(s, p.Charged(c.Merchant.FeeBP), c.Event)
}

// orderOf is the number of an order that has none from the merchant: always the
// same for what the payer calls the same, so that it too is claimed once.
func orderOf(k ScanKey) string {
	sum := sumOf(k)
	return "QR-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}

// fingerprintOf is how a claim knows the same request again. It is never zero, and
// even in its first byte, as that of a code never is.
func fingerprintOf(k ScanKey) (f [16]byte) {
	sum := sumOf(k)
	copy(f[:], sum[16:])
	f[0] = f[0]&^1 | 2
	return f
}

// byPayer reports whether a payer has claimed the order, and not its merchant.
func (c Claim) byPayer() bool { return c.Fingerprint != [16]byte{} && c.Fingerprint[0]&1 == 0 }

func sumOf(k ScanKey) [32]byte {
	return sha256.Sum256(append([]byte("paycode/scan/v1\x00"+string(k.Payer[:])), k.Reference...))
}
