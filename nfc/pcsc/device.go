package pcsc

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Device is a card or a phone on a reader, which nobody else speaks to meanwhile.
type Device struct {
	Reader string // its name

	client *Client
	card   int32
	until  time.Time
}

// Transmit sends a command APDU and is the response. Errors: Failure, such as
// Removed; a connection to pcscd that is lost. A device that takes very long, one
// response after the other, is Unresponsive.
func (d *Device) Transmit(command []byte) ([]byte, error) {
	if time.Now().After(d.until) {
		return nil, Unresponsive
	}
	b := transmitBody{
		Card: d.card, SendProtocol: protocolT1, SendPCILen: pciLen, SendLen: uint32(len(command)),
		ReceiveProtocol: protocolT1, ReceivePCI: pciLen, ReceiveLen: maxResponse,
	}
	c, body := d.client, encode(b)
	if err := c.send(doTransmit, body, command); err != nil {
		return nil, err
	}
	if err := c.receive(body); err != nil {
		return nil, err
	}
	if _, err := binary.Decode(body, binary.NativeEndian, &b); err != nil {
		return nil, err
	}
	if err := b.Return.err(); err != nil {
		// Whoever comes back so quickly that pcscd does not notice is read all the same.
		delete(c.seen, d.Reader)
		return nil, err
	}
	if b.ReceiveLen > maxResponse {
		return nil, fmt.Errorf("pcsc: a response of %d bytes", b.ReceiveLen)
	}
	response := make([]byte, b.ReceiveLen)
	return response, c.receive(response)
}

// Close lets go of the device and leaves it as it is: pcscd 1.9 takes one that is
// taken away while it is reset, and the next one with it, for a failure of the
// reader. Whoever comes next selects anew anyhow.
func (d *Device) Close() error {
	b := disconnectBody{Card: d.card, Disposition: leave}
	return d.client.call(doDisconnect, &b, &b.Return)
}
