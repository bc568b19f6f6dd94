package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"time"
)

// conn is one keep-alive connection that posts payments. It speaks just enough
// HTTP/1.1 (RFC 9112) for answers with a Content-Length: the load generator
// shares the machine with what it measures, and http.Client would take as much
// of it as the server.
type conn struct {
	net  net.Conn
	in   *bufio.Reader
	head []byte // of every request, up to the length of the body
	out  []byte
	body []byte
}

// answerWithin is how long an answer may take before the connection is given up.
const answerWithin = 30 * time.Second

var errAnswer = errors.New("bench: the answer is not HTTP/1.1 with a length")

// dial connects to the server at base and will call with the merchant's key.
func dial(ctx context.Context, base *url.URL, key string) (*conn, error) {
	host := base.Host
	if base.Port() == "" {
		host = net.JoinHostPort(base.Hostname(), map[string]string{"http": "80", "https": "443"}[base.Scheme])
	}
	var c net.Conn
	var err error
	if base.Scheme == "https" {
		c, err = (&tls.Dialer{}).DialContext(ctx, "tcp", host)
	} else {
		c, err = (&net.Dialer{}).DialContext(ctx, "tcp", host)
	}
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	head := fmt.Sprintf("POST /v1/payments HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: ", base.Host, key)
	return &conn{net: c, in: bufio.NewReaderSize(c, 4096), head: []byte(head)}, nil
}

// post sends a body and answers status and body, which are good until the next post.
func (c *conn) post(body []byte) (status int, answer []byte, err error) {
	c.out = append(c.out[:0], c.head...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, body...)
	if err := c.net.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return 0, nil, err
	}
	if _, err := c.net.Write(c.out); err != nil {
		return 0, nil, err
	}
	status, length, err := c.readHead()
	if err != nil {
		return 0, nil, err
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.in, c.body)
	return status, c.body, err
}

// maxBody is the longest answer that is read.
const maxBody = 1 << 20

func (c *conn) readHead() (status, length int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) || len(line) < 12 {
		return 0, 0, errAnswer
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, errAnswer
	}
	length = -1
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil || length > maxBody {
				return 0, 0, errAnswer
			}
		}
	}
	if length < 0 {
		return 0, 0, errAnswer
	}
	return status, length, nil
}

func (c *conn) close() { c.net.Close() }
