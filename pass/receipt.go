package pass

import (
	"fmt"
	"time"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/money"
)

// Bounds of receipts.
const (
	// ReceiptAge is how old a receipt may be when a till reads it; as much as
	// Fresh it may be from the till's future, since clocks differ.
	ReceiptAge = 5 * time.Minute

	MaxName = 64 // bytes of UTF-8, of a terminal or order

	maxReceipt = 384 // bytes
)

// Receipt is the issuer's word that a merchant was paid.
type Receipt struct {
	Merchant ids.Merchant
	Terminal string // which till; may be empty
	OrderRef string // the merchant's number of the order; may be empty
	Amount   money.Amount
	IssuedAt time.Time // whole seconds
	ID       [8]byte   // the same whenever the payment is vouched for; a till takes each once
}

type receiptClaims struct {
	IssuedAt uint32  `cbor:"6,keyasint"`
	ID       [8]byte `cbor:"7,keyasint"`
	Paid     paid    `cbor:"-65538,keyasint"`
}

type paid struct {
	_           struct{} `cbor:",toarray"`
	Merchant    [16]byte
	Terminal    string
	OrderRef    string
	AmountMinor int64
	Currency    string
}

func (c receiptClaims) check() error {
	p := c.Paid
	if _, err := money.ParseCurrency(p.Currency); err != nil {
		return err
	}
	switch {
	case c.IssuedAt < firstTime, p.AmountMinor <= 0, p.AmountMinor > money.MaxMinor:
		return fmt.Errorf("pass: time or amount out of range")
	case !CanName(p.Terminal), !CanName(p.OrderRef):
		return fmt.Errorf("pass: terminal or order of too many bytes, or not printable")
	}
	return nil
}

// CanName reports whether a receipt can hold a text as its terminal or order:
// whoever has to vouch for a payment asks before it is made.
func CanName(s string) bool { return len(s) <= MaxName && printable(s) }

// SignReceipt signs a receipt. The error says what cannot be said in one, or
// comes from the key.
func SignReceipt(key IssuerKey, r Receipt) ([]byte, error) {
	at := r.IssuedAt.Unix()
	if at < firstTime || at > lastTime {
		return nil, fmt.Errorf("pass: a receipt of %d", at)
	}
	c := receiptClaims{IssuedAt: uint32(at), ID: r.ID, Paid: paid{
		Merchant: r.Merchant, Terminal: r.Terminal, OrderRef: r.OrderRef,
		AmountMinor: r.Amount.Minor, Currency: string(r.Amount.Currency),
	}}
	if err := c.check(); err != nil {
		return nil, err
	}
	return key.sign(asReceipt, encode(c))
}

func openReceipt(b []byte) (issued[receiptClaims], error) {
	i, err := openIssued(b, maxReceipt, decode[receiptClaims])
	if err == nil {
		err = i.claims.check()
	}
	return i, err
}

func (c receiptClaims) receipt() Receipt {
	return Receipt{
		Merchant: c.Paid.Merchant, Terminal: c.Paid.Terminal, OrderRef: c.Paid.OrderRef, ID: c.ID,
		Amount:   money.Amount{Minor: c.Paid.AmountMinor, Currency: money.Currency(c.Paid.Currency)},
		IssuedAt: seconds(c.IssuedAt),
	}
}

// Due is what a till waits for. An empty terminal or order says that any will do:
// a printed code names none.
type Due struct {
	Merchant ids.Merchant
	Terminal string
	OrderRef string
	Amount   money.Amount
}

// VerifyReceipt verifies a receipt that is shown to a till at the time now. The
// errors are the outcomes of this package, each found before the next:
// malformed, unknown issuer, addressee, amount, stale, signature. Whether it was
// shown before is the caller's to look up, by ID.
func (v *Verifier) VerifyReceipt(receipt []byte, now time.Time, due Due) (Receipt, error) {
	i, err := openReceipt(receipt)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: %v", ErrReceiptMalformed, err)
	}
	r := i.claims.receipt()
	age := now.Sub(r.IssuedAt)
	switch {
	case v.keys[i.keyID()] == nil:
		return Receipt{}, ErrReceiptUnknownIssuer
	case r.Merchant != due.Merchant,
		due.Terminal != "" && r.Terminal != due.Terminal,
		due.OrderRef != "" && r.OrderRef != due.OrderRef:
		return Receipt{}, ErrReceiptAddressee
	case r.Amount != due.Amount:
		return Receipt{}, ErrReceiptAmount
	case age > ReceiptAge || age < -Fresh:
		return Receipt{}, ErrReceiptStale
	}
	if err := verifyIssued(v, i, asReceipt, ErrReceiptUnknownIssuer, ErrReceiptSignature); err != nil {
		return Receipt{}, err
	}
	return r, nil
}
