package events

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/paycode/paycode/payment"
)

const (
	// heartbeat keeps proxies from closing a silent stream, and finds phones
	// that have gone without a word.
	heartbeat = 15 * time.Second
	// patience is how long one write may take.
	patience = 10 * time.Second
	// reconnect is what a page is told to wait before it connects again.
	reconnect = 2 * time.Second
)

// Serve writes a stream as server-sent events until it is over or the page has
// gone: each event with its kind as the event's name, and as data the JSON of
// what describe makes of it. An event that cannot be described ends the stream,
// so that the page reads its history instead of missing it.
func Serve(w http.ResponseWriter, r *http.Request, stream <-chan payment.Event, describe func(payment.Event) (any, error)) error {
	rc := http.NewResponseController(w)
	// The time-outs of the server are made for answers that end.
	rc.SetReadDeadline(time.Time{})
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if err := write(w, rc, fmt.Sprintf("retry: %d\n\n", reconnect.Milliseconds())); err != nil {
		return err
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-beat.C:
			if err := write(w, rc, ":\n\n"); err != nil {
				return err
			}
		case e, open := <-stream:
			if !open {
				return nil
			}
			text, err := wire(e, describe)
			if err != nil {
				return err
			}
			if err := write(w, rc, text); err != nil {
				return err
			}
		}
	}
}

// wire is one event as it is sent; JSON has no line breaks of its own.
func wire(e payment.Event, describe func(payment.Event) (any, error)) (string, error) {
	data, err := describe(e)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("event: %s\ndata: %s\n\n", e.Kind, text), nil
}

func write(w http.ResponseWriter, rc *http.ResponseController, text string) error {
	rc.SetWriteDeadline(time.Now().Add(patience)) // where there is none, the server's own holds
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return rc.Flush()
}
