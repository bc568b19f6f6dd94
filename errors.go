package paycode

import "errors"

// The outcomes of reading and verifying a code. The text of each is the stable
// name that the HTTP contract and the test vectors use.
var (
	// ErrMalformed says that the characters are not a payment code of this
	// profile. No secret was needed to find out.
	ErrMalformed = errors.New("code_malformed")

	// ErrInvalid says that the token is not right for any live window, or that
	// there is no such device. The two are told apart by nothing, not even time.
	ErrInvalid = errors.New("code_invalid")

	// ErrExpired says that the token is right for the window that the code
	// names, but that this window is past. It is never said of digits, which
	// name no window.
	ErrExpired = errors.New("code_expired")
)
