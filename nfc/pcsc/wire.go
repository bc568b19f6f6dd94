package pcsc

import (
	"bytes"
	"encoding/binary"
)

// What goes over pcscd's socket, in the machine's byte order and alignment: a
// header with length and command, then a struct; the answer is the same struct,
// filled in, without a header (pcsc-lite, winscard_msg.h, protocol 4:4).
const (
	doEstablish  = 0x01
	doConnect    = 0x04
	doDisconnect = 0x06
	doTransmit   = 0x09
	doVersion    = 0x11
	doStates     = 0x12 // has no body; its answer is maxReaders states

	protocolMajor = 4
	protocolMinor = 4 // since 2021; later daemons speak it as well

	maxReaders  = 16
	nameLen     = 128
	atrLen      = 33
	maxResponse = 65538 // an extended response with its status word
	scopeSystem = 2
	exclusive   = 1
	protocolT1  = 2 // what readers for contactless devices say, whatever they speak (PC/SC part 3)
	pciLen      = 16
	leave       = 1
	present     = 0x0004
	statesLen   = maxReaders * (nameLen + 3*4 + atrLen + 3 + 2*4)
)

type versionBody struct {
	Major, Minor int32
	Return       Failure
}

type establishBody struct {
	Scope, Context uint32
	Return         Failure
}

type connectBody struct {
	Context   uint32
	Reader    [nameLen]byte
	Share     uint32
	Protocols uint32
	Card      int32
	Active    uint32
	Return    Failure
}

type disconnectBody struct {
	Card        int32
	Disposition uint32
	Return      Failure
}

// transmitBody is followed by the command or by the response.
type transmitBody struct {
	Card                        int32
	SendProtocol, SendPCILen    uint32
	SendLen                     uint32
	ReceiveProtocol, ReceivePCI uint32
	ReceiveLen                  uint32
	Return                      Failure
}

type stateBody struct {
	Reader  [nameLen]byte
	Events  uint32 // counts devices that came and went
	State   uint32
	Sharing int32
	ATR     [atrLen]byte
	_       [3]byte // alignment
	ATRLen  uint32
	Active  uint32
}

// name is a reader's name without what fills it up.
func (s *stateBody) name() string {
	name, _, _ := bytes.Cut(s.Reader[:], []byte{0})
	return string(name)
}

// encode writes a body, or several, one after the other.
func encode(bodies ...any) []byte {
	var b bytes.Buffer
	for _, body := range bodies {
		binary.Write(&b, binary.NativeEndian, body) // fixed sizes: cannot fail
	}
	return b.Bytes()
}
