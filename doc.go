// Package paycode makes, reads and verifies payment codes that a phone shows
// while it has no network.
//
// A device holds a secret [Seed] and a public [Alias]. Once a minute a new
// window begins; seed, window number, alias and a nonce of one digit give a
// token, and the token is shown in one of three forms: [FormDigits] for a
// barcode, [FormText] for a QR symbol, [FormEMV] for terminals that route by
// AID. The till sends what it has read to the server, which knows the seed too:
//
//	code, err := profile.Parse(scanned)           // what is it? strict, no secret needed
//	m, err := profile.Match(seeds, &code, profile.CounterAt(now), nil)
//	burned, ok := device.BurnMap.Burn(m.Slot)     // false: spent before
//
// and burns the slot in the transaction that moves the money. All forms of one
// [Slot] are spent together.
//
// The package has no clock, no input or output, and no randomness of its own.
// The exact bytes are specified in docs/codes.md; package
// github.com/paycode/paycode/vectors holds test vectors for all of it.
package paycode
