package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// attemptWithin is how long one attempt may take in all.
	attemptWithin = 15 * time.Second
	// readAtMost of an answer is read, so that its connection can be used again.
	readAtMost = 16 << 10
)

// newClient makes requests to addresses that the policy allows, one hop each: a
// redirect is an answer like any other, because its target was never checked.
func newClient(p Policy, trust *tls.Config) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, // a proxy would dial for us, past the policy
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				host, _, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				d := net.Dialer{Timeout: attemptWithin / 3, ControlContext: p.control(namesLoopback(host))}
				return d.DialContext(ctx, network, address)
			},
			TLSClientConfig:        trust,
			TLSHandshakeTimeout:    attemptWithin / 3,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    perEndpoint,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: readAtMost,
			ForceAttemptHTTP2:      true,
		},
	}
}

// post makes one attempt.
func (s *Sender) post(form Form, j Job) answer {
	began, clock := s.Now(), time.Now()
	a := s.request(form, j, began)
	a.began, a.took = began, time.Since(clock).Truncate(time.Millisecond)
	return a
}

func (s *Sender) request(form Form, j Job, now time.Time) answer {
	ctx, cancel := context.WithTimeout(context.Background(), attemptWithin) // a server that stops waits for it
	defer cancel()
	header, body, err := form.Request(ctx, j, now)
	if err != nil {
		return answer{without: "no signature could be made"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, j.URL, bytes.NewReader(body))
	if err != nil {
		return answer{without: "no request can be made for the URL"}
	}
	req.Header = header
	req.Header.Set("User-Agent", "paycode-webhook/1")
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{without: reason(err)}
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, readAtMost)) // cut off it is an answer too: the status may be all that matters
	return answer{status: resp.StatusCode, outcome: form.Outcome(resp.StatusCode, said), pause: retryAfter(resp.Header, now)}
}

// reason says in general words why there was no answer: the error itself would
// tell the merchant addresses of our network.
func reason(err error) string {
	var timeout interface{ Timeout() bool }
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errAddress):
		return "address not allowed"
	case errors.As(err, &certificate):
		return "certificate not accepted"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	}
	return "no connection"
}
