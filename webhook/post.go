package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	// attemptWithin is how long one attempt may take in all.
	attemptWithin = 15 * time.Second
	// readAtMost of an answer is read, so that its connection can be used
	// again; what it says does not matter.
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
func (s *Sender) post(j Job) answer {
	ctx, cancel := context.WithTimeout(context.Background(), attemptWithin) // a server that stops waits for it
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, j.URL, bytes.NewReader(j.Body))
	if err != nil {
		return answer{without: "no request can be made for the URL"}
	}
	if err := sign(req.Header, j, s.Now()); err != nil {
		return answer{without: "no signature could be made"}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return answer{without: reason(err)}
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, readAtMost) // a short or broken body changes nothing: the status is the answer
	return answer{status: resp.StatusCode}
}

// sign sets the headers of Standard Webhooks. The timestamp is that of the
// attempt: a receiver refuses old ones.
func sign(h http.Header, j Job, now time.Time) error {
	hook, err := standardwebhooks.NewWebhookRaw(j.Secret[:])
	if err != nil {
		return err
	}
	signature, err := hook.Sign(j.Event.String(), now, j.Body)
	if err != nil {
		return err
	}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "paycode-webhook/1")
	h.Set(standardwebhooks.HeaderWebhookID, j.Event.String())
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return nil
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
