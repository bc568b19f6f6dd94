package pass

import (
	"fmt"
	"strings"
)

// What texts begin with.
const (
	presentationMark = "PP1:"
	receiptMark      = "PR1:"
)

// blanks are dropped around a text: scanners and people add them.
const blanks = " \t\r\n"

// Text is a presentation for a QR symbol: "PP1:" and the compact form in base45,
// at most 331 characters if it answers no challenge. It is empty for bytes that
// are no presentation.
func Text(presentation []byte) string {
	b, err := Compact(presentation)
	if err != nil {
		return ""
	}
	return presentationMark + encode45(b)
}

// ParseText is the presentation that a text holds. ErrMalformed for any other text.
func ParseText(text string) ([]byte, error) {
	b, err := unmark(text, presentationMark, maxCompact)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return Expand(b)
}

// ReceiptText is a receipt for a QR symbol: "PR1:" and its bytes in base45.
func ReceiptText(receipt []byte) string { return receiptMark + encode45(receipt) }

// ParseReceiptText is the receipt that a text holds. ErrReceiptMalformed for any
// other text.
func ParseReceiptText(text string) ([]byte, error) {
	b, err := unmark(text, receiptMark, maxReceipt)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrReceiptMalformed, err)
	}
	if _, err := openReceipt(b); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrReceiptMalformed, err)
	}
	return b, nil
}

// unmark looks at the length before it decodes anything. A space is also a digit
// of base45, but never the last one: that would say more than 65535.
func unmark(text, mark string, max int) ([]byte, error) {
	text = strings.Trim(text, blanks)
	digits, ok := strings.CutPrefix(text, mark)
	if !ok || len(digits) > (max*3+1)/2 {
		return nil, fmt.Errorf("does not begin %s, or is longer than that can be", mark)
	}
	b, ok := decode45(digits)
	if !ok {
		return nil, fmt.Errorf("not base45")
	}
	return b, nil
}
