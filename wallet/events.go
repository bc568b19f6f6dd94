package wallet

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/paycode/paycode/client"
	"github.com/paycode/paycode/money"
)

// Event is news for this device.
type Event struct {
	Type string          // payment.succeeded, payment.confirm_requested, payment.declined, device.frozen
	Data json.RawMessage // as the server sent it; News reads it
}

// News is what an event carries.
type News struct {
	Payment *client.Payment `json:"payment"` // nil for an event that is about none
	Balance money.Amount    `json:"balance"` // what the payer can spend now
}

// News reads the event.
func (e Event) News() (n News, err error) { return n, json.Unmarshal(e.Data, &n) }

// How long a wallet waits before it listens again, and how long a stream may be
// silent before it is taken for dead: servers send a comment more often.
const (
	firstPause = time.Second
	longPause  = 30 * time.Second
	maxEvent   = 1 << 20 // bytes of one line
)

// Events calls told for each event until ctx ends or told fails, whose error it
// then answers. A connection that breaks is made again; what happened meanwhile
// is in the History. It also ends when the server refuses the device.
func (w *Wallet) Events(ctx context.Context, told func(Event) error) error {
	pause := firstPause
	for {
		began := w.Now()
		err := w.listen(ctx, told)
		if !errors.Is(err, client.ErrLost) || ctx.Err() != nil {
			return err
		}
		if w.Now().Sub(began) > longPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
}

func (w *Wallet) listen(ctx context.Context, told func(Event) error) error {
	s, err := w.enrolled()
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, "GET", s.Server+"/v1/device/events", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	c := w.caller(s)
	h := client.Default()
	if w.HTTP != nil {
		*h = *w.HTTP
	}
	h.Timeout = 0 // a stream has no end
	c.HTTP = h
	stream, err := c.Send(r)
	if err != nil {
		return err
	}
	defer stream.Body.Close()
	return readEvents(stream.Body, told)
}

// readEvents reads an event stream (WHATWG HTML, section 9.2.6) to its end,
// which is client.ErrLost.
func readEvents(stream io.Reader, told func(Event) error) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxEvent)
	var e Event
	var data []string
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "" && data != nil:
			e.Data = json.RawMessage(strings.Join(data, "\n"))
			if err := told(e); err != nil {
				return err
			}
			e, data = Event{}, nil
		case field == "event":
			e.Type = value
		case field == "data":
			data = append(data, value)
		}
	}
	return errors.Join(client.ErrLost, lines.Err())
}
