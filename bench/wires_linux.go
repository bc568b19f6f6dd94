package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"golang.org/x/sys/unix"
)

// polledWires are sockets that the loop itself reads when epoll(7) says so: one
// read and one write for a request, and one wait for many. A goroutine for each
// connection would read twice and be woken in between, which takes as much again.
type polledWires struct {
	base   *url.URL
	epoll  int
	conns  []polledConn
	byFD   map[int32]int
	events []unix.EpollEvent
}

type polledConn struct {
	fd int // -1: none
	in []byte
}

// polled opens sockets and the epoll instance that watches them.
func polled(ctx context.Context, base *url.URL, n int) (wires, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("bench: epoll: %w", err)
	}
	p := &polledWires{base: base, epoll: epoll, conns: make([]polledConn, n), byFD: map[int32]int{}, events: make([]unix.EpollEvent, min(n, 256))}
	for i := range p.conns {
		p.conns[i].fd = -1
	}
	for i := range p.conns {
		if err := p.open(ctx, i); err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

func (p *polledWires) open(ctx context.Context, i int) error {
	c, err := dial(ctx, p.base)
	if err != nil {
		return err
	}
	defer c.Close() // the socket is ours by then
	file, err := c.(*net.TCPConn).File()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if err := errors.Join(unix.SetNonblock(fd, true), unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, fd, &event)); err != nil {
		unix.Close(fd)
		return fmt.Errorf("bench: %w", err)
	}
	p.conns[i] = polledConn{fd, make([]byte, 0, 4096)}
	p.byFD[int32(fd)] = i
	return nil
}

// send relies on the socket's buffer being empty, as nothing else is under way.
func (p *polledWires) send(i int, request []byte) error {
	n, err := unix.Write(p.conns[i].fd, request)
	if err == nil && n < len(request) {
		err = io.ErrShortWrite
	}
	return err
}

func (p *polledWires) wait(until time.Time, came func(int, answer, error)) {
	wait := max(0, time.Until(until))
	if ms := wait.Milliseconds(); wait < 10*time.Millisecond {
		// epoll counts in milliseconds; a charge may be due sooner.
		for wait > 0 {
			ts := unix.NsecToTimespec(int64(wait))
			if n, err := unix.Ppoll([]unix.PollFd{{Fd: int32(p.epoll), Events: unix.POLLIN}}, &ts, nil); n == 0 && err == nil {
				return
			} else if err == nil {
				break
			}
			wait = max(0, time.Until(until)) // interrupted
		}
		p.take(0, came)
	} else {
		p.take(int(ms), came)
	}
}

func (p *polledWires) take(ms int, came func(int, answer, error)) {
	n, err := unix.EpollWait(p.epoll, p.events, ms)
	if err != nil {
		return // interrupted: the loop comes again
	}
	for _, e := range p.events[:n] {
		i, ok := p.byFD[e.Fd]
		if !ok {
			continue // redialled while these were told
		}
		if a, whole, err := p.conns[i].read(); whole || err != nil {
			came(i, a, err)
		}
	}
}

// read takes what has come, and answers once it is whole.
func (c *polledConn) read() (a answer, whole bool, err error) {
	if len(c.in) == cap(c.in) {
		c.in = append(c.in, make([]byte, cap(c.in))...)[:len(c.in)]
	}
	n, err := unix.Read(c.fd, c.in[len(c.in):cap(c.in)])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return a, false, nil
	case err != nil:
		return a, false, err
	case n == 0:
		return a, false, io.ErrUnexpectedEOF
	}
	c.in = c.in[:len(c.in)+n]
	a, more, err := parseAnswer(c.in)
	if err != nil || more > 0 {
		return a, false, err
	}
	c.in = c.in[:0] // the answer is good until the next read
	return a, true, nil
}

func (p *polledWires) redial(i int) error {
	p.shut(i)
	return p.open(context.Background(), i)
}

func (p *polledWires) shut(i int) {
	if c := &p.conns[i]; c.fd >= 0 {
		delete(p.byFD, int32(c.fd))
		unix.Close(c.fd)
		c.fd = -1
	}
}

func (p *polledWires) close() {
	for i := range p.conns {
		p.shut(i)
	}
	unix.Close(p.epoll)
}
