package postgres_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// trouble is what a proxy does to one transaction.
type trouble struct {
	state   string // the SQLSTATE that COMMIT is answered with; empty: the connection is cut
	applied bool   // whether the transaction was committed nevertheless
	begun   bool   // instead: the connection is cut at the transaction's first statements
	middle  bool   // instead: it is cut in the middle of the connection's next transaction
}

// proxy stands between an engine and its server and speaks enough of
// PostgreSQL's protocol (version 3) to let a COMMIT go wrong: not pass, or pass
// and be answered with something else.
type proxy struct {
	net.Listener
	server string
	next   func() *trouble // nil: none
	open   sync.WaitGroup
	made   atomic.Int64 // troubles
}

// newProxy answers the URL of the database that leads through it.
func newProxy(t testing.TB, database string, next func() *trouble) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, server: u.Host, next: next}
	go p.accept()
	t.Cleanup(func() { l.Close(); p.open.Wait() })
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		p.open.Go(func() { p.serve(client) })
	}
}

// wire is one client's connection, both halves of it.
type wire struct {
	*proxy
	client, server net.Conn
	answer         atomic.Pointer[trouble] // what the next CommandComplete is turned into
	answers        atomic.Int64            // how many more the server may give, if not 0
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	w := &wire{proxy: p, client: client, server: server}
	// The first message has no type.
	first := make([]byte, 4)
	if _, err := io.ReadFull(client, first); err != nil {
		return
	}
	rest := make([]byte, binary.BigEndian.Uint32(first)-4)
	if _, err := io.ReadFull(client, rest); err != nil {
		return
	}
	if _, err := server.Write(append(first, rest...)); err != nil {
		return
	}
	done := make(chan struct{})
	go func() { defer close(done); defer client.Close(); relay(client, server, w.fromServer) }()
	relay(server, client, w.fromClient)
	server.Close()
	<-done
}

// relay reads messages and writes what change makes of them; nil ends it.
func relay(to io.Writer, from io.Reader, change func(kind byte, body []byte) []byte) {
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(from, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(from, body); err != nil {
			return
		}
		sent := change(head[0], body)
		if sent == nil {
			return
		}
		if _, err := to.Write(sent); err != nil {
			return
		}
	}
}

func message(kind byte, body string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4)), body...)
}

func (w *wire) fromClient(kind byte, body []byte) []byte {
	text := string(body)
	begins := kind == 'P' && strings.Contains(text, "\x00BEGIN\x00")
	if kind != 'Q' && !begins || kind == 'Q' && text != "COMMIT\x00" {
		return message(kind, text)
	}
	t := w.next()
	switch {
	case t == nil || t.begun != begins:
		return message(kind, text)
	case t.begun || t.state == "" && !t.applied && !t.middle:
		w.made.Add(1)
		return nil
	}
	w.made.Add(1)
	if t.middle {
		w.answers.Store(2) // to this COMMIT, and to the first statements behind it
		return message(kind, text)
	}
	w.answer.Store(t)
	if !t.applied {
		text = "ROLLBACK\x00"
	}
	return message(kind, text)
}

func (w *wire) fromServer(kind byte, body []byte) []byte {
	t := w.answer.Load()
	if kind == 'Z' && w.answers.Load() > 0 && w.answers.Add(-1) == 0 {
		return nil
	}
	if kind != 'C' || t == nil {
		return message(kind, string(body))
	}
	w.answer.Store(nil)
	if t.state == "" {
		return nil
	}
	return message('E', strings.Join([]string{"SERROR", "VERROR", "C" + t.state, "Mmade up by a test", "", ""}, "\x00"))
}

// inTurn makes one trouble after the other, and calm between them.
func inTurn(on *atomic.Bool, calm int, all ...trouble) func() *trouble {
	var n atomic.Int64
	return func() *trouble {
		if !on.Load() {
			return nil
		}
		i := int(n.Add(1))
		if i%(calm+1) != 0 {
			return nil
		}
		return &all[i/(calm+1)%len(all)]
	}
}
