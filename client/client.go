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

func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || kind == "application/problem+json")
}
