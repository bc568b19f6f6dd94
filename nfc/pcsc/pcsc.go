// Package pcsc speaks to smart card and NFC readers through pcscd, by its socket:
// no C library is linked.
//
//	c, err := pcsc.Dial(pcsc.Socket)
//	device, err := c.Wait(ctx, "ACR122")     // until somebody holds one against the reader
//	response, err := device.Transmit(command)
//	err = device.Close()
//
// A device is read once for each time it is held there.
package pcsc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// Socket is where pcscd listens on most systems.
const Socket = "/run/pcscd/pcscd.comm"

// ErrNoService is for a socket where no pcscd answers.
var ErrNoService = errors.New("pcsc: no pcscd there (Debian: apt-get install pcscd)")

const (
	// answerWithin is how long pcscd, a reader and a device may take for one thing.
	answerWithin = 5 * time.Second
	// readWithin is how long one device may keep a reader from others.
	readWithin = 10 * time.Second
	// lookEvery is how often Wait looks. Asking takes some 50 µs.
	lookEvery = 25 * time.Millisecond
)

// Client is a connection to pcscd. It is not for concurrent use.
type Client struct {
	conn    net.Conn
	context uint32
	seen    map[string]uint32 // by reader: its count of events when a device was read
}

// Dial connects to the pcscd at a socket. Errors: ErrNoService, Failure.
func Dial(socket string) (*Client, error) {
	conn, err := net.DialTimeout("unix", socket, answerWithin)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoService, err)
	}
	c := &Client{conn: conn, seen: map[string]uint32{}}
	if err := c.establish(); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) establish() error {
	v := versionBody{Major: protocolMajor, Minor: protocolMinor}
	switch err := c.call(doVersion, &v, &v.Return); {
	case errors.Is(err, Stopped):
		return fmt.Errorf("%w: pcscd speaks %d:%d, not %d:%d", err, v.Major, v.Minor, protocolMajor, protocolMinor)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it hung up, as it does on users that polkit does not let in", err)
	case err != nil:
		return err
	}
	e := establishBody{Scope: scopeSystem}
	err := c.call(doEstablish, &e, &e.Return)
	c.context = e.Context
	return err
}

// Close lets go of the readers: pcscd gives up what a connection held.
func (c *Client) Close() error { return c.conn.Close() }

// Readers lists the readers by name.
func (c *Client) Readers() ([]string, error) {
	states, err := c.states()
	var names []string
	for i := range states {
		names = append(names, states[i].name())
	}
	return names, err
}

// states are those of the readers that are there.
func (c *Client) states() (there []stateBody, err error) {
	if err := c.send(doStates, nil, nil); err != nil {
		return nil, err
	}
	b := make([]byte, statesLen)
	if err := c.receive(b); err != nil {
		return nil, err
	}
	var all [maxReaders]stateBody
	if _, err := binary.Decode(b, binary.NativeEndian, &all); err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Reader[0] != 0 {
			there = append(there, s)
		}
	}
	return there, nil
}

// Wait waits until a device that was not read yet is on a reader whose name holds
// a text, empty for any, and has it for itself. Errors: those of the context;
// NoReader when there is none of that name; Failure; a connection that is lost.
func (c *Client) Wait(ctx context.Context, reader string) (*Device, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		d, err := c.look(reader)
		if d != nil || err != nil {
			return d, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// look is one look of Wait.
func (c *Client) look(reader string) (*Device, error) {
	states, err := c.states()
	if err != nil {
		return nil, err
	}
	found := false
	for i := range states {
		s := &states[i]
		if !strings.Contains(s.name(), reader) {
			continue
		}
		found = true
		if before, ok := c.seen[s.name()]; s.State&present == 0 || ok && before == s.Events {
			continue
		}
		c.seen[s.name()] = s.Events
		if d, err := c.connect(s); !fleeting(err) {
			return d, err
		}
	}
	if !found {
		return nil, fmt.Errorf("%w with %q in its name", NoReader, reader)
	}
	return nil, nil
}

// fleeting reports whether an error is of this one device: it was taken away too
// soon, or is of a kind that says nothing.
func fleeting(err error) bool {
	for _, f := range []Failure{NoCard, Removed, Unresponsive, Unpowered, WrongProto, NotTransmit} {
		if errors.Is(err, f) {
			return true
		}
	}
	return false
}

func (c *Client) connect(s *stateBody) (*Device, error) {
	b := connectBody{Context: c.context, Reader: s.Reader, Share: exclusive, Protocols: protocolT1}
	if err := c.call(doConnect, &b, &b.Return); err != nil {
		return nil, err
	}
	return &Device{Reader: s.name(), client: c, card: b.Card, until: time.Now().Add(readWithin)}, nil
}

// call sends a body and has it filled in.
func (c *Client) call(command uint32, body any, result *Failure) error {
	b := encode(body)
	if err := c.send(command, b, nil); err != nil {
		return err
	}
	if err := c.receive(b); err != nil {
		return err
	}
	if _, err := binary.Decode(b, binary.NativeEndian, body); err != nil {
		return err
	}
	return result.err()
}

// send sends a body, and what follows it without being counted.
func (c *Client) send(command uint32, body, after []byte) error {
	if err := c.conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return err
	}
	_, err := c.conn.Write(slices.Concat(encode(uint32(len(body)), command), body, after))
	return lost(err)
}

func (c *Client) receive(b []byte) error {
	_, err := io.ReadFull(c.conn, b)
	return lost(err)
}

// lost is an error of the connection, after which nothing can be read from it.
func lost(err error) error {
	if err != nil {
		return fmt.Errorf("pcsc: lost pcscd: %w", err)
	}
	return nil
}
