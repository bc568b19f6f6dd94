// Package emvqr reads and writes the two QR formats of EMVCo: Consumer, which a
// payer shows (EMV QR Code Specification for Payment Systems, Consumer-Presented
// Mode, 1.1), and Merchant, which a shop shows (the same, Merchant-Presented Mode, 1.1).
//
// Both are lists of tagged fields, some of which are lists again, and both are
// kept as such: what is read is written the same, in the same order, tags that
// this package has no name for included. What may stand in a field that it
// knows is checked. There is no secret in either, and nothing here says that a
// code is genuine.
//
// Shop is our own merchant-presented code on top of Merchant.
package emvqr

import "errors"

// ErrMalformed says that a text is not such a code, or a field not one that may
// be in it. Errors wrap it and say which field.
var ErrMalformed = errors.New("emvqr: malformed")
