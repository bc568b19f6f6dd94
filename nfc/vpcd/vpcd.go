// Package vpcd is a device on a virtual reader: vpcd (of the virtual smart card
// project), a driver of pcscd, listens on a TCP port, and whoever connects is held
// against its reader until he hangs up. For tests, and for wallets on a machine
// without NFC.
package vpcd

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
)

// Address is where vpcd listens unless it was told otherwise.
const Address = "127.0.0.1:35963"

// Device is a card or a phone.
type Device interface {
	Reset()                               // the field was switched off or on
	Command(command []byte) (resp []byte) // a command APDU and its response
}

// What vpcd sends in place of a command: a message of one byte.
const (
	powerOff = 0
	powerOn  = 1
	reset    = 2
	askATR   = 4
)

// atr is the answer to reset that a reader makes up for a contactless device (PC/SC
// part 3, section 3.1.3.2.3): no contacts, T=1, and seven historical bytes.
func atr() []byte {
	b := []byte("\x3b\x87\x80\x01PAYCODE")
	var check byte
	for _, c := range b[1:] {
		check ^= c
	}
	return append(b, check)
}

// Serve is a device on the reader at the other end of a connection, until that
// ends, with nil, or breaks.
func Serve(conn io.ReadWriter, d Device) error {
	d.Reset()
	for {
		message, err := receive(conn)
		if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
			return nil // the reader is gone, or the device was taken away
		}
		if err != nil {
			return err
		}
		if answer := answer(message, d); answer != nil {
			if err := send(conn, answer); err != nil {
				return err
			}
		}
	}
}

// answer is what a message is answered with, nil for nothing.
func answer(message []byte, d Device) []byte {
	switch {
	case len(message) == 0:
		return nil
	case len(message) > 1:
		return d.Command(message)
	case message[0] == askATR:
		return atr()
	case message[0] == powerOff, message[0] == powerOn, message[0] == reset:
		d.Reset()
	}
	return nil
}

// receive is the next message: its length in two bytes, and the message.
func receive(conn io.ReadWriter) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(conn, message)
	return message, err
}

// send sends a message at once: no response is longer than its length can say.
func send(conn io.ReadWriter, message []byte) error {
	_, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}
