package emvqr

import (
	"encoding/base64"
	"fmt"
)

// The tags of consumer-presented codes.
const (
	TagFormat             Tag = 0x85   // always "CPV01", first
	TagApplication        Tag = 0x61   // template, one or more
	TagCommon             Tag = 0x62   // template, at most one
	TagTransparent        Tag = 0x63   // template inside an application
	TagCommonTransparent  Tag = 0x64   // template inside the common one
	TagAID                Tag = 0x4F   // application identifier (ISO 7816-5), 5 to 16 bytes
	TagLabel              Tag = 0x50   // application label, 1 to 16 characters
	TagTrack2             Tag = 0x57   // track 2 equivalent data, at most 19 bytes
	TagPAN                Tag = 0x5A   // account number, at most 10 bytes of BCD
	TagName               Tag = 0x5F20 // cardholder name, 2 to 26 characters
	TagLanguages          Tag = 0x5F2D // one to four of two letters (ISO 639-1)
	TagIssuerURL          Tag = 0x5F50 // of the issuer
	TagVersion            Tag = 0x9F08 // application version, 2 bytes
	TagTokenRequestor     Tag = 0x9F19 // 6 bytes of BCD
	TagPAR                Tag = 0x9F24 // payment account reference, 29 characters
	TagLast4              Tag = 0x9F25 // of the account number, 2 bytes of BCD
	TagCryptogram         Tag = 0x9F26 // 8 bytes
	TagCryptogramInfo     Tag = 0x9F27 // 1 byte; 80 is ARQC
	TagIssuerData         Tag = 0x9F10 // issuer application data, at most 32 bytes
	TagTransactionCounter Tag = 0x9F36 // 2 bytes
	TagUnpredictable      Tag = 0x9F37 // 4 bytes
	TagInterchangeProfile Tag = 0x82   // 2 bytes
)

const consumerFormat = "CPV01"

// Consumer is a consumer-presented code: all its fields, beginning with the format.
type Consumer struct{ Fields }

// NewConsumer makes a code of applications, each the fields under one 61, and
// of what is common to them, the fields under 62, if anything is. ErrMalformed.
func NewConsumer(common Fields, applications ...Fields) (Consumer, error) {
	c := Consumer{Fields{{Tag: TagFormat, Value: []byte(consumerFormat)}}}
	for _, a := range applications {
		c.Fields = append(c.Fields, Field{Tag: TagApplication, Fields: a})
	}
	if len(common) > 0 {
		c.Fields = append(c.Fields, Field{Tag: TagCommon, Fields: common})
	}
	return c, c.check()
}

// ParseConsumer reads the text of a code: Base64 (RFC 4648, section 4) of BER-TLV. ErrMalformed.
func ParseConsumer(text string) (Consumer, error) {
	if len(text) > base64.StdEncoding.EncodedLen(maxBytes) {
		return Consumer{}, fmt.Errorf("%w: too long", ErrMalformed)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(b) != text { // the decoder skips line breaks
		return Consumer{}, fmt.Errorf("%w: not Base64", ErrMalformed)
	}
	fields, err := readTLV(b, 1)
	if err != nil {
		return Consumer{}, err
	}
	c := Consumer{fields}
	if err := c.check(); err != nil {
		return Consumer{}, err
	}
	return c, nil
}

// String is the text of the code.
func (c Consumer) String() string { return base64.StdEncoding.EncodeToString(appendTLV(nil, c.Fields)) }

// Applications are the fields of each application, in the order of preference.
func (c Consumer) Applications() (all []Fields) {
	for _, f := range c.Fields {
		if f.Tag == TagApplication {
			all = append(all, f.Fields)
		}
	}
	return all
}
