package nfc

import (
	"encoding/binary"
	"errors"
)

// Command is a command APDU (ISO 7816-4, section 5.1).
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte
	Le               int // how many bytes the response may have at most; 0 for none
}

// The most that a short command holds and asks for, in bytes.
const (
	maxShortData = 255
	maxShortLe   = 256
	maxLe        = 65536
)

var errLength = errors.New("nfc: the lengths in the command contradict each other")

// ParseCommand reads a command, short or extended. Data is a part of b.
func ParseCommand(b []byte) (c Command, err error) {
	if len(b) < 4 {
		return c, errLength
	}
	c = Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	switch body := b[4:]; {
	case len(body) == 0:
	case body[0] == 0 && len(body) > 1:
		err = c.extended(body[1:])
	case len(body) == 1:
		c.Le = expected(int(body[0]), maxShortLe)
	default:
		err = c.lengths(body[1:], int(body[0]), 1)
	}
	if err != nil {
		return Command{}, err
	}
	return c, nil
}

func (c *Command) extended(body []byte) error {
	if len(body) < 2 {
		return errLength
	}
	n := int(binary.BigEndian.Uint16(body))
	if body = body[2:]; len(body) == 0 {
		c.Le = expected(n, maxLe)
		return nil
	}
	return c.lengths(body, n, 2)
}

// lengths reads n bytes of data, and after it perhaps Le in size bytes.
func (c *Command) lengths(body []byte, n, size int) error {
	if n == 0 || len(body) < n {
		return errLength
	}
	c.Data = body[:n:n]
	switch le := body[n:]; {
	case len(le) == 0:
		return nil
	case len(le) != size:
		return errLength
	case size == 1:
		c.Le = expected(int(le[0]), maxShortLe)
	default:
		c.Le = expected(int(binary.BigEndian.Uint16(le)), maxLe)
	}
	return nil
}

// expected is what Le means: 0 stands for all that there can be.
func expected(le, all int) int {
	if le == 0 {
		return all
	}
	return le
}

// Bytes is the command as a short APDU. It panics if it is too long for one.
func (c Command) Bytes() []byte {
	if len(c.Data) > maxShortData || c.Le < 0 || c.Le > maxShortLe {
		panic("nfc: not a short command")
	}
	b := []byte{c.CLA, c.INS, c.P1, c.P2}
	if len(c.Data) > 0 {
		b = append(append(b, byte(len(c.Data))), c.Data...)
	}
	if c.Le > 0 {
		b = append(b, byte(c.Le)) // 256 is written 0
	}
	return b
}
