package till

import (
	"errors"

	"github.com/paycode/paycode/clock"
	"github.com/paycode/paycode/pass"
)

// ReceiptAdvice says in words why Take has not taken a receipt, and what to do
// next. code is the stable name of the outcome. It is empty for an error that is
// none of Take's outcomes: then it is not known whether the sale is paid.
func ReceiptAdvice(err error) (code, why, todo string) {
	for _, a := range receiptAdvice {
		if errors.Is(err, a.err) {
			return a.code, a.why, a.todo
		}
	}
	return "", "", ""
}

var receiptAdvice = [...]struct {
	err             error
	code, why, todo string
}{
	{pass.ErrReceiptMalformed, "receipt_malformed", "This is not a receipt.", "Ask the customer to show the receipt, and scan again."},
	{pass.ErrReceiptUnknownIssuer, "receipt_unknown_issuer", "The receipt is by an issuer whose key this till does not know.", "Sync the till when it has network."},
	{pass.ErrReceiptAddressee, "receipt_addressee", "The receipt is for another shop, till or order.", "Ask the customer to scan this till's code."},
	{pass.ErrReceiptAmount, "receipt_amount", "The receipt is about another amount.", "Do not hand anything out. Compare the amounts with the customer."},
	{pass.ErrReceiptStale, "receipt_stale", "The receipt is too old, or a clock is wrong.", "Find out what became of the order when there is network."},
	{pass.ErrReceiptSignature, "receipt_signature", "The receipt is not by the issuer: it is forged, or was changed.", "Do not hand anything out."},
	{ErrSeen, "receipt_seen", "This receipt was taken before.", "The customer has paid once only. Do not hand anything out twice."},
	{clock.ErrBehind, "clock_behind", "This till's clock is not set, or ran backwards.", "Set the clock, and sync the till."},
	{clock.ErrOff, "clock_off", "This till's clock differs from the server's.", "Set the clock, and sync the till."},
}
