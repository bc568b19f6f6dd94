package faults_test

import (
	"bytes"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy stands between a server and its PostgreSQL, or between gates and their
// server, and does to what goes through it what networks do.
type proxy struct {
	to       string
	listener net.Listener
	sent     func(*link, []byte) (goesOn bool) // looks at what is asked
	heard    func(*link, []byte) (goesOn bool) // looks at what is answered; nil for nobody
	slow     atomic.Bool                       // everything comes late
	swallow  atomic.Bool                       // nothing comes through, and nobody is told
	commits  atomic.Int64
	seen     atomic.Int64 // commits that were cut off

	mu    sync.Mutex
	links map[*link]bool
}

// What is done to the next COMMIT, if it is not left alone.
const (
	passCommit int64 = iota
	loseCommit       // it never arrives, and the connection breaks
	loseAnswer       // it arrives, and the connection breaks before the answer
	hideAnswer       // it arrives, and nothing is ever heard any more
)

// link is a connection through the proxy: the end of who asks and of who answers.
type link struct {
	near, far *net.TCPConn
	dead      atomic.Bool // swallows everything from now on
	deaf      atomic.Bool // breaks when an answer comes
}

// newProxy is a way to PostgreSQL.
func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	p := listen(t, to)
	p.sent = p.onCommit
	go p.accept()
	return p
}

// listen takes an address for a proxy. It has to be told what to look at before it accepts.
func listen(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{to: to, listener: l, links: map[*link]bool{}}
	t.Cleanup(func() { l.Close(); p.cut() })
	return p
}

// through is a database's URL by way of the proxy.
func (p *proxy) through(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	return u.String()
}

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil {
			near.Close()
			continue
		}
		l := &link{near: near.(*net.TCPConn), far: far.(*net.TCPConn)}
		p.mu.Lock()
		p.links[l] = true
		p.mu.Unlock()
		go p.copy(l, l.far, l.near, p.sent)
		go p.copy(l, l.near, l.far, p.heard)
	}
}

// copy carries bytes from one end to the other until either is closed. before
// looks at them, and says whether they go on.
func (p *proxy) copy(l *link, to, from *net.TCPConn, before func(*link, []byte) bool) {
	defer p.drop(l, false)
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if p.slow.Load() {
			time.Sleep(rand.N(200 * time.Millisecond))
		}
		if p.swallow.Load() {
			l.dead.Store(true) // for good: half of a conversation is of no use
		}
		if l.dead.Load() || before != nil && !before(l, buf[:n]) {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// onCommit does to a COMMIT what it was told to, once.
func (p *proxy) onCommit(l *link, sent []byte) (goesOn bool) {
	what := p.commits.Load()
	if what == passCommit || !bytes.Contains(sent, []byte("COMMIT\x00")) || !p.commits.CompareAndSwap(what, passCommit) {
		return true
	}
	p.seen.Add(1)
	switch what {
	case loseCommit:
		p.drop(l, true)
		return false
	case hideAnswer:
		l.far.Write(sent)
		l.dead.Store(true)
		return false
	}
	l.near.SetLinger(0)
	l.near.Close() // first, so that no answer can overtake it
	l.far.Write(sent)
	time.Sleep(50 * time.Millisecond) // PostgreSQL rolls nothing back that it has read to its end
	return false
}

// drop ends a connection; at once means that even what was on its way is lost.
func (p *proxy) drop(l *link, atOnce bool) {
	if atOnce {
		l.near.SetLinger(0)
		l.far.SetLinger(0)
	}
	l.near.Close()
	l.far.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

func (p *proxy) all() (all []*link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		all = append(all, l)
	}
	return all
}

// cut ends every connection at once.
func (p *proxy) cut() {
	for _, l := range p.all() {
		p.drop(l, true)
	}
}

// halfClose has one end of every connection believe that the other will send no more.
func (p *proxy) halfClose() {
	for _, l := range p.all() {
		if rand.IntN(2) == 0 {
			l.near.CloseWrite()
		} else {
			l.far.CloseWrite()
		}
	}
}
