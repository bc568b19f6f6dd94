package webhook

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Standard is the form of our own webhooks (https://www.standardwebhooks.com).
type Standard struct {
	Waits []time.Duration // see Form.Schedule; Schedule() unless a test has others
}

// Request implements Form. The timestamp is that of the attempt: a receiver
// refuses old ones.
func (Standard) Request(_ context.Context, j Job, now time.Time) (http.Header, []byte, error) {
	var signatures []string
	for _, secret := range j.signers(now) {
		hook, err := standardwebhooks.NewWebhookRaw(secret[:])
		if err != nil {
			return nil, nil, err
		}
		signature, err := hook.Sign(j.Event.String(), now, j.Body)
		if err != nil {
			return nil, nil, err
		}
		signatures = append(signatures, signature)
	}
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set(standardwebhooks.HeaderWebhookID, j.Event.String())
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return h, j.Body, nil
}

// Outcome implements Form: what is said besides the status does not matter. A 410
// says that the endpoint is gone for good.
func (Standard) Outcome(status int, _ []byte) Outcome {
	switch {
	case status/100 == 2:
		return Received
	case status == http.StatusGone:
		return Gone
	}
	return Again
}

// Schedule implements Form.
func (s Standard) Schedule() []time.Duration { return s.Waits }
