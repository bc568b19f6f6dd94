package pass

import "errors"

// outcome is an error with the stable name that the vectors use.
type outcome struct {
	name  string
	class error
}

func (o *outcome) Error() string { return o.name }
func (o *outcome) Unwrap() error { return o.class }

// Word is the stable name of the outcome in an error, as the vectors spell it,
// without what else the error says; empty for an error that has none.
func Word(err error) string {
	var o *outcome
	if errors.As(err, &o) {
		return o.name
	}
	return ""
}

// ErrForged is the class of all outcomes that say "a signature is wrong".
var ErrForged = errors.New("signature")

// The outcomes of reading and verifying, in the order in which they are looked
// for: whatever is cheap first, signatures last.
var (
	// ErrMalformed says that the bytes are not, to the byte, what this package writes.
	ErrMalformed error = &outcome{"pass_malformed", nil}
	// ErrUnknownIssuer says that no issuer key of that id is known here.
	ErrUnknownIssuer error = &outcome{"pass_unknown_issuer", nil}
	// ErrNotYet says that the pass begins later.
	ErrNotYet error = &outcome{"pass_not_yet", nil}
	// ErrExpired says that the pass is over.
	ErrExpired error = &outcome{"pass_expired", nil}
	// ErrStale says that the presentation is older than [Fresh], or as far in the future.
	ErrStale error = &outcome{"presentation_stale", nil}
	// ErrChallenge says that the presentation was not made for this reader's challenge.
	ErrChallenge error = &outcome{"challenge_mismatch", nil}
	// ErrPassSignature says that the issuer's signature is wrong. It is an [ErrForged].
	ErrPassSignature error = &outcome{"pass_signature", ErrForged}
	// ErrPresentationSignature says that the device's signature is wrong. It is an [ErrForged].
	ErrPresentationSignature error = &outcome{"presentation_signature", ErrForged}
)

// The outcomes for receipts, in the order in which they are looked for.
var (
	// ErrReceiptMalformed is ErrMalformed of a receipt.
	ErrReceiptMalformed error = &outcome{"receipt_malformed", nil}
	// ErrReceiptUnknownIssuer is ErrUnknownIssuer of a receipt.
	ErrReceiptUnknownIssuer error = &outcome{"receipt_unknown_issuer", nil}
	// ErrReceiptAddressee says that another merchant, till or order was paid.
	ErrReceiptAddressee error = &outcome{"receipt_addressee", nil}
	// ErrReceiptAmount says that another amount was paid.
	ErrReceiptAmount error = &outcome{"receipt_amount", nil}
	// ErrReceiptStale says that the receipt is older than [ReceiptAge], or from the future.
	ErrReceiptStale error = &outcome{"receipt_stale", nil}
	// ErrReceiptSignature says that the issuer's signature is wrong. It is an [ErrForged].
	ErrReceiptSignature error = &outcome{"receipt_signature", ErrForged}
)

// The outcomes for deny deltas.
var (
	// ErrDeltaMalformed is ErrMalformed of a deny delta.
	ErrDeltaMalformed error = &outcome{"delta_malformed", nil}
	// ErrDeltaUnknownIssuer is ErrUnknownIssuer of a deny delta.
	ErrDeltaUnknownIssuer error = &outcome{"delta_unknown_issuer", nil}
	// ErrDeltaSignature says that the issuer's signature is wrong. It is an [ErrForged].
	ErrDeltaSignature error = &outcome{"delta_signature", ErrForged}
)
