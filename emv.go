package paycode

import "encoding/base64"

// emvHead is all of the TLV that is the same in every EMV code (EMV QR Code
// Specification for Payment Systems, Consumer-Presented Mode):
//
//	85 05 "CPV01"                  payload format indicator
//	61 33                          application template, 51 bytes
//	   4F 08 F0504159434F4445      AID: proprietary, "PAYCODE"
//	   50 07 "PAYCODE"             application label
//	   63 1E                       application specific transparent template, 30 bytes
//	      9F10 1B                  issuer application data: the 27-byte payload
const emvHead = "\x85\x05CPV01" +
	"\x61\x33" +
	"\x4f\x08\xf0PAYCODE" +
	"\x50\x07PAYCODE" +
	"\x63\x1e\x9f\x10\x1b"

// emvLen is the length in characters. The 60 bytes fill 20 groups of Base64, so
// there is neither padding nor a spare bit.
const emvLen = (len(emvHead) + PayloadLen) / 3 * 4

// NewEMV makes the EMV code of a slot, for terminals that read consumer-presented
// QR symbols and route by AID. It panics if alias or nonce do not fit the profile.
func (p Profile) NewEMV(seed *Seed, alias Alias, slot Slot) string {
	return p.Format(tokenCode(FormEMV, seed, alias, slot, nil))
}

func formatEMV(c *Code) string {
	var tlv [len(emvHead) + PayloadLen]byte
	return base64.StdEncoding.EncodeToString(appendPayload(append(tlv[:0], emvHead...), c))
}

// parseEMV compares the head byte by byte rather than walking the TLV: other
// orders, longer length fields and further tags would say the same in other
// words, and a code must have one spelling.
func (p Profile) parseEMV(s string) (Code, error) {
	var text [emvLen]byte
	copy(text[:], s)
	var tlv [len(emvHead) + PayloadLen]byte
	// The decoder skips line breaks; then fewer bytes than expected come out.
	n, err := base64.StdEncoding.Decode(tlv[:], text[:])
	if err != nil || n != len(tlv) || string(tlv[:len(emvHead)]) != emvHead {
		return Code{}, ErrMalformed
	}
	return p.parsePayload(FormEMV, (*[PayloadLen]byte)(tlv[len(emvHead):]))
}
