package paycode

import "fmt"

// Form is how a code was written.
type Form uint8

// The forms of a code.
const (
	FormDigits        Form = iota + 1 // digits: barcode, QR or typed by hand
	FormText                          // text: "PC1…", the usual content of the QR
	FormEMV                           // EMV: Base64 of a consumer-presented TLV
	FormOnline                        // digits minted by the server while the device has network
	FormAuthenticator                 // a member number and what an authenticator app shows
)

// String returns the form's name in vectors: digits, text, emv, online or authenticator.
func (f Form) String() string {
	switch f {
	case FormDigits:
		return "digits"
	case FormText:
		return "text"
	case FormEMV:
		return "emv"
	case FormOnline:
		return "online"
	case FormAuthenticator:
		return "authenticator"
	}
	return fmt.Sprintf("Form(%d)", uint8(f))
}

// The types of a code.
const (
	TypeOffline   byte = 0x01 // spends a slot, for whatever amount the till asks
	TypeChallenge byte = 0x02 // bound to one Challenge
)

// Code is a code that was read but not yet verified. Which fields are set depends
// on the form.
//
// A live code is as good as money, so a Code prints as its form alone.
type Code struct {
	Form    Form
	Type    byte     // TypeOffline or TypeChallenge; 0 for FormOnline and FormAuthenticator
	Alias   Alias    // all but FormOnline
	Nonce   Nonce    // all but FormOnline and FormAuthenticator
	OTP     uint64   // FormDigits and FormAuthenticator
	Counter Counter  // FormText and FormEMV: the window the code names
	Token   [16]byte // FormText and FormEMV
	Online  string   // FormOnline: all the digits
}

// Bucket returns the bucket, 0 to buckets-1, of the payer whose code this is: the
// alias modulo buckets, or for an online code the number after the prefix modulo
// buckets. Aliases and online codes are drawn so that it comes out right.
// buckets must be at least 1.
func (c Code) Bucket(buckets int) int {
	if c.Form == FormOnline {
		return bucketOfDigits(c.Online[2:], buckets)
	}
	return int(uint64(c.Alias) % uint64(buckets))
}

// Guessable reports whether the code is so short that tries must be counted:
// digits and what an authenticator shows, not the 128 bits of the others.
func (c Code) Guessable() bool { return c.Form == FormDigits || c.Form == FormAuthenticator }
