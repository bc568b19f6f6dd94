package bench

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"time"
)

// wires are keep-alive connections to one server. They belong to one goroutine.
type wires interface {
	// send writes a whole request over connection i, on which nothing is under way.
	send(i int, request []byte) error
	// wait calls came for what has come, at least until something has or the time
	// is over: an answer, or the error with which a connection broke.
	wait(until time.Time, came func(i int, a answer, err error))
	// redial closes connection i and opens it again.
	redial(i int) error
	close()
}

// dialAll opens connections: where the system allows it those that take the
// least of its processor.
func dialAll(ctx context.Context, base *url.URL, n int) (wires, error) {
	if base.Scheme == "http" {
		return polled(ctx, base, n)
	}
	return dialPlain(ctx, base, n)
}

func dial(ctx context.Context, base *url.URL) (c net.Conn, err error) {
	host := base.Host
	if base.Port() == "" {
		host = net.JoinHostPort(base.Hostname(), map[string]string{"http": "80", "https": "443"}[base.Scheme])
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if base.Scheme == "https" {
		c, err = (&tls.Dialer{}).DialContext(ctx, "tcp", host)
	} else {
		c, err = (&net.Dialer{}).DialContext(ctx, "tcp", host)
	}
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	return c, nil
}

// plainWires read every connection in a goroutine of its own.
type plainWires struct {
	base  *url.URL
	conns []net.Conn
	news  chan news
	done  chan struct{}
	timer *time.Timer
}

// news is what a reader has to tell.
type news struct {
	i   int
	of  net.Conn // the connection it came over, which may be closed since
	a   answer
	err error
}

func dialPlain(ctx context.Context, base *url.URL, n int) (wires, error) {
	p := &plainWires{base: base, conns: make([]net.Conn, n), news: make(chan news, n), done: make(chan struct{}), timer: time.NewTimer(0)}
	for i := range n {
		c, err := dial(ctx, base)
		if err != nil {
			p.close()
			return nil, err
		}
		p.open(i, c)
	}
	return p, nil
}

func (p *plainWires) open(i int, c net.Conn) {
	p.conns[i] = c
	go func() {
		for {
			a, err := readAnswer(c)
			select {
			case p.news <- news{i, c, a, err}:
			case <-p.done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
}

func readAnswer(c net.Conn) (answer, error) {
	var b []byte
	for chunk := make([]byte, 4096); ; {
		n, err := c.Read(chunk)
		b = append(b, chunk[:n]...)
		if err != nil {
			return answer{}, err
		}
		if a, more, err := parseAnswer(b); err != nil || more == 0 {
			return a, err
		}
	}
}

func (p *plainWires) send(i int, request []byte) error {
	_, err := p.conns[i].Write(request)
	return err
}

func (p *plainWires) wait(until time.Time, came func(int, answer, error)) {
	tell := func(n news) {
		if p.conns[n.i] == n.of {
			came(n.i, n.a, n.err)
		}
	}
	p.timer.Reset(time.Until(until))
	select {
	case n := <-p.news:
		tell(n)
	case <-p.timer.C:
	}
	for {
		select {
		case n := <-p.news:
			tell(n)
		default:
			return
		}
	}
}

func (p *plainWires) redial(i int) error {
	p.conns[i].Close()
	c, err := dial(context.Background(), p.base)
	if err == nil {
		p.open(i, c)
	}
	return err
}

func (p *plainWires) close() {
	close(p.done)
	for _, c := range p.conns {
		if c != nil {
			c.Close()
		}
	}
}
