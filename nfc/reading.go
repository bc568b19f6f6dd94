package nfc

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/paycode/paycode"
)

// ErrAnswer is for a device whose answer cannot be one.
var ErrAnswer = errors.New("nfc: the device's answer makes no sense")

// Bounds of one reading, whatever the device says: no presentation is longer than
// maxAnswer bytes, and one that comes in small pieces has at most maxCommands.
const (
	maxAnswer   = 512
	maxCommands = 32
)

// Reading is the reader's side: one device, asked once. A reader draws the nonce
// of the challenge anew for each.
type Reading struct {
	request  Request
	commands int
	answer   []byte
}

// NewReading asks a device for r.
func NewReading(r Request) *Reading { return &Reading{request: r} }

// Next takes the device's response to the last command, nil before the first, and
// is the next command; nil when the answer is complete. Errors: a Status that the
// device refuses with, ErrAnswer.
func (r *Reading) Next(response []byte) (command []byte, err error) {
	r.commands++
	if r.commands == 1 {
		return selectCommand.Bytes(), nil
	}
	if len(response) < 2 || r.commands > maxCommands {
		return nil, ErrAnswer
	}
	data, status := response[:len(response)-2], Status(binary.BigEndian.Uint16(response[len(response)-2:]))
	left := status&0xFF00 == More
	switch {
	case status != OK && !left:
		return nil, status
	case r.commands == 2: // selected; its description is of no interest
		return r.request.command().Bytes(), nil
	}
	r.answer = append(r.answer, data...)
	if len(r.answer) > maxAnswer {
		return nil, ErrAnswer
	}
	if left {
		return Command{CLA: claISO, INS: insResponse, Le: expected(int(status&0xFF), maxShortLe)}.Bytes(), nil
	}
	return nil, nil
}

// Transmit carries a command to the device that is held against the reader, and
// its response back.
type Transmit func(command []byte) (response []byte, err error)

// run is the reading, carried out.
func (r *Reading) run(transmit Transmit) ([]byte, error) {
	command, err := r.Next(nil)
	for err == nil && command != nil {
		var response []byte
		if response, err = transmit(command); err == nil {
			command, err = r.Next(response)
		}
	}
	return r.answer, err
}

// ReadCode asks a device for a code that pays what the challenge says. Whether it
// is right only the server knows. Errors: those of Next and of transmit.
func ReadCode(c paycode.Challenge, transmit Transmit) (paycode.Payload, error) {
	answer, err := NewReading(Request{Code, c}).run(transmit)
	if err != nil {
		return paycode.Payload{}, err
	}
	if len(answer) != paycode.PayloadLen || answer[0] != paycode.TypeChallenge {
		return paycode.Payload{}, fmt.Errorf("%w: not a code for a challenge", ErrAnswer)
	}
	return paycode.Payload(answer), nil
}

// ReadPresentation asks a device for its pass, in the form of pass.Compact. Whether
// it is right pass.Verifier knows. Errors: those of Next and of transmit.
func ReadPresentation(c paycode.Challenge, transmit Transmit) ([]byte, error) {
	return NewReading(Request{Presentation, c}).run(transmit)
}
