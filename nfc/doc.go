// Package nfc is what a payer's device and a reader say to each other when the one
// is held against the other: commands and responses of ISO 7816-4, in short APDUs.
//
//	SELECT      00 A4 04 00 08 F0504159434F4445 00   ──▶  6F 0A 84 08 F0504159434F4445      9000
//	CHALLENGE   80 88 P1 00 23 challenge[35] 00      ──▶  what the device answers to it     9000
//
// With P1 = 01 the answer is a challenge-bound code, for a till that has network;
// with P1 = 02 a presentation of the pass in its compact form, for a gate that has
// none. Either is good for this challenge alone: relayed to another reader, or with
// another amount, it is refused. docs/codes.md has it byte by byte.
//
// Both sides are values that take bytes and give bytes: [Card] is the device's and
// [Reading] the reader's. Neither panics, loops or grows whatever the other sends.
// What moves the bytes is elsewhere: nfc/pcsc speaks to readers, nfc/vpcd is a
// device for tests and command lines.
package nfc
