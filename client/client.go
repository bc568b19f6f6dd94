// Package client makes single calls of the HTTP contract (docs/api.md) and
// classifies what comes back: an answer, a refusal, or nothing that can be
// believed. Wallets, tills and load generators are built on it; what to do
// about a lost answer is theirs to decide.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// ErrLost says that no answer of the server has arrived: nothing is known about
// whether the request was carried out. A broken connection, silence, half a
// body, a proxy's error page and every status of 500 and above are lost.
var ErrLost = errors.New("client: no answer from the server")

// Problem is a refusal: the server understood the request and did nothing
// (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"` // stable name of the reason
	Title  string `json:"title"`
	Detail string `json:"detail"`
	// Errors says what is wrong with which field, for invalid_request.
	Errors []WrongField `json:"errors"`

	At time.Time `json:"-"` // the server's clock, to a second; zero if it did not say
}

// WrongField is a fault in a request.
type WrongField struct {
	Location string `json:"location"` // such as body.amount
	Message  string `json:"message"`
}

// Error is what happened and what to do next, as the server says it.
func (p *Problem) Error() string {
	if len(p.Errors) == 0 {
		return strings.TrimRight(p.Title+" ("+p.Code+"). "+p.Detail, " ")
	}
	text := p.Title + " (" + p.Code + ")"
	for _, e := range p.Errors {
		text += "; " + e.Location + ": " + e.Message
	}
	return text
}

// IsNotFound reports whether err is the server's answer that there is no such
// thing. A path that the server does not have is something else.
func IsNotFound(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == "not_found"
}

// Bounds of one call.
const (
	AnswerWithin   = 10 * time.Second // unless the context or the http.Client says less
	maxAnswerBytes = 4 << 20
)

// Client calls one server. The zero value of HTTP is a client of its own that
// follows no redirects: a key goes to this server or nowhere.
type Client struct {
	Server    string // base URL such as https://pay.example
	HTTP      *http.Client
	Authorize func(*http.Request) error // adds the caller's proof; nil for none
}

// Default is the http.Client that a nil one stands for.
func Default() *http.Client {
	return &http.Client{
		Timeout:       AnswerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Bearer authorizes with a key, as operators, merchants and gates do.
func Bearer(key string) func(*http.Request) error {
	return func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+key)
		return nil
	}
}

// Call sends in as JSON (nil for no body) and reads the answer's JSON into out
// (nil to drop it). path begins with a slash and may hold a query. The error is
// nil, a *Problem, or wraps ErrLost; other errors are the caller's own mistakes.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	r, err := c.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	answer, err := c.Send(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return decode(answer, out)
}

// Send sends a request and answers the response if its status is 2xx; the
// caller closes the body. Errors are those of Call.
func (c *Client) Send(r *http.Request) (*http.Response, error) {
	if c.Authorize != nil {
		if err := c.Authorize(r); err != nil {
			return nil, err
		}
	}
	h := c.HTTP
	if h == nil {
		h = Default()
	}
	answer, err := h.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLost, err)
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, refusal(answer)
}

// request prepares a request to the server, as Call does.
func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Server, "/")+path, body)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "application/json")
	return r, nil
}

// decode believes a 2xx answer only if it is JSON to its end: a captive
// portal's log-in page is a 200 as well.
func decode(answer *http.Response, out any) error {
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes))
	if err != nil {
		return fmt.Errorf("%w: the answer was cut off: %w", ErrLost, err)
	}
	if answer.StatusCode == http.StatusNoContent || out == nil {
		return nil
	}
	if !isJSON(answer.Header) {
		return fmt.Errorf("%w: the answer is not from the server", ErrLost)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: the answer cannot be read", ErrLost)
	}
	return nil
}

// refusal tells a problem of our server's from whatever else stands in the way.
func refusal(answer *http.Response) error {
	switch code := answer.StatusCode; {
	case code >= 500, code/100 == 3, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests:
		return fmt.Errorf("%w: status %d", ErrLost, code)
	case !isJSON(answer.Header):
		return fmt.Errorf("%w: status %d, not from the server", ErrLost, code)
	}
	var p Problem
	if err := decode(answer, &p); err != nil {
		return err
	}
	if p.Code == "" {
		return fmt.Errorf("%w: status %d without a reason", ErrLost, answer.StatusCode)
	}
	p.Status = answer.StatusCode
	p.At, _ = http.ParseTime(answer.Header.Get("Date"))
	return &p
}

func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || kind == "application/problem+json")
}
