package nfc

import (
	"encoding/binary"
	"fmt"
)

// Status is the status word that ends a response (ISO 7816-4, section 5.6). As an
// error it is a device's refusal.
type Status uint16

// The status words of this application.
const (
	OK             Status = 0x9000
	More           Status = 0x6100 // SW2: so many bytes are left, 0 for 256 or more; GET RESPONSE fetches them
	WrongLength    Status = 0x6700
	NotNow         Status = 0x6985 // not selected; nothing to fetch; or the wallet refuses: paused, blocked, no pass
	WrongData      Status = 0x6A80 // no such amount or currency
	NotFound       Status = 0x6A82 // another application than ours
	WrongParameter Status = 0x6A86 // P1 or P2
	WrongINS       Status = 0x6D00
	WrongCLA       Status = 0x6E00
	Broken         Status = 0x6F00 // the device cannot answer: its memory fails
)

// Error names the status word.
func (s Status) Error() string {
	switch s {
	case NotNow:
		return "nfc: the device refuses for now (6985)"
	case NotFound:
		return "nfc: no wallet of this kind on the device (6A82)"
	}
	return fmt.Sprintf("nfc: the device answers %04X", uint16(s))
}

// response is data and a status word.
func response(data []byte, s Status) []byte {
	return binary.BigEndian.AppendUint16(append(make([]byte, 0, len(data)+2), data...), uint16(s))
}

// more is the status of a response of which n bytes are left.
func more(n int) Status {
	if n == 0 {
		return OK
	}
	if n > 255 {
		n = 0
	}
	return More | Status(n)
}
