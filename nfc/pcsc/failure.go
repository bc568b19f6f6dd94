package pcsc

import "fmt"

// Failure is what pcscd or a reader's driver answers instead of doing it
// (pcsclite.h, SCARD_…); 0 is success.
type Failure uint32

// Those that callers tell apart.
const (
	NoCard       Failure = 0x8010000C
	Shared       Failure = 0x8010000B // another program has the device
	Stopped      Failure = 0x8010001E // or the daemon speaks another version
	NoReader     Failure = 0x8010002E
	UnknownName  Failure = 0x80100009
	Unresponsive Failure = 0x80100066
	Unpowered    Failure = 0x80100067
	Removed      Failure = 0x80100069
	NotTransmit  Failure = 0x80100016
	WrongProto   Failure = 0x8010000F
)

// Error is in words what is known of it.
func (f Failure) Error() string {
	words := map[Failure]string{
		NoCard: "no device on the reader", Shared: "another program uses the device", Stopped: "pcscd stops, or speaks another version",
		NoReader: "no reader", UnknownName: "no such reader", Unresponsive: "the device does not respond", Unpowered: "the device has no power",
		Removed: "the device was taken away", NotTransmit: "the device was lost while it was read", WrongProto: "the device speaks another protocol",
	}[f]
	if words == "" {
		words = "failed"
	}
	return fmt.Sprintf("pcsc: %s (%08X)", words, uint32(f))
}

func (f Failure) err() error {
	if f == 0 {
		return nil
	}
	return f
}
